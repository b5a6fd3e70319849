"""Comparisons: what Python says of each pair of numbers, and never a gradient."""

import math
import operator

import numpy as np
import pytest
from nt_autograd import eq, ge, gt, le, lt, ne, tensor, zeros

OPS = [
    (eq, operator.eq),
    (ne, operator.ne),
    (lt, operator.lt),
    (le, operator.le),
    (gt, operator.gt),
    (ge, operator.ge),
]
each = pytest.mark.parametrize(("fn", "by_hand"), OPS, ids=[fn.__name__ for fn, _ in OPS])
HOSTILE = [0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, math.nan]


@each
def test_each_pair_is_as_python_says(fn, by_hand, road):
    x = tensor(HOSTILE, device=road)
    found = fn(x.reshape(-1, 1), x)
    assert str(found.dtype) == "bool"
    assert found.tolist() == [[by_hand(a, b) for b in HOSTILE] for a in HOSTILE]
    assert by_hand(x, 1).tolist() == [by_hand(a, 1) for a in HOSTILE]
    assert by_hand(1, x).tolist() == [by_hand(1, a) for a in HOSTILE]


@each
def test_nothing_is_recorded(fn, by_hand):
    x = tensor([1.0, 2.0], requires_grad=True)
    assert not fn(x, 1.5).requires_grad


@each
def test_integers_compare_with_fractions_and_booleans(fn, by_hand, road):
    x = tensor([1, 2], device=road)
    assert fn(x, 1.5).tolist() == [by_hand(1, 1.5), by_hand(2, 1.5)]
    assert fn(x, tensor([True, True], device=road)).tolist() == [by_hand(1, 1), by_hand(2, 1)]
    assert fn(x, tensor([1.5, 1.5], device=road)).tolist() == [by_hand(1, 1.5), by_hand(2, 1.5)]


@each
def test_empty_tensors_compare_to_empty_ones(fn, by_hand, road):
    assert fn(zeros(0, 3, device=road), zeros(3, device=road)).shape == (0, 3)


def test_what_is_no_number_is_simply_different():
    x = tensor([1.0])
    assert (x == None) is False  # noqa: E711
    assert (x != None) is True  # noqa: E711
    assert (x == "text") is False
    assert x not in [None, "text"]


def test_a_tensor_is_found_in_a_dict_by_what_it_is():
    x, y = tensor([1.0]), tensor([1.0])
    assert {x: 1, y: 2}[x] == 1


def test_large_integers_are_not_rounded_on_the_way(road):
    big = 2**53 + 1
    assert (tensor([big], device=road) == tensor([big - 1], device=road)).tolist() == [False]
    assert np.array_equal((tensor([big], device=road) == big).numpy(), [True])
