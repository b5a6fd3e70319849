"""What the tests of losses share: derivatives, PyTorch's answers, and what holds of every loss."""

import math

import nt_autograd
import numpy as np
import pytest
from nt_autograd import grad, gradcheck, gradgradcheck, tensor


@pytest.fixture
def derivatives():
    """A function: do both derivatives of `fn` agree with differences, for every reduction?"""

    def check(fn, *arrays, reductions=("mean", "sum", "none")):
        xs = [tensor(a, requires_grad=True) for a in arrays]
        for reduction in reductions:

            def loss(*xs, reduction=reduction):
                return fn(*xs, reduction=reduction)

            assert gradcheck(loss, *xs)
            assert gradgradcheck(loss, *xs)

    return check


@pytest.fixture
def reduces():
    """A function: are mean and sum those of the losses, in every dtype, and NaN and 0 of none?"""

    def check(fn, *arrays, limit=1e-5):
        for dtype, near in (("float64", 1e-12), ("float32", limit), ("float16", 2e-2)):
            xs = [tensor(a, dtype=dtype if a.dtype.kind == "f" else None) for a in arrays]
            losses = fn(*xs, reduction="none")
            assert str(losses.dtype) == dtype
            values = losses.numpy().astype(np.float64)
            for reduction, right in (("mean", values.mean()), ("sum", values.sum())):
                found = fn(*xs, reduction=reduction)
                assert found.shape == ()
                assert str(found.dtype) == dtype
                assert found.item() == pytest.approx(right, rel=near, abs=near)
            assert fn(*xs).item() == fn(*xs, reduction="mean").item()
        empty = [
            tensor(a[:0].astype(np.float32 if a.dtype.kind == "f" else a.dtype)) for a in arrays
        ]
        assert math.isnan(fn(*empty).item())
        assert fn(*empty, reduction="sum").item() == 0.0
        assert fn(*empty, reduction="none").shape[0] == 0
        with pytest.raises(ValueError, match=r"reduction must be .*'avg'"):
            fn(*xs, reduction="avg")

    return check


@pytest.fixture
def is_pytorchs(goldens):
    """A function: does the op that a case names give PyTorch's value and gradients?"""

    def check(case, family="loss"):
        about, arrays = goldens(family)[case]
        xs = {}
        for name in about["inputs"]:
            array = arrays[f"input.{name}"]
            xs[name] = tensor(array.astype(np.float64) if array.dtype.kind == "f" else array)
            xs[name].requires_grad_(name in about["grad_inputs"])
        named = {k: xs.pop(k) for k in ("weight", "pos_weight") if k in xs}
        y = getattr(nt_autograd, about["op"])(*xs.values(), **named, **about["kwargs"])
        np.testing.assert_allclose(y.detach().numpy(), arrays["output.0"], rtol=1e-9, atol=1e-12)
        leaves = [xs[name] for name in about["grad_inputs"]]
        found = grad(y, leaves, tensor(arrays["cotangent.0"].astype(np.float64)))
        for name, g in zip(about["grad_inputs"], found, strict=True):
            right = arrays[f"grad.input.{name}"]
            np.testing.assert_allclose(g.numpy(), right, rtol=1e-9, atol=1e-12)

    return check
