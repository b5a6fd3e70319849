"""The bilinear form behind the convolutions: one sum, solved for each of its arguments."""

import numpy as np
import pytest
from nt_autograd import gradcheck, gradgradcheck, tensor
from nt_autograd.ops.convolution._form import (
    convolution,
    convolution_backward,
    convolution_input,
    convolution_weight,
)

# x, weight; stride, padding (before, behind), dilation, groups
CASES = [
    ((2, 4, 5), (2, 2, 3), ((2,), ((1, 2),), (1,), 2)),
    ((1, 2, 4, 3), (3, 2, 2, 2), ((1, 1), ((0, 0), (2, 1)), (1, 2), 1)),
    ((1, 1, 2, 3, 2), (2, 1, 2, 1, 1), ((1, 2, 1), ((1, 0), (0, 0), (0, 1)), (1, 1, 1), 1)),
]
each = pytest.mark.parametrize("case", CASES, ids=str)


def made(case, rng):
    x, weight, geometry = case
    x, weight = tensor(rng.standard_normal(x)), tensor(rng.standard_normal(weight))
    g = tensor(rng.standard_normal(convolution(x, weight, None, geometry).shape))
    return x, weight, g, geometry


@each
def test_the_three_are_one_sum(case, road, rng):
    x, weight, g, geometry = made(case, rng)
    form = float((convolution(x, weight, None, geometry) * g).sum().item())
    x, weight, g = (t.to(road).float() for t in (x, weight, g))
    back = convolution_input(g, weight, tuple(x.shape[2:]), geometry)
    np.testing.assert_allclose((back * x).sum().item(), form, rtol=1e-4)
    back = convolution_weight(g, x, tuple(weight.shape[2:]), geometry)
    np.testing.assert_allclose((back * weight).sum().item(), form, rtol=1e-4)


@each
def test_the_gradients_of_each_agree_with_differences(case, rng):
    x, weight, g, geometry = made(case, rng)
    size, kernel = tuple(x.shape[2:]), tuple(weight.shape[2:])
    for t in (x, weight, g):
        t.requires_grad = True

    def along_x(x, weight):
        return convolution(x, weight, None, geometry)

    def back(g, weight):
        return convolution_input(g, weight, size, geometry)

    def across(g, x):
        return convolution_weight(g, x, kernel, geometry)

    def both(g, x, weight):
        return convolution_backward(g, x, weight, geometry)

    for found, expected in zip(both(g, x, weight), (back(g, weight), across(g, x)), strict=True):
        np.testing.assert_allclose(found.detach().numpy(), expected.detach().numpy(), rtol=1e-12)
    assert gradcheck(both, g, x, weight)
    assert gradgradcheck(both, g, x, weight)
    assert gradcheck(along_x, x, weight)
    assert gradgradcheck(along_x, x, weight)
    assert gradcheck(back, g, weight)
    assert gradgradcheck(back, g, weight)
    assert gradcheck(across, g, x)
    assert gradgradcheck(across, g, x)
