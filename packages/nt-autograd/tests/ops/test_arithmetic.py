"""Sum, difference, product, quotient: broadcasting, dtypes, and both derivatives."""

import math
import operator

import numpy as np
import pytest
from nt_autograd import add, div, grad, gradcheck, gradgradcheck, mul, neg, sub, tensor, zeros

OPS = [(add, operator.add), (sub, operator.sub), (mul, operator.mul), (div, operator.truediv)]
each = pytest.mark.parametrize(("fn", "by_hand"), OPS, ids=[fn.__name__ for fn, _ in OPS])
SHAPES = [((3, 4), (3, 4)), ((3, 4), (4,)), ((3, 1), (1, 4)), ((), (2, 3)), ((1,), (1,))]


def numbers(rng, shape):
    return rng.uniform(0.5, 2, shape) * rng.choice([-1, 1], shape)


@each
@pytest.mark.parametrize(("left", "right"), SHAPES, ids=str)
def test_every_pair_of_elements_is_as_by_hand(fn, by_hand, left, right, road, agree, rng):
    a, b = numbers(rng, left), numbers(rng, right)
    found = fn(tensor(a), tensor(b)).numpy()
    for index in np.ndindex(found.shape):
        x, y = (float(np.broadcast_to(each, found.shape)[index]) for each in (a, b))
        assert found[index] == by_hand(x, y)
    agree(fn, a, b, device=road)
    agree(fn, a, b, device=road, dtype="float16", limit=1e-2)


@each
@pytest.mark.parametrize(("left", "right"), SHAPES, ids=str)
def test_both_derivatives_agree_with_differences(fn, by_hand, left, right, rng):
    a, b = (tensor(numbers(rng, shape), requires_grad=True) for shape in (left, right))
    assert gradcheck(fn, a, b)
    assert gradgradcheck(fn, a, b)


@each
def test_a_number_may_stand_on_either_side(fn, by_hand, road):
    x = tensor([2.0, -4.0], device=road, requires_grad=True)
    assert by_hand(x, 8).tolist() == [by_hand(2.0, 8), by_hand(-4.0, 8)]
    assert by_hand(8, x).tolist() == [by_hand(8, 2.0), by_hand(8, -4.0)]
    for y in (by_hand(x, 8), by_hand(8.0, x), by_hand(x, True)):
        assert str(y.dtype) == "float32"
        assert y.requires_grad


@each
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_a_number_or_an_integer_tensor_widens_nothing(fn, by_hand, dtype, road):
    x = tensor([2.0, -4.0], dtype=dtype, device=road)
    for other in (3, 0.1, True, tensor([1, 2], device=road), tensor(0.5, device=road)):
        assert str(fn(x, other).dtype) == dtype
        assert str(fn(other, x).dtype) == dtype


@each
def test_two_float_dtypes_meet_at_the_wider_one_and_go_back_each_to_its_own(fn, by_hand, road):
    a = tensor([2.0, 3.0], dtype="float16", device=road, requires_grad=True)
    b = tensor([4.0, 5.0], dtype="float32", device=road, requires_grad=True)
    y = fn(a, b)
    assert str(y.dtype) == "float32"
    y.sum().backward()
    assert (str(a.grad.dtype), str(b.grad.dtype)) == ("float16", "float32")


@each
def test_integers_beside_a_python_float_become_float32(fn, by_hand, road):
    x = tensor([1, 2], device=road)
    for y in (fn(x, 0.5), fn(0.5, x)):
        assert str(y.dtype) == "float32"
    assert fn(x, 0.5).tolist() == [by_hand(1, 0.5), by_hand(2, 0.5)]


@pytest.mark.parametrize("dtype", ["int8", "int32", "int64", "uint8", "bool"])
def test_the_quotient_of_integers_is_float32(dtype, road):
    x = tensor([1, 1], dtype=dtype, device=road)
    for y in (x / x, x / 4, 1 / x):
        assert str(y.dtype) == "float32"
    assert (x / 4).tolist() == [0.25, 0.25]


def test_what_cannot_be_broadcast_is_told_with_both_shapes():
    with pytest.raises(ValueError, match=r"add\(a: float32 \(2,\), b: float32 \(3,\)\)"):
        zeros(2) + zeros(3)


def test_tensors_of_two_libraries_do_not_meet():
    pytest.importorskip("mlx.core")
    with pytest.raises(TypeError, match="mlx and numpy"):
        zeros(2) + zeros(2, device="mlx")


def test_an_array_on_the_left_asks_the_tensor():
    x = tensor([1.0, 2.0], requires_grad=True)
    y = np.array([3.0, 4.0], np.float32) * x
    assert y.tolist() == [3, 8]
    assert y.requires_grad


def test_division_by_zero_is_infinite_or_nan(road):
    x = tensor([1.0, -1.0, 0.0], device=road)
    with np.errstate(all="ignore"):
        y = (x / 0.0).tolist()
    assert y[:2] == [math.inf, -math.inf]
    assert math.isnan(y[2])


@pytest.mark.parametrize("shape", [(0,), (2, 0, 3), ()])
def test_empty_and_0d_tensors_are_tensors_too(shape, road, agree):
    for fn, _ in OPS:
        agree(fn, np.ones(shape), np.ones(shape), device=road)


def test_a_value_used_twice_gets_both_gradients(road):
    x = tensor([3.0], device=road, requires_grad=True)
    assert grad(x * x + x, x, tensor([1.0], device=road))[0].tolist() == [7]
    assert grad(x - x, x, tensor([1.0], device=road))[0].tolist() == [0]
    assert grad(x / x, x, tensor([1.0], device=road))[0].tolist() == [0]


def test_negation_has_its_derivatives(road, elementwise, rng):
    elementwise(neg, operator.neg, -3, 3)
    x = tensor(rng.standard_normal(4), requires_grad=True)
    assert gradcheck(neg, x)
    assert gradgradcheck(neg, x)
    assert (-tensor([1, -2], device=road)).tolist() == [-1, 2]
