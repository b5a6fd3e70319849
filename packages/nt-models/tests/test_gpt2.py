"""GPT-2: against a second one in NumPy, causal, tied, learning, the same on every library."""

import math

import numpy as np
import pytest
from nt_autograd import cross_entropy, no_grad, tensor
from nt_models import GPT2, GPT2Config
from nt_nn import checkpoint, skeleton
from nt_nn.optim import AdamW
from nt_tensor import Generator, manual_seed

COUNTS = {
    "gpt2-mini": 544_256,
    "gpt2": 124_439_808,
    "gpt2-medium": 354_823_168,
    "gpt2-large": 774_030_080,
    "gpt2-xl": 1_557_611_200,
}


def count(model):
    return sum(p.numel() for p in model.parameters())


def next_token_loss(model, tokens):
    return cross_entropy(model(tokens[:, :-1]).transpose(1, 2), tokens[:, 1:])


def gpt2_in_numpy(state, tokens, config):
    """The model once more, from the paper's equations, in float64 and without a framework."""
    w = {name: t.numpy().astype(np.float64) for name, t in state.items()}

    def norm(x, name):
        centred = x - x.mean(-1, keepdims=True)
        bias = w.get(f"{name}.bias", 0)
        return (
            centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5) * w[f"{name}.weight"]
            + bias
        )

    def linear(x, name):
        return np.einsum("bti,oi->bto", x, w[f"{name}.weight"]) + w.get(f"{name}.bias", 0)

    def attention(x, name):
        heads, time = config.heads, x.shape[1]
        q, k, v = np.split(linear(x, f"{name}.qkv"), 3, axis=-1)
        parts = []
        for h in range(heads):
            own = slice(h * config.width // heads, (h + 1) * config.width // heads)
            scores = np.einsum("bid,bjd->bij", q[..., own], k[..., own]) / math.sqrt(
                config.width // heads
            )
            scores[:, np.triu(np.ones((time, time), bool), 1)] = -np.inf
            weights = np.exp(scores - scores.max(-1, keepdims=True))
            parts.append(weights / weights.sum(-1, keepdims=True) @ v[..., own])
        return linear(np.concatenate(parts, -1), f"{name}.out")

    def gelu(x):
        return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))

    x = w["token_embedding.weight"][tokens] + w["position_embedding.weight"][: tokens.shape[1]]
    for i in range(config.layers):
        x = x + attention(norm(x, f"blocks.{i}.norm1"), f"blocks.{i}.attention")
        x = x + linear(
            gelu(linear(norm(x, f"blocks.{i}.norm2"), f"blocks.{i}.up")), f"blocks.{i}.down"
        )
    return norm(x, "norm") @ w["token_embedding.weight"].T


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("time", [1, 5, 8])
def test_it_is_the_papers_model(bias, time, device, small, tokens):
    model, ids = small(device, bias=bias), tokens(time=time, device=device)
    expected = gpt2_in_numpy(model.state_dict(), ids.numpy(), model.config)
    np.testing.assert_allclose(model(ids).detach().numpy(), expected, atol=2e-5)
    if device == "cpu":
        exact = model.to("float64")(ids).detach().numpy()
        np.testing.assert_allclose(exact, expected, atol=1e-12)


def test_gradients_are_slopes(small, tokens):
    model, ids = small(dtype="float64"), tokens()
    loss = next_token_loss(model, ids)
    loss.backward()
    rng = np.random.default_rng(3)
    for name, p in model.named_parameters():  # along a random direction in each parameter
        direction, start = rng.standard_normal(p.shape), p.data.copy()
        values = []
        for step in (1e-5, -1e-5):
            p.data = start + step * direction
            with no_grad():
                values.append(next_token_loss(model, ids).item())
        p.data = start
        slope = float((p.grad.numpy() * direction).sum())
        assert slope == pytest.approx((values[0] - values[1]) / 2e-5, rel=1e-5, abs=1e-8), name


@pytest.mark.parametrize("bias", [True, False])
def test_every_parameter_gets_a_finite_gradient_that_is_not_zero(bias, device, small, tokens):
    model = small(device, bias=bias)
    next_token_loss(model, tokens(device=device)).backward()
    for name, p in model.named_parameters():
        g = p.grad.numpy()
        assert np.isfinite(g).all(), name
        used = (
            g[:7] if name == "position_embedding.weight" else g
        )  # the last position predicts none
        if name.endswith("qkv.bias"):  # a key's bias shifts all scores of a query alike
            third = len(g) // 3
            used = np.concatenate([g[:third], g[2 * third :]])
            np.testing.assert_allclose(g[third : 2 * third], 0, atol=1e-6)
        assert (np.abs(used).reshape(len(used), -1).max(-1) > 0).all(), name


