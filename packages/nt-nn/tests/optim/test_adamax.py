"""Adamax: the published equations, with PyTorch's epsilon inside of the maximum."""

import numpy as np
import pytest
from nt_autograd import Tensor
from nt_nn import Parameter
from nt_nn.optim import Adamax


def by_hand(x, gradients, lr=2e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
    """Kingma and Ba, algorithm 2."""
    m, u = 0.0, 0.0
    for t, g in enumerate(gradients, 1):
        g = g + weight_decay * x
        m = betas[0] * m + (1 - betas[0]) * g
        u = np.maximum(betas[1] * u, abs(g) + eps)
        x = x - lr / (1 - betas[0] ** t) * m / u
    return x


@pytest.mark.parametrize(
    "options", [{}, {"lr": 0.1, "weight_decay": 0.2}, {"lr": 0.1, "betas": (0.5, 0.3), "eps": 0.1}]
)
def test_ten_steps_are_the_equations(options, follows):
    follows(lambda p: Adamax(p, **options), lambda x, g: by_hand(x, g, **options))


def test_steps_after_a_large_gradient_stay_small_until_it_fades():
    x = Parameter(np.zeros(1))
    optimizer = Adamax([x], lr=0.1, betas=(0.0, 0.9))
    places = [0.0]
    for g in (1000.0, 1.0, 1.0):
        x.grad = Tensor(np.array([g]))
        optimizer.step()
        places.append(x.item())
    assert np.diff(places) == pytest.approx([-0.1, -0.1 / 900, -0.1 / 810])
