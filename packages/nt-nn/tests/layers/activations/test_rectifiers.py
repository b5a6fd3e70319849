"""Rectifiers as modules: settings go through, and PyTorch's numbers."""

import nt_nn
import pytest
from nt_autograd import leaky_relu, tensor
from nt_nn import LeakyReLU, ReLU, ReLU6, Threshold

X = tensor([-1e30, -1.0, -0.0, 0.0, 6.0, 7.0, 1e30])


def test_each_is_its_op_with_its_settings():
    assert ReLU()(X).tolist() == [0, 0, 0, 0, 6, 7, tensor(1e30).item()]
    assert ReLU6()(X).tolist() == [0, 0, 0, 0, 6, 6, 6]
    assert LeakyReLU(0.5)(X).tolist() == leaky_relu(X, 0.5).tolist()
    assert LeakyReLU()(X).tolist() == leaky_relu(X, 0.01).tolist()
    assert Threshold(6.0, -1.0)(X)[:6].tolist() == [-1, -1, -1, -1, -1, 7]


def test_they_tell_their_settings():
    assert [repr(m) for m in (ReLU(), LeakyReLU(0.2), Threshold(0.1, 20.0))] == [
        "ReLU()",
        "LeakyReLU(negative_slope=0.2)",
        "Threshold(threshold=0.1, value=20.0)",
    ]


@pytest.mark.goldens("activations", "relu|relu6|leakyrelu|threshold")
@pytest.mark.parametrize(("dtype", "limit"), [("float64", 1e-9), ("float32", 1e-5)])
def test_they_agree_with_pytorch(golden, agree, dtype, limit):
    layer = getattr(nt_nn, golden.about["op"])(**golden.about["ctor"])
    x = golden.leaf("input.x", dtype)
    y = layer(x)
    agree(y, golden.arrays["output.0"], limit)
    (y * golden.tensor("cotangent.0", dtype)).sum().backward()
    agree(x.grad, golden.arrays["grad.input.x"], limit * 10)