def test_changing_a_later_token_changes_no_earlier_logit(device, small, tokens):
    model, ids = small(device), tokens(device=device).numpy()
    before = model(tensor(ids, device=device)).detach().numpy()
    for t in range(1, 8):
        changed = ids.copy()
        changed[:, t:] = (changed[:, t:] + 3) % 11
        after = model(tensor(changed, device=device)).detach().numpy()
        np.testing.assert_array_equal(before[:, :t], after[:, :t])
        assert (before[:, t:] != after[:, t:]).any()


def test_rows_of_a_batch_do_not_see_each_other(device, small, tokens):
    model, ids = small(device), tokens(device=device)
    whole = model(ids).detach().numpy()
    for i in range(3):
        np.testing.assert_allclose(model(ids[i : i + 1]).detach().numpy()[0], whole[i], atol=1e-5)


def test_the_tied_embedding_appears_once_and_collects_from_both_uses(small, tokens):
    model, ids = small(dtype="float64"), tokens()
    names = [name for name, _ in model.named_parameters()]
    assert len(names) == len(set(names))
    assert [n for n in names if "token_embedding" in n] == ["token_embedding.weight"]
    model.logits(model.hidden(ids).detach()).sum().backward()
    as_head = model.token_embedding.weight.grad.numpy().copy()
    model.zero_grad()
    model(ids).sum().backward()
    assert (np.abs(model.token_embedding.weight.grad.numpy() - as_head) > 1e-9).any()


def test_it_overfits_one_batch(device, tokens):
    model = GPT2(GPT2Config(11, 8, layers=2, heads=2, width=32), generator=Generator(0)).to(device)
    ids = tokens(2, device=device)
    optimizer = AdamW(model.parameters(), lr=1e-2, weight_decay=0.0)
    for _ in range(80):
        loss = next_token_loss(model, ids)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.05


def test_at_the_start_it_knows_nothing():
    model = GPT2(GPT2Config.preset("nano", vocab_size=65), generator=Generator(0))
    ids = tensor(np.random.default_rng(0).integers(0, 65, (4, 64)))
    assert next_token_loss(model, ids).item() == pytest.approx(math.log(65), abs=0.1)


def losses_of_training(device, steps=100):
    config = GPT2Config(vocab_size=31, context=8, layers=2, heads=2, width=16)
    model = GPT2(config, generator=Generator(5)).to(device)
    optimizer = AdamW(model.parameters(), lr=3e-3, weight_decay=0.1)
    rng, losses = np.random.default_rng(0), []
    text = np.arange(5000) * 7 % 31
    for _ in range(steps):
        starts = rng.integers(0, 4900, 4)
        ids = tensor(np.stack([text[s : s + 9] for s in starts]), device=device)
        loss = next_token_loss(model, ids)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def test_a_hundred_steps_are_the_same_on_every_library(device):
    expected = losses_of_training("cpu")
    assert expected[-1] < 0.8 * expected[0]
    if device != "cpu":
        np.testing.assert_allclose(losses_of_training(device), expected, atol=1e-4)


def test_the_same_seed_makes_the_same_model(device):
    config = GPT2Config(11, 8, layers=1, heads=2, width=8)
    first, again, other = (GPT2(config, generator=Generator(s)).to(device) for s in (1, 1, 2))
    for p, q, r in zip(first.parameters(), again.parameters(), other.parameters(), strict=True):
        np.testing.assert_array_equal(p.detach().numpy(), q.detach().numpy())
        assert p.ndim == 1 or (p.detach().numpy() != r.detach().numpy()).any()
    manual_seed(1)
    for p, q in zip(first.parameters(), GPT2(config).parameters(), strict=True):
        np.testing.assert_array_equal(p.detach().numpy(), q.detach().numpy())


def test_what_adds_to_the_residual_stream_starts_smaller():
    model = GPT2(GPT2Config(100, 50, layers=8, heads=4, width=64), generator=Generator(0))
    state = {name: p.detach().numpy() for name, p in model.named_parameters()}
    assert state["blocks.3.up.weight"].std() == pytest.approx(0.02, rel=0.05)
    assert state["token_embedding.weight"].std() == pytest.approx(0.02, rel=0.05)
    for name in ("attention.out", "down"):
        assert state[f"blocks.3.{name}.weight"].std() == pytest.approx(0.02 / 4, rel=0.05)
        assert (state[f"blocks.3.{name}.bias"] == 0).all()


def test_dropout_is_for_training_alone(small, tokens):
    model, ids = small(dropout=0.5), tokens()
    assert (model(ids).detach().numpy() != model(ids).detach().numpy()).any()
    model.eval()
    plain = small().eval()
    np.testing.assert_array_equal(model(ids).detach().numpy(), plain(ids).detach().numpy())


