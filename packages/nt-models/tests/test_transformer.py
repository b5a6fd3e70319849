"""The Transformer of 2017: its layers are nt_nn's, it translates, masks, caches, every library."""

import math

import numpy as np
import pytest
from nt_autograd import cross_entropy, no_grad, tensor
from nt_models import Transformer, TransformerConfig
from nt_nn import TransformerDecoderLayer, TransformerEncoderLayer, count_parameters, skeleton
from nt_nn.optim import Adam
from nt_tensor import Generator

SMALL = {"vocab_size": 23, "width": 12, "heads": 3, "hidden": 20}
SMALL |= {"encoder_layers": 2, "decoder_layers": 3}


@pytest.fixture
def small():
    """A function: a small Transformer with lively weights, the same every time."""

    def make(device="cpu", dtype="float32", **changes):
        model = Transformer(TransformerConfig(**{**SMALL, **changes}), generator=Generator(0))
        rng = np.random.default_rng(1)
        for name, p in model.named_parameters():
            scale = p.ndim == 1 and name.endswith(".weight")
            p.data = tensor(rng.standard_normal(p.shape) * 0.4 + scale).data
        return model.to(dtype).to(device)

    return make


@pytest.fixture
def texts():
    """A function: tokens (3, source) and decoder tokens (3, time)."""

    def make(source=9, time=7, device="cpu", batch=3):
        rng = np.random.default_rng(2)
        return (
            tensor(rng.integers(2, 23, (batch, source)), device=device),
            tensor(rng.integers(2, 23, (batch, time)), device=device),
        )

    return make


def numbers(x):
    return x.detach().numpy()


def layer_of_nt_nn(layer, config):
    """The same layer as nt_nn has it."""
    kind = TransformerDecoderLayer if layer.decodes else TransformerEncoderLayer
    made = kind(
        config.width,
        config.heads,
        config.hidden,
        layer_norm_eps=config.norm_eps,
        norm_first=config.norm_first,
    )
    ours = layer.state_dict()
    renamed = {"attention.": "self_attn.", "up.": "linear1.", "down.": "linear2."}
    if layer.decodes:
        for part in ("weight", "bias"):
            rows = [ours.pop(f"cross.{name}.{part}").numpy() for name in ("query", "key_value")]
            ours[f"multihead_attn.qkv.{part}"] = tensor(np.concatenate(rows))
            ours[f"multihead_attn.out.{part}"] = ours.pop(f"cross.out.{part}")
    else:
        renamed["norm3."] = "norm2."
    state = {}
    for name, value in ours.items():
        for old, new in renamed.items():
            name = name.replace(old, new) if name.startswith(old) else name
        state[name] = value
    made.to("float64").load_state_dict(state)
    return made.eval()


@pytest.mark.parametrize("norm_first", [False, True])
def test_its_layers_are_those_of_nt_nn(norm_first, small):
    model = small(dtype="float64", norm_first=norm_first)
    rng = np.random.default_rng(0)
    x, memory = (tensor(rng.standard_normal((3, n, 12))) for n in (6, 9))
    mask = np.arange(6) < [[6], [4], [1]]
    seen = np.arange(9) < [[2], [9], [5]]
    real, readable = (tensor(m[:, None, None]) for m in (mask, seen))
    for layer in model.encoder:
        expected = layer_of_nt_nn(layer, model.config)(x, None, tensor(~mask))
        np.testing.assert_allclose(numbers(layer(x, real)), numbers(expected), atol=1e-12)
    for layer in model.decoder:
        expected = layer_of_nt_nn(layer, model.config)(
            x,
            memory,
            tgt_key_padding_mask=tensor(~mask),
            memory_key_padding_mask=tensor(~seen),
            tgt_is_causal=True,
        )
        found = layer(x, real, memory, readable)
        np.testing.assert_allclose(numbers(found), numbers(expected), atol=1e-12)


