"""ASGD: a falling rate, and the mean of the places from a step on."""

import numpy as np
import pytest
from nt_autograd import Tensor
from nt_nn import Parameter
from nt_nn.optim import ASGD


def by_hand(x, gradients, lr=1e-2, lambd=1e-4, alpha=0.75, t0=1e6, weight_decay=0.0):
    mean, eta, mu = 0.0, lr, 1.0
    for t, g in enumerate(gradients, 1):
        g = g + weight_decay * x
        x = x * (1 - lambd * eta) - eta * g
        mean = mean + mu * (x - mean)
        eta = lr / (1 + lambd * lr * t) ** alpha
        mu = 1 / max(1, t - t0)
    return x, mean


@pytest.mark.parametrize(
    "options", [{}, {"lr": 0.5, "lambd": 0.5, "alpha": 0.5, "t0": 3, "weight_decay": 0.25}]
)
def test_ten_steps_are_the_equations_but_for_the_rates_rounding_to_float32(options, walk):
    source = np.random.default_rng(0)
    start, gradients = source.normal(size=(3, 4)), source.normal(size=(10, 3, 4))
    found = walk(lambda p: ASGD(p, **options), start, gradients)
    np.testing.assert_allclose(found, by_hand(start, gradients, **options)[0], rtol=1e-5, atol=1e-6)


def test_from_t0_on_the_mean_is_that_of_all_places():
    x = Parameter(np.zeros(2))
    optimizer = ASGD([x], lr=0.5, lambd=0.0, t0=2)
    places = []
    for g in np.random.default_rng(0).normal(size=(8, 2)):
        x.grad = Tensor(g)
        optimizer.step()
        places.append(x.detach().numpy().copy())
        if len(places) <= 4:
            assert np.array_equal(optimizer.state[x]["ax"], places[-1])
    np.testing.assert_allclose(optimizer.state[x]["ax"], np.mean(places[3:], axis=0), rtol=1e-6)
