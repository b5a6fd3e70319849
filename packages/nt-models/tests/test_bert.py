"""BERT: against a second one in NumPy, sees both sides, never padding, learns, on every library."""

import math

import numpy as np
import pytest
from nt_autograd import cross_entropy, no_grad, tensor
from nt_models import BERT, BERTConfig, BERTForMaskedLM, BERTForSequenceClassification
from nt_nn import count_parameters, skeleton
from nt_nn.optim import AdamW
from nt_tensor import Generator, manual_seed

SMALL = {"vocab_size": 11, "context": 9, "layers": 2, "heads": 2, "width": 12, "inner": 20}


def lively(model, device="cpu", dtype="float32"):
    """With weights of 0.02 attention and GELU would be nearly linear."""
    rng = np.random.default_rng(1)
    for p in model.parameters():
        p.data = tensor(rng.standard_normal(p.shape) * 0.3 + (p.ndim == 1) * 0.5).data
    return model.to(dtype).to(device)


@pytest.fixture
def bert():
    """A function: a small BERT, the same every time."""

    def make(device="cpu", dtype="float32", model=BERT, **changes):
        config = BERTConfig(**{**SMALL, **changes})
        return lively(model(config, generator=Generator(0)), device, dtype)

    return make


@pytest.fixture
def texts():
    """A function: ids, mask and token types of three texts of 8, 5 and 7 tokens."""

    def make(device="cpu"):
        rng = np.random.default_rng(0)
        mask = np.arange(8) < np.array([8, 5, 7])[:, None]
        ids, types = rng.integers(0, 11, (3, 8)), rng.integers(0, 2, (3, 8))
        return [tensor(x, device=device) for x in (ids, mask.astype("int64"), types)]

    return make


def bert_in_numpy(state, ids, mask, types, config):
    """The model once more, from the paper's equations, in float64 and without a framework."""
    w = {name: t.numpy().astype(np.float64) for name, t in state.items()}
    erf = np.vectorize(math.erf)

    def norm(x, name):
        centred = x - x.mean(-1, keepdims=True)
        spread = np.sqrt((centred**2).mean(-1, keepdims=True) + config.eps)
        return centred / spread * w[f"{name}.weight"] + w[f"{name}.bias"]

    def linear(x, name):
        return np.einsum("bti,oi->bto", x, w[f"{name}.weight"]) + w[f"{name}.bias"]

    def attention(x, name):
        parts, d = [], config.width // config.heads
        q, k, v = np.split(linear(x, f"{name}.qkv"), 3, axis=-1)
        for h in range(config.heads):
            own = slice(h * d, (h + 1) * d)
            scores = np.einsum("bid,bjd->bij", q[..., own], k[..., own]) / math.sqrt(d)
            weights = np.exp(scores) * mask[:, None, :]
            parts.append(weights / weights.sum(-1, keepdims=True) @ v[..., own])
        return linear(np.concatenate(parts, -1), f"{name}.out")

    x = w["token_embedding.weight"][ids] + w["token_type_embedding.weight"][types]
    x = norm(x + w["position_embedding.weight"][: ids.shape[1]], "norm")
    for i in range(config.layers):
        x = norm(x + attention(x, f"blocks.{i}.attention"), f"blocks.{i}.norm1")
        up = linear(x, f"blocks.{i}.up")
        x = norm(
            x + linear(up * (1 + erf(up / math.sqrt(2))) / 2, f"blocks.{i}.down"),
            f"blocks.{i}.norm2",
        )
    return x, np.tanh(linear(x[:, :1], "pooler")[:, 0])


def test_it_is_the_papers_model(device, bert, texts):
    model, given = bert(device), texts(device)
    right, pooled = bert_in_numpy(model.state_dict(), *(x.numpy() for x in given), model.config)
    hidden = model(*given)
    np.testing.assert_allclose(hidden.detach().numpy(), right, atol=2e-5)
    np.testing.assert_allclose(model.pooled(hidden).detach().numpy(), pooled, atol=2e-5)
    if device == "cpu":
        exact = model.to("float64")(*given).detach().numpy()
        np.testing.assert_allclose(exact, right, atol=1e-12)


