"""Logic: truth tables by hand, bits as Python's, and which numbers are close."""

import math
import operator

import pytest
from nt_autograd import (
    allclose,
    bitwise_and,
    bitwise_not,
    bitwise_or,
    bitwise_xor,
    isclose,
    isfinite,
    isinf,
    isnan,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
    tensor,
)

BITS = [
    (bitwise_and, operator.and_),
    (bitwise_or, operator.or_),
    (bitwise_xor, operator.xor),
]
LOGIC = [
    (logical_and, lambda a, b: bool(a) and bool(b)),
    (logical_or, lambda a, b: bool(a) or bool(b)),
    (logical_xor, lambda a, b: bool(a) != bool(b)),
]
TRUTH = [False, True]


@pytest.mark.parametrize(("fn", "by_hand"), BITS, ids=["and", "or", "xor"])
def test_bits_are_pythons(fn, by_hand, road):
    flags, numbers = tensor(TRUTH, device=road), [0, 1, 5, 6, 255, -1]
    assert fn(flags.reshape(2, 1), flags).tolist() == [
        [by_hand(a, b) for b in TRUTH] for a in TRUTH
    ]
    x = tensor(numbers, device=road)
    assert fn(x, 5).tolist() == [by_hand(n, 5) for n in numbers]
    assert by_hand(x, 5).tolist() == by_hand(5, x).tolist() == [by_hand(n, 5) for n in numbers]
    assert by_hand(flags, True).tolist() == [by_hand(a, True) for a in TRUTH]


def test_not_is_pythons(road):
    assert bitwise_not(tensor(TRUTH, device=road)).tolist() == [True, False]
    assert (~tensor([0, 5, -1], device=road)).tolist() == [~0, ~5, ~-1]
    assert logical_not(tensor([0.0, 2.0, math.nan], device=road)).tolist() == [True, False, False]


@pytest.mark.parametrize(("fn", "by_hand"), LOGIC, ids=["and", "or", "xor"])
def test_numbers_are_true_where_they_are_not_zero(fn, by_hand, road):
    numbers = [0.0, -0.0, 1.0, -3.5, math.nan]
    x = tensor(numbers, device=road)
    found = fn(x.reshape(-1, 1), x)
    assert str(found.dtype) == "bool"
    assert found.tolist() == [[by_hand(a, b) for b in numbers] for a in numbers]
    assert fn(x, tensor([True] * 5, device=road)).tolist() == [by_hand(a, True) for a in numbers]


HOSTILE = [0.0, 1.0, math.inf, -math.inf, math.nan]


@pytest.mark.parametrize(
    ("fn", "by_hand"), [(isnan, math.isnan), (isinf, math.isinf), (isfinite, math.isfinite)]
)
def test_questions_about_a_number(fn, by_hand, road):
    assert fn(tensor(HOSTILE, device=road)).tolist() == [by_hand(v) for v in HOSTILE]
    assert fn(tensor([0, 7], device=road)).tolist() == [by_hand(0), by_hand(7)]


def test_close_is_what_both_tolerances_allow(road):
    a = tensor([100.0, 100.0, 0.0, 0.0], device=road)
    b = tensor([100.0009, 100.01, 1e-9, 1e-6], device=road)
    assert isclose(a, b).tolist() == [True, False, True, False]
    assert isclose(a, b, rtol=0, atol=1e-2).tolist()[2:] == [True, True]


def test_infinities_are_close_to_themselves_alone(road):
    x = tensor(HOSTILE, device=road)
    found = isclose(x.reshape(-1, 1), x).tolist()
    assert found == [[a == b for b in HOSTILE] for a in HOSTILE]
    assert isclose(x, x, equal_nan=True).tolist() == [True] * 5


def test_all_are_close_or_not(road):
    x = tensor([1.0, 2.0], device=road)
    assert allclose(x, x + 1e-6) is True
    assert allclose(x, x + 1e-2) is False
    assert allclose(x, 1.0) is False
    assert allclose(x[:0], x[:0]) is True
    assert x.allclose(x)


def test_nothing_is_recorded():
    x = tensor([1.0], requires_grad=True)
    for y in (isnan(x), isclose(x, x), logical_and(x, x), logical_not(x)):
        assert not y.requires_grad
