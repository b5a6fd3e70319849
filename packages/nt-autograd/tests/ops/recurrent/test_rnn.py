"""rnn_tanh and rnn_relu: against the equation, by differences, on every library, at extremes."""

import math

import numpy as np
import pytest
from nt_autograd import grad, gradcheck, gradgradcheck, ones, rnn_relu, rnn_tanh, tensor, zeros

NAMES = {"rnn_tanh": math.tanh, "rnn_relu": lambda v: max(0.0, v)}
each_name = pytest.mark.parametrize("name", NAMES)


def one_step(name):
    """One step of a cell, each number for itself."""

    def step(x, h, w_ih, w_hh, b_ih=None, b_hh=None):
        sums = [
            sum(w * v for w, v in zip(w_ih[j], x, strict=True))
            + sum(w * v for w, v in zip(w_hh[j], h, strict=True))
            + (0.0 if b_ih is None else b_ih[j] + b_hh[j])
            for j in range(len(h))
        ]
        return (np.array([NAMES[name](z) for z in sums]),)

    return step


@each_name
def test_it_is_its_equation_step_by_step(name, form, layers, same_by_hand, bodies):
    same_by_hand(layers(name, **form), one_step(name))


@each_name
def test_both_derivatives_agree_with_differences(name, form, layers):
    case = layers(name, **form)
    xs = [tensor(a, requires_grad=True) for a in case.arrays(seed=1)]
    assert gradcheck(case.flat, *xs)
    if form.get("layers", 1) == 1:
        assert gradgradcheck(case.flat, *xs)


@each_name
def test_every_library_goes_the_same_way(name, form, layers, road, agree):
    case = layers(name, **form)
    agree(case.flat, *case.arrays(0.7), device=road, limit=1e-5)


def test_without_weights_the_state_is_forgotten(road):
    params = [zeros(4, 3, device=road), zeros(4, 4, device=road)]
    for fn in (rnn_tanh, rnn_relu):
        y, h = fn(ones(5, 2, 3, device=road), ones(1, 2, 4, device=road), params, False)
        assert y.numpy().max() == h.numpy().max() == 0


def test_a_relu_counts_exactly_and_a_dead_one_has_no_gradient(road):
    x = tensor([[[1.0]], [[2.0]], [[-9.0]], [[4.0]]], device=road, requires_grad=True)
    one = tensor([[1.0]], device=road)
    y, h = rnn_relu(x, zeros(1, 1, 1, device=road), [one, one], False)
    assert y.flatten().tolist() == [1.0, 3.0, 0.0, 4.0]
    (g,) = grad(h.sum(), x)
    assert g.flatten().tolist() == [0.0, 0.0, 0.0, 1.0]


def test_a_saturated_tanh_stays_finite_and_learns_nothing(road):
    x = tensor(np.array([[[1e30]], [[-1e30]], [[3e38]]], np.float32), device=road)
    w = tensor([[1.0]], device=road, requires_grad=True)
    y, _ = rnn_tanh(x, zeros(1, 1, 1, device=road), [w, w], False)
    assert y.detach().flatten().tolist() == [1.0, -1.0, 1.0]
    (g,) = grad(y.sum(), w)
    assert g.tolist() == [[0.0]]
