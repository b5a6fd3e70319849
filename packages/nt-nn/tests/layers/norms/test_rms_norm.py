"""RMSNorm: unit root mean square whatever comes in, and PyTorch's numbers."""

import numpy as np
import pytest
from nt_autograd import Tensor, gradcheck, tensor
from nt_nn import Parameter, RMSNorm


def hostile(*shape):
    return np.random.default_rng(0).normal(size=shape) * 1e3 + 1e4


@pytest.mark.parametrize("shape", [16, (5, 16)])
def test_each_vector_comes_out_with_root_mean_square_one(shape):
    y = RMSNorm(shape).to("float64")(Tensor(hostile(3, 5, 16))).detach().numpy()
    mean_squares = (y**2).mean(-1 if shape == 16 else (-2, -1))
    assert np.abs(mean_squares - 1).max() < 1e-12


def test_a_stretch_of_the_input_changes_nothing():
    norm, x = RMSNorm(8, eps=0.0).to("float64"), hostile(4, 8)
    want = norm(Tensor(x)).detach().numpy()
    np.testing.assert_allclose(norm(Tensor(x * 7e5)).detach().numpy(), want, rtol=1e-12)


def test_gradients_agree_with_finite_differences():
    norm = RMSNorm(5).to("float64")
    x = Tensor(np.random.default_rng(1).normal(size=(3, 5))).requires_grad_()

    def by_parts(x, weight):
        norm.weight = weight
        return norm(x)

    assert gradcheck(by_parts, x, Parameter(np.random.default_rng(2).normal(size=5)))


def test_parameters_are_there_as_asked_for():
    assert [n for n, _ in RMSNorm(3).named_parameters()] == ["weight"]
    assert list(RMSNorm(3, elementwise_affine=False).named_parameters()) == []
    assert repr(RMSNorm(3)) == "RMSNorm((3,), eps=None, elementwise_affine=True)"
    with pytest.raises(ValueError, match="normalized_shape"):
        RMSNorm((3, 0))
    with pytest.raises(ValueError, match=r"\(2, 4\).*\(3,\)"):
        RMSNorm(3)(tensor([[1.0] * 4] * 2))


@pytest.mark.goldens("norm", "rmsnorm.*")
@pytest.mark.parametrize(("dtype", "limit"), [("float64", 1e-9), ("float32", 1e-5)])
def test_it_agrees_with_pytorch(golden, pytorchs, dtype, limit):
    pytorchs(golden, dtype, limit)