def test_gradients_are_slopes(bert, texts):
    model, given = bert(dtype="float64"), texts()
    weights = tensor(np.random.default_rng(5).standard_normal((3, 12)))

    def loss():
        return (model.pooled(model(*given)) * weights).sum()

    loss().backward()
    rng = np.random.default_rng(3)
    for name, p in model.named_parameters():  # along a random direction in each parameter
        direction, start = rng.standard_normal(p.shape), p.data.copy()
        direction[(0,) * (name == "token_embedding.weight")] *= name != "token_embedding.weight"
        values = []
        for step in (1e-5, -1e-5):
            p.data = start + step * direction
            with no_grad():
                values.append(loss().item())
        p.data = start
        slope = float((p.grad.numpy() * direction).sum())
        assert slope == pytest.approx((values[0] - values[1]) / 2e-5, rel=1e-5, abs=1e-8), name


def test_every_parameter_gets_a_finite_gradient_that_is_not_zero(device, bert, texts):
    model, (ids, mask, types) = bert(device, context=8), texts(device)
    words = np.random.default_rng(2).standard_normal((3, 8, 12)).astype("float32")
    hidden = model(ids, mask, types)
    ((hidden * tensor(words, device=device)).sum() + model.pooled(hidden).sum()).backward()
    used = set(ids.numpy().reshape(-1).tolist()) - {0}
    for name, p in model.named_parameters():
        g = p.grad.numpy()
        assert np.isfinite(g).all(), name
        if name == "token_embedding.weight":
            assert (np.abs(g).max(1) > 0).nonzero()[0].tolist() == sorted(used)
            continue
        if name.endswith("qkv.bias"):  # a key's bias shifts all scores of a query alike
            query, key, value = np.split(g, 3)
            np.testing.assert_allclose(key, 0, atol=1e-4 * np.abs(g).max())
            g = np.concatenate([query, value])
        assert (np.abs(g).reshape(len(g), -1).max(-1) > 0).all(), name


def test_what_padding_is_changes_no_real_token(device, bert, texts):
    model, (ids, mask, types) = bert(device), texts(device)
    real = mask.numpy() == 1
    right = model(ids, mask, types).detach().numpy()
    other = np.where(real, ids.numpy(), 7), np.where(real, types.numpy(), 1)
    changed = model(tensor(other[0], device=device), mask, tensor(other[1], device=device))
    np.testing.assert_array_equal(changed.detach().numpy()[real], right[real])
    for i, length in enumerate(real.sum(1)):  # nor does it matter that there is any
        alone = model(ids[i : i + 1, :length], None, types[i : i + 1, :length])
        np.testing.assert_allclose(alone.detach().numpy()[0], right[i, :length], atol=1e-5)


def test_padding_may_stand_in_front(device, bert, texts):
    model, (ids, _, types) = bert(device), texts(device)
    mask = tensor(np.array([[0, 0, 0, 1, 1, 1, 1, 1]]), device=device)
    positions = tensor(np.array([[0, 0, 0, 0, 1, 2, 3, 4]]), device=device)
    padded = model(ids[:1], mask, types[:1], positions).detach().numpy()[0, 3:]
    alone = model(ids[:1, 3:], None, types[:1, 3:]).detach().numpy()[0]
    np.testing.assert_allclose(padded, alone, atol=1e-5)


def test_a_mask_may_be_of_any_kind(bert, texts):
    model, (ids, mask, _) = bert(), texts()
    right = model(ids, mask).tolist()
    for kind in ("bool", "float32", "uint8"):
        assert model(ids, mask.to(kind)).tolist() == right


def test_what_is_not_given_is_the_usual(bert, texts):
    model, (ids, _, _) = bert(), texts()
    right = model(ids).tolist()
    ones, zeros = (tensor(np.full((3, 8), i)) for i in (1, 0))
    places = tensor(np.arange(8))
    np.testing.assert_allclose(model(ids, ones, zeros, places).tolist(), right, atol=1e-6)
    every = tensor(np.tile(np.arange(8), (3, 1)))
    assert model(ids, None, None, every).tolist() == model(ids, None, None, places).tolist()


