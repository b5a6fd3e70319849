"""Adam: the published equations, with L2 regularisation, and the largest mean square of AMSGrad."""

import numpy as np
import pytest
from nt_autograd import Tensor
from nt_nn import Parameter
from nt_nn.optim import Adam, AdamW


def by_hand(x, gradients, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, amsgrad=False):
    """Kingma and Ba, algorithm 1; Reddi et al., algorithm 2, with bias corrections."""
    m = v = top = 0.0
    for t, g in enumerate(gradients, 1):
        g = g + weight_decay * x
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g**2
        top = np.maximum(top, v)
        size = np.sqrt((top if amsgrad else v) / (1 - betas[1] ** t))
        x = x - lr * m / (1 - betas[0] ** t) / (size + eps)
    return x


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"weight_decay": 0.3},
        {"amsgrad": True, "weight_decay": 0.1},
        {"betas": (0.5, 0.9), "eps": 1e-3},
        {"betas": (0.0, 0.0)},
    ],
)
def test_ten_steps_are_the_equations(options, follows):
    follows(lambda p: Adam(p, lr=0.1, **options), lambda x, g: by_hand(x, g, 0.1, **options))


def test_without_decay_adam_and_adamw_are_the_same_bit_for_bit():
    ends = []
    for kind in (Adam, AdamW):
        x = Parameter(np.linspace(-1, 1, 9))
        optimizer = kind([x], lr=0.1, weight_decay=0.0)
        for _ in range(3):
            x.grad = Tensor(np.linspace(3, -2, 9))
            optimizer.step()
        ends.append(x.tolist())
    assert ends[0] == ends[1]


def test_amsgrad_does_not_step_further_when_gradients_vanish():
    steps = {}
    for amsgrad in (False, True):
        x = Parameter(np.zeros(1))
        optimizer = Adam([x], lr=0.1, betas=(0.0, 0.5), amsgrad=amsgrad)
        for g in (100.0, *[1.0] * 20):
            before = x.item()
            x.grad = Tensor(np.array([g]))
            optimizer.step()
        steps[amsgrad] = abs(x.item() - before)
    assert steps[True] < 0.02 * steps[False]


def test_amsgrad_remembers_one_more_array():
    x = Parameter(np.zeros(2))
    x.grad = Tensor(np.ones(2))
    optimizer = AdamW([x], amsgrad=True)
    optimizer.step()
    assert list(optimizer.state[x]) == ["step", "exp_avg", "exp_avg_sq", "max_exp_avg_sq"]
