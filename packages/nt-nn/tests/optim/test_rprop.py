"""Rprop: only signs count."""

import numpy as np
import pytest
from nt_autograd import Tensor
from nt_nn import Parameter
from nt_nn.optim import Rprop


def by_hand(x, gradients, lr=1e-2, etas=(0.5, 1.2), step_sizes=(1e-6, 50.0)):
    """Riedmiller and Braun, element by element, without taking back steps."""
    x = x.copy()
    for place in np.ndindex(x.shape):
        size, last = lr, 0.0
        for g in gradients[(slice(None), *place)]:
            if g * last > 0:
                size = min(size * etas[1], step_sizes[1])
            elif g * last < 0:
                size, g = max(size * etas[0], step_sizes[0]), 0.0
            x[place] -= np.sign(g) * size
            last = g
    return x


@pytest.mark.parametrize(
    "options", [{}, {"lr": 0.1, "etas": (0.7, 3.0)}, {"lr": 0.1, "step_sizes": (0.09, 0.11)}]
)
def test_thirty_steps_are_the_equations(options, follows):
    follows(
        lambda p: Rprop(p, **options), lambda x, g: by_hand(x, g, **options), steps=30, limit=1e-5
    )


@pytest.mark.parametrize("size", [1e-30, 1e30])
def test_the_size_of_gradients_does_not_matter_even_where_their_product_vanishes(size):
    ends = []
    for scale in (1.0, size):
        x = Parameter([0.0, 0.0])
        optimizer = Rprop([x], lr=0.1)
        for g in ([1.0, -1.0], [1.0, 1.0], [1.0, 1.0], [0.0, 1.0]):
            x.grad = Tensor(np.float32(g) * np.float32(scale))
            optimizer.step()
        ends.append(x.tolist())
    assert ends[0] == ends[1]
