"""lstm: against its equations, by differences, on every library, with a projection, at extremes."""

import math

import numpy as np
import pytest
from nt_autograd import grad, gradcheck, gradgradcheck, lstm, ones, tensor, zeros


def sigma(v):
    return 1 / (1 + math.exp(-v)) if v > -700 else 0.0


def step(x, h, c, w_ih, w_hh, *more):
    """One step of a cell, each number for itself."""
    hidden, w_hr = len(c), None
    if len(more) % 2:
        *more, w_hr = more
    z = [
        float(w_ih[j] @ x) + float(w_hh[j] @ h) + sum(float(b[j]) for b in more)
        for j in range(4 * hidden)
    ]
    i, f, g, o = (z[k * hidden : (k + 1) * hidden] for k in range(4))
    c = [sigma(f[j]) * c[j] + sigma(i[j]) * math.tanh(g[j]) for j in range(hidden)]
    h = np.array([sigma(o[j]) * math.tanh(c[j]) for j in range(hidden)])
    return (h if w_hr is None else w_hr @ h), np.array(c)


@pytest.mark.parametrize("out", [None, 2])
def test_it_is_its_equations_step_by_step(out, form, layers, same_by_hand, bodies):
    if out is None or form.get("hidden", 4) > out:
        same_by_hand(layers("lstm", out=out, **form), step)


def test_both_derivatives_agree_with_differences(form, layers):
    case = layers("lstm", **{"hidden": 2, **form})
    xs = [tensor(a, requires_grad=True) for a in case.arrays()]
    assert gradcheck(case.flat, *xs)
    if form.get("layers", 1) == 1:
        assert gradgradcheck(case.flat, *xs)


@pytest.mark.parametrize("ways", [1, 2])
@pytest.mark.parametrize("sizes", [(2, 2), (3, 2, 1)])
def test_a_projection_has_both_derivatives_too(ways, sizes, layers):
    case = layers("lstm", sizes=sizes, ways=ways, out=1, hidden=2, width=2)
    xs = [tensor(a, requires_grad=True) for a in case.arrays()]
    assert gradcheck(case.flat, *xs)
    if ways == 1:
        assert gradgradcheck(case.flat, *xs)


@pytest.mark.parametrize("out", [None, 3])
def test_every_library_goes_the_same_way(out, form, layers, road, agree):
    case = layers("lstm", **{"hidden": 33, **form, "out": out if "hidden" not in form else None})
    agree(case.flat, *case.arrays(0.5), device=road, limit=1e-5)


def test_without_weights_a_cell_halves_what_it_remembers(road):
    params = [zeros(16, 3, device=road), zeros(16, 4, device=road)]
    c = tensor(np.full((1, 2, 4), 8.0, np.float32), device=road)
    y, h, c = lstm(ones(3, 2, 3, device=road), (zeros(1, 2, 4, device=road), c), params, False)
    assert c.tolist() == [[[1.0] * 4] * 2]
    np.testing.assert_allclose(h.numpy(), 0.5 * math.tanh(1.0), rtol=1e-6)
    np.testing.assert_array_equal(y[-1:].numpy(), h.numpy())


@pytest.mark.parametrize("size", [1e3, 1e30])
def test_saturated_gates_stay_finite_and_an_open_one_keeps_the_cell(size, road):
    signs = np.repeat([-1.0, 1.0, -1.0, 1.0], 2)  # nothing in, nothing forgotten, all out
    w = tensor((signs[:, None] * size).astype(np.float32), device=road, requires_grad=True)
    start = zeros(1, 1, 2, device=road), tensor([[[0.25, -3.0]]], device=road)
    y, _, c = lstm(ones(4, 1, 1, device=road), start, [w, zeros(8, 2, device=road)], False)
    assert c.tolist() == [[[0.25, -3.0]]]
    np.testing.assert_allclose(y.detach().numpy()[:, 0], np.tanh([[0.25, -3.0]] * 4), rtol=1e-6)
    (g,) = grad(y.sum(), w)
    assert abs(g.numpy()).max() == 0


def test_a_gate_that_is_almost_closed_still_lets_a_gradient_through(road):
    bias = tensor(np.repeat([-20.0, 0.0, 1.0, 0.0], 1).astype(np.float32), device=road)
    start = zeros(1, 1, 1, device=road), zeros(1, 1, 1, device=road)
    x = tensor([[[1.0]]], device=road, requires_grad=True)
    w = ones(4, 1, device=road) * 0.0 + tensor([[1.0], [0.0], [0.0], [0.0]], device=road)
    _, _, c = lstm(x, start, [w, zeros(4, 1, device=road), bias, bias * 0.0])
    (g,) = grad(c.sum(), x)
    found, right = g.numpy().item(), sigma(-19.0) * math.tanh(1.0)
    np.testing.assert_allclose(found, right, rtol=1e-5)
