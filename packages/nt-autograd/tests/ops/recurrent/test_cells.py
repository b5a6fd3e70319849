"""The cells: their equations, a loop over them is a layer, derivatives, what does not fit."""

import math

import numpy as np
import pytest
from nt_autograd import (
    gradcheck,
    gradgradcheck,
    gru,
    gru_cell,
    lstm,
    lstm_cell,
    rnn_relu,
    rnn_relu_cell,
    rnn_tanh,
    rnn_tanh_cell,
    stack,
    tensor,
)

CELLS = {
    "rnn_tanh": (rnn_tanh_cell, rnn_tanh, 1),
    "rnn_relu": (rnn_relu_cell, rnn_relu, 1),
    "lstm": (lstm_cell, lstm, 4),
    "gru": (gru_cell, gru, 3),
}
each_cell = pytest.mark.parametrize("name", CELLS)
each_bias = pytest.mark.parametrize("bias", [True, False])


def given(name, bias, rng, batch=(2,), width=3, hidden=2):
    """An input, states and weights."""
    rows = CELLS[name][2] * hidden
    shapes = [(*batch, width), *[(*batch, hidden)] * (2 if name == "lstm" else 1)]
    shapes += [(rows, width), (rows, hidden)] + [(rows,), (rows,)] * bias
    return [rng.standard_normal(shape) for shape in shapes]


def called(name):
    """The cell as a function of arrays alone."""
    cell = CELLS[name][0]
    if name != "lstm":
        return cell
    return lambda x, h, c, *weights: stack(cell(x, (h, c), *weights))


@each_bias
@each_cell
def test_a_loop_over_cells_is_a_layer(name, bias, road, rng):
    cell, layer, _ = CELLS[name]
    _, *states, w_ih, w_hh = given(name, False, rng)
    biases = [rng.standard_normal(w_ih.shape[0]) for _ in range(2)] if bias else []
    weights = [tensor(a, dtype="float32", device=road) for a in (w_ih, w_hh, *biases)]
    x = tensor(rng.standard_normal((4, 2, 3)), dtype="float32", device=road)
    first = [tensor(s, dtype="float32", device=road) for s in states]
    hx = tuple(first) if name == "lstm" else first[0]
    many = [s[None] for s in first]
    y, *last = layer(x, tuple(many) if name == "lstm" else many[0], weights, bias)
    for t in range(4):
        hx = cell(x[t], hx, *weights)
        h = hx[0] if name == "lstm" else hx
        np.testing.assert_allclose(h.numpy(), y[t].numpy(), atol=2e-6)
    for one, other in zip(hx if name == "lstm" else [hx], last, strict=True):
        np.testing.assert_allclose(one.numpy(), other[0].numpy(), atol=2e-6)


@each_bias
@each_cell
def test_both_derivatives_agree_with_differences(name, bias, rng):
    xs = [tensor(a, requires_grad=True) for a in given(name, bias, rng)]
    assert gradcheck(called(name), *xs)
    assert gradgradcheck(called(name), *xs)


@each_cell
@pytest.mark.parametrize("batch", [(), (1,), (0,), (2, 3)])
def test_the_axes_in_front_are_as_many_as_one_likes(name, batch, rng):
    arrays = given(name, True, rng, batch)
    found = called(name)(*[tensor(a) for a in arrays]).numpy()
    count = 2 if name == "lstm" else 1
    states = found if name == "lstm" else found[None]
    for at in np.ndindex(batch):
        alone = [tensor(a[at]) for a in arrays[: 1 + count]]
        one = called(name)(*alone, *[tensor(a) for a in arrays[1 + count :]]).numpy()
        np.testing.assert_allclose(states[(slice(None), *at)], np.reshape(one, (count, 2)))


def test_the_numbers_of_small_cells_by_hand():
    one, none = tensor([[1.0]]), tensor([0.0])
    assert rnn_tanh_cell(none + 0.5, none + 0.25, one, one).item() == pytest.approx(
        math.tanh(0.75), rel=1e-6
    )
    assert rnn_relu_cell(none - 3.0, none + 1.0, one, one).item() == 0.0
    column = tensor([[1.0]] * 4)
    h, c = lstm_cell(none + 1.0, (none, none + 2.0), column, column)
    open_ = 1 / (1 + math.exp(-1.0))
    assert c.item() == pytest.approx(open_ * 2 + open_ * math.tanh(1.0), rel=1e-6)
    assert h.item() == pytest.approx(open_ * math.tanh(c.item()), rel=1e-6)
    column = tensor([[1.0]] * 3)
    h = gru_cell(none + 1.0, none + 2.0, column, column)
    gate = 1 / (1 + math.exp(-3.0))
    assert h.item() == pytest.approx(
        (1 - gate) * math.tanh(1.0 + gate * 2.0) + gate * 2.0, rel=1e-6
    )


@each_cell
def test_what_does_not_fit_is_named(name, rng):
    arrays = [tensor(a) for a in given(name, True, rng)]
    cell, _, gates = CELLS[name]
    x, *states, w_ih, w_hh, b_ih, b_hh = arrays
    hx = tuple(states) if name == "lstm" else states[0]
    rows = 2 * gates
    who = cell.__name__
    with pytest.raises(ValueError, match=rf"{who}: w_ih has shape .*, not \({rows}, 4\)"):
        cell(tensor(np.ones((2, 4))), hx, w_ih, w_hh)
    with pytest.raises(ValueError, match=rf"{who}: w_hh has shape .*, not \({rows}, 2\)"):
        cell(x, hx, w_ih, w_ih)
    with pytest.raises(ValueError, match=rf"{who}: b_hh has shape \(1,\), not \({rows},\)"):
        cell(x, hx, w_ih, w_hh, b_ih, tensor([1.0]))
    with pytest.raises(TypeError, match="input must be floating-point"):
        cell(tensor([[1, 2, 3]]), hx, w_ih, w_hh, b_ih, b_hh)