def test_a_token_sees_those_before_and_behind_it(bert, texts):
    model, (ids, _, _) = bert(), texts()
    right = model(ids).detach().numpy()
    for t in (0, 4, 7):
        changed = ids.numpy().copy()
        changed[:, t] = (changed[:, t] + 3) % 11
        after = model(tensor(changed)).detach().numpy()
        assert (np.abs(after - right).max(-1) > 1e-4).all()


def test_rows_of_a_batch_do_not_see_each_other(device, bert, texts):
    model, given = bert(device), texts(device)
    whole = model(*given).detach().numpy()
    for i in range(3):
        alone = model(*(x[i : i + 1] for x in given)).detach().numpy()
        np.testing.assert_allclose(alone[0], whole[i], atol=1e-5)


def test_the_paddings_embedding_is_zero_and_learns_nothing(bert):
    for pad in (0, 4, None):
        model = BERT(BERTConfig(**{**SMALL, "pad_token": pad}), generator=Generator(0))
        (model(tensor([[4, 0, 3]])) ** 3).sum().backward()
        rows = np.abs(model.token_embedding.weight.detach().numpy()).max(1)
        learning = np.abs(model.token_embedding.weight.grad.numpy()).max(1)
        assert [i for i in range(11) if rows[i] == 0] == ([] if pad is None else [pad])
        assert [i for i in (0, 3, 4) if learning[i] > 0] == [i for i in (0, 3, 4) if i != pad]


def test_dropout_drops_in_training_alone_and_by_its_generator(bert, texts):
    shares = {"dropout": 0.3, "attention_dropout": 0.2}
    model, given = bert(**shares), texts()
    manual_seed(3)
    first = model(*given).tolist()
    assert model(*given).tolist() != first
    manual_seed(3)
    assert model(*given).tolist() == first
    assert model.eval()(*given).tolist() == bert()(*given).tolist()
    for share in shares:  # each has its place
        assert bert(**{share: 0.3})(*given).tolist() != model(*given).tolist()


@pytest.mark.parametrize("name", ["gelu_new", "relu", "silu", "quick_gelu", "tanh"])
def test_the_activation_can_be_chosen(name, bert, texts):
    given = texts()
    chosen, usual = bert(activation=name)(*given), bert()(*given)
    assert np.abs((chosen - usual).detach().numpy()).max() > 1e-5


def test_it_overfits_one_batch(device, texts):
    ids, mask, types = texts(device)
    model = BERTForMaskedLM(BERTConfig(**SMALL), generator=Generator(0)).to(device)
    optimizer = AdamW(model.parameters(), lr=2e-2, weight_decay=0.0)
    labels = np.where(np.arange(8) % 3 == 1, ids.numpy(), -100)
    masked = tensor(np.where(labels >= 0, 0, ids.numpy()), device=device)
    for _ in range(80):
        logits = model(masked, mask, types)
        loss = cross_entropy(logits.transpose(1, 2), tensor(labels, device=device))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.05


def test_thirty_steps_are_the_same_on_every_library(device, texts):
    losses = {}
    for where in ("cpu", device):
        config = BERTConfig(**SMALL, labels=3)
        model = BERTForSequenceClassification(config, generator=Generator(5)).to(where)
        optimizer = AdamW(model.parameters(), lr=3e-3, weight_decay=0.1)
        losses[where] = []
        for _ in range(30):
            loss = cross_entropy(model(*texts(where)), tensor([2, 0, 1], device=where))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses[where].append(loss.item())
    assert losses["cpu"][-1] < 0.7 * losses["cpu"][0]
    np.testing.assert_allclose(losses[device], losses["cpu"], atol=1e-4)


