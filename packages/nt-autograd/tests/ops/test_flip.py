"""Turning and repeating, element by element."""

import numpy as np
import pytest
from nt_autograd import (
    flip,
    gradcheck,
    gradgradcheck,
    repeat,
    repeat_interleave,
    roll,
    tensor,
    tile,
    zeros,
)

CASES = [
    (lambda t: flip(t, 0), lambda a: a[::-1]),
    (lambda t: flip(t, (0, -1)), lambda a: a[::-1, ::-1]),
    (lambda t: t.flip(0, 1), lambda a: a[::-1, ::-1]),
    (lambda t: roll(t, 1, 0), lambda a: np.roll(a, 1, 0)),
    (lambda t: roll(t, -5, 1), lambda a: np.roll(a, -5, 1)),
    (lambda t: roll(t, (1, 2), (0, 1)), lambda a: np.roll(a, (1, 2), (0, 1))),
    (lambda t: roll(t, 4), lambda a: np.roll(a, 4)),
    (lambda t: tile(t, (2,)), lambda a: np.tile(a, (2,))),
    (lambda t: tile(t, (2, 1, 3)), lambda a: np.tile(a, (2, 1, 3))),
    (lambda t: repeat(t, (2, 2)), lambda a: np.tile(a, (2, 2))),
    (lambda t: t.repeat(3, 1, 2), lambda a: np.tile(a, (3, 1, 2))),
    (lambda t: t.tile(0, 1), lambda a: a[:0]),
    (lambda t: repeat_interleave(t, 2, 1), lambda a: np.repeat(a, 2, 1)),
    (lambda t: repeat_interleave(t, 3, -2), lambda a: np.repeat(a, 3, 0)),
    (lambda t: repeat_interleave(t, 2), lambda a: np.repeat(a, 2)),
]


@pytest.mark.parametrize(("fn", "by_numpy"), CASES)
def test_it_is_numpys(fn, by_numpy, road, agree, rng):
    x = rng.standard_normal((2, 3))
    found = fn(tensor(x)).numpy()
    np.testing.assert_array_equal(found, by_numpy(x))
    agree(fn, x, device=road)
    agree(fn, np.zeros((0, 3)), device=road)


@pytest.mark.parametrize(("fn", "by_numpy"), CASES)
def test_both_derivatives_agree_with_differences(fn, by_numpy, rng):
    x = tensor(rng.standard_normal((2, 3)), requires_grad=True)
    assert gradcheck(fn, x)
    assert gradgradcheck(lambda t: fn(t * t), x)


def test_what_leaves_at_the_end_comes_in_at_the_beginning():
    assert roll(tensor([1, 2, 3]), 1).tolist() == [3, 1, 2]
    assert roll(roll(tensor([1, 2, 3]), 2, 0), -2, 0).tolist() == [1, 2, 3]


def test_what_does_not_fit_is_told():
    with pytest.raises(ValueError, match="must pair"):
        roll(zeros(2, 3), (1, 2), 0)
    with pytest.raises(ValueError, match="1 numbers for 2 axes"):
        repeat(zeros(2, 3), (2,))
    with pytest.raises(IndexError, match="not an axis"):
        flip(zeros(2), 1)
    with pytest.raises(IndexError, match="not an axis"):
        repeat_interleave(zeros(2), 2, 1)
