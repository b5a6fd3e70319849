"""Modern: against the equations in NumPy, padded, cached, learning, the same on every library.

What transformers says of it is in `goldens/test_modern.py` and `weights/test_modern.py`.
"""

import math
from dataclasses import replace

import nt_tensor
import numpy as np
import pytest
from nt_autograd import cross_entropy, no_grad, tensor
from nt_models import Modern, ModernConfig
from nt_nn import Llama3RopeScaling, YarnRopeScaling, count_parameters, skeleton
from nt_nn.optim import AdamW
from nt_tensor import Generator

SMALL = ModernConfig(11, 16, layers=2, heads=4, width=12, hidden=10, kv_heads=2, head_dim=4)
OPTIONS = {
    "llama": {},
    "tied, scaled rotations": {"tied": True, "rope_scaling": Llama3RopeScaling(8.0, 1.0, 4.0, 8)},
    "windows": {"windows": (3, None)},
    "biases": {"qkv_bias": True, "out_bias": True, "mlp_bias": True},
    "qwen3": {"qk_norm": True, "head_dim": 6, "rope_scaling": YarnRopeScaling(4.0, 8)},
    "gemma": {
        "scaled_embedding": True,
        "offset_norm": True,
        "tied": True,
        "activation": "gelu_pytorch_tanh",
    },
    "gemma2": {
        "offset_norm": True,
        "post_norms": True,
        "attention_softcap": 1.0,
        "logit_softcap": 4.0,
        "query_scale": 9.0,
        "windows": (3, None),
        "activation": "gelu_pytorch_tanh",
    },
    "mixtral": {"experts": 3, "experts_per_token": 2, "balance": 0.1},
    "mamba": {"mixers": ("mamba",), "state": 3, "kernel": 3},
    "jamba": {"mixers": ("attention", "mamba"), "state": 3, "experts": 2, "experts_per_token": 2},
}
COUNTS = {  # as the published checkpoints have them
    "llama-7b": 6_738_415_616,
    "llama-2-7b": 6_738_415_616,
    "llama-2-13b": 13_015_864_320,
    "llama-2-70b": 68_976_648_192,
    "llama-3-8b": 8_030_261_248,
    "llama-3.2-1b": 1_235_814_400,
    "mistral-7b-v0.1": 7_241_732_096,
    "mixtral-8x7b": 46_702_792_704,
    "qwen2-0.5b": 494_032_768,
    "qwen2-7b": 7_615_616_512,
    "qwen3-0.6b": 596_049_920,
    "gemma-2b": 2_506_172_416,
    "gemma-7b": 8_537_680_896,
    "gemma-2-2b": 2_614_341_888,
}


def make(option="llama", device="cpu", dtype="float64", **changes):
    """A small model with lively weights, the same every time."""
    config = replace(SMALL, **{**OPTIONS[option], **changes})
    model = Modern(config, generator=Generator(0))
    rng = np.random.default_rng(1)
    for name, p in model.named_parameters():
        around = p.ndim == 1 and "norm" in name and not config.offset_norm
        if not name.endswith("a_log"):
            p.data = tensor(rng.standard_normal(p.shape) * 0.4 + around).data
    return model.to(dtype).to(device=device)


def ids(batch=3, time=8, device="cpu", seed=0):
    return tensor(np.random.default_rng(seed).integers(0, 11, (batch, time)), device=device)


def values(x):
    return x.detach().numpy()