def test_the_same_seed_makes_the_same_model():
    config = BERTConfig(**SMALL)
    first, again, other = (BERT(config, generator=Generator(s)) for s in (1, 1, 2))
    for p, q, r in zip(first.parameters(), again.parameters(), other.parameters(), strict=True):
        assert p.tolist() == q.tolist()
        assert p.ndim == 1 or p.tolist() != r.tolist()


def test_matrices_begin_small_and_biases_at_zero():
    model = BERT(BERTConfig(**{**SMALL, "width": 64, "vocab_size": 500}), generator=Generator(0))
    for name, p in model.named_parameters():
        values = p.detach().numpy()
        if p.ndim > 1 and values.size > 1000:
            assert values.std() == pytest.approx(0.02, rel=0.1), name
        elif p.ndim == 1:
            assert (values == (1.0 if "norm" in name and "weight" in name else 0.0)).all(), name


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("bert-base", 109_482_240),  # with pooler, as published
        ("bert-large", 335_141_888),
        ("bert-small", 28_763_648),
        ("bert-mini", 5_818_624),
    ],
)
def test_presets_have_the_published_number_of_parameters(name, parameters):
    with skeleton():
        model = BERT(BERTConfig.preset(name))
    assert count_parameters(model) == parameters


def test_float32_stays_and_float64_stays(bert, texts):
    for dtype in ("float32", "float64", "float16"):
        model = bert(dtype=dtype)
        assert str(model.pooled(model(*texts())).dtype) == dtype


def test_inputs_that_cannot_be_are_named(device, bert, texts):
    model, (ids, mask, types) = bert(device), texts(device)
    long = tensor(np.zeros((1, 10), np.int64), device=device)
    for call, message in (
        (lambda: model(long), r"10 positions do not fit the context \(9\)"),
        (lambda: model(ids[0]), r"tokens must be \(batch, time\), got shape \(8,\)"),
        (lambda: model(ids, mask[:, :7]), r"attention_mask \(3, 7\) must be \(3, 8\), as tokens"),
        (lambda: model(ids, mask, types[0]), r"token_type_ids \(8,\) must be \(3, 8\)"),
        (lambda: model(ids, mask, types, ids[:2]), r"position_ids \(2, 8\) must be \(3, 8\)"),
        (lambda: model(ids, mask, types, ids[0, :3]), r"position_ids \(3,\) must be \(8,\)"),
        (
            lambda: BERT(BERTConfig(**SMALL), pooler=False).pooled(tensor([[[1.0]]])),
            "this BERT has no pooler",
        ),
    ):
        with pytest.raises(ValueError, match=message):
            call()
    for wrong in (11, -1):
        with pytest.raises(IndexError, match=f"{wrong}"):
            model(tensor([[0, wrong]], device=device))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"heads": 5}, r"heads \(5\) must divide width \(12\)"),
        ({"layers": 0}, r"layers \(0\) must be a positive integer"),
        ({"inner": 0}, r"inner \(0\) must be a positive integer"),
        ({"labels": 0}, r"labels \(0\) must be a positive integer"),
        ({"width": 12.0}, r"width \(12.0\) must be a positive integer"),
        ({"dropout": 1.0}, r"dropout \(1.0\) must lie in \[0, 1\)"),
        ({"attention_dropout": None}, r"attention_dropout \(None\) must lie in \[0, 1\)"),
        ({"classifier_dropout": -0.1}, r"classifier_dropout \(-0.1\) must lie in \[0, 1\)"),
        ({"eps": 0.0}, r"eps \(0.0\) must be positive"),
        ({"pad_token": 11}, r"pad_token \(11\) must be below vocab_size \(11\)"),
        ({"activation": "gelo"}, r"activation \('gelo'\) must be one of gelu, "),
    ],
)
def test_a_config_that_cannot_be_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        BERTConfig(**{**SMALL, **changes})


def test_presets_are_known_by_name():
    assert BERTConfig.preset("bert-large").layers == 24
    assert BERTConfig.preset("bert-mini", width=64).inner_width == 256
    message = "there is no preset 'roberta'; there are bert-mini, bert-small, bert-base, bert-large"
    with pytest.raises(ValueError, match=message):
        BERTConfig.preset("roberta")