@pytest.mark.parametrize("name", COUNTS)
def test_the_published_sizes_have_the_published_numbers_of_parameters(name):
    with skeleton():
        assert count(GPT2(GPT2Config.preset(name))) == COUNTS[name]


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_padding_changes_no_real_token(side, dtype, small, device):
    if device != "cpu" and dtype == "float64":
        pytest.skip("float64 is NumPy's")
    rows = [[3, 1, 4, 1, 5, 9, 2, 6], [5, 3], [5, 8, 9, 7, 9]]
    model = small(device, dtype)
    for filler in (0, 7):  # whatever stands at the padding
        ids, mask = np.full((3, 8), filler), np.zeros((3, 8), np.int64)
        for i, row in enumerate(rows):
            own = slice(8 - len(row), None) if side == "left" else slice(len(row))
            ids[i, own], mask[i, own] = row, 1
        found = model(tensor(ids, device=device), tensor(mask, device=device)).detach().numpy()
        assert np.isfinite(found).all()
        for row, real, logits in zip(rows, mask, found, strict=True):
            alone = model(tensor([row], device=device)).detach().numpy()[0]
            limit = 1e-12 if dtype == "float64" else 2e-5
            np.testing.assert_allclose(logits[real == 1], alone, atol=limit)


def test_positions_may_be_given(small, tokens):
    model, ids = small(), tokens(time=4)
    usual, shifted = (np.broadcast_to(np.arange(i, i + 4), (3, 4)) for i in (0, 3))
    plain = model(ids).detach().numpy()
    np.testing.assert_array_equal(model(ids, None, tensor(usual)).detach().numpy(), plain)
    moved = model(ids, position_ids=tensor(shifted)).detach().numpy()
    state = {**model.state_dict()}
    table = state["position_embedding.weight"].numpy()
    state["position_embedding.weight"] = np.roll(table, -3, 0)
    model.load_state_dict(state)
    np.testing.assert_allclose(moved, model(ids).detach().numpy(), atol=1e-6)
    assert np.abs(moved - plain).max() > 1e-3


@pytest.mark.parametrize("padded", [False, True])
def test_pieces_with_caches_give_what_the_whole_gives(padded, small, tokens, device):
    model, ids = small(device), tokens(device=device)
    mask = np.ones((3, 8), np.int64)
    mask[1, :2] = 0
    mask = tensor(mask, device=device) if padded else None
    whole, caches = model(ids, mask).detach().numpy(), model.caches(3, 8)
    with no_grad():
        parts = [
            model(ids[:, a:b], None if mask is None else mask[:, :b], caches=caches).numpy()
            for a, b in ((0, 3), (3, 4), (4, 8))
        ]
    np.testing.assert_allclose(np.concatenate(parts, 1), whole, atol=2e-5)


def test_a_saved_state_makes_the_same_model(tmp_path, device, small, tokens):
    model, other = small(device), GPT2(small().config, generator=Generator(9)).to(device)
    checkpoint.save(tmp_path / "gpt2.safetensors", model.state_dict())
    other.load_state_dict(checkpoint.load(tmp_path / "gpt2.safetensors").tensors)
    ids = tokens(device=device)
    np.testing.assert_array_equal(other(ids).detach().numpy(), model(ids).detach().numpy())
    with pytest.raises(ValueError, match=r"unexpected: blocks\.1\.norm1\.weight"):
        GPT2(GPT2Config(11, 8, layers=1, heads=2, width=12)).load_state_dict(model.state_dict())


def test_what_does_not_fit_is_named(device, small, tokens):
    model = small(device)
    with pytest.raises(ValueError, match=r"9 positions do not fit the context \(8\)"):
        model(tokens(time=9, device=device))
    with pytest.raises(ValueError, match=r"tokens must be \(batch, time\), got shape \(8,\)"):
        model(tokens(device=device)[0])
    with pytest.raises(ValueError, match=r"attention_mask \(3, 4\) must be \(3, 8\)"):
        model(tokens(device=device), tokens(time=4, device=device))
    with pytest.raises(ValueError, match=r"position_ids \(3, 4\) must be \(3, 8\) as tokens"):
        model(tokens(device=device), position_ids=tokens(time=4, device=device))
    for wrong in (11, -1):
        with pytest.raises(IndexError, match=f"{wrong}"):
            model(tensor([[0, wrong]], device=device))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"heads": 5}, r"heads \(5\) must divide width \(12\)"),
        ({"layers": 0}, r"layers \(0\) must be a positive integer"),
        ({"width": 12.0}, r"width \(12.0\) must be a positive integer"),
        ({"vocab_size": -1}, r"vocab_size \(-1\) must be a positive integer"),
        ({"dropout": 1.0}, r"dropout \(1.0\) must lie in \[0, 1\)"),
    ],
)
def test_a_config_that_cannot_be_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        GPT2Config(
            **{"vocab_size": 11, "context": 8, "layers": 2, "heads": 2, "width": 12, **changes}
        )


def test_presets_are_known_by_name():
    assert GPT2Config.preset("gpt2-xl").layers == 48
    assert GPT2Config.preset("nano", width=64).width == 64
    with pytest.raises(
        ValueError, match="there is no preset 'gpt3'; there are nano, gpt2-mini, gpt2, gpt2-medium"
    ):
        GPT2Config.preset("gpt3")
