"""Variance and standard deviation: against the statistics module, at zero, and far from it."""

import math
import statistics

import numpy as np
import pytest
from nt_autograd import grad, gradcheck, gradgradcheck, std, tensor, var

FUNCTIONS = [(var, statistics.variance, statistics.pvariance)]
FUNCTIONS += [(std, statistics.stdev, statistics.pstdev)]
each = pytest.mark.parametrize(("fn", "sample", "whole"), FUNCTIONS, ids=["var", "std"])


@each
def test_it_is_the_statistics_modules(fn, sample, whole, rng):
    x = rng.standard_normal((4, 9)) + 5
    for row, found in zip(x, fn(tensor(x), 1).tolist(), strict=True):
        assert math.isclose(found, sample(row.tolist()), rel_tol=1e-12)
    for row, found in zip(x.T, fn(tensor(x), 0, correction=0).tolist(), strict=True):
        assert math.isclose(found, whole(row.tolist()), rel_tol=1e-12)
    assert math.isclose(fn(tensor(x)).item(), sample(x.ravel().tolist()), rel_tol=1e-12)


@each
@pytest.mark.parametrize("dim", [None, 0, -1, (0, 2), (0, 1, 2)], ids=str)
@pytest.mark.parametrize("keepdim", [False, True])
def test_every_library_goes_the_same_way(fn, sample, whole, dim, keepdim, road, agree, rng):
    x = rng.standard_normal((3, 4, 5))
    agree(lambda t: fn(t, dim, keepdim), x, device=road)
    agree(lambda t: fn(t, dim, keepdim, correction=0), x, device=road)
    shape = fn(tensor(x), dim, keepdim).shape
    assert shape == np.var(x, axis=dim, keepdims=keepdim).shape


@each
@pytest.mark.parametrize("dim", [None, 0, (0, 1)], ids=str)
def test_both_derivatives_agree_with_differences(fn, sample, whole, dim, rng):
    x = tensor(rng.standard_normal((3, 2)), requires_grad=True)
    for keepdim in (False, True):
        assert gradcheck(lambda t, k=keepdim: fn(t, dim, k, correction=0), x)
        assert gradgradcheck(lambda t, k=keepdim: fn(t, dim, k), x)


def test_a_shift_changes_nothing(road, rng):
    x = (rng.integers(-64, 64, 200) / 16).astype(np.float32)
    near, far = (var(tensor(x + np.float32(s), device=road)).item() for s in (0, 1e4))
    assert math.isclose(near, far, rel_tol=1e-4)


def test_where_all_are_equal_the_deviation_is_zero_and_so_is_its_gradient(road):
    x = tensor([2.0, 2.0, 2.0], device=road, requires_grad=True)
    y = std(x)
    assert y.item() == 0
    assert grad(y, x)[0].tolist() == [0, 0, 0]


@each
def test_one_number_has_no_sample_variance(fn, sample, whole, road):
    x = tensor([[3.0], [4.0]], device=road)
    assert all(math.isnan(v) for v in fn(x, 1).tolist())
    assert fn(x, 1, correction=0).tolist() == [0, 0]
    assert math.isnan(fn(tensor([], device=road)).item())


def test_integers_have_none():
    with pytest.raises(TypeError, match="variance of int64"):
        var(tensor([1, 2]))


def test_float16_is_squared_in_float32(road):
    x = tensor([300.0, -300.0, 300.0, -300.0] * 100, dtype="float16", device=road)
    assert math.isclose(std(x).item(), 300, rel_tol=1e-2)
    assert str(std(x).dtype) == "float16"
