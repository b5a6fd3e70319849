"""RMSprop: with and without momentum, with and without the mean gradient."""

import itertools

import numpy as np
import pytest
from nt_autograd import Tensor
from nt_nn import Parameter
from nt_nn.optim import RMSprop


def by_hand(
    x, gradients, lr=1e-2, alpha=0.99, eps=1e-8, weight_decay=0.0, momentum=0.0, centered=False
):
    v = a = b = 0.0
    for g in gradients:
        g = g + weight_decay * x
        v = alpha * v + (1 - alpha) * g * g
        a = alpha * a + (1 - alpha) * g
        b = momentum * b + g / (np.sqrt(v - a * a if centered else v) + eps)
        x = x - lr * b
    return x


@pytest.mark.parametrize(
    ("momentum", "centered"), list(itertools.product([0.0, 0.9], [False, True]))
)
@pytest.mark.parametrize("options", [{}, {"alpha": 0.8, "weight_decay": 0.2, "eps": 1e-3}])
def test_ten_steps_are_the_equations(momentum, centered, options, follows):
    options = {"lr": 0.05, "momentum": momentum, "centered": centered, **options}
    follows(lambda p: RMSprop(p, **options), lambda x, g: by_hand(x, g, **options), limit=5e-4)


def test_only_what_is_used_is_remembered():
    for options, names in (
        ({}, ["square_avg"]),
        ({"centered": True, "momentum": 0.5}, ["square_avg", "grad_avg", "momentum_buffer"]),
    ):
        x = Parameter([1.0])
        x.grad = Tensor(np.float32([1.0]))
        optimizer = RMSprop([x], **options)
        optimizer.step()
        assert list(optimizer.state[x]) == ["step", *names]


def test_a_gradient_that_never_changes_has_no_spread_and_gives_no_nan():
    x = Parameter([0.0])
    optimizer = RMSprop([x], lr=1e-9, alpha=0.5, centered=True)
    for _ in range(60):  # the variance is 0 but for rounding, which could be below
        x.grad = Tensor(np.float32([0.1]))
        optimizer.step()
    assert np.isfinite(x.item())
