"""Smooth rectifiers as modules: their formulas, and PyTorch's numbers."""

import math

import nt_nn
import numpy as np
import pytest
from nt_autograd import Tensor, softplus, tensor
from nt_nn import GELU, LogSigmoid, Mish, QuickGELU, SiLU, Softplus

GRID = np.linspace(-6, 6, 101)


def test_gelu_is_x_times_the_normal_distribution():
    x = np.concatenate([np.linspace(-8, 8, 101), [-1e4, 1e4, 0.0]])
    want = [v * 0.5 * math.erfc(-v / math.sqrt(2)) for v in x]
    assert np.allclose(GELU()(Tensor(x)).numpy(), want, rtol=1e-9, atol=1e-12)


def test_the_tanh_form_is_gpt2s_formula_and_near_the_exact_one():
    want = 0.5 * GRID * (1 + np.tanh(math.sqrt(2 / math.pi) * (GRID + 0.044715 * GRID**3)))
    got = GELU("tanh")(Tensor(GRID)).numpy()
    assert np.allclose(got, want, rtol=1e-9, atol=1e-12)
    assert 1e-5 < np.abs(got - GELU()(Tensor(GRID)).numpy()).max() < 1e-3


@pytest.mark.parametrize(
    ("layer", "formula"),
    [
        (SiLU(), lambda x: x / (1 + np.exp(-x))),
        (QuickGELU(), lambda x: x / (1 + np.exp(-1.702 * x))),
        (Mish(), lambda x: x * np.tanh(np.log1p(np.exp(x)))),
        (Softplus(), lambda x: np.log1p(np.exp(x))),
        (Softplus(2.0), lambda x: np.log1p(np.exp(2 * x)) / 2),
        (LogSigmoid(), lambda x: -np.log1p(np.exp(-x))),
    ],
)
def test_each_is_its_formula(layer, formula):
    assert np.allclose(layer(Tensor(GRID)).numpy(), formula(GRID), rtol=1e-12, atol=1e-15)


def test_they_tell_their_settings_and_refuse_wrong_ones():
    assert [repr(m) for m in (GELU("tanh"), Softplus(2.0, 5.0), Mish())] == [
        "GELU(approximate='tanh')",
        "Softplus(beta=2.0, threshold=5.0)",
        "Mish()",
    ]
    x = tensor([3.0, -3.0])
    assert Softplus(2.0, 5.0)(x).tolist() == softplus(x, 2.0, 5.0).tolist()
    assert Softplus(2.0, 5.0)(x)[0].item() == 3.0
    with pytest.raises(ValueError, match=r"approximate \('sigmoid'\)"):
        GELU("sigmoid")
    with pytest.raises(ValueError, match=r"beta \(0\) must not be 0"):
        Softplus(0)


@pytest.mark.goldens("activations", "gelu.*|silu.*|mish.*|softplus.*|logsigmoid.*")
@pytest.mark.parametrize(("dtype", "limit"), [("float64", 1e-9), ("float32", 1e-5)])
def test_they_agree_with_pytorch(golden, agree, dtype, limit):
    layer = getattr(nt_nn, golden.about["op"])(**golden.about["ctor"])
    x = golden.leaf("input.x", dtype)
    y = layer(x)
    agree(y, golden.arrays["output.0"], limit)
    (y * golden.tensor("cotangent.0", dtype)).sum().backward()
    agree(x.grad, golden.arrays["grad.input.x"], limit * 10)
