"""Gated units as modules: the axis, the halves, and PyTorch's numbers."""

import nt_nn
import numpy as np
import pytest
from nt_autograd import geglu, glu, reglu, swiglu, tensor
from nt_nn import GEGLU, GLU, Linear, ReGLU, Sequential, SwiGLU
from nt_tensor import Generator

KINDS = {GLU: glu, GEGLU: geglu, ReGLU: reglu, SwiGLU: swiglu}
X = tensor(np.random.default_rng(0).standard_normal((4, 6, 2)))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dim", [0, 1, -1])
def test_each_is_its_op_along_its_axis(kind, dim):
    assert kind(dim)(X).tolist() == KINDS[kind](X, dim=dim).tolist()
    assert kind(dim=dim).dim == dim
    assert f"dim={dim}" in repr(kind(dim))


def test_geglu_takes_both_forms_of_gelu():
    assert GEGLU(1, "tanh")(X).tolist() == geglu(X, 1, "tanh").tolist() != geglu(X, 1).tolist()
    with pytest.raises(ValueError, match=r"approximate \('erf'\) must be"):
        GEGLU(approximate="erf")


def test_a_layer_twice_as_wide_with_swiglu_is_two_layers_with_the_op():
    wide = Linear(3, 10, generator=Generator(0))
    x = tensor(np.random.default_rng(1).standard_normal((7, 3)).astype(np.float32))
    up, gate = wide.weight[:5], wide.weight[5:]
    apart = swiglu(x @ gate.T + wide.bias[5:], x @ up.T + wide.bias[:5])
    found = Sequential(wide, SwiGLU())(x)
    np.testing.assert_allclose(found.detach().numpy(), apart.detach().numpy(), atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_an_odd_axis_is_refused(kind):
    with pytest.raises(ValueError, match=r"glu halves axis 0 of x.*\(3, 2\)"):
        kind(0)(tensor(np.ones((3, 2))))


@pytest.mark.goldens("activations", "glu")
@pytest.mark.parametrize(("dtype", "limit"), [("float64", 1e-9), ("float32", 1e-5)])
def test_they_agree_with_pytorch(golden, agree, dtype, limit):
    layer = getattr(nt_nn, golden.about["op"])(**golden.about["ctor"])
    x = golden.leaf("input.x", dtype)
    y = layer(x)
    agree(y, golden.arrays["output.0"], limit)
    (y * golden.tensor("cotangent.0", dtype)).sum().backward()
    agree(x.grad, golden.arrays["grad.input.x"], limit * 10)
