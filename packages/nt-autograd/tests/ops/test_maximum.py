"""maximum, minimum, clip and abs: ties, kinks, bounds and NaN."""

import math

import numpy as np
import pytest
from nt_autograd import abs, clamp, clip, grad, gradcheck, gradgradcheck, maximum, minimum, tensor

PAIR = [(maximum, max), (minimum, min)]
each = pytest.mark.parametrize(("fn", "by_hand"), PAIR, ids=["maximum", "minimum"])


@each
@pytest.mark.parametrize("shapes", [((3, 4), (3, 4)), ((3, 1), (4,)), ((), (2,)), ((0,), (1,))])
def test_each_pair_is_as_by_hand(fn, by_hand, shapes, road, agree, rng):
    a, b = (rng.standard_normal(shape) for shape in shapes)
    found = fn(tensor(a), tensor(b)).numpy()
    for index in np.ndindex(found.shape):
        x, y = (float(np.broadcast_to(each, found.shape)[index]) for each in (a, b))
        assert found[index] == by_hand(x, y)
    agree(fn, a, b, device=road)
    agree(lambda x: fn(fn(x, 0), -0.5), a, device=road)


@each
def test_both_derivatives_agree_with_differences(fn, by_hand, rng):
    a, b = (tensor(rng.standard_normal((2, 3)), requires_grad=True) for _ in range(2))
    assert gradcheck(fn, a, b)
    assert gradgradcheck(lambda x, y: fn(x * x, y * y), a, b)


@each
def test_equals_share_the_gradient(fn, by_hand, road):
    a, b = (tensor([2.0], device=road, requires_grad=True) for _ in range(2))
    ga, gb = grad(fn(a, b), (a, b), tensor([3.0], device=road))
    assert (ga.item(), gb.item()) == (1.5, 1.5)


@each
def test_nan_wins(fn, by_hand, road):
    x = tensor([math.nan, 1.0], device=road)
    assert all(math.isnan(v) for v in fn(x, tensor([1.0, math.nan], device=road)).tolist())


@each
def test_an_infinite_gradient_reaches_only_the_chosen_one(fn, by_hand, road):
    a = tensor([1.0, 5.0], device=road, requires_grad=True)
    b = tensor([5.0, 1.0], device=road, requires_grad=True)
    ga, gb = grad(fn(a, b), (a, b), tensor([math.inf, math.inf], device=road))
    assert sorted(ga.tolist()) == sorted(gb.tolist()) == [0, math.inf]


@pytest.mark.parametrize(
    ("low", "high"), [(-0.5, 0.5), (None, 0.5), (-0.5, None), (0, 1), (0.5, -0.5)]
)
def test_a_number_is_kept_inside_its_bounds(low, high, road, agree, rng):
    x = rng.standard_normal((4, 5))
    found = clip(tensor(x), low, high).numpy()
    for index in np.ndindex(x.shape):
        value = x[index] if low is None else max(x[index], low)
        assert found[index] == (value if high is None else min(value, high))
    agree(lambda t: clip(t, low, high), x, device=road)
    np.testing.assert_array_equal(clamp(tensor(x), low, high).numpy(), found)
    if low is None or high is None or low < high:
        t = tensor(x, requires_grad=True)
        assert gradcheck(lambda t: clip(t, low, high), t)
        assert gradgradcheck(lambda t: clip(t * t, low, high), t)


def test_on_its_bounds_a_number_moves_freely(road):
    x = tensor([-1.0, 1.0, -1.5, 1.5], device=road, requires_grad=True)
    assert grad(clip(x, -1, 1).sum(), x)[0].tolist() == [1, 1, 0, 0]


def test_bounds_may_be_tensors(road, agree, rng):
    x, low, high = rng.standard_normal((3, 4)), rng.uniform(-1, 0, 4), rng.uniform(0, 1, (3, 1))
    found = clip(tensor(x), tensor(low), tensor(high)).numpy()
    np.testing.assert_array_equal(found, np.minimum(np.maximum(x, low), high))
    agree(clip, x, low, high, device=road)
    assert gradcheck(clip, *(tensor(each, requires_grad=True) for each in (x, low, high)))


def test_bounds_widen_nothing(road):
    assert str(clip(tensor([1, 5], device=road), 2, 3).dtype) == "int64"
    assert str(clip(tensor([1.0], dtype="float16", device=road), 0.1, 0.5).dtype) == "float16"


def test_without_bounds_there_is_nothing_to_do():
    with pytest.raises(ValueError, match="both are None"):
        clip(tensor([1.0]))


def test_the_size_of_a_number(road, elementwise, rng):
    elementwise(abs, math.fabs, -3, 3)
    x = tensor(rng.standard_normal(5), requires_grad=True)
    assert gradcheck(abs, x)
    assert gradgradcheck(lambda t: abs(t * t * t), x)
    zero = tensor([0.0, -0.0], device=road, requires_grad=True)
    assert grad(abs(zero).sum(), zero)[0].tolist() == [0, 0]
    assert abs(tensor([-3, 2], device=road)).tolist() == [3, 2]
