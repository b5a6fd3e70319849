"""LAMB: the published algorithm, and steps in proportion to a parameter's norm."""

import numpy as np
import pytest
from nt_autograd import Tensor
from nt_nn import Parameter
from nt_nn.optim import LAMB


def by_hand(x, gradients, lr=1e-3, betas=(0.9, 0.999), eps=1e-6, weight_decay=1e-2):
    """You et al., algorithm 2, with the identity for phi."""
    m = v = 0.0
    for t, g in enumerate(gradients, 1):
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g * g
        r = (m / (1 - betas[0] ** t)) / (np.sqrt(v / (1 - betas[1] ** t)) + eps)
        r = r + weight_decay * x
        x = x - lr * np.linalg.norm(x) / np.linalg.norm(r) * r
    return x


@pytest.mark.parametrize(
    "options", [{}, {"lr": 0.1, "weight_decay": 0.5}, {"lr": 0.1, "betas": (0.5, 0.9), "eps": 0.1}]
)
def test_ten_steps_are_the_equations(options, follows):
    follows(lambda p: LAMB(p, **options), lambda x, g: by_hand(x, g, **options))


def test_a_step_is_the_rate_times_the_norm_whatever_the_gradients_are():
    for size in (1e-5, 1.0, 1e10):
        x = Parameter(np.array([[3.0, 4.0], [0.0, 12.0]]))
        before = x.detach().numpy().copy()
        x.grad = Tensor(np.random.default_rng(0).normal(size=(2, 2)) * size)
        LAMB([x], lr=0.1, eps=0.0).step()
        assert np.linalg.norm(x.detach().numpy() - before) == pytest.approx(1.3)


def test_a_parameter_of_zeros_moves_as_adam_would():
    x = Parameter(np.zeros(3))
    x.grad = Tensor(np.array([1.0, -2.0, 0.0]))
    LAMB([x], lr=0.1).step()
    assert np.allclose(x.tolist(), [-0.1, 0.1, 0.0], atol=1e-6)
