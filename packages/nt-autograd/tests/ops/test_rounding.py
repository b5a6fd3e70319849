"""Whole numbers from broken ones: as Python rounds, with the gradient of a step."""

import builtins
import math

import numpy as np
import pytest
from nt_autograd import (
    ceil,
    floor,
    floor_divide,
    grad,
    gradcheck,
    gradgradcheck,
    remainder,
    round,
    sign,
    tensor,
    trunc,
)

STEPS = [
    (floor, math.floor),
    (ceil, math.ceil),
    (round, builtins.round),
    (trunc, math.trunc),
    (sign, lambda x: float(x > 0) - float(x < 0)),
]
each = pytest.mark.parametrize(("fn", "by_hand"), STEPS, ids=[fn.__name__ for fn, _ in STEPS])
VALUES = [-2.5, -1.5, -1.2, -0.5, 0.0, 0.3, 0.5, 1.5, 2.5, 7.0, 1e6 + 0.5]


@each
def test_each_number_is_as_by_hand(fn, by_hand, road, elementwise):
    assert fn(tensor(VALUES, device=road)).tolist() == [by_hand(v) for v in VALUES]
    elementwise(fn, by_hand, -5, 5)


@each
def test_a_step_has_the_gradient_zero_even_of_an_infinite_one(fn, by_hand, road):
    x = tensor([0.5, -1.0], device=road, requires_grad=True)
    (g,) = grad(fn(x), x, tensor([math.inf, 1.0], device=road))
    assert g.tolist() == [0, 0]
    assert gradcheck(fn, tensor([0.3, -1.7], dtype="float64", requires_grad=True))


@each
def test_infinities_and_nan_go_through(fn, by_hand, road):
    found = fn(tensor([math.inf, -math.inf, math.nan], device=road)).tolist()
    assert found[:2] == ([1, -1] if fn is sign else [math.inf, -math.inf])
    assert math.isnan(found[2])


PAIRS = [(7.0, 3.0), (-7.0, 3.0), (7.0, -3.0), (-7.0, -3.0), (0.5, 0.2), (6.0, 3.0), (0.0, 2.0)]


def test_quotient_and_remainder_are_pythons(road):
    a, b = (tensor(each, device=road) for each in zip(*PAIRS, strict=True))
    assert floor_divide(a, b).tolist() == [x // y for x, y in PAIRS]
    np.testing.assert_allclose(
        remainder(a, b).numpy(), [x % y for x, y in PAIRS], rtol=1e-6, atol=1e-7
    )
    whole = [(int(x), int(y)) for x, y in PAIRS if int(y)]
    a, b = (tensor(each, device=road) for each in zip(*whole, strict=True))
    assert (a // b).tolist() == [x // y for x, y in whole]
    assert (a % b).tolist() == [x % y for x, y in whole]
    assert (7 // b).tolist() == [7 // y for _, y in whole]
    assert (7 % b).tolist() == [7 % y for _, y in whole]
    assert str((a // b).dtype) == str((a % 2).dtype) == "int64"


def test_quotient_and_remainder_make_up_the_number(rng):
    a, b = tensor(rng.standard_normal(100) * 9), tensor(rng.uniform(0.5, 2, 100))
    np.testing.assert_allclose((a // b * b + a % b).numpy(), a.numpy(), rtol=1e-12)


def test_the_remainder_has_its_derivatives(road, agree, rng):
    a, b = rng.uniform(1, 9, (2, 3)), rng.uniform(0.5, 2, (3,))
    agree(remainder, a, b, device=road, limit=1e-5)
    x, y = tensor(a, requires_grad=True), tensor(b, requires_grad=True)
    assert gradcheck(remainder, x, y)
    assert gradcheck(floor_divide, x, y)
    assert gradgradcheck(lambda x, y: remainder(x * x, y), x, y)