def modern_in_numpy(state, tokens, c):
    """LLaMA from its equations: rotations as complex numbers, one head and one block at a time."""
    w = {name: value.numpy() for name, value in state.items()}
    time = tokens.shape[1]

    def norm(x, name):
        return x / np.sqrt((x**2).mean(-1, keepdims=True) + c.eps) * w[f"{name}.weight"]

    def turned(x):
        half = x.shape[-1] // 2
        speed = c.theta ** (-np.arange(half) / half)
        pairs = x[..., :half] + 1j * x[..., half:]
        pairs = pairs * np.exp(1j * np.arange(time)[:, None] * speed)
        return np.concatenate([pairs.real, pairs.imag], -1)

    x = w["token_embedding.weight"][tokens]
    d, per = c.head_dim, c.heads // c.kv_heads
    for i in range(c.layers):
        block = f"blocks.{i}"
        rows = norm(x, f"{block}.norm1") @ w[f"{block}.attention.qkv.weight"].T
        q, k, v = np.split(rows, [c.heads * d, (c.heads + c.kv_heads) * d], -1)
        heads = []
        for h in range(c.heads):
            own, shared = slice(h * d, h * d + d), slice(h // per * d, h // per * d + d)
            scores = turned(q[..., own]) @ turned(k[..., shared]).swapaxes(1, 2) / math.sqrt(d)
            e = np.where(np.tri(time, dtype=bool), np.exp(scores), 0.0)
            heads.append(e / e.sum(-1, keepdims=True) @ v[..., shared])
        x = x + np.concatenate(heads, -1) @ w[f"{block}.attention.out.weight"].T
        y = norm(x, f"{block}.norm2")
        gate, up = (y @ w[f"{block}.feed_forward.{n}.weight"].T for n in ("gate", "up"))
        x = x + (gate / (1 + np.exp(-gate)) * up) @ w[f"{block}.feed_forward.down.weight"].T
    return norm(x, "norm") @ w["head.weight"].T


def test_it_is_its_equations():
    model, tokens = make(), ids()
    want = modern_in_numpy(model.state_dict(), tokens.numpy(), model.config)
    np.testing.assert_allclose(values(model(tokens)), want, rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize("option", OPTIONS)
def test_a_position_sees_what_came_before_and_nothing_after(option):
    model, tokens = make(option), ids()
    other = tokens.numpy().copy()
    other[:, 5] = (other[:, 5] + 1) % 11
    before, after = values(model(tokens)), values(model(tensor(other)))
    np.testing.assert_allclose(after[:, :5], before[:, :5], rtol=1e-12, atol=1e-12)
    assert np.abs(after[:, 5:] - before[:, 5:]).max(axis=(0, 2)).min() > 1e-4


@pytest.mark.parametrize("option", OPTIONS)
def test_padding_on_either_side_and_other_sequences_change_nothing(option, device):
    exact = device != "mlx"
    model = make(option, device, "float64" if exact else "float32")
    limits = {"rtol": 1e-9, "atol": 1e-10} if exact else {"rtol": 1e-4, "atol": 1e-4}
    tokens = ids(3, 9).numpy()
    mask = np.ones_like(tokens)
    mask[0, :4], mask[1, 6:] = 0, 0
    whole = values(model(tensor(tokens, device=device), tensor(mask, device=device)))
    for row, real in enumerate((slice(4, None), slice(0, 6), slice(None))):
        alone = values(model(tensor(tokens[row : row + 1, real], device=device)))[0]
        np.testing.assert_allclose(whole[row, real], alone, **limits)
    tokens[0, :4], tokens[1, 6:] = 7, 3
    again = values(model(tensor(tokens, device=device), tensor(mask, device=device)))
    np.testing.assert_allclose(again * mask[..., None], whole * mask[..., None], **limits)


@pytest.mark.parametrize("option", OPTIONS)
def test_what_is_cached_gives_what_is_computed_anew(option, device):
    exact = device != "mlx"
    model = make(option, device, "float64" if exact else "float32")
    limits = {"rtol": 1e-9, "atol": 1e-10} if exact else {"rtol": 1e-4, "atol": 1e-4}
    tokens, mask = ids(2, 9).numpy(), np.ones((2, 9), int)
    mask[0, :3] = 0
    whole = values(model(tensor(tokens, device=device), tensor(mask, device=device)))
    caches, found = model.caches(2, 9), []
    with no_grad():
        for start, end in ((0, 4), (4, 5), (5, 8), (8, 9)):
            found.append(
                model(
                    tensor(tokens[:, start:end], device=device),
                    attention_mask=tensor(mask[:, :end], device=device),
                    caches=caches,
                ).numpy()
            )
    assert {cache.length for cache in caches} == {9}
    real = mask[..., None]
    np.testing.assert_allclose(np.concatenate(found, 1) * real, whole * real, **limits)
    for cache in caches:
        cache.reorder(tensor([1, 0], device=device))
    with no_grad(), pytest.raises(ValueError, match=r"attention_mask \(2, 1\) must be \(2, 10\)"):
        model(tensor([[1], [2]], device=device), tensor([[1], [1]], device=device), caches=caches)


@pytest.mark.parametrize("option", ["llama", "jamba"])
def test_beams_that_branch_take_their_past_along(option):
    model, tokens = make(option), ids(2, 6)
    caches = model.caches(2, 9)
    with no_grad():
        model(tokens, caches=caches)
        for cache in caches:
            cache.reorder(tensor([1, 1, 0]))
        fresh = tensor([[3], [4], [5]])
        got = model(fresh, caches=caches).numpy()
        for row, parent in enumerate((1, 1, 0)):
            text = np.concatenate([tokens.numpy()[parent], fresh.numpy()[row]])[None]
            want = model(tensor(text)).numpy()[0, -1]
            np.testing.assert_allclose(got[row, 0], want, rtol=1e-9, atol=1e-10)
        for cache in caches:
            cache.reset()
        model(tokens[:1].expand(3, 6), caches=caches)


def test_positions_may_be_given_and_only_distances_count():
    model, tokens = make(), ids()
    far = tensor(np.arange(8) + 1000)
    np.testing.assert_allclose(values(model(tokens, None, far)), values(model(tokens)), rtol=1e-8)
    apart = tensor(np.arange(8) * 2)
    assert np.abs(values(model(tokens, None, apart)) - values(model(tokens))).max() > 1e-2


@pytest.mark.parametrize("option", OPTIONS)
def test_every_parameter_has_a_gradient(option):
    model, tokens = make(option), ids(4, 9)
    model.loss(tokens[:, :-1], tokens[:, 1:]).backward()
    for name, p in model.named_parameters():
        g = p.grad.numpy()
        assert np.isfinite(g).all(), name
        assert np.abs(g).max() > 0, name


@pytest.mark.parametrize("option", OPTIONS)
def test_one_batch_is_learned_by_heart(option):
    model = Modern(replace(SMALL, **OPTIONS[option], width=24, hidden=32), generator=Generator(3))
    tokens = ids(2, 9)
    optimizer = AdamW(model.parameters(), lr=0.03, weight_decay=0.0)
    for _ in range(60):
        loss = model.loss(tokens[:, :-1], tokens[:, 1:])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with no_grad():
        found = model(tokens[:, :-1]).numpy().argmax(-1)
    assert (found == tokens.numpy()[:, 1:]).mean() > 0.9


@pytest.mark.parametrize("option", OPTIONS)
def test_every_library_goes_the_same_way(option, device):
    found = []
    for on, dtype in (("cpu", "float64"), (device, "float32")):
        model, tokens = make(option, on, dtype), ids(2, 8, on)
        mask = tensor(np.array([[1] * 8, [0] * 2 + [1] * 6]), device=on)
        loss = model.loss(tokens, ids(2, 8, on, seed=1), mask)
        loss.backward()
        assert str(loss.dtype) == dtype
        assert all(str(p.grad.dtype) == dtype for p in model.parameters())
        found.append([loss.item(), *(p.grad.numpy() for p in model.parameters())])
    limit = 1e-4 if "mamba" in option else 2e-5  # its eight steps of exponentials add up
    floor = 1e-2 * max(np.abs(g).max() for g in found[0])
    for got, want in zip(*found[::-1], strict=True):
        assert np.abs(got - want).max() <= limit * max(np.abs(want).max(), floor)


def test_the_loss_is_cross_entropy_and_balance_counts_as_told():
    tokens, targets = ids(), ids(seed=1)
    plain = make("mixtral", balance=0.0).loss(tokens, targets).item()
    model = make("mixtral")
    logits = model(tokens)
    assert plain == pytest.approx(cross_entropy(logits.flatten(0, 1), targets.flatten()).item())
    more = make("mixtral", balance=2.0).loss(tokens, targets).item()
    assert more - plain == pytest.approx(20 * (model.loss(tokens, targets).item() - plain))
    assert more > plain + 2.0  # n sum f p is at least about per_token


@pytest.mark.parametrize("preset", COUNTS)
def test_published_sizes_have_their_parameters_without_memory(preset):
    with skeleton():
        model = Modern(ModernConfig.preset(preset))
    assert count_parameters(model) == COUNTS[preset]


def test_the_mini_preset_has_600_thousand_parameters():
    assert count_parameters(Modern(ModernConfig.preset("modern-mini"))) == 599_168


@pytest.mark.parametrize("option", OPTIONS)
def test_a_skeleton_is_the_model_without_its_memory(option):
    config = replace(SMALL, **OPTIONS[option])
    with skeleton():
        sketched = Modern(config)
    model = Modern(config, generator=Generator(0))
    assert all(p.data.strides == (0,) * p.ndim for p in sketched.parameters())
    assert {n: p.shape for n, p in model.named_parameters()} == {
        n: p.shape for n, p in sketched.named_parameters()
    }


def test_a_padding_token_s_embedding_does_not_learn():
    model, tokens = make(padding_token=3), ids(4, 9)
    assert (tokens.numpy() == 3).any()
    model.loss(tokens[:, :-1], tokens[:, 1:]).backward()
    gradient = model.token_embedding.weight.grad.numpy()
    assert np.abs(gradient[3]).max() == 0
    assert np.abs(model.head.weight.grad.numpy()[3]).max() > 0


def test_initial_weights_are_those_of_the_generator_and_of_their_spread():
    one, same = (Modern(SMALL, generator=Generator(5)).state_dict() for _ in range(2))
    other = Modern(SMALL, generator=Generator(6)).state_dict()
    assert all(np.array_equal(one[n].numpy(), same[n].numpy()) for n in one)
    assert not np.array_equal(one["head.weight"].numpy(), other["head.weight"].numpy())
    config = replace(SMALL, width=96, hidden=128, qkv_bias=True, mixers=("attention", "mamba"))
    model = Modern(config, generator=Generator(0))
    assert np.std(model.blocks[0].feed_forward.up.weight.tolist()) == pytest.approx(0.02, rel=0.05)
    assert np.std(model.blocks[0].attention.out.weight.tolist()) == pytest.approx(0.01, rel=0.05)
    assert np.abs(model.blocks[0].attention.qkv.bias.tolist()).max() == 0
    steps = np.log1p(np.exp(model.blocks[1].attention.step.bias.tolist()))  # softplus
    assert 0.001 <= steps.min() < 0.005 < 0.05 < steps.max() <= 0.1001


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"layers": 0}, r"layers \(0\) must be a positive integer"),
        ({"head_dim": None, "width": 10}, r"heads \(4\) must divide width \(10\)"),
        ({"head_dim": 5}, r"a head's width \(5\) must be even"),
        ({"kv_heads": 3}, r"kv_heads \(3\) must divide heads \(4\)"),
        ({"windows": ()}, r"windows \(\) must be"),
        ({"windows": (0,)}, r"windows \(0,\) must be"),
        ({"mixers": ("lstm",)}, r"mixers \('lstm',\) must be 'attention' or 'mamba'"),
        ({"experts": 2, "experts_per_token": 3}, r"experts_per_token \(3\) must be 1 to experts"),
        ({"eps": 0.0}, r"eps \(0\.0\) must be a positive number"),
        ({"logit_softcap": -1.0}, r"logit_softcap \(-1\.0\) must be a positive number"),
        ({"dropout": 1.0}, r"dropout \(1\.0\) must lie in \[0, 1\)"),
        ({"balance": -1.0}, r"balance \(-1\.0\) must not be negative"),
        ({"activation": "snake"}, r"activation \('snake'\) must be one of"),
        ({"padding_token": 11}, r"padding_token \(11\) must be below vocab_size \(11\)"),
    ],
)
def test_configs_that_do_not_fit_are_refused(changes, said):
    with pytest.raises(ValueError, match=said):
        replace(SMALL, **changes)


