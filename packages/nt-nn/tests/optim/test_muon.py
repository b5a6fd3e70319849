"""Muon: momentum through the singular value decomposition's polynomial, for matrices alone."""

import math

import numpy as np
import pytest
from nt_autograd import Tensor
from nt_nn import Linear, Parameter
from nt_nn.optim import Muon


def by_hand(
    x, gradients, lr=1e-3, weight_decay=0.1, momentum=0.95, nesterov=True, adjust_lr_fn=None
):
    b = 0.0
    for g in gradients:
        b = momentum * b + (1 - momentum) * g
        u, s, vt = np.linalg.svd(
            (1 - momentum) * g + momentum * b if nesterov else b, full_matrices=False
        )
        s = s / np.linalg.norm(s)
        for _ in range(5):
            s = 3.4445 * s - 4.7750 * s**3 + 2.0315 * s**5
        scale = math.sqrt(max(1, x.shape[0] / x.shape[1]))
        if adjust_lr_fn == "match_rms_adamw":
            scale = 0.2 * math.sqrt(max(x.shape))
        x = x * (1 - lr * weight_decay) - lr * scale * (u * s) @ vt
    return x


@pytest.mark.parametrize("shape", [(4, 4), (6, 3), (3, 6), (1, 5)])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"lr": 0.1, "nesterov": False, "weight_decay": 0.5},
        {"lr": 0.1, "momentum": 0.5, "adjust_lr_fn": "match_rms_adamw"},
        {"lr": 0.1, "momentum": 0.0, "adjust_lr_fn": "original"},
    ],
)
def test_ten_steps_are_the_equations(options, shape, follows):
    follows(lambda p: Muon(p, **options), lambda x, g: by_hand(x, g, **options), shape=shape)


def test_only_matrices_are_taken():
    layer = Linear(2, 3)
    for params in (layer.parameters(), layer.named_parameters(), [Parameter(np.ones((2, 2, 2)))]):
        with pytest.raises(ValueError, match=r"Muon takes matrices, not a parameter of shape \("):
            Muon(params)
    optimizer = Muon([layer.weight])
    with pytest.raises(ValueError, match=r"shape \(3,\)"):
        optimizer.add_param_group({"params": layer.bias})


def test_every_direction_moves_about_equally_far():
    x = Parameter(np.zeros((3, 3)))
    x.grad = Tensor(np.diag([1.0, 0.5, 0.1]))
    Muon([x], lr=1.0, weight_decay=0.0).step()
    moved = -np.diag(x.detach().numpy())
    assert (moved > 0.6).all()
    assert (moved < 1.3).all()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"ns_steps": 0}, r"ns_steps \(0\) must be at least 1"),
        ({"ns_coefficients": (1.0, 2.0)}, "ns_coefficients .* must be three"),
        ({"adjust_lr_fn": "best"}, r'adjust_lr_fn \(best\) must be "original"'),
        ({"momentum": -1.0}, "momentum"),
    ],
)
def test_options_out_of_range_are_named(options, said):
    with pytest.raises(ValueError, match=said):
        Muon([Parameter([[1.0]])], **options)
