"""The error function against the C library's, and its derivatives."""

import math

import numpy as np
from nt_autograd import erf, grad, gradcheck, gradgradcheck, tensor


def test_it_is_the_c_librarys_function_everywhere(elementwise):
    elementwise(erf, math.erf, -4, 4)
    elementwise(erf, math.erf, -0.1, 0.1)


def test_both_derivatives_agree_with_differences(rng):
    x = tensor(rng.uniform(-3, 3, (2, 5)), requires_grad=True)
    assert gradcheck(erf, x)
    assert gradgradcheck(erf, x)


def test_far_out_it_is_one_and_flat(road):
    x = tensor([30.0, -30.0], device=road, requires_grad=True)
    y = erf(x)
    assert y.tolist() == [1, -1]
    (g,) = grad(y.sum(), x)
    assert g.tolist() == [0, 0]


def test_large_tensors_are_worked_through_in_blocks(road, agree, rng):
    agree(erf, rng.standard_normal((300, 257)), device=road)


def test_its_integral_over_the_normal_density_is_zero():
    x = np.linspace(-8, 8, 4001)
    density = np.exp(-x * x / 2) / math.sqrt(2 * math.pi)
    assert abs((erf(tensor(x)).numpy() * density).sum()) < 1e-12
