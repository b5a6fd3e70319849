"""all, any, count_nonzero: against Python's, over every axis, of nothing too."""

import builtins
import math

import numpy as np
import pytest
from nt_autograd import all, any, count_nonzero, tensor, zeros

PAIRS = [(all, builtins.all), (any, builtins.any), (count_nonzero, lambda r: sum(map(bool, r)))]
each = pytest.mark.parametrize(("fn", "by_hand"), PAIRS, ids=[fn.__name__ for fn, _ in PAIRS])


@each
@pytest.mark.parametrize("dtype", ["bool", "int64", "float32"])
def test_each_row_is_asked_as_python_would(fn, by_hand, dtype, road, rng):
    x = rng.integers(0, 2, (20, 3)).astype(dtype)
    t = tensor(x, device=road)
    assert fn(t, 1).tolist() == [by_hand(row) for row in x.tolist()]
    assert fn(t, 0).tolist() == [by_hand(row) for row in x.T.tolist()]
    assert fn(t).item() == by_hand(x.ravel().tolist())
    assert fn(t, (0, 1)).item() == by_hand(x.ravel().tolist())


@each
def test_nothing_is_as_python_has_it(fn, by_hand, road):
    assert fn(zeros(2, 0, device=road), 1).tolist() == [by_hand([])] * 2
    assert fn(zeros(0, device=road)).item() == by_hand([])


@each
def test_nan_is_true_and_minus_zero_is_not(fn, by_hand, road):
    assert fn(tensor([math.nan, -0.0], device=road)).item() == by_hand([math.nan, -0.0])


def test_axes_stay_where_asked_and_dtypes_are_told(road):
    x = tensor([[1.0, 0.0]], device=road)
    assert all(x, 1, True).shape == any(x, 1, True).shape == (1, 1)
    assert str(all(x).dtype) == str(any(x).dtype) == "bool"
    assert str(count_nonzero(x).dtype) == "int64"


def test_counting_goes_far(road):
    x = tensor(np.ones(100000, bool), device=road)
    assert count_nonzero(x).item() == 100000
