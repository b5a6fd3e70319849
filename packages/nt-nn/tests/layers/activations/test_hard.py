"""Straight lines as modules: settings go through, and PyTorch's numbers."""

import nt_nn
import pytest
from nt_autograd import hardsigmoid, hardswish, hardtanh, tensor
from nt_nn import Hardsigmoid, Hardswish, Hardtanh

X = tensor([-1e4, -3.0, -1.0, 0.0, 0.5, 3.0, 1e4])


def test_each_is_its_op_with_its_settings():
    assert Hardtanh(-2.0, 0.25)(X).tolist() == hardtanh(X, -2.0, 0.25).tolist()
    assert Hardtanh()(X).tolist() == [-1, -1, -1, 0, 0.5, 1, 1]
    assert Hardsigmoid()(X).tolist() == hardsigmoid(X).tolist()
    assert Hardswish()(X).tolist() == hardswish(X).tolist()


def test_they_tell_their_settings_and_refuse_wrong_ones():
    assert repr(Hardtanh(0.0, 6.0)) == "Hardtanh(min_val=0.0, max_val=6.0)"
    with pytest.raises(ValueError, match=r"min_val \(1.0\) must be below max_val \(1.0\)"):
        Hardtanh(1.0, 1.0)


@pytest.mark.goldens("activations", "hardsigmoid")
def test_hardsigmoid_agrees_but_for_the_sixth_that_pytorch_rounds_to_float32(golden, agree):
    x = golden.leaf("input.x")
    y = Hardsigmoid()(x)
    agree(y, golden.arrays["output.0"], 1e-9)
    (y * golden.tensor("cotangent.0")).sum().backward()
    agree(x.grad, golden.arrays["grad.input.x"], 4e-8)


@pytest.mark.goldens("activations", "hardtanh|hardswish")
@pytest.mark.parametrize(("dtype", "limit"), [("float64", 1e-9), ("float32", 1e-5)])
def test_they_agree_with_pytorch(golden, agree, dtype, limit):
    layer = getattr(nt_nn, golden.about["op"])(**golden.about["ctor"])
    x = golden.leaf("input.x", dtype)
    y = layer(x)
    agree(y, golden.arrays["output.0"], limit)
    (y * golden.tensor("cotangent.0", dtype)).sum().backward()
    agree(x.grad, golden.arrays["grad.input.x"], limit * 10)
