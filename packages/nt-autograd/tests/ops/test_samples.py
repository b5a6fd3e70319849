"""Into a map and out of it: nothing is lost, and gradients come back to the axis they left."""

import numpy as np
import pytest
from nt_autograd import grad, gradcheck, gradgradcheck, tensor
from nt_autograd.ops._samples import as_samples, from_samples, same_for_all


@pytest.fixture
def x(rng):
    return tensor(rng.standard_normal((2, 3, 4)), requires_grad=True)


@pytest.mark.parametrize("dim", [0, 1, 2])
@pytest.mark.parametrize("out", [0, 1, 2])
def test_there_and_back_moves_the_axis(x, dim, out):
    inside = as_samples(x, dim)
    assert inside.shape == tuple(n for i, n in enumerate(x.shape) if i != dim)
    found = from_samples(inside, out, x.shape[dim])
    np.testing.assert_array_equal(found.detach().numpy(), np.moveaxis(x.detach().numpy(), dim, out))


def test_gradients_of_both_orders_agree_with_finite_differences(x):
    def through(t):
        inside = as_samples(t, 1)
        return from_samples(inside * inside * inside, 2, 3)

    assert gradcheck(through, x)
    assert gradgradcheck(through, x)


def test_what_is_the_same_for_all_gets_the_sum_of_their_gradients(x):
    w = tensor(np.ones((2, 4)), requires_grad=True)

    def shared(t, v):
        return from_samples(as_samples(t, 1) * same_for_all(v), 0, 3)

    assert gradcheck(shared, x, w)
    assert gradgradcheck(shared, x, w)
    (g,) = grad(shared(x, w).sum(), w)
    np.testing.assert_allclose(g.numpy(), x.detach().numpy().sum(1))


def test_a_value_that_is_the_same_for_all_is_repeated():
    y = from_samples(same_for_all(tensor([1.0, 2.0])), 1, 3)
    assert y.tolist() == [[1.0] * 3, [2.0] * 3]
