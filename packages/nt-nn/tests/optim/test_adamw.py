"""AdamW: its equations by hand and its laws at the extremes."""

import numpy as np
import pytest
from nt_autograd import Tensor
from nt_nn import Parameter
from nt_nn.optim import AdamW


def by_hand(x, gradients, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2):
    """The equations of the documentation, in float64."""
    x, m, v = x.astype(np.float64), 0.0, 0.0
    for t, g in enumerate(gradients, 1):
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g * g
        scaled = (m / (1 - betas[0] ** t)) / (np.sqrt(v / (1 - betas[1] ** t)) + eps)
        x = x * (1 - lr * weight_decay) - lr * scaled
    return x


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"weight_decay": 0.0},
        {"betas": (0.5, 0.9), "eps": 1e-3, "weight_decay": 0.5},
        {"betas": (0.0, 0.0)},
    ],
)
@pytest.mark.parametrize("size", [1e-6, 1.0, 1e6])
def test_ten_steps_are_the_equations_for_gradients_of_any_size(options, size):
    source = np.random.default_rng(0)
    start, gradients = source.normal(size=(3, 4)), source.normal(size=(10, 3, 4)) * size
    x = Parameter(start.copy())
    optimizer = AdamW([x], lr=0.1, **options)
    for g in gradients:
        x.grad = Tensor(g.copy())
        optimizer.step()
        assert np.array_equal(x.grad.numpy(), g)
    want = by_hand(start, gradients, 0.1, **options)
    assert np.allclose(x.detach().numpy(), want, rtol=1e-10, atol=1e-12)


def test_a_zero_gradient_moves_by_decay_alone_and_gives_no_nan():
    x = Parameter([2.0, -4.0])
    optimizer = AdamW([x], lr=0.1, weight_decay=0.5)
    x.grad = Tensor(np.zeros(2, np.float32))
    optimizer.step()
    assert np.allclose(x.tolist(), [1.9, -3.8])


def test_the_first_step_is_as_long_as_the_rate_whatever_the_gradients_scale():
    x = Parameter(np.zeros(4))
    optimizer = AdamW([x], lr=0.25, weight_decay=0.0)
    x.grad = Tensor(np.array([1e-3, -1.0, 1e10, -1e20]))
    optimizer.step()
    assert np.allclose(x.tolist(), [-0.25, 0.25, -0.25, 0.25], rtol=1e-4)


def test_parameters_larger_than_a_block_and_of_odd_layout_are_stepped_alike():
    source = np.random.default_rng(1)
    start, g = source.normal(size=(300, 700)), source.normal(size=(300, 700))
    whole, turned = Parameter(start.copy()), Parameter(start.copy().T)
    for x, gradient in ((whole, g), (turned, g.T)):
        optimizer = AdamW([x], lr=0.1)
        for _ in range(2):
            x.grad = Tensor(gradient)
            optimizer.step()
    assert np.allclose(whole.tolist(), np.transpose(turned.tolist()), rtol=1e-12)
    assert np.allclose(whole.detach().numpy(), by_hand(start, [g, g], 0.1), rtol=1e-10)
