"""NAdam: Dozat's equations with the growing momentum."""

import numpy as np
import pytest
from nt_autograd import Tensor
from nt_nn import Parameter
from nt_nn.optim import NAdam


def by_hand(
    x,
    gradients,
    lr=2e-3,
    betas=(0.9, 0.999),
    eps=1e-8,
    weight_decay=0.0,
    momentum_decay=4e-3,
    decoupled_weight_decay=False,
):
    m = v = 0.0
    mus = [betas[0] * (1 - 0.5 * 0.96 ** (i * momentum_decay)) for i in range(1, 100)]
    for t, g in enumerate(gradients, 1):
        if decoupled_weight_decay:
            x = x - lr * weight_decay * x
        else:
            g = g + weight_decay * x
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g * g
        looked_ahead = mus[t] * m / (1 - np.prod(mus[: t + 1]))
        looked_ahead = looked_ahead + (1 - mus[t - 1]) * g / (1 - np.prod(mus[:t]))
        x = x - lr * looked_ahead / (np.sqrt(v / (1 - betas[1] ** t)) + eps)
    return x


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"lr": 0.1, "weight_decay": 0.2},
        {"lr": 0.1, "weight_decay": 0.2, "decoupled_weight_decay": True},
        {"lr": 0.1, "momentum_decay": 0.5, "betas": (0.8, 0.9), "eps": 1e-3},
    ],
)
def test_ten_steps_are_the_equations(options, follows):
    follows(lambda p: NAdam(p, **options), lambda x, g: by_hand(x, g, **options))


def test_decay_apart_from_the_gradient_shrinks_by_the_rate():
    x = Parameter([2.0, -4.0])
    optimizer = NAdam([x], lr=0.1, weight_decay=0.5, decoupled_weight_decay=True)
    x.grad = Tensor(np.zeros(2, np.float32))
    optimizer.step()
    assert np.allclose(x.tolist(), [1.9, -3.8])