def test_presets_and_calls_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="there is no preset 'llama-9'; there are modern-mini"):
        ModernConfig.preset("llama-9")
    model = make()
    with pytest.raises(ValueError, match=r"tokens must be \(batch, time\), got shape \(8,\)"):
        model(ids()[0])
    with pytest.raises(ValueError, match=r"attention_mask \(3, 7\) must be \(3, 8\)"):
        model(ids(), ids()[:, 1:])
    with pytest.raises(IndexError):
        model(ids() + 8)


def test_dropout_is_for_training():
    nt_tensor.manual_seed(0)
    model, tokens = make(dropout=0.5), ids()
    assert np.abs(values(model(tokens)) - values(model(tokens))).max() > 1e-3
    model.eval()
    np.testing.assert_array_equal(values(model(tokens)), values(model(tokens)))
    np.testing.assert_allclose(values(model(tokens)), values(make()(tokens)), rtol=1e-12)


@pytest.mark.parametrize("option", OPTIONS)
def test_texts_are_written_past_the_length_of_training(option):
    model, tokens, mask = (
        make(option, trained_length=6),
        ids(2, 5),
        tensor([[1] * 5, [0, 0, 1, 1, 1]]),
    )
    written = model.generate(tokens, 6, temperature=0.0, attention_mask=mask).numpy()
    again = model.generate(tokens, 6, temperature=0.0, attention_mask=mask, use_cache=False)
    np.testing.assert_array_equal(again.numpy(), written)
    alone = model.generate(tokens[1:, 2:], 6, temperature=0.0).numpy()
    np.testing.assert_array_equal(alone[0], written[1, 2:])
    streamed = [t.tolist() for t in model.stream(tokens, 6, temperature=0.0, attention_mask=mask)]
    np.testing.assert_array_equal(np.transpose(streamed), written[:, 5:])
    beams = model.generate(tokens[:1], 4, num_beams=3).numpy()
    assert beams.shape == (1, 9)
