"""Adadelta: the published equations, and steps that do not know the gradients' unit."""

import numpy as np
import pytest
from nt_autograd import Tensor
from nt_nn import Parameter
from nt_nn.optim import Adadelta


def by_hand(x, gradients, lr=1.0, rho=0.9, eps=1e-6, weight_decay=0.0):
    """Zeiler, algorithm 1."""
    squares = steps = 0.0
    for g in gradients:
        g = g + weight_decay * x
        squares = rho * squares + (1 - rho) * g**2
        step = -np.sqrt(steps + eps) / np.sqrt(squares + eps) * g
        steps = rho * steps + (1 - rho) * step**2
        x = x + lr * step
    return x


@pytest.mark.parametrize(
    "options", [{}, {"lr": 0.5, "weight_decay": 0.2}, {"rho": 0.5, "eps": 1e-2}, {"rho": 1.0}]
)
def test_ten_steps_are_the_equations(options, follows):
    follows(lambda p: Adadelta(p, **options), lambda x, g: by_hand(x, g, **options))


def test_gradients_in_another_unit_lead_to_the_same_place():
    ends = []
    for unit in (1e3, 1e8):
        x = Parameter(np.zeros(3))
        optimizer = Adadelta([x])
        for g in np.random.default_rng(0).normal(size=(20, 3)):
            x.grad = Tensor(g * unit)
            optimizer.step()
        ends.append(x.tolist())
    assert ends[0] == pytest.approx(ends[1], rel=1e-5)
