"""The activation modules: the functions' own laws, and PyTorch's numbers."""

import math

import numpy as np
import pytest
from nt_autograd import Tensor, tensor
from nt_nn import GELU, Identity, ReLU, Sequential


def test_gelu_is_x_times_the_normal_distribution():
    x = np.concatenate([np.linspace(-8, 8, 101), [-1e4, 1e4, 0.0]])
    want = [v * 0.5 * math.erfc(-v / math.sqrt(2)) for v in x]
    assert np.allclose(GELU()(Tensor(x)).numpy(), want, rtol=1e-9, atol=1e-12)


def test_the_tanh_form_is_gpt2s_formula_and_near_the_exact_one():
    x = np.linspace(-6, 6, 101)
    want = 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
    got = GELU("tanh")(Tensor(x)).numpy()
    assert np.allclose(got, want, rtol=1e-9, atol=1e-12)
    assert 1e-5 < np.abs(got - GELU()(Tensor(x)).numpy()).max() < 1e-3


def test_relu_keeps_the_positive_part_and_identity_everything():
    x = tensor([-1e30, -0.0, 0.0, 1e30])
    assert ReLU()(x).tolist() == [0.0, 0.0, 0.0, tensor(1e30).item()]
    assert Identity()(x) is x
    assert Sequential()(x) is x


def test_another_approximation_is_refused():
    with pytest.raises(ValueError, match=r"approximate \('sigmoid'\)"):
        GELU("sigmoid")


@pytest.mark.goldens("activations", "gelu.*|relu")
def test_they_agree_with_pytorch(golden, agree):
    kinds = {"GELU": GELU, "ReLU": ReLU}
    for dtype, limit in (("float64", 1e-9), ("float32", 1e-5)):
        x = golden.leaf("input.x", dtype)
        y = kinds[golden.about["op"]](**golden.about["ctor"])(x)
        agree(y, golden.arrays["output.0"], limit)
        (y * golden.tensor("cotangent.0", dtype)).sum().backward()
        agree(x.grad, golden.arrays["grad.input.x"], limit * 10)
