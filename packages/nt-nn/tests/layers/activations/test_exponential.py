"""Exponential linear units as modules: settings go through, and PyTorch's numbers."""

import nt_nn
import pytest
from nt_autograd import celu, elu, selu, tensor
from nt_nn import CELU, ELU, SELU

X = tensor([-1e4, -1.0, -0.0, 0.5, 1e4])


def test_each_is_its_op_with_its_settings():
    assert ELU(0.5)(X).tolist() == elu(X, 0.5).tolist() != elu(X).tolist()
    assert CELU(0.5)(X).tolist() == celu(X, 0.5).tolist() != celu(X).tolist()
    assert SELU()(X).tolist() == selu(X).tolist()
    assert ELU()(X).tolist() == elu(X, 1.0).tolist()


def test_they_tell_their_settings_and_refuse_wrong_ones():
    assert [repr(m) for m in (ELU(2.0), CELU(2.0), SELU())] == [
        "ELU(alpha=2.0)",
        "CELU(alpha=2.0)",
        "SELU()",
    ]
    with pytest.raises(ValueError, match=r"alpha \(0\) must not be 0"):
        CELU(0)


@pytest.mark.goldens("activations", "elu.*|selu.*|celu")
@pytest.mark.parametrize(("dtype", "limit"), [("float64", 1e-9), ("float32", 1e-5)])
def test_they_agree_with_pytorch(golden, agree, dtype, limit):
    layer = getattr(nt_nn, golden.about["op"])(**golden.about["ctor"])
    x = golden.leaf("input.x", dtype)
    y = layer(x)
    agree(y, golden.arrays["output.0"], limit)
    (y * golden.tensor("cotangent.0", dtype)).sum().backward()
    agree(x.grad, golden.arrays["grad.input.x"], limit * 10)
