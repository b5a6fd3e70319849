"""Products over axes and running sums and products, also where there are zeros."""

import math
from itertools import accumulate
from operator import mul

import numpy as np
import pytest
from nt_autograd import cumprod, cumsum, grad, gradcheck, gradgradcheck, prod, tensor, zeros


@pytest.mark.parametrize("dim", [0, 1, -1])
@pytest.mark.parametrize("shape", [(4, 5), (1, 1), (3, 8), (2, 7)])
def test_running_ones_are_as_by_hand(dim, shape, road, agree, rng):
    x = rng.uniform(0.5, 1.5, shape)
    for fn, step in ((cumsum, None), (cumprod, mul)):
        rows = np.moveaxis(x, dim, -1).tolist()
        expected = np.moveaxis([list(accumulate(row, step)) for row in rows], -1, dim)
        for t in (tensor(x), tensor(x, requires_grad=True)):
            np.testing.assert_allclose(fn(t, dim).detach().numpy(), expected, rtol=1e-13)
        agree(lambda t, fn=fn: fn(t, dim), x, device=road)


@pytest.mark.parametrize("dim", [None, 0, 1, -1, (0, 2), (0, 1, 2)], ids=str)
@pytest.mark.parametrize("keepdim", [False, True])
def test_a_product_is_that_of_its_row(dim, keepdim, road, agree, rng):
    x = rng.uniform(0.5, 1.5, (3, 4, 5))
    expected = np.prod(x, axis=dim, keepdims=keepdim)
    for t in (tensor(x), tensor(x, requires_grad=True)):
        found = prod(t, dim, keepdim)
        assert found.shape == expected.shape
        np.testing.assert_allclose(found.detach().numpy(), expected, rtol=1e-13)
    agree(lambda t: prod(t, dim, keepdim), x, device=road)


@pytest.mark.parametrize("zeros", [0, 1, 2, 5])
@pytest.mark.parametrize("fn", [lambda t: prod(t, 1), lambda t: cumprod(t, 1), prod])
def test_zeros_do_not_hide_the_gradients_of_the_others(zeros, fn, rng):
    x = rng.uniform(0.5, 2, (2, 5))
    x[0, :zeros] = 0
    t = tensor(x, requires_grad=True)
    assert gradcheck(fn, t)
    assert gradgradcheck(fn, t)


def test_with_one_zero_its_gradient_is_the_product_of_the_others(road):
    x = tensor([2.0, 0.0, 3.0, 4.0], device=road, requires_grad=True)
    assert grad(prod(x), x)[0].tolist() == [0, 24, 0, 0]
    (g,) = grad(cumprod(x, 0), x, tensor([1.0, 1.0, 1.0, 1.0], device=road))
    assert g.tolist() == [1, 2 + 6 + 24, 0, 0]


def test_cumsum_has_both_derivatives(rng):
    x = tensor(rng.standard_normal((3, 4)), requires_grad=True)
    for dim in (0, 1):
        assert gradcheck(lambda t, d=dim: cumsum(t, d), x)
        assert gradgradcheck(lambda t, d=dim: cumsum(t * t, d), x)


def test_of_nothing_the_product_is_one(road):
    for needed in (False, True):
        x = zeros(3, 0, device=road, requires_grad=needed)
        assert prod(x, 1).tolist() == [1, 1, 1]
        assert prod(x).item() == 1
        assert prod(x, 0).shape == (0,)
        assert cumprod(x, 1).shape == cumsum(x, 1).shape == (3, 0)
    assert grad(prod(x), x)[0].shape == (3, 0)


def test_a_0d_tensor_is_its_own_product(road):
    x = tensor(3.0, device=road, requires_grad=True)
    assert prod(x).item() == 3
    assert grad(prod(x), x)[0].item() == 1


@pytest.mark.parametrize("dtype", ["int8", "bool", "int64"])
def test_integers_and_booleans_give_int64(dtype, road):
    x = tensor([1, 1, 1], dtype=dtype, device=road)
    for y in (prod(x), cumprod(x, 0), cumsum(x, 0)):
        assert str(y.dtype) == "int64"
    assert cumsum(tensor([100] * 4, dtype="int8", device=road), 0).tolist() == [100, 200, 300, 400]
    assert prod(tensor([100] * 3, dtype="int8", device=road)).item() == 10**6


def test_an_axis_that_is_not_there_is_told():
    for fn in (cumsum, cumprod, prod):
        for x in (zeros(2, 3), zeros(2, 3, requires_grad=True)):
            with pytest.raises(IndexError, match="not an axis"):
                fn(x, 2)


def test_nan_and_infinity_go_through(road):
    assert math.isnan(prod(tensor([1.0, math.nan], device=road)).item())
    assert prod(tensor([2.0, math.inf], device=road)).item() == math.inf
