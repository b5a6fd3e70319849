"""Powers: by hand, at zero, of negative bases, and both derivatives in both arguments."""

import math

import numpy as np
import pytest
from nt_autograd import float_power, grad, gradcheck, gradgradcheck, pow, square, tensor

EXPONENTS = [0, 1, 2, 3, 4, 5, 7, 8, 9, -1, -2, -3, 0.5, 1.5, -0.5, 2.0, -8]


@pytest.mark.parametrize("p", EXPONENTS)
def test_every_number_to_a_number_is_as_by_hand(p, elementwise):
    elementwise(lambda x: x**p, lambda x: x**p, 0.4, 2, limit=1e-5)


@pytest.mark.parametrize("p", EXPONENTS)
def test_both_derivatives_agree_with_differences(p, rng):
    x = tensor(rng.uniform(0.5, 2, (2, 3)), requires_grad=True)
    assert gradcheck(lambda x: x**p, x)
    if p not in (0, 1):
        assert gradgradcheck(lambda x: x**p, x)


@pytest.mark.parametrize("p", [0, 1, 2, 3, 4, -1, -3])
def test_whole_powers_of_negative_numbers_have_a_sign(p, road, agree, rng):
    x = -rng.uniform(0.5, 2, 5)
    np.testing.assert_allclose((tensor(x) ** p).numpy(), [v**p for v in x], rtol=1e-14)
    agree(lambda t: t**p, x, device=road, limit=1e-5)
    assert gradcheck(lambda t: t**p, tensor(x, requires_grad=True))


def test_a_broken_power_of_a_negative_number_is_nan(road):
    x = tensor([-2.0], device=road, requires_grad=True)
    with np.errstate(invalid="ignore"):
        assert math.isnan((x**0.5).item())
        assert math.isnan((x**1.5).item())
        assert math.isnan(pow(x, tensor([0.5], device=road)).item())


def test_zero_to_the_zero_is_one_and_flat(road):
    x = tensor([0.0, math.inf], device=road, requires_grad=True)
    y = x**0
    assert y.tolist() == [1, 1]
    assert grad(y.sum(), x)[0].tolist() == [0, 0]


def test_zero_to_a_tensor_of_zeros_is_one_and_flat_in_both(road):
    x = tensor([0.0, 0.0], device=road, requires_grad=True)
    p = tensor([0.0, 2.0], device=road, requires_grad=True)
    with np.errstate(all="ignore"):
        y = x**p
        gx, gp = grad(y.sum(), (x, p))
    assert y.tolist() == [1, 0]
    assert gx.tolist() == [0, 0]
    assert gp.tolist() == [0, 0]


@pytest.mark.parametrize(
    ("p", "slope"), [(1, 1.0), (2, 0.0), (3, 0.0), (1.5, 0.0), (0.5, math.inf), (-1, -math.inf)]
)
def test_the_slope_at_zero(p, slope, road):
    x = tensor([0.0], device=road, requires_grad=True)
    with np.errstate(divide="ignore"):
        (g,) = grad(x**p, x, tensor([1.0], device=road))
    assert g.tolist() == [slope]


def test_tensor_exponents_have_both_derivatives(road, agree, rng):
    x, p = rng.uniform(0.5, 2, (3, 4)), rng.uniform(-2, 2, (4,))
    found = pow(tensor(x), tensor(p)).numpy()
    for i, j in np.ndindex(3, 4):
        assert math.isclose(found[i, j], x[i, j] ** p[j], rel_tol=1e-13)
    agree(pow, x, p, device=road, limit=1e-5)
    a, b = tensor(x, requires_grad=True), tensor(p, requires_grad=True)
    assert gradcheck(pow, a, b)
    assert gradgradcheck(pow, a, b)


def test_a_number_to_a_tensor(road, agree, rng):
    p = rng.uniform(-2, 2, (3,))
    agree(lambda t: 2.5**t, p, device=road, limit=1e-5)
    agree(lambda t: 2**t, p, device=road, limit=1e-5)
    assert gradgradcheck(lambda t: 2**t, tensor(p, requires_grad=True))
    flat = tensor([0.0, 1.0, 2.0], device=road, requires_grad=True)
    with np.errstate(all="ignore"):
        y = 0.0**flat
    assert y.tolist() == [1, 0, 0]
    assert grad(y.sum(), flat)[0].tolist() == [0, 0, 0]


def test_integers_stay_integers_until_the_exponent_is_broken(road):
    x = tensor([1, 2, 3], device=road)
    assert (x**2).tolist() == [1, 4, 9]
    assert str((x**3).dtype) == "int64"
    assert str((x**0.5).dtype) == str((x**2.0).dtype) == str((2.0**x).dtype) == "float32"
    assert (2**x).tolist() == [2, 4, 8]
    assert str((2**x).dtype) == "int64"
    with pytest.raises(ValueError, match="no power -1"):
        x**-1
    assert float_power(x, -1).tolist()[:2] == [1, 0.5]


def test_an_infinite_exponent_is_no_whole_number(road):
    with np.errstate(all="ignore"):
        assert (tensor([0.5, 2.0], device=road) ** math.inf).tolist() == [0, math.inf]


def test_large_whole_exponents_keep_their_precision():
    x = np.linspace(0.9, 1.1, 50)
    for p in (8, 9, 17, 100):
        np.testing.assert_allclose((tensor(x) ** p).numpy(), [v**p for v in x], rtol=1e-13)


def test_a_square_is_a_product(elementwise, rng):
    elementwise(square, lambda x: x * x, -3, 3)
    assert gradgradcheck(square, tensor(rng.standard_normal(3), requires_grad=True))
