"""The largest and the smallest: which one, where it stands, and what ties get."""

import math

import numpy as np
import pytest
from nt_autograd import (
    amax,
    amin,
    argmax,
    argmin,
    grad,
    gradcheck,
    gradgradcheck,
    max,
    min,
    tensor,
    zeros,
)

VALUES = [(amax, np.max), (amin, np.min)]
PLACES = [(argmax, np.argmax), (argmin, np.argmin)]
PAIRS = [(max, amax, argmax), (min, amin, argmin)]
value = pytest.mark.parametrize(("fn", "by_numpy"), VALUES, ids=["amax", "amin"])
place = pytest.mark.parametrize(("fn", "by_numpy"), PLACES, ids=["argmax", "argmin"])
pair = pytest.mark.parametrize(("fn", "value", "place"), PAIRS, ids=["max", "min"])


@value
@pytest.mark.parametrize("dim", [None, 0, -1, (0, 2), (0, 1, 2)], ids=str)
@pytest.mark.parametrize("keepdim", [False, True])
def test_it_is_the_extreme_of_its_row(fn, by_numpy, dim, keepdim, road, agree, rng):
    x = rng.permutation(60).reshape(3, 4, 5).astype(float)
    found = fn(tensor(x), dim, keepdim).numpy()
    np.testing.assert_array_equal(found, by_numpy(x, axis=dim, keepdims=keepdim))
    agree(lambda t: fn(t, dim, keepdim), x, device=road)
    t = tensor(x[:2, :2, :2], requires_grad=True)
    assert gradcheck(lambda t: fn(t, dim, keepdim), t)
    assert gradgradcheck(lambda t: fn(t * t, dim, keepdim), t)


@value
def test_ties_share_the_gradient_evenly(fn, by_numpy, road):
    x = tensor([[2.0, 2.0, 2.0, 2.0], [2.0, 2.0, 5.0, -5.0]], device=road, requires_grad=True)
    y = fn(x, 1)
    (g,) = grad(y, x, tensor([1.0, 1.0], device=road))
    assert g[0].tolist() == [0.25] * 4
    assert sorted(g[1].tolist()) == [0, 0, 0, 1]
    (g,) = grad(fn(x[0]), x)
    assert g[0].tolist() == [0.25] * 4


@value
def test_nan_and_infinities(fn, by_numpy, road):
    x = tensor([1.0, math.nan, 2.0], device=road, requires_grad=True)
    y = fn(x)
    assert math.isnan(y.item())
    assert grad(y, x)[0].tolist() == [0, 1, 0]
    x = tensor([math.inf, 1.0, -math.inf], device=road, requires_grad=True)
    y = fn(x)
    assert abs(y.item()) == math.inf
    assert sorted(grad(y, x)[0].tolist()) == [0, 0, 1]


@place
@pytest.mark.parametrize("dim", [None, 0, 1, -1])
def test_it_stands_where_numpy_says(fn, by_numpy, dim, road, rng):
    x = rng.integers(0, 4, (6, 7)).astype(np.float32)  # many ties: the first one counts
    for keepdim in (False, True):
        found = fn(tensor(x, device=road), dim, keepdim)
        assert str(found.dtype) == "int64"
        np.testing.assert_array_equal(found.numpy(), by_numpy(x, axis=dim, keepdims=keepdim))
    assert not fn(tensor(x, requires_grad=True)).requires_grad
    assert fn(tensor([True, False, True], device=road)).item() == by_numpy([True, False, True])


@pair
@pytest.mark.parametrize("dim", [0, 1, -1])
@pytest.mark.parametrize("keepdim", [False, True])
def test_along_an_axis_value_and_place_go_together(
    fn, value, place, dim, keepdim, road, agree, rng
):
    x = rng.integers(0, 4, (6, 7)).astype(float)
    found = fn(tensor(x), dim, keepdim)
    np.testing.assert_array_equal(found.values.numpy(), value(tensor(x), dim, keepdim).numpy())
    np.testing.assert_array_equal(found.indices.numpy(), place(tensor(x), dim, keepdim).numpy())
    agree(lambda t: fn(t, dim, keepdim).values, x, device=road)
    assert gradgradcheck(
        lambda t: fn(t * t, dim, keepdim).values,
        tensor(rng.permutation(6).reshape(2, 3) + 1.0, requires_grad=True),
    )


@pair
def test_along_an_axis_the_first_of_equals_gets_the_whole_gradient(fn, value, place, road):
    x = tensor([[2.0, 2.0, 2.0]], device=road, requires_grad=True)
    values, indices = fn(x, 1)
    assert indices.tolist() == [0]
    assert grad(values.sum(), x)[0].tolist() == [[1, 0, 0]]


@pair
def test_of_all_it_is_one_number_and_of_two_tensors_the_element_wise_one(fn, value, place, rng):
    x, y = tensor(rng.standard_normal((2, 3))), tensor(rng.standard_normal((2, 3)))
    assert fn(x).item() == value(x).item()
    better = np.maximum if fn is max else np.minimum
    np.testing.assert_array_equal(fn(x, y).numpy(), better(x.numpy(), y.numpy()))
    assert fn(x, 0, True).values.shape == (1, 3)


def test_a_0d_tensor_is_its_own_extreme(road):
    x = tensor(3.0, device=road, requires_grad=True)
    values, indices = max(x, 0)
    assert (values.item(), indices.item()) == (3, 0)
    assert grad(values, x)[0].item() == 1
    assert (argmax(x).item(), argmin(x, -1).item(), amax(x, 0).item()) == (0, 0, 3)


@pytest.mark.parametrize("fn", [amax, amin, argmax, argmin, max, min])
def test_nothing_has_no_extreme(fn):
    with pytest.raises(ValueError, match=r"of no elements: the shape is \(2, 0\)"):
        fn(zeros(2, 0))
    with pytest.raises(ValueError, match="of no elements"):
        fn(zeros(2, 0), 1)
    with pytest.raises(IndexError, match="not an axis"):
        fn(zeros(2, 3), 2)


@pytest.mark.parametrize("fn", [amax, argmax, max])
def test_along_a_filled_axis_of_an_empty_tensor_there_is_nothing_to_find(fn):
    found = fn(zeros(0, 3), 1)
    assert (found.values if fn is max else found).shape == (0,)


def test_integers_keep_their_dtype(road):
    for dtype in ("int8", "int64", "uint8"):
        assert str(amax(tensor([1, 2], dtype=dtype, device=road)).dtype) == dtype
        assert str(max(tensor([1, 2], dtype=dtype, device=road), 0).values.dtype) == dtype
