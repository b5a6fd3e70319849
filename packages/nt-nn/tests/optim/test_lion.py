"""Lion: the published algorithm, and steps of one length."""

import numpy as np
import pytest
from nt_autograd import Tensor
from nt_nn import Parameter
from nt_nn.optim import Lion


def by_hand(x, gradients, lr=1e-4, betas=(0.9, 0.99), weight_decay=0.0):
    """Chen et al., algorithm 2."""
    m = np.zeros_like(x)
    for g in gradients:
        c = betas[0] * m + (1 - betas[0]) * g
        x = x - lr * (np.sign(c) + weight_decay * x)
        m = betas[1] * m + (1 - betas[1]) * g
    return x


@pytest.mark.parametrize(
    "options", [{}, {"lr": 0.1, "weight_decay": 0.3}, {"lr": 0.1, "betas": (0.3, 0.5)}]
)
def test_ten_steps_are_the_equations(options, follows):
    follows(lambda p: Lion(p, **options), lambda x, g: by_hand(x, g, **options), limit=1e-5)


def test_every_element_moves_by_the_rate_or_not_at_all():
    x = Parameter(np.zeros(5))
    optimizer = Lion([x], lr=0.25)
    x.grad = Tensor(np.array([1e-300, -1e300, 0.0, -0.0, 3.0]))
    optimizer.step()
    assert x.tolist() == [-0.25, 0.25, 0.0, 0.0, -0.25]
    assert list(optimizer.state[x]) == ["exp_avg"]
