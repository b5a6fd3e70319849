"""Adagrad: sums of squares, from a start of one's own, with a falling rate."""

import numpy as np
import pytest
from nt_autograd import Tensor
from nt_nn import Parameter
from nt_nn.optim import Adagrad


def by_hand(
    x, gradients, lr=1e-2, lr_decay=0.0, weight_decay=0.0, initial_accumulator_value=0.0, eps=1e-10
):
    """Duchi et al., the diagonal form."""
    total = initial_accumulator_value
    for t, g in enumerate(gradients):
        g = g + weight_decay * x
        total = total + g * g
        x = x - lr / (1 + t * lr_decay) * g / (np.sqrt(total) + eps)
    return x


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"lr": 0.5, "lr_decay": 0.3, "weight_decay": 0.1},
        {"lr": 0.5, "initial_accumulator_value": 2.0, "eps": 0.1},
    ],
)
def test_ten_steps_are_the_equations(options, follows):
    follows(lambda p: Adagrad(p, **options), lambda x, g: by_hand(x, g, **options))


def test_steps_for_one_gradient_fall_as_the_root_of_their_number():
    x = Parameter(np.zeros(1))
    optimizer = Adagrad([x], lr=1.0)
    places = [0.0]
    for _ in range(9):
        x.grad = Tensor(np.array([7.0]))
        optimizer.step()
        places.append(x.item())
    assert -np.diff(places) == pytest.approx(1 / np.sqrt(np.arange(1, 10)))
