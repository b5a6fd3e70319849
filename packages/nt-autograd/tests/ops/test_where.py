"""where and masked_fill: the side that is taken, and nothing of the other."""

import math

import numpy as np
import pytest
from nt_autograd import grad, gradcheck, gradgradcheck, masked_fill, tensor, where


def test_each_element_is_that_of_the_side_taken(road, agree, rng):
    c, a, b = rng.random((3, 4)) > 0.5, rng.standard_normal((3, 4)), rng.standard_normal(4)
    found = where(tensor(c), tensor(a), tensor(b)).numpy()
    for i, j in np.ndindex(3, 4):
        assert found[i, j] == (a[i, j] if c[i, j] else b[j])
    agree(lambda x, y: where(tensor(c, device=x.device), x, y), a, b, device=road)


@pytest.mark.parametrize(
    "shapes", [((3, 4), (3, 4), (3, 4)), ((3, 1), (4,), ()), ((1,), (2, 3), (3,)), ((0,), (1,), ())]
)
def test_derivatives_agree_with_differences(shapes, rng):
    c = tensor(rng.random(shapes[0]) > 0.5)
    a, b = (tensor(rng.standard_normal(s), requires_grad=True) for s in shapes[1:])
    assert gradcheck(lambda x, y: where(c, x, y), a, b)
    assert gradgradcheck(lambda x, y: where(c, x * x, y * y * y), a, b)


@pytest.mark.parametrize("bad", [math.inf, -math.inf, math.nan])
def test_the_side_not_taken_does_not_matter(bad, road):
    x = tensor([1.0, bad], device=road, requires_grad=True)
    y = where(tensor([True, False], device=road), x, 0)
    assert y.tolist() == [1, 0]
    assert grad(y.sum(), x)[0].tolist() == [1, 0]


def test_an_infinite_gradient_stays_on_its_side(road):
    a, b = (tensor([1.0, 1.0], device=road, requires_grad=True) for _ in range(2))
    y = where(tensor([True, False], device=road), a, b)
    v = tensor([math.inf, 3.0], device=road)
    ga, gb = grad(y, (a, b), v)
    assert ga.tolist() == [math.inf, 0]
    assert gb.tolist() == [0, 3]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_a_number_widens_nothing(dtype, road):
    x = tensor([1.0, 2.0], dtype=dtype, device=road)
    for y in (where(x > 1, x, 0.1), where(x > 1, 7, x), masked_fill(x, x > 1, -math.inf)):
        assert str(y.dtype) == dtype


def test_numbers_on_both_sides_are_float32_or_int64(road):
    c = tensor([True, False], device=road)
    assert where(c, 1.5, 0).tolist() == [1.5, 0]
    assert str(where(c, 1.5, 0).dtype) == "float32"
    assert str(where(c, 1, 0).dtype) == "int64"


def test_two_dtypes_meet_and_each_gets_its_own_back(road):
    a = tensor([1.0], dtype="float16", device=road, requires_grad=True)
    b = tensor([2.0], device=road, requires_grad=True)
    y = where(tensor([True], device=road), a, b)
    assert str(y.dtype) == "float32"
    y.sum().backward()
    assert (str(a.grad.dtype), str(b.grad.dtype)) == ("float16", "float32")
    assert str(where(tensor([True], device=road), tensor([1], device=road), 0.5).dtype) == "float32"


def test_a_filled_element_gets_no_gradient(road, rng):
    x = tensor([1.0, 2.0, 3.0], device=road, requires_grad=True)
    mask = tensor([False, True, False], device=road)
    y = masked_fill(x, mask, -math.inf)
    assert y.tolist() == [1, -math.inf, 3]
    assert grad(y, x, tensor([1.0, 1.0, 1.0], device=road))[0].tolist() == [1, 0, 1]


def test_the_value_of_a_fill_may_be_a_tensor(rng):
    x = tensor(rng.standard_normal((2, 3)), requires_grad=True)
    value = tensor(2.0, dtype="float64", requires_grad=True)
    mask = tensor(rng.random((2, 3)) > 0.5)
    assert gradcheck(lambda x, v: masked_fill(x, mask, v), x, value)


def test_large_masks_are_right_too(road, agree, rng):
    c = rng.random((150, 100)) > 0.5
    pair = rng.standard_normal((2, 150, 100))
    agree(lambda x: where(tensor(c, device=x.device), x[0], x[1]), pair, device=road)
    agree(lambda x: masked_fill(x, tensor(c, device=x.device), 3.0), pair, device=road)
