"""Joining and taking apart: each is the other's way back."""

import numpy as np
import pytest
from nt_autograd import (
    cat,
    chunk,
    concat,
    grad,
    gradcheck,
    gradgradcheck,
    hstack,
    split,
    stack,
    tensor,
    unbind,
    vstack,
    zeros,
)


@pytest.mark.parametrize("dim", [0, 1, -1, -2])
def test_a_join_holds_its_parts_in_order(dim, road, agree, rng):
    sizes = [2, 0, 3, 1]
    parts = []
    for n in sizes:
        shape = [3, 4]
        shape[dim] = n
        parts.append(rng.standard_normal(shape))
    expected = np.concatenate(parts, axis=dim)
    found = concat([tensor(p) for p in parts], dim)
    np.testing.assert_array_equal(found.numpy(), expected)
    agree(lambda *ts: cat(ts, dim), *parts, device=road)
    for part, back in zip(parts, split(found, sizes, dim), strict=True):
        np.testing.assert_array_equal(back.numpy(), part)


@pytest.mark.parametrize("dim", [0, 1, 2, -1, -3])
def test_a_stack_holds_its_parts_along_a_new_axis(dim, road, agree, rng):
    parts = rng.standard_normal((5, 2, 3))
    found = stack([tensor(p) for p in parts], dim)
    np.testing.assert_array_equal(found.numpy(), np.stack(list(parts), axis=dim))
    agree(lambda *ts: stack(ts, dim), *parts, device=road)
    for part, back in zip(parts, unbind(found, dim), strict=True):
        np.testing.assert_array_equal(back.numpy(), part)


def test_both_derivatives_of_joins_agree_with_differences(rng):
    a, b = (tensor(rng.standard_normal((2, 2)), requires_grad=True) for _ in range(2))
    for fn in (concat, lambda ts: concat(ts, 1), stack, lambda ts: stack(ts, -1)):
        assert gradcheck(lambda x, y, fn=fn: fn([x, y]), a, b)
        assert gradgradcheck(lambda x, y, fn=fn: fn([x * x, y, x * y]), a, b)


@pytest.mark.parametrize(
    "fn",
    [
        lambda t: split(t, 2, 1),
        lambda t: split(t, [1, 4], 1),
        lambda t: chunk(t, 3, -1),
        lambda t: unbind(t),
        lambda t: unbind(t, 1),
    ],
)
def test_both_derivatives_of_parts_agree_with_differences(fn, road, agree, rng):
    x = rng.standard_normal((2, 5))
    agree(lambda t: concat([(i + 1) * p.flatten() for i, p in enumerate(fn(t))]), x, device=road)
    t = tensor(x, requires_grad=True)
    assert gradcheck(fn, t)
    assert gradgradcheck(lambda t: fn(t * t), t)


def test_a_part_that_is_not_used_gets_the_gradient_zero(road):
    x = tensor([1.0, 2.0, 3.0], device=road, requires_grad=True)
    (g,) = grad(split(x, 1)[1] * 5, x, tensor([1.0], device=road))
    assert g.tolist() == [0, 5, 0]
    (g,) = grad(unbind(x)[2], x)
    assert g.tolist() == [0, 0, 1]


def test_the_last_part_may_be_shorter():
    x = zeros(7, 2)
    assert [p.shape[0] for p in split(x, 3)] == [3, 3, 1]
    assert [p.shape[0] for p in chunk(x, 3)] == [3, 3, 1]
    assert [p.shape[0] for p in chunk(x, 100)] == [1] * 7
    assert [p.shape for p in split(zeros(0, 2), 3)] == [(0, 2)]
    assert [p.shape for p in chunk(zeros(0, 2), 3)] == [(0, 2)]
    assert unbind(zeros(0, 2)) == ()


def test_rows_and_columns():
    a, b = tensor([1.0, 2.0]), tensor([3.0, 4.0])
    assert hstack([a, b]).tolist() == [1, 2, 3, 4]
    assert vstack([a, b]).tolist() == [[1, 2], [3, 4]]
    assert hstack([zeros(2, 1), zeros(2, 3)]).shape == (2, 4)
    assert hstack([tensor(1.0), tensor(2.0)]).shape == (2,)
    assert vstack([tensor(1.0), tensor(2.0)]).shape == (2, 1)


def test_dtypes_meet_at_the_widest_and_go_back_each_to_its_own(road):
    a = tensor([1.0], dtype="float16", device=road, requires_grad=True)
    b = tensor([2.0], device=road, requires_grad=True)
    c = tensor([3], device=road)
    for join in (concat, stack):
        y = join([a, b, c])
        assert str(y.dtype) == "float32"
        ga, gb = grad(y.sum(), (a, b))
        assert (str(ga.dtype), str(gb.dtype)) == ("float16", "float32")


def test_numbers_and_arrays_join_as_arrays_do():
    found = concat([np.ones(2, np.float32), np.zeros(1, np.float32)])
    assert isinstance(found, np.ndarray)


@pytest.mark.parametrize(
    ("fn", "message"),
    [
        (lambda: concat([]), "at least one tensor"),
        (lambda: stack([]), "at least one tensor"),
        (lambda: concat([zeros(2, 3), zeros(2, 4)]), r"xs\[1\]: float32 \(2, 4\)"),
        (lambda: stack([zeros(2), zeros(3)]), r"stack\(xs\[0\]: float32 \(2,\)"),
        (lambda: split(zeros(5), [2, 2]), r"sizes \[2, 2\] do not sum"),
        (lambda: split(zeros(5), [6, -1]), "do not sum"),
        (lambda: split(zeros(5), 0), r"split_size \(0\) must be at least 1"),
        (lambda: chunk(zeros(5), 0), r"chunks \(0\) must be at least 1"),
    ],
)
def test_what_does_not_fit_is_told(fn, message):
    with pytest.raises(ValueError, match=message):
        fn()


def test_an_axis_that_is_not_there_is_told():
    for fn in (concat, stack):
        with pytest.raises(IndexError, match="not an axis"):
            fn([zeros(2)], 2)
    for fn in (split, chunk):
        with pytest.raises(IndexError, match="not an axis"):
            fn(zeros(2), 1, 1)
    with pytest.raises(IndexError, match="not an axis"):
        unbind(zeros(2), 1)
