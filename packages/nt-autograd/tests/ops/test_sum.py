"""Sums and means over axes: against fsum, for every dim, with both derivatives."""

import math
from itertools import combinations

import numpy as np
import pytest
from nt_autograd import grad, gradcheck, gradgradcheck, mean, sum, tensor, zeros

FUNCTIONS = [(sum, math.fsum), (mean, lambda row: math.fsum(row) / len(row))]
each = pytest.mark.parametrize(("fn", "by_hand"), FUNCTIONS, ids=["sum", "mean"])
DIMS = [None, 0, 1, -1, (0, 2), (1, -1), (0, 1, 2), [2, 0], ()]


def over(fn, x, dim, keepdim):
    """fn of the row that goes into each element, one after the other."""
    axes = range(x.ndim) if dim is None else [d % x.ndim for d in np.atleast_1d(dim).astype(int)]
    rest = [i for i in range(x.ndim) if i not in axes]
    rows = x.transpose(*rest, *sorted(axes)).reshape(*(x.shape[i] for i in rest), -1)
    found = np.array([fn(rows[i].tolist()) for i in np.ndindex(rows.shape[:-1])])
    if keepdim:
        return found.reshape([1 if i in axes else n for i, n in enumerate(x.shape)])
    return found.reshape(rows.shape[:-1])


@each
@pytest.mark.parametrize("dim", DIMS, ids=str)
@pytest.mark.parametrize("keepdim", [False, True])
def test_every_element_is_that_of_its_row(fn, by_hand, dim, keepdim, road, agree, rng):
    x = rng.standard_normal((3, 4, 5))
    found = fn(tensor(x), dim, keepdim)
    expected = over(by_hand, x, dim, keepdim)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-13, atol=1e-14)
    agree(lambda t: fn(t, dim, keepdim), x, device=road)
    agree(lambda t: fn(t.transpose(0, 1), dim, keepdim), x, device=road)


@each
@pytest.mark.parametrize("dim", DIMS, ids=str)
@pytest.mark.parametrize("keepdim", [False, True])
def test_both_derivatives_agree_with_differences(fn, by_hand, dim, keepdim, rng):
    x = tensor(rng.standard_normal((2, 3, 2)), requires_grad=True)
    assert gradcheck(lambda t: fn(t, dim, keepdim), x)
    assert gradgradcheck(lambda t: fn(t * t, dim, keepdim), x)


def test_large_sums_are_right_whichever_way_they_are_taken(road, agree, rng):
    x = rng.standard_normal((40, 30, 50))
    for count in (1, 2):
        for dim in combinations(range(3), count):
            agree(lambda t, d=dim: sum(t, d), x, device=road)
            agree(lambda t, d=dim: mean(t, d, True), x, device=road)


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int8", "int32", "int64"])
def test_integers_and_booleans_sum_to_int64(dtype, road):
    x = tensor([[1, 1, 0]] * 100, dtype=dtype, device=road)
    assert str(sum(x).dtype) == str(sum(x, 0).dtype) == "int64"
    assert sum(x).item() == 200
    assert sum(tensor([100] * 100, dtype="int8", device=road)).item() == 10000


@pytest.mark.parametrize("dtype", ["int64", "bool"])
def test_integers_have_no_mean(dtype):
    with pytest.raises(TypeError, match=f"mean of {dtype}"):
        mean(tensor([1, 0], dtype=dtype))


def test_the_sum_of_nothing_is_zero_and_its_mean_is_nan(road):
    x = zeros(3, 0, device=road, requires_grad=True)
    assert sum(x, 1).tolist() == [0, 0, 0]
    assert sum(x).item() == 0
    assert all(math.isnan(v) for v in mean(x, 1).tolist())
    assert grad(sum(x), x)[0].shape == (3, 0)
    assert grad(mean(x), x)[0].shape == (3, 0)
    assert mean(x, 0).shape == (0,)


def test_a_0d_tensor_has_the_axis_that_it_needs(road):
    x = tensor(3.0, device=road, requires_grad=True)
    assert sum(x, 0).item() == mean(x, -1).item() == 3
    assert grad(sum(x, 0), x)[0].item() == 1


@each
def test_an_axis_that_is_not_there_is_told(fn, by_hand):
    with pytest.raises(IndexError, match=r"dim \(2\) is not an axis of 2 dimensions: from -2 to 1"):
        fn(zeros(2, 3), 2)
    with pytest.raises(ValueError, match="twice"):
        fn(zeros(2, 3), (0, -2))


def test_the_gradient_of_a_leaf_can_be_written_into(road):
    x = tensor([[1.0, 2.0]], device=road, requires_grad=True)
    sum(x).backward()
    assert x.grad.mul_(2).tolist() == [[2, 2]]


def test_float16_is_added_up_in_float32(road):
    x = tensor(np.ones((100000, 2)), dtype="float16", device=road, requires_grad=True)
    assert mean(x, 0).tolist() == [1, 1]
    assert str(mean(x).dtype) == "float16"
    small = tensor(np.full((2000, 3), 1e-3), dtype="float16", device=road)
    np.testing.assert_allclose(sum(small, 0).numpy(), 2, rtol=2e-3)
    mean(x).backward()
    assert str(x.grad.dtype) == "float16"