@pytest.mark.parametrize("norm_first", [False, True])
def test_around_the_layers_are_one_matrix_and_sinusoids(norm_first, device, small, texts):
    model, (ids, written) = small(device, norm_first=norm_first), texts(device=device)
    table = model.embedding.weight.detach().numpy().astype(np.float64)

    def embedded(tokens):
        x = table[tokens] * math.sqrt(12)
        for t in range(x.shape[1]):
            for i in range(12):
                angle = t / 10000 ** (2 * (i // 2) / 12)
                x[:, t, i] += math.cos(angle) if i % 2 else math.sin(angle)
        return tensor(x.astype(np.float32), device=device)

    def normed(x, norm):
        if not norm_first:
            assert norm is None
            return x
        return norm(x)

    x = embedded(ids.numpy())
    for layer in model.encoder:
        x = layer(x, None)
    encoded = normed(x, model.encoder_norm)
    np.testing.assert_allclose(numbers(model.encode(ids)), numbers(encoded), atol=2e-5)
    x = embedded(written.numpy())
    for layer in model.decoder:
        x = layer(x, None, encoded)
    expected = numbers(normed(x, model.decoder_norm)) @ table.T
    np.testing.assert_allclose(numbers(model(ids, written)), expected, atol=1e-4)


@pytest.mark.parametrize("norm_first", [False, True])
def test_every_parameter_gets_a_finite_gradient_that_is_not_zero(norm_first, device, small, texts):
    model, (ids, written) = small(device, norm_first=norm_first), texts(12, 12, device)
    for layer in (*model.encoder, *model.decoder):
        layer.up.bias.data = layer.up.bias.data + 5  # no rectifier sleeps
    logits = model(ids, model.shift_right(written))
    cross_entropy(logits.transpose(1, 2), written, label_smoothing=0.1).backward()
    for name, p in model.named_parameters():
        g = p.grad.numpy()
        assert np.isfinite(g).all(), name
        if name.endswith(("qkv.bias", "key_value.bias")):  # a key's shifts all scores alike
            g = np.concatenate([g[:12], g[24:]]) if len(g) == 36 else g[12:]
        used = np.abs(g).reshape(len(g), -1).max(-1) > 0
        if name == "embedding.weight":
            used = used[np.union1d(ids.numpy(), written.numpy())]
        assert used.all(), name


def test_padding_changes_no_real_token(device, small, texts):
    model, (ids, written) = small(device), texts(device=device)
    alone = numbers(model(ids, written))
    rng = np.random.default_rng(4)

    def padded(x, by):
        more = np.concatenate([x.numpy(), rng.integers(0, 23, (3, by))], 1)
        mask = np.tile(np.arange(more.shape[1]) < x.shape[1], (3, 1)).astype(int)
        return [tensor(each, device=device) for each in (more, mask)]

    (ids, mask), (written, decoder_mask) = padded(ids, 4), padded(written, 3)
    found = numbers(model(ids, written, mask, decoder_mask))
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found[:, :7], alone, atol=2e-5)
    assert np.abs(numbers(model(ids, written))[:, :7] - alone).max() > 0.01


def test_rows_of_a_batch_do_not_see_each_other(device, small, texts):
    model, (ids, written) = small(device), texts(device=device)
    mask = tensor((np.arange(9) < [[9], [5], [1]]).astype(int), device=device)
    whole = numbers(model(ids, written, mask))
    for i in range(3):
        one = slice(i, i + 1)
        alone = numbers(model(ids[one, : (9, 5, 1)[i]], written[one]))
        np.testing.assert_allclose(alone[0], whole[i], atol=2e-5)


def test_changing_a_later_token_changes_no_earlier_logit(device, small, texts):
    model, (ids, written) = small(device), texts(device=device)
    before = numbers(model(ids, written))
    for t in range(1, 7):
        changed = written.numpy().copy()
        changed[:, t:] = (changed[:, t:] + 3) % 23
        after = numbers(model(ids, tensor(changed, device=device)))
        np.testing.assert_allclose(before[:, :t], after[:, :t], atol=1e-6)
        assert np.abs(before[:, t:] - after[:, t:]).max() > 0.01


@pytest.mark.parametrize("steps", [(1,) * 7, (3, 1, 3)])
def test_with_caches_it_writes_the_same(steps, device, small, texts):
    model, (ids, written) = small(device), texts(device=device)
    mask = tensor((np.arange(9) < [[9], [5], [1]]).astype(int), device=device)
    whole = numbers(model(ids, written, mask))
    with no_grad():
        encoded, caches, start = model.encode(ids, mask), model.caches(3, 7), 0
        for n in steps:
            part = model.decode(written[:, start : start + n], encoded, mask, caches=caches)
            expected = whole[:, start : start + n]
            np.testing.assert_allclose(part.numpy(), expected, atol=2e-5)
            start += n


@pytest.mark.parametrize("use_cache", [True, False])
@pytest.mark.parametrize("beams", [1, 3])
def test_what_it_translates_is_its_own_best(beams, use_cache, device, small, texts):
    model, (ids, _) = small(device), texts(device=device)
    found = model.translate(ids, 6, num_beams=beams, use_cache=use_cache).numpy()
    best = np.full((3, 1), model.config.start)
    for _ in range(6):
        logits = numbers(model(ids, tensor(best, device=device)))
        best = np.concatenate([best, logits[:, -1:].argmax(-1)], 1)
    best = best[:, 1:]

    def scores(text):
        """The mean log-probability of each row, up to its end."""
        logits = numbers(model(ids, model.shift_right(tensor(text, device=device))))
        logits = logits.astype(np.float64)
        p = np.exp(logits - logits.max(-1, keepdims=True))
        p = np.take_along_axis(p / p.sum(-1, keepdims=True), text[..., None], -1)[..., 0]
        ends = [list(row).index(1) + 1 if 1 in row else len(row) for row in text]
        return [np.log(row[:end]).mean() for row, end in zip(p, ends, strict=True)]

    for row in best:
        end = list(row).index(1) + 1 if 1 in row else 6
        row[end:] = model.config.pad
    if beams == 1:
        np.testing.assert_array_equal(found, best[:, : found.shape[1]])
    else:
        assert (np.array(scores(found)) >= np.array(scores(best)) - 1e-6).all()


def test_texts_end_at_their_eos_and_training_goes_on(device, small, texts):
    model, (ids, _) = small(device, dropout=0.5), texts(device=device)
    first = model.translate(ids, 6).numpy()
    ended = model.translate(ids, 6, eos_token_id=int(first[0, 1]), pad_token_id=22).numpy()
    at = list(ended[0]).index(first[0, 1])
    assert (ended[0, at + 1 :] == 22).all()
    assert all(module.training for module in model.modules())


def test_it_learns_to_reverse():
    config = TransformerConfig(
        vocab_size=10, width=32, heads=4, hidden=64, encoder_layers=1, decoder_layers=1
    )
    model = Transformer(config, generator=Generator(0))
    optimizer = Adam(model.parameters(), lr=1e-2, betas=(0.9, 0.98))
    rng = np.random.default_rng(0)

    def batch(size):
        ids = rng.integers(2, 10, (size, 5))
        answers = np.concatenate([ids[:, ::-1], np.ones((size, 1), int)], 1)
        return tensor(ids), tensor(answers)

    for step in range(250):
        optimizer.param_groups[0]["lr"] = 1e-2 * min(1, (step + 1) / 20, (250 - step) / 125)
        ids, answers = batch(20)
        logits = model(ids, model.shift_right(answers))
        loss = cross_entropy(logits.transpose(1, 2), answers, label_smoothing=0.1)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    ids, answers = batch(200)  # of 32,768 there are, at most 5,000 were seen
    found = model.translate(ids, 10).numpy()
    assert found.shape == (200, 6)
    assert (found == answers.numpy()).all(1).mean() > 0.9


@pytest.mark.parametrize("norm_first", [False, True])
def test_one_batch_is_learned_by_heart(norm_first, device):
    config = TransformerConfig(**{**SMALL, "width": 24, "norm_first": norm_first})
    model = Transformer(config, generator=Generator(0)).to(device)
    optimizer = Adam(model.parameters(), lr=1e-2)
    rng = np.random.default_rng(0)
    ids, labels = (tensor(rng.integers(2, 23, (4, n)), device=device) for n in (6, 5))
    losses = []
    for _ in range(50):
        loss = cross_entropy(model(ids, model.shift_right(labels)).transpose(1, 2), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[0] > 2.5
    assert losses[-1] < 0.1


def test_the_sizes_are_the_papers():
    # What the words of the paper add up to; it says 65 and 213 million.
    for name, width, hidden in (("transformer-base", 512, 2048), ("transformer-big", 1024, 4096)):
        attention = 4 * (width**2 + width)
        network = 2 * width * hidden + hidden + width
        encoder = attention + network + 2 * 2 * width
        decoder = 2 * attention + network + 3 * 2 * width
        with skeleton():
            model = Transformer(TransformerConfig.preset(name))
        count = count_parameters(model)
        assert count == 37000 * width + 6 * (encoder + decoder)
        assert count == {512: 63_082_496, 1024: 214_245_376}[width]
    mini = Transformer(TransformerConfig.preset("transformer-mini"))
    assert 500_000 < count_parameters(mini) < 700_000


def test_scores_and_logits_begin_at_a_common_size():
    config = TransformerConfig(vocab_size=500, encoder_layers=2, decoder_layers=1)
    model = Transformer(config, generator=Generator(0))
    state = {name: p.detach().numpy() for name, p in model.named_parameters()}
    assert state["embedding.weight"].std() == pytest.approx(512**-0.5, rel=0.02)
    bound = math.sqrt(6 / (512 + 2048))
    assert np.abs(state["encoder.1.up.weight"]).max() == pytest.approx(bound, rel=0.01)
    assert all((v == 0).all() for n, v in state.items() if n.endswith(".bias"))
    ids = tensor(np.random.default_rng(0).integers(0, 500, (2, 20)))
    assert 0.5 < numbers(model(ids, ids)).std() < 2


def test_the_same_seed_makes_the_same_model():
    first, again, other = (
        Transformer(TransformerConfig(**SMALL), generator=Generator(s)) for s in (1, 1, 2)
    )
    for p, q, r in zip(first.parameters(), again.parameters(), other.parameters(), strict=True):
        np.testing.assert_array_equal(numbers(p), numbers(q))
        assert p.ndim == 1 or (numbers(p) != numbers(r)).any()


def test_dropout_is_for_training_alone(small, texts):
    model, (ids, written) = small(dropout=0.5), texts()
    assert (numbers(model(ids, written)) != numbers(model(ids, written))).any()
    model.eval()
    plain = small().eval()
    np.testing.assert_array_equal(numbers(model(ids, written)), numbers(plain(ids, written)))


def test_labels_become_the_decoders_input(device, small):
    model = small(device=device, start=3, pad=2)
    labels = tensor([[5, 6, 7, 1], [8, 1, -100, -100]], device=device)
    assert model.shift_right(labels).tolist() == [[3, 5, 6, 7], [3, 8, 1, 2]]


def test_what_does_not_fit_is_named(device, small, texts):
    model, (ids, written) = small(device=device), texts(device=device)
    with pytest.raises(ValueError, match=r"tokens must be \(batch, time\), got shape \(9,\)"):
        model(ids[0], written)
    with pytest.raises(ValueError, match=r"attention_mask \(3, 7\) must be \(3, 9\)"):
        model(ids, written, written)
    with pytest.raises(ValueError, match=r"encoded_mask \(3, 7\) must be \(3, 9\)"):
        model.decode(written, model.encode(ids), written)
    with pytest.raises(ValueError, match=r"encoded \(2, 9, 12\) must be \(3, source, 12\)"):
        model.decode(written, model.encode(ids)[:2])
    with pytest.raises(IndexError, match="23"):
        model(tensor([[0, 23]], device=device), written[:1])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"heads": 5}, r"heads \(5\) must divide width \(512\)"),
        ({"encoder_layers": 0}, r"encoder_layers \(0\) must be a positive integer"),
        ({"dropout": 1.0}, r"dropout \(1.0\) must lie in \[0, 1\)"),
        ({"norm_eps": 0.0}, r"norm_eps \(0.0\) must be positive"),
        ({"pad": -1}, r"pad \(-1\) must be a token below 37000"),
    ],
)
def test_a_config_that_cannot_be_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        TransformerConfig(**changes)


def test_presets_are_known_by_name():
    assert TransformerConfig.preset("transformer-big", vocab_size=8).heads == 16
    with pytest.raises(ValueError, match="no preset 'huge'; there are transformer-mini, "):
        TransformerConfig.preset("huge")
