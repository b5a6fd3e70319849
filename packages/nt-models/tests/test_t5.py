"""T5: against a second one in NumPy, both versions, masks, caches, learning, every library."""

import math

import numpy as np
import pytest
from nt_autograd import count_flops, cross_entropy, no_grad, tensor
from nt_models import T5, T5Config, T5Encoder
from nt_nn import count_parameters, skeleton
from nt_nn.optim import AdamW
from nt_tensor import Generator

SMALL = {"vocab_size": 23, "width": 12, "heads": 3, "head_dim": 5, "hidden": 20}
SMALL |= {"encoder_layers": 2, "decoder_layers": 3, "buckets": 8, "max_distance": 10}
VERSIONS = {
    "v1.0": {},
    "v1.1": {"activation": "gelu_new", "gated": True, "tied": False, "scaled": False},
    "silu, gated, tied": {"activation": "silu", "gated": True, "scaled": False},
    "gelu, own head, scaled": {"activation": "gelu", "tied": False},
    "quick, gated": {"activation": "quick_gelu", "gated": True},
}
COUNTS = {  # as published
    "t5-small": 60_506_624,
    "t5-base": 222_903_552,
    "t5-large": 737_668_096,
    "t5-3b": 2_851_598_336,
    "t5-11b": 11_307_321_344,
    "t5-v1_1-small": 76_961_152,
    "t5-v1_1-base": 247_577_856,
    "flan-t5-large": 783_150_080,
    "flan-t5-xl": 2_849_757_184,
    "flan-t5-xxl": 11_135_332_352,
}


@pytest.fixture
def small():
    """A function: a small T5 with lively weights, the same every time."""

    def make(version="v1.0", device="cpu", dtype="float32", **changes):
        config = T5Config(**{**SMALL, **VERSIONS[version], **changes})
        model = T5(config, generator=Generator(0))
        rng = np.random.default_rng(1)
        for p in model.parameters():
            p.data = tensor(rng.standard_normal(p.shape) * 0.3 + (p.ndim == 1)).data
        return model.to(dtype).to(device)

    return make


@pytest.fixture
def texts():
    """A function: tokens (3, source) and decoder tokens (3, time)."""

    def make(source=9, time=7, device="cpu", batch=3):
        rng = np.random.default_rng(2)
        return (
            tensor(rng.integers(0, 23, (batch, source)), device=device),
            tensor(rng.integers(0, 23, (batch, time)), device=device),
        )

    return make


def numbers(x):
    return x.detach().numpy()


def bucket(distance, buckets, farthest, bidirectional):
    """The paper's ranges, found by counting up from the nearest."""
    first = 0
    if bidirectional:
        buckets //= 2
        first = buckets if distance > 0 else 0
        distance = abs(distance)
    else:
        distance = max(0, -distance)
    exact = buckets // 2
    if distance < exact:
        return first + distance
    ratio = (farthest / exact) ** (1 / (buckets - exact))
    found = exact
    while found < buckets - 1 and distance >= exact * ratio ** (found - exact + 1) - 1e-9:
        found += 1
    return first + found


