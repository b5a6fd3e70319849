"""norm: against NumPy's for every order, and at 0, where lengths have a corner."""

import math

import numpy as np
import pytest
from nt_autograd import grad, gradcheck, gradgradcheck, norm, tensor, zeros

ORDERS = [2, 1, math.inf, -math.inf, 3, 0.5, 1.5]


@pytest.mark.parametrize("p", [*ORDERS, 0])
@pytest.mark.parametrize("dim", [0, 1, -1])
def test_it_is_numpys(p, dim, road, agree, rng):
    x = rng.standard_normal((3, 4))
    for keepdim in (False, True):
        found = norm(tensor(x), p, dim, keepdim).numpy()
        expected = np.linalg.norm(x, p, axis=dim, keepdims=keepdim)
        assert found.shape == expected.shape
        np.testing.assert_allclose(found, expected, rtol=1e-13)
    agree(lambda t: norm(t, p, dim), x, device=road, limit=1e-5)


@pytest.mark.parametrize("p", ORDERS)
@pytest.mark.parametrize("dim", [None, 0, (0, 1)], ids=str)
def test_both_derivatives_agree_with_differences(p, dim, rng):
    x = tensor(rng.uniform(0.3, 1, (2, 3)) * rng.choice([-1, 1], (2, 3)), requires_grad=True)
    assert gradcheck(lambda t: norm(t, p, dim), x)
    assert gradgradcheck(lambda t: norm(t * t, p, dim, True), x)


@pytest.mark.parametrize("p", [2, 1, 3, 1.5, math.inf, 0])
def test_at_zero_the_gradient_is_zero(p, road):
    x = tensor([0.0, 0.0], device=road, requires_grad=True)
    y = norm(x, p)
    assert y.item() == 0
    assert grad(y, x)[0].tolist() == [0, 0]


@pytest.mark.parametrize("p", [2, 3, 1.5])
def test_a_zero_among_others_has_the_gradient_zero(p, road):
    x = tensor([0.0, 3.0], device=road, requires_grad=True)
    assert np.allclose(grad(norm(x, p), x)[0].numpy(), [0, 1])


def test_the_norm_over_several_axes_is_that_of_the_flat_tensor(rng):
    x = rng.standard_normal((3, 4, 5))
    found = norm(tensor(x), 2, (0, 2)).tolist()
    assert np.allclose(found, [np.linalg.norm(x[:, i].ravel()) for i in range(4)])
    assert math.isclose(norm(tensor(x)).item(), np.linalg.norm(x.ravel()))


def test_of_nothing_it_is_zero(road):
    x = zeros(2, 0, device=road, requires_grad=True)
    assert norm(x, 2, 1).tolist() == [0, 0]
    assert norm(x, 1).item() == 0
    assert grad(norm(x), x)[0].shape == (2, 0)


def test_large_vectors_agree_on_every_road(road, agree, rng):
    agree(lambda t: norm(t, 2, 1), rng.standard_normal((50, 100)), device=road)


def test_integers_have_none():
    with pytest.raises(TypeError, match="norm of int64"):
        norm(tensor([3, 4]))


def test_float16_is_squared_in_float32(road):
    x = tensor([3000.0, 4000.0], dtype="float16", device=road, requires_grad=True)
    y = norm(x)
    assert (y.item(), str(y.dtype)) == (5000, "float16")
    assert np.allclose(grad(y, x)[0].numpy(), [0.6, 0.8], rtol=1e-2)
