"""Softmax and its kin as modules: the axis goes through, and PyTorch's numbers."""

import nt_nn
import numpy as np
import pytest
from nt_autograd import log_softmax, softmax, softmin, tensor
from nt_nn import GumbelSoftmax, LogSoftmax, Softmax, Softmax2d, Softmin
from nt_tensor import Generator

X = tensor(np.random.default_rng(0).standard_normal((2, 3, 4, 5)))


@pytest.mark.parametrize("dim", [0, 1, -1])
def test_each_is_its_op_along_its_axis(dim):
    for kind, op in ((Softmax, softmax), (LogSoftmax, log_softmax), (Softmin, softmin)):
        assert kind(dim)(X).tolist() == op(X, dim).tolist()
        assert repr(kind(dim)) == f"{kind.__name__}(dim={dim})"
    assert Softmax()(X).tolist() == softmax(X, -1).tolist()


def test_softmax2d_makes_the_channels_of_each_place_sum_to_one():
    for x in (X, X[0]):
        np.testing.assert_allclose(Softmax2d()(x).numpy().sum(-3), 1, rtol=1e-12)
    with pytest.raises(ValueError, match=r"x must be \(N, C, H, W\) or \(C, H, W\).*\(4, 5\)"):
        Softmax2d()(X[0, 0])


def test_gumbel_softmax_draws_anew_and_the_same_for_the_same_seed():
    layers = [GumbelSoftmax(0.5, dim=1, generator=Generator(7)) for _ in "ab"]
    first, again = (layer(X).tolist() for layer in layers)
    assert first == again != layers[0](X).tolist()
    np.testing.assert_allclose(np.sum(first, 1), 1, rtol=1e-12)
    hard = GumbelSoftmax(hard=True, dim=1)(X).numpy()
    assert set(hard.ravel().tolist()) == {0.0, 1.0}
    assert repr(GumbelSoftmax(0.5, True)) == "GumbelSoftmax(tau=0.5, hard=True, dim=-1)"
    with pytest.raises(ValueError, match=r"tau \(0\) must be positive"):
        GumbelSoftmax(0)


@pytest.mark.goldens("activations", "softmin|softmax.*|logsoftmax.*")
@pytest.mark.parametrize(("dtype", "limit"), [("float64", 1e-9), ("float32", 1e-5)])
def test_they_agree_with_pytorch(golden, agree, dtype, limit):
    layer = getattr(nt_nn, golden.about["op"])(**golden.about["ctor"])
    x = golden.leaf("input.x", dtype)
    y = layer(x)
    agree(y, golden.arrays["output.0"], limit)
    (y * golden.tensor("cotangent.0", dtype)).sum().backward()
    agree(x.grad, golden.arrays["grad.input.x"], limit * 10)
