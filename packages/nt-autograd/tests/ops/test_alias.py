"""alias: the same value under a new node."""

import numpy as np
from nt_autograd import alias, grad, gradcheck, gradgradcheck, tensor


def test_nothing_is_copied():
    x = tensor([1.0, 2.0])
    assert np.shares_memory(alias(x).numpy(), x.numpy())


def test_both_derivatives_go_through(road, agree, rng):
    agree(alias, rng.standard_normal((2, 3)), device=road)
    x = tensor(rng.standard_normal(3), requires_grad=True)
    assert gradcheck(alias, x)
    assert gradgradcheck(lambda t: alias(t * t), x)


def test_it_is_a_place_of_its_own_in_the_graph():
    x = tensor([1.0, 2.0], requires_grad=True)
    y = alias(x)
    (g,) = grad((y * y).sum(), y)
    assert g.tolist() == [2, 4]
