"""LSTM: names, projection, sequences without a batch, packed ones, PyTorch's numbers."""

import numpy as np
import pytest
from nt_autograd import tensor, zeros
from nt_nn import LSTM, Parameter, pack_padded_sequence, pad_packed_sequence
from nt_tensor import Generator

SIGNALS = np.random.default_rng(0).standard_normal((5, 2, 3)).astype(np.float32)


def test_a_projection_has_its_own_weight_and_narrows_the_output():
    layer = LSTM(3, 4, 2, bidirectional=True, proj_size=2)
    shapes = {name: p.shape for name, p in layer.named_parameters()}
    assert shapes["weight_hr_l0"] == shapes["weight_hr_l1_reverse"] == (2, 4)
    assert shapes["weight_hh_l0"] == (16, 2)
    assert shapes["weight_ih_l1"] == (16, 4)
    y, (h, c) = layer(tensor(SIGNALS))
    assert (y.shape, h.shape, c.shape) == ((5, 2, 4), (4, 2, 2), (4, 2, 4))


@pytest.mark.parametrize("batch_first", [False, True])
def test_a_sequence_without_a_batch_is_a_batch_of_one(batch_first):
    layer = LSTM(3, 4, 2, batch_first=batch_first, bidirectional=True, proj_size=2)
    x = tensor(SIGNALS[:, 0])
    h, c = zeros(4, 2) + 0.5, zeros(4, 4) - 0.5
    y, ends = layer(x, (h, c))
    batch = layer(x.unsqueeze(0 if batch_first else 1), (h.unsqueeze(1), c.unsqueeze(1)))
    assert y.shape == (5, 4)
    np.testing.assert_array_equal(
        y.detach().numpy(), batch[0].squeeze(0 if batch_first else 1).detach().numpy()
    )
    for one, other in zip(ends, batch[1], strict=True):
        assert one.tolist() == other.squeeze(1).tolist()
    assert layer(x)[1][1].shape == (4, 4)


def test_states_that_are_carried_over_give_the_whole():
    layer = LSTM(3, 4, 2, generator=Generator(0))
    x = tensor(SIGNALS)
    y, (_, c) = layer(x)
    first, states = layer(x[:2])
    second, states = layer(x[2:], states)
    np.testing.assert_allclose(first.detach().numpy(), y[:2].detach().numpy(), atol=1e-7)
    np.testing.assert_allclose(second.detach().numpy(), y[2:].detach().numpy(), atol=1e-7)
    np.testing.assert_allclose(states[1].detach().numpy(), c.detach().numpy(), atol=1e-7)


def test_sequences_in_any_order_keep_their_order_and_states():
    layer = LSTM(3, 4, 2, batch_first=True, bidirectional=True)
    x = tensor(np.random.default_rng(1).standard_normal((3, 5, 3)).astype(np.float32))
    lengths = [2, 5, 3]
    rng = np.random.default_rng(2)
    h, c = (tensor(rng.standard_normal((4, 3, 4)).astype(np.float32)) for _ in range(2))
    packed, (hn, cn) = layer(pack_padded_sequence(x, lengths, True, enforce_sorted=False), (h, c))
    y, found = pad_packed_sequence(packed, batch_first=True)
    assert found.tolist() == lengths
    for k, n in enumerate(lengths):
        alone, (a, b) = layer(x[k, :n], (h[:, k], c[:, k]))
        np.testing.assert_allclose(y[k, :n].detach().numpy(), alone.detach().numpy(), atol=1e-6)
        assert not y[k, n:].detach().numpy().any()
        np.testing.assert_allclose(hn[:, k].detach().numpy(), a.detach().numpy(), atol=1e-6)
        np.testing.assert_allclose(cn[:, k].detach().numpy(), b.detach().numpy(), atol=1e-6)


def test_dropout_works_in_training_alone():
    layer = LSTM(3, 8, 2, dropout=0.5)
    x = tensor(SIGNALS)
    one, two = layer(x)[0], layer(x)[0]
    assert one.tolist() != two.tolist()
    layer.eval()
    assert layer(x)[0].tolist() == layer(x)[0].tolist()


def test_a_lag_is_learned():
    layer = LSTM(1, 8, generator=Generator(0))
    rng = np.random.default_rng(0)

    def loss():
        bits = rng.integers(0, 2, (8, 16, 1)).astype(np.float32)
        y, _ = layer(tensor(bits))
        error = y[2:, :, :1] * 2.0 - tensor(bits[:-2] * 2 - 1)  # what was two steps ago
        return (error * error).mean()

    first = loss().item()
    for _ in range(150):
        layer.zero_grad()
        now = loss()
        now.backward()
        for p in layer.parameters():
            p.data -= 1.0 * p.grad.data
    assert now.item() < 0.25 * first


def test_what_does_not_fit_is_named():
    with pytest.raises(ValueError, match=r"proj_size \(4\) must be less than hidden_size \(4\)"):
        LSTM(3, 4, proj_size=4)
    with pytest.raises(
        ValueError, match=r"hx must be \(1, 2, 4\) and \(1, 2, 4\).*got \(1, 2, 3\)"
    ):
        LSTM(3, 4)(zeros(5, 2, 3), (zeros(1, 2, 3), zeros(1, 2, 4)))
    with pytest.raises(ValueError, match=r"packed \(rows, 2\), got \(3, 3\)"):
        LSTM(2, 4)(pack_padded_sequence(zeros(2, 2, 3), [2, 1]))


@pytest.mark.goldens("rnn", "lstm(?!cell).*")
@pytest.mark.parametrize(("dtype", "limit"), [("float64", 1e-9), ("float32", 1e-5)])
def test_it_agrees_with_pytorch(golden, agree, dtype, limit):
    layer = LSTM(**golden.about["ctor"]).to(dtype)
    for name in golden.about["params"]:
        setattr(layer, name, Parameter(golden.tensor(f"param.{name}", dtype)))
    x = golden.leaf("input.x", dtype)
    if "lengths" in golden.about["inputs"]:
        packed = pack_padded_sequence(x, golden.arrays["input.lengths"], True, enforce_sorted=False)
        y, states = layer(packed)
        y, _ = pad_packed_sequence(y, batch_first=True)
        given = [x]
    else:
        given = [x, *[golden.leaf(f"input.{n}", dtype) for n in golden.about["inputs"][1:]]]
        y, states = layer(x, tuple(given[1:]) or None)
    loss = 0.0
    for i, found in enumerate((y, *states)):
        agree(found, golden.arrays[f"output.{i}"], limit)
        loss = loss + (found * golden.tensor(f"cotangent.{i}", dtype)).sum()
    loss.backward()
    for name, value in zip(golden.about["grad_inputs"], given, strict=True):
        agree(value.grad, golden.arrays[f"grad.input.{name}"], limit * 10)
    for name, parameter in layer.named_parameters():
        agree(parameter.grad, golden.arrays[f"grad.param.{name}"], limit * 10)
