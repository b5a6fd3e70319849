"""Adafactor: PyTorch's form of the equations, factored for matrices and whole for vectors."""

import math

import nt_tensor
import numpy as np
import pytest
from nt_autograd import Tensor
from nt_nn import Parameter
from nt_nn.optim import Adafactor


def by_hand(x, gradients, lr=1e-2, beta2_decay=-0.8, eps=(1e-7, 1e-3), d=1.0, weight_decay=0.0):
    """Shazeer and Stern, algorithms 4 and 5, with loops over rows and columns."""
    rms = lambda a: math.sqrt((a * a).mean())  # noqa: E731
    rows, columns, v = np.zeros(x.shape[:-1]), np.zeros(x.shape[:-2] + x.shape[-1:]), 0.0
    for t, g in enumerate(gradients, 1):
        beta = 1 - t**beta2_decay
        size = max(eps[1], rms(x)) * min(lr, 1 / math.sqrt(t))
        x = x * (1 - lr * weight_decay)
        if x.ndim > 1:
            rows = beta * rows + (1 - beta) * (g * g).mean(-1)
            columns = beta * columns + (1 - beta) * (g * g).mean(-2)
            v = np.empty_like(x)
            for place in np.ndindex(x.shape):
                *stack, i, j = place
                mean = max(rows[tuple(stack)].mean(), eps[0])
                v[place] = rows[(*stack, i)] * columns[(*stack, j)] / mean
        else:
            v = beta * v + (1 - beta) * g * g
        u = g / np.maximum(np.sqrt(v), eps[0])
        x = x - size * u / max(1.0, rms(u) / d)
    return x


@pytest.mark.parametrize("shape", [(5,), (3, 4), (2, 3, 4), (1, 1), (6, 1)])
@pytest.mark.parametrize(
    "options", [{}, {"lr": 0.5, "weight_decay": 0.1, "d": 2.0, "beta2_decay": -0.5}]
)
def test_ten_steps_are_the_equations(options, shape, follows):
    options = {"eps": (1e-7, 1e-3), **options}
    follows(lambda p: Adafactor(p, **options), lambda x, g: by_hand(x, g, **options), shape=shape)


def test_a_matrix_is_remembered_by_a_row_and_a_column():
    x, b = Parameter(np.ones((40, 30))), Parameter(np.ones(30))
    optimizer = Adafactor([x, b])
    x.grad, b.grad = Tensor(np.ones((40, 30))), Tensor(np.ones(30))
    optimizer.step()
    assert {k: v.shape for k, v in optimizer.state[x].items() if k != "step"} == {
        "row_var": (40, 1),
        "col_var": (1, 30),
    }
    assert optimizer.state[b]["variance"].shape == (30,)
    resumed = Adafactor([x, b])
    resumed.load_state_dict(optimizer.state_dict())
    state = optimizer.state_dict()
    state["state"]["0"]["row_var"] = nt_tensor.zeros((40, 30))
    with pytest.raises(ValueError, match=r"row_var of 0 is \(40, 30\), not \(40, 1\)"):
        resumed.load_state_dict(state)


def test_steps_are_relative_to_the_parameter():
    for size in (1.0, 1e5):
        x = Parameter(np.full((3, 3), size))
        x.grad = Tensor(np.random.default_rng(0).normal(size=(3, 3)) ** 2 + 0.1)
        Adafactor([x], lr=0.1).step()
        assert np.sqrt(((x.detach().numpy() / size - 1) ** 2).mean()) <= 0.1 + 1e-9


@pytest.mark.parametrize("eps", [1e-8, (1e-8,), (-1.0, 1e-3), (None, -1.0), (None, None)])
def test_what_is_no_pair_of_epsilons_is_named(eps):
    with pytest.raises(ValueError, match=r"eps \(.*\) must be two numbers"):
        Adafactor([Parameter([1.0])], eps=eps)
