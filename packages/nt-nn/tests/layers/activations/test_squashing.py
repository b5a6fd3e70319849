"""Squashing functions as modules: their formulas, and PyTorch's numbers."""

import nt_nn
import numpy as np
import pytest
from nt_autograd import Tensor
from nt_nn import Arctan, BinaryStep, Gaussian, Sigmoid, Softsign, Tanh

GRID = np.linspace(-6, 6, 101)


@pytest.mark.parametrize(
    ("layer", "formula"),
    [
        (Sigmoid(), lambda x: 1 / (1 + np.exp(-x))),
        (Tanh(), np.tanh),
        (Arctan(), np.arctan),
        (Softsign(), lambda x: x / (1 + np.abs(x))),
        (Gaussian(), lambda x: np.exp(-x * x)),
        (BinaryStep(), lambda x: (x >= 0).astype(float)),
    ],
)
def test_each_is_its_formula(layer, formula):
    y = layer(Tensor(GRID)).numpy()
    assert np.allclose(y, formula(GRID), rtol=1e-12, atol=1e-15)
    assert np.abs(y).max() <= np.pi / 2


@pytest.mark.goldens("activations", "sigmoid.*|tanh|tanh_extreme|softsign.*")
@pytest.mark.parametrize(("dtype", "limit"), [("float64", 1e-9), ("float32", 1e-5)])
def test_they_agree_with_pytorch(golden, agree, dtype, limit):
    layer = getattr(nt_nn, golden.about["op"])(**golden.about["ctor"])
    x = golden.leaf("input.x", dtype)
    y = layer(x)
    agree(y, golden.arrays["output.0"], limit)
    (y * golden.tensor("cotangent.0", dtype)).sum().backward()
    agree(x.grad, golden.arrays["grad.input.x"], limit * 10)
