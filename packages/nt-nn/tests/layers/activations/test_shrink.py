"""Shrinkage as modules: settings go through, and PyTorch's numbers."""

import nt_nn
import pytest
from nt_autograd import hardshrink, softshrink, tanhshrink, tensor
from nt_nn import Hardshrink, Softshrink, Tanhshrink

X = tensor([-1e4, -0.5, -0.25, 0.0, 0.5, 2.0])


def test_each_is_its_op_with_its_settings():
    assert Softshrink(0.25)(X).tolist() == softshrink(X, 0.25).tolist() != softshrink(X).tolist()
    assert Hardshrink(0.25)(X).tolist() == hardshrink(X, 0.25).tolist() != hardshrink(X).tolist()
    assert Softshrink()(X).tolist() == softshrink(X).tolist()
    assert Tanhshrink()(X).tolist() == tanhshrink(X).tolist()


def test_they_tell_their_settings_and_refuse_wrong_ones():
    assert repr(Softshrink(0.25)) == "Softshrink(lambd=0.25)"
    assert repr(Hardshrink(0.25)) == "Hardshrink(lambd=0.25)"
    with pytest.raises(ValueError, match=r"lambd \(-1\) must not be negative"):
        Softshrink(-1)


@pytest.mark.goldens("activations", "softshrink|hardshrink|tanhshrink")
@pytest.mark.parametrize(("dtype", "limit"), [("float64", 1e-9), ("float32", 1e-5)])
def test_they_agree_with_pytorch(golden, agree, dtype, limit):
    layer = getattr(nt_nn, golden.about["op"])(**golden.about["ctor"])
    x = golden.leaf("input.x", dtype)
    y = layer(x)
    agree(y, golden.arrays["output.0"], limit)
    (y * golden.tensor("cotangent.0", dtype)).sum().backward()
    agree(x.grad, golden.arrays["grad.input.x"], limit * 10)
