"""linear_recurrence and selective_scan: against loops over numbers, by differences, everywhere."""

import math

import numpy as np
import pytest
from nt_autograd import (
    grad,
    gradcheck,
    gradgradcheck,
    linear_recurrence,
    selective_scan,
    tensor,
)

BATCH, TIME, CHANNELS, STATE = 2, 5, 3, 4


def draws(seed=0):
    rng = np.random.default_rng(seed)
    shapes = [(BATCH, TIME, CHANNELS), (BATCH, TIME, CHANNELS), (CHANNELS, STATE)]
    shapes += [(BATCH, TIME, STATE)] * 2 + [(CHANNELS,), (BATCH, CHANNELS, STATE)]
    arrays = [rng.normal(size=shape) for shape in shapes]
    arrays[1], arrays[2] = np.exp(arrays[1]), -np.exp(arrays[2])
    return arrays


def by_loops(u, delta, A, B, C, D, initial):
    """One number at a time."""
    y, last = np.zeros(u.shape), initial.copy()
    for b in range(BATCH):
        for t in range(u.shape[1]):
            for c in range(CHANNELS):
                y[b, t, c] = D[c] * u[b, t, c]
                for n in range(STATE):
                    faded = math.exp(delta[b, t, c] * A[c, n]) * last[b, c, n]
                    last[b, c, n] = faded + delta[b, t, c] * B[b, t, n] * u[b, t, c]
                    y[b, t, c] += C[b, t, n] * last[b, c, n]
    return y, last


def test_it_is_the_loop_over_numbers():
    arrays = draws()
    y, last = selective_scan(*map(tensor, arrays))
    for got, want in zip((y, last), by_loops(*arrays), strict=True):
        np.testing.assert_allclose(got.numpy(), want, rtol=1e-12, atol=1e-14)
    plain, _ = selective_scan(*map(tensor, arrays[:5]))
    want, _ = by_loops(*arrays[:5], np.zeros(CHANNELS), np.zeros_like(arrays[6]))
    np.testing.assert_allclose(plain.numpy(), want, rtol=1e-12, atol=1e-14)


def test_halves_of_the_time_go_on_from_the_state():
    u, delta, a, b, c, d, initial = map(tensor, draws())
    whole, last = selective_scan(u, delta, a, b, c, d, initial)
    first, state = selective_scan(u[:, :2], delta[:, :2], a, b[:, :2], c[:, :2], d, initial)
    second, end = selective_scan(u[:, 2:], delta[:, 2:], a, b[:, 2:], c[:, 2:], d, state)
    np.testing.assert_allclose(
        np.concatenate([first.numpy(), second.numpy()], 1), whole.numpy(), rtol=1e-13
    )
    np.testing.assert_allclose(end.numpy(), last.numpy(), rtol=1e-13)


def test_both_derivatives_agree_with_differences():
    xs = [tensor(array[:, :3] if array.ndim == 3 else array) for array in draws()]
    xs[6] = tensor(draws()[6])
    xs = [x.requires_grad_() for x in xs]
    assert gradcheck(selective_scan, *xs)
    rng = np.random.default_rng(1)
    a, b, h = (tensor(rng.normal(size=s), requires_grad=True) for s in ((2, 4), (2, 4), (2,)))
    assert gradcheck(linear_recurrence, a, b, h)
    assert gradgradcheck(linear_recurrence, a, b, h)


def test_the_gradient_is_that_of_the_same_numbers_step_by_step():
    a, b, h = (tensor(x, requires_grad=True) for x in (draws()[0], draws()[1], draws()[0][:, 0]))
    weights = tensor(draws(seed=3)[0])
    state, total = h, 0.0
    for t in range(TIME):
        state = a[:, t] * state + b[:, t]
        total = total + (state * weights[:, t]).sum()
    slow = grad(total, [a, b, h])
    fast = grad((linear_recurrence(a, b, h) * weights).sum(), [a, b, h])
    for got, want in zip(fast, slow, strict=True):
        np.testing.assert_allclose(got.numpy(), want.numpy(), rtol=1e-12)


def test_a_single_step_and_a_state_that_is_forgotten(road):
    one = tensor([[0.0]], device=road)
    h = tensor([1e30], device=road)
    assert linear_recurrence(one, one + 3, h).tolist() == [[3.0]]
    long = linear_recurrence(tensor([[0.5] * 200], device=road), tensor([[1.0] * 200], device=road))
    assert long[0, -1].item() == 2.0


def test_every_library_goes_the_same_way(road, agree):
    def both(*xs):
        y, h = selective_scan(*xs)
        return (y * y).sum() + (h * h * h).sum()

    agree(both, *draws(), device=road, limit=1e-5)


def test_what_does_not_fit_is_refused():
    u, delta, a, b, c, _, initial = map(tensor, draws())
    with pytest.raises(ValueError, match=r"B \(2, 5, 3\) must be \(2, 5, 4\) for u \(2, 5, 3\)"):
        selective_scan(u, delta, a, u, c)
    with pytest.raises(ValueError, match=r"delta \(2, 4, 3\) must be"):
        selective_scan(u, delta[:, 1:], a, b, c)
    with pytest.raises(ValueError, match=r"initial must be \(2, 3\), got \(2, 3, 4\)"):
        linear_recurrence(u, u, initial)
    for other in (u[:, :0], u[:, 1:]):
        with pytest.raises(ValueError, match="a and b must have one shape"):
            linear_recurrence(other, u if other.shape[1] else other)