def t5_in_numpy(model, tokens, decoder_tokens):
    """The model once more, from the papers' words, in float64 and without a framework."""
    c = model.config
    w = {name: t.numpy().astype(np.float64) for name, t in model.state_dict().items()}
    inner = c.heads * c.head_dim
    erf = np.vectorize(math.erf)
    curves = {
        "relu": lambda x: np.maximum(x, 0),
        "gelu": lambda x: x * (1 + erf(x / math.sqrt(2))) / 2,
        "gelu_new": lambda x: x / (1 + np.exp(-2 * math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
        "silu": lambda x: x / (1 + np.exp(-x)),
        "quick_gelu": lambda x: x / (1 + np.exp(-1.702 * x)),
    }

    def norm(x, name):
        return x / np.sqrt((x**2).mean(-1, keepdims=True) + c.norm_eps) * w[f"{name}.weight"]

    def attention(q, k, v, bias, out):
        gathered = np.zeros((*q.shape[:2], inner))
        for h in range(c.heads):
            own = slice(h * c.head_dim, (h + 1) * c.head_dim)
            scores = np.einsum("bid,bjd->bij", q[..., own], k[..., own]) + bias[h]
            weights = np.exp(scores - scores.max(-1, keepdims=True))
            weights /= weights.sum(-1, keepdims=True)
            gathered[..., own] = weights @ v[..., own]
        return gathered @ w[f"{out}.weight"].T

    def network(x, name):
        up = x @ w[f"{name}.up.weight"].T
        if c.gated:
            up = up[..., : c.hidden] * curves[c.activation](up[..., c.hidden :])
        else:
            up = curves[c.activation](up)
        return up @ w[f"{name}.down.weight"].T

    def stack(name, layers, ids, encoded=None):
        time = ids.shape[1]
        bias = np.zeros((c.heads, time, time))
        for i in range(time):
            for j in range(time):
                place = bucket(j - i, c.buckets, c.max_distance, encoded is None)
                bias[:, i, j] = w[f"{name}.bias.weight"][place]
                if encoded is not None and j > i:
                    bias[:, i, j] = -np.inf
        x = w["encoder.embedding.weight"][ids]
        for n in range(layers):
            block = f"{name}.blocks.{n}"
            qkv = norm(x, f"{block}.norm1") @ w[f"{block}.attention.qkv.weight"].T
            x = x + attention(*np.split(qkv, 3, -1), bias, f"{block}.attention.out")
            if encoded is not None:
                q = norm(x, f"{block}.norm2") @ w[f"{block}.cross.query.weight"].T
                k, v = np.split(encoded @ w[f"{block}.cross.key_value.weight"].T, 2, -1)
                x = x + attention(q, k, v, np.zeros(c.heads), f"{block}.cross.out")
            x = x + network(norm(x, f"{block}.norm3"), f"{block}.network")
        return norm(x, f"{name}.norm")

    encoded = stack("encoder", c.encoder_layers, tokens)
    x = stack("decoder", c.decoder_layers, decoder_tokens, encoded)
    if c.scaled:
        x = x / math.sqrt(c.width)
    return x @ w["encoder.embedding.weight" if c.tied else "head.weight"].T


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("source", "time"), [(1, 1), (9, 7), (30, 25)])
def test_it_is_the_papers_model(version, source, time, device, small, texts):
    model, (ids, written) = small(version, device), texts(source, time, device)
    expected = t5_in_numpy(model, ids.numpy(), written.numpy())
    np.testing.assert_allclose(numbers(model(ids, written)), expected, atol=1e-4)
    if device == "cpu":
        exact = numbers(model.to("float64")(ids, written))
        np.testing.assert_allclose(exact, expected, atol=1e-11)


@pytest.mark.parametrize("version", ["v1.0", "v1.1"])
def test_gradients_are_slopes(version, small, texts):
    model, (ids, written) = small(version, dtype="float64"), texts(5, 4, batch=2)
    mask = tensor([[1, 1, 1, 1, 0], [1, 1, 1, 1, 1]])

    def loss_of():
        logits = model(ids, model.shift_right(written), mask)
        return cross_entropy(logits.transpose(1, 2), written)

    loss_of().backward()
    rng = np.random.default_rng(3)
    for name, p in model.named_parameters():  # along a random direction in each parameter
        direction, start = rng.standard_normal(p.shape), p.data.copy()
        values = []
        for step in (1e-6, -1e-6):
            p.data = start + step * direction
            with no_grad():
                values.append(loss_of().item())
        p.data = start
        slope = float((p.grad.numpy() * direction).sum())
        assert slope == pytest.approx((values[0] - values[1]) / 2e-6, rel=1e-4, abs=1e-7), name


@pytest.mark.parametrize("version", VERSIONS)
def test_every_parameter_gets_a_finite_gradient_that_is_not_zero(version, device, small, texts):
    model, (ids, written) = small(version, device), texts(12, 12, device)
    logits = model(ids, model.shift_right(written))
    cross_entropy(logits.transpose(1, 2), written).backward()
    for name, p in model.named_parameters():
        g = p.grad.numpy()
        assert np.isfinite(g).all(), name
        if name == "encoder.bias.weight":
            g = np.delete(g, 4, 0)  # "later, at distance 0": a bucket that nothing is in
        used = np.abs(g).reshape(len(g), -1).max(-1) > 0
        if name == "encoder.embedding.weight":
            used = used[np.union1d(ids.numpy(), written.numpy())]
        assert used.all(), name


@pytest.mark.parametrize("side", ["left", "right"])
def test_padding_changes_no_real_token(side, device, small, texts):
    model, (ids, written) = small("v1.1", device), texts(9, 7, device)
    alone = numbers(model(ids, written))
    rng = np.random.default_rng(4)

    def padded(x, by):
        more, mask = rng.integers(0, 23, (3, by)), np.ones((3, x.shape[1]), int)
        parts, masks = [more, x.numpy()], [np.zeros((3, by), int), mask]
        order = slice(None) if side == "left" else slice(None, None, -1)
        both = (np.concatenate(p[order], 1) for p in (parts, masks))
        return [tensor(each, device=device) for each in both]

    (ids, mask), (written, decoder_mask) = padded(ids, 4), padded(written, 3)
    found = numbers(model(ids, written, mask, decoder_mask))
    assert np.isfinite(found).all()
    found = found[:, 3:] if side == "left" else found[:, :7]
    np.testing.assert_allclose(found, alone, atol=2e-5)
    without = numbers(model(ids, written))  # and without masks it would
    without = without[:, 3:] if side == "left" else without[:, :7]
    assert np.abs(without - alone).max() > 0.01


def test_rows_of_a_batch_do_not_see_each_other(device, small, texts):
    model, (ids, written) = small("v1.1", device), texts(device=device)
    mask = tensor((np.arange(9) < [[9], [5], [1]]).astype(int), device=device)
    whole = numbers(model(ids, written, mask))
    for i in range(3):
        one = slice(i, i + 1)
        alone = numbers(model(ids[one, : (9, 5, 1)[i]], written[one]))
        np.testing.assert_allclose(alone[0], whole[i], atol=2e-5)


def test_changing_a_later_token_changes_no_earlier_logit(device, small, texts):
    model, (ids, written) = small(device=device), texts(device=device)
    before = numbers(model(ids, written))
    for t in range(1, 7):
        changed = written.numpy().copy()
        changed[:, t:] = (changed[:, t:] + 3) % 23
        after = numbers(model(ids, tensor(changed, device=device)))
        np.testing.assert_allclose(before[:, :t], after[:, :t], atol=1e-6)
        assert np.abs(before[:, t:] - after[:, t:]).max() > 0.01


@pytest.mark.parametrize("steps", [(1,) * 7, (3, 1, 3), (7,)])
@pytest.mark.parametrize("masked", [True, False])
def test_with_caches_it_writes_the_same(steps, masked, device, small, texts):
    model, (ids, written) = small("v1.1", device), texts(device=device)
    source = time = None
    if masked:
        source = tensor((np.arange(9) < [[9], [5], [1]]).astype(int), device=device)
        time = tensor((np.arange(7) >= [[0], [2], [4]]).astype(int), device=device)
    whole = numbers(model(ids, written, source, time))
    with no_grad():
        encoded, caches, start = model.encode(ids, source), model.caches(3, 7), 0
        for n in steps:
            end = start + n
            part = model.decode(
                written[:, start:end],
                encoded,
                source,
                None if time is None else time[:, :end],
                caches=caches,
            )
            real = np.ones((3, n), bool) if time is None else time.numpy()[:, start:end] > 0
            expected = whole[:, start:end][real]
            np.testing.assert_allclose(part.numpy()[real], expected, atol=2e-5)
            start = end
    assert [c.length for c in caches] == [7] * 3 + [9] * 3


def test_the_encoded_text_is_looked_at_once(small, texts):
    model, (ids, written) = small(), texts()
    with no_grad():
        encoded, caches = model.encode(ids), model.caches(3, 7)
        first = model.decode(written[:, :1], encoded, caches=caches)
        again = model.decode(written[:, 1:2], encoded * 0, caches=caches)
    whole = numbers(model(ids, written[:, :2]))
    np.testing.assert_allclose(first.numpy(), whole[:, :1], atol=1e-5)
    np.testing.assert_allclose(again.numpy(), whole[:, 1:], atol=1e-5)


def test_beams_take_their_caches_along(small, texts):
    model, (ids, written) = small(), texts()
    rows = tensor([2, 0, 0, 1])
    with no_grad():
        caches = model.caches(3, 7)
        model.decode(written[:, :3], model.encode(ids), caches=caches)
        for cache in caches:
            cache.reorder(rows)
        after = model.decode(written[rows][:, 3:], model.encode(ids[rows]), caches=caches)
    whole = numbers(model(ids[rows], written[rows]))
    np.testing.assert_allclose(after.numpy(), whole[:, 3:], atol=1e-5)


def test_labels_become_the_decoders_input(device, small):
    model = small(device=device, start=3, pad=2)
    labels = tensor([[5, 6, 7, 1], [8, 1, -100, -100]], device=device)
    shifted = model.shift_right(labels)
    assert shifted.tolist() == [[3, 5, 6, 7], [3, 8, 1, 2]]
    assert shifted.dtype == labels.dtype


def test_texts_have_no_longest_length(small):
    model = small()
    assert model.config.context is None
    ids = tensor(np.random.default_rng(0).integers(0, 23, (1, 300)))
    assert numbers(model(ids, ids)).shape == (1, 300, 23)


def test_the_encoder_alone_gives_what_the_whole_model_decodes_from(device, small, texts):
    model, (ids, _) = small(device=device), texts(device=device)
    encoder = T5Encoder(model.config, generator=Generator(5)).to(device)
    state = {n: t for n, t in model.state_dict().items() if n.startswith("encoder.")}
    encoder.load_state_dict({n.removeprefix("encoder."): t for n, t in state.items()})
    mask = tensor((np.arange(9) < [[9], [5], [1]]).astype(int), device=device)
    np.testing.assert_array_equal(numbers(encoder(ids, mask)), numbers(model.encode(ids, mask)))


@pytest.mark.parametrize("version", ["v1.0", "v1.1"])
def test_one_batch_is_learned_by_heart(version, device):
    config = T5Config.preset("t5-mini", vocab_size=23, width=32, heads=2, head_dim=16, hidden=64)
    config = T5Config(**{**config.__dict__, **VERSIONS[version]})
    model = T5(config, generator=Generator(0)).to(device)
    optimizer = AdamW(model.parameters(), lr=5e-3)
    rng = np.random.default_rng(0)
    ids, labels = (tensor(rng.integers(2, 23, (4, n)), device=device) for n in (6, 5))
    losses = []
    for _ in range(100):
        loss = cross_entropy(model(ids, model.shift_right(labels)).transpose(1, 2), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[0] > 2.5
    assert losses[-1] < 0.1


def test_scores_and_logits_begin_at_a_common_size():
    model = T5(T5Config(vocab_size=500, width=256, hidden=512), generator=Generator(0))
    state = {name: p.detach().numpy() for name, p in model.named_parameters()}
    for name in ("encoder", "decoder"):
        qkv = state[f"{name}.blocks.5.attention.qkv.weight"]
        assert qkv[:512].std() == pytest.approx((256 * 64) ** -0.5, rel=0.02)
        assert qkv[512:].std() == pytest.approx(256**-0.5, rel=0.02)
        down = state[f"{name}.blocks.0.network.down.weight"]
        assert down.std() == pytest.approx(512**-0.5, rel=0.02)
    assert state["decoder.blocks.1.cross.query.weight"].std() == pytest.approx(1 / 128, rel=0.02)
    assert state["encoder.embedding.weight"].std() == pytest.approx(1, rel=0.02)
    own = T5(T5Config.preset("t5-v1_1-small", vocab_size=500, encoder_layers=1, decoder_layers=1))
    ids = tensor(np.random.default_rng(0).integers(0, 500, (2, 20)))
    for each in (model, own):
        assert 0.3 < numbers(each(ids, ids)).std() < 3


def test_the_same_seed_makes_the_same_model():
    config = T5Config(**SMALL, **VERSIONS["v1.1"])
    first, again, other = (T5(config, generator=Generator(s)) for s in (1, 1, 2))
    for p, q, r in zip(first.parameters(), again.parameters(), other.parameters(), strict=True):
        np.testing.assert_array_equal(numbers(p), numbers(q))
        assert p.ndim == 1 or (numbers(p) != numbers(r)).any()


def test_dropout_is_for_training_alone(small, texts):
    model, (ids, written) = small(dropout=0.5), texts()
    assert (numbers(model(ids, written)) != numbers(model(ids, written))).any()
    model.eval()
    plain = small().eval()
    np.testing.assert_array_equal(numbers(model(ids, written)), numbers(plain(ids, written)))


@pytest.mark.parametrize("name", COUNTS)
def test_the_published_sizes_have_the_published_numbers_of_parameters(name):
    with skeleton():
        model = T5(T5Config.preset(name))
    assert count_parameters(model) == COUNTS[name]


def test_its_products_take_the_published_numbers_of_flops():
    config = T5Config.preset("t5-base", vocab_size=2, encoder_layers=1, decoder_layers=1)
    model, ids = T5(config), tensor(np.zeros((1, 128), int))
    with no_grad(), count_flops() as count:
        model(ids, ids)
    products = sum(count.by_op[op][1] for op in ("linear", "attention"))
    head = 2 * 128 * 768 * 2
    assert products - head == 1_862_270_976 + 2_516_582_400  # a block of each
    assert 12 * (products - head) == 52_546_240_512


def test_the_mini_is_small():
    assert 500_000 < count_parameters(T5(T5Config.preset("t5-mini"))) < 700_000


def test_what_does_not_fit_is_named(device, small, texts):
    model, (ids, written) = small(device=device), texts(device=device)
    with pytest.raises(ValueError, match=r"tokens must be \(batch, time\), got shape \(9,\)"):
        model(ids[0], written)
    with pytest.raises(ValueError, match=r"attention_mask \(3, 7\) must be \(3, 9\)"):
        model(ids, written, written)
    with pytest.raises(ValueError, match=r"attention_mask \(3, 9\) must be \(3, 7\)"):
        model(ids, written, None, ids)
    with pytest.raises(ValueError, match=r"encoded_mask \(3, 7\) must be \(3, 9\)"):
        model.decode(written, model.encode(ids), written)
    with pytest.raises(ValueError, match=r"encoded \(2, 9, 12\) must be \(3, source, 12\)"):
        model.decode(written, model.encode(ids)[:2])
    with pytest.raises(IndexError, match="23"):
        model(tensor([[0, 23]], device=device), written[:1])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"heads": 0}, r"heads \(0\) must be a positive integer"),
        ({"decoder_layers": 1.0}, r"decoder_layers \(1.0\) must be a positive integer"),
        ({"buckets": 31}, r"buckets \(31\) must be even"),
        ({"max_distance": 16}, r"half of them less than max_distance \(16\)"),
        ({"activation": "wave"}, r"activation \('wave'\) must be one of"),
        ({"dropout": 1.0}, r"dropout \(1.0\) must lie in \[0, 1\)"),
        ({"norm_eps": 0.0}, r"norm_eps \(0.0\) must be positive"),
        ({"eos": 32128}, r"eos \(32128\) must be a token below 32128"),
    ],
)
def test_a_config_that_cannot_be_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        T5Config(**changes)


def test_presets_are_known_by_name():
    assert T5Config.preset("t5-small") == T5Config()
    assert T5Config.preset("t5-v1_1-xxl", width=64).width == 64
    with pytest.raises(ValueError, match="there is no preset 't6'; there are t5-mini, t5-small"):
        T5Config.preset("t6")
