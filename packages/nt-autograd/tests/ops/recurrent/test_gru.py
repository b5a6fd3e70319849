"""gru: against its equations, by differences, on every library, at extremes."""

import math

import numpy as np
import pytest
from nt_autograd import grad, gradcheck, gradgradcheck, gru, ones, tensor, zeros


def sigma(v):
    return 1 / (1 + math.exp(-v)) if v > -700 else 0.0


def step(x, h, w_ih, w_hh, *biases):
    """One step of a unit, each number for itself."""
    hidden = len(h)
    b_ih, b_hh = biases or (np.zeros(3 * hidden),) * 2
    a = [float(w_ih[j] @ x + b_ih[j]) for j in range(3 * hidden)]
    p = [float(w_hh[j] @ h + b_hh[j]) for j in range(3 * hidden)]
    new = []
    for j in range(hidden):
        r, z = sigma(a[j] + p[j]), sigma(a[hidden + j] + p[hidden + j])
        n = math.tanh(a[2 * hidden + j] + r * p[2 * hidden + j])
        new.append((1 - z) * n + z * h[j])
    return (np.array(new),)


def test_it_is_its_equations_step_by_step(form, layers, same_by_hand, bodies):
    same_by_hand(layers("gru", **form), step)


def test_both_derivatives_agree_with_differences(form, layers):
    case = layers("gru", **{"hidden": 2, **form})
    xs = [tensor(a, requires_grad=True) for a in case.arrays()]
    assert gradcheck(case.flat, *xs)
    if form.get("layers", 1) == 1:
        assert gradgradcheck(case.flat, *xs)


def test_every_library_goes_the_same_way(form, layers, road, agree):
    case = layers("gru", **{"hidden": 33, **form})
    agree(case.flat, *case.arrays(0.5), device=road, limit=1e-5)


def test_without_weights_it_halves_its_state_at_every_step(road):
    params = [zeros(12, 3, device=road), zeros(12, 4, device=road)]
    h = tensor(np.full((1, 2, 4), 8.0, np.float32), device=road)
    y, h = gru(ones(3, 2, 3, device=road), h, params, False)
    assert y.tolist() == [[[v] * 4] * 2 for v in (4.0, 2.0, 1.0)]
    assert h.tolist() == [[[1.0] * 4] * 2]


@pytest.mark.parametrize("size", [1e3, 1e30])
def test_a_unit_that_keeps_all_gives_back_its_state_and_one_that_takes_all_the_news(size, road):
    state = tensor([[[0.25, -3.0]]], device=road)
    none = zeros(6, 2, device=road)
    for sign, last in ((1.0, [0.25, -3.0]), (-1.0, [1.0, 1.0])):
        rows = np.repeat([0.0, sign * size, size], 2).astype(np.float32)[:, None]
        w = tensor(rows, device=road, requires_grad=True)
        y, h = gru(ones(3, 1, 1, device=road), state, [w, none], False)
        assert h.tolist() == [[last]]
        (g,) = grad(y.sum(), w)
        assert np.isfinite(g.numpy()).all()
