"""RAdam: gradient descent with momentum at first, rectified Adam from step six on."""

import numpy as np
import pytest
from nt_autograd import Tensor
from nt_nn import Parameter
from nt_nn.optim import RAdam


def by_hand(
    x,
    gradients,
    lr=1e-3,
    betas=(0.9, 0.999),
    eps=1e-8,
    weight_decay=0.0,
    decoupled_weight_decay=False,
):
    m = v = 0.0
    limit = 2 / (1 - betas[1]) - 1
    for t, g in enumerate(gradients, 1):
        if decoupled_weight_decay:
            x = x * (1 - lr * weight_decay)
        else:
            g = g + weight_decay * x
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g * g
        mean = m / (1 - betas[0] ** t)
        rho = limit - 2 * t * betas[1] ** t / (1 - betas[1] ** t)
        if rho > 5:
            share = (rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho)
            mean = mean * np.sqrt(share) * np.sqrt(1 - betas[1] ** t) / (np.sqrt(v) + eps)
        x = x - lr * mean
    return x


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"lr": 0.1, "weight_decay": 0.2},
        {"lr": 0.1, "weight_decay": 0.2, "decoupled_weight_decay": True},
        {"lr": 0.1, "betas": (0.5, 0.9), "eps": 1e-3},
    ],
)
def test_twelve_steps_are_the_equations_before_and_after_rectification(options, follows):
    follows(lambda p: RAdam(p, **options), lambda x, g: by_hand(x, g, **options), steps=12)


def test_while_little_is_known_the_squares_do_not_count_even_if_they_overflow():
    x = Parameter([0.0])
    optimizer = RAdam([x], lr=1e-30)
    x.grad = Tensor(np.float32([1e30]))
    with np.errstate(over="ignore"):
        optimizer.step()
    assert x.item() == pytest.approx(-1.0)
