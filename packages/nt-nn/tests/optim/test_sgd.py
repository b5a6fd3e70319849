"""SGD: its equations by hand."""

import numpy as np
import pytest
from nt_autograd import Tensor
from nt_nn import Parameter
from nt_nn.optim import SGD


def by_hand(x, gradients, lr, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False):
    """The equations of the documentation, in float64."""
    x, b = x.astype(np.float64), None
    for g in gradients:
        g = g + weight_decay * x
        b = g if b is None else momentum * b + (1 - dampening) * g
        x = x - lr * ((g + momentum * b if nesterov else b) if momentum else g)
    return x


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"momentum": 0.9},
        {"momentum": 0.9, "dampening": 0.5},
        {"momentum": 0.5, "nesterov": True, "weight_decay": 0.1},
        {"weight_decay": 0.3},
    ],
)
def test_ten_steps_are_the_equations(options):
    source = np.random.default_rng(0)
    start, gradients = source.normal(size=(3, 4)), source.normal(size=(10, 3, 4)) * 100
    x = Parameter(start.copy())
    optimizer = SGD([x], lr=0.1, **options)
    for g in gradients:
        x.grad = Tensor(g.copy())
        optimizer.step()
        assert np.array_equal(x.grad.numpy(), g)  # a gradient is read, not used as scratch
    assert np.allclose(x.detach().numpy(), by_hand(start, gradients, 0.1, **options), rtol=1e-12)


def test_climbing_is_descending_on_the_negative():
    up, down = Parameter([1.0, 2.0]), Parameter([1.0, 2.0])
    for x, options, sign in ((up, {"maximize": True}, 1.0), (down, {}, -1.0)):
        optimizer = SGD([x], lr=0.1, momentum=0.9, **options)
        for _ in range(3):
            x.grad = Tensor(np.float32([3.0, -4.0]) * np.float32(sign))
            optimizer.step()
    assert up.tolist() == down.tolist()


def test_nesterov_needs_momentum_without_dampening():
    for options in ({"momentum": 0.0}, {"momentum": 0.9, "dampening": 0.1}):
        with pytest.raises(ValueError, match="nesterov needs momentum"):
            SGD([Parameter([1.0])], lr=0.1, nesterov=True, **options)
