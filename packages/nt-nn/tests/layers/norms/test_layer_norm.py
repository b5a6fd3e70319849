"""LayerNorm: zero mean and unit variance whatever comes in, and PyTorch's numbers."""

import numpy as np
import pytest
from nt_autograd import Tensor, gradcheck, tensor
from nt_nn import LayerNorm, Parameter


def hostile(*shape):
    return np.random.default_rng(0).normal(size=shape) * 1e3 + 1e4


def test_each_vector_comes_out_with_mean_zero_and_variance_one():
    y = LayerNorm(16).to("float64")(Tensor(hostile(3, 5, 16))).detach().numpy()
    assert np.abs(y.mean(-1)).max() < 1e-10
    assert np.abs(y.var(-1) - 1).max() < 1e-6


def test_a_shift_and_a_stretch_of_the_input_change_nothing():
    norm, x = LayerNorm(8, eps=0.0).to("float64"), hostile(4, 8)
    want = norm(Tensor(x)).detach().numpy()
    assert np.allclose(norm(Tensor(x * 7 - 1e5)).detach().numpy(), want, rtol=1e-9, atol=1e-9)


def test_a_constant_vector_gives_the_bias_and_not_nan():
    norm = LayerNorm(4)
    norm.bias = Parameter([1.0, 2.0, 3.0, 4.0])
    assert norm(tensor([[1e8] * 4])).tolist() == [[1.0, 2.0, 3.0, 4.0]]


def test_several_axes_are_normalised_together():
    x = hostile(2, 3, 4)
    flat = LayerNorm(12).to("float64")(Tensor(x.reshape(2, 12))).detach().numpy()
    together = LayerNorm((3, 4)).to("float64")(Tensor(x)).detach().numpy()
    assert np.allclose(together.reshape(2, 12), flat, rtol=1e-12)


def test_gradients_agree_with_finite_differences():
    norm = LayerNorm(5).to("float64")
    x = Tensor(np.random.default_rng(1).normal(size=(3, 5))).requires_grad_()

    def by_parts(x, weight, bias):
        norm.weight, norm.bias = weight, bias
        return norm(x)

    weight, bias = (Parameter(np.random.default_rng(i).normal(size=5)) for i in (2, 3))
    assert gradcheck(by_parts, x, weight, bias)


def test_parameters_are_there_as_asked_for():
    assert [n for n, _ in LayerNorm(3).named_parameters()] == ["weight", "bias"]
    assert [n for n, _ in LayerNorm(3, bias=False).named_parameters()] == ["weight"]
    assert list(LayerNorm(3, elementwise_affine=False).named_parameters()) == []
    with pytest.raises(ValueError, match="normalized_shape"):
        LayerNorm(())
    with pytest.raises(ValueError, match=r"\(2, 4\).*\(3,\)"):
        LayerNorm(3)(tensor([[1.0] * 4] * 2))


@pytest.mark.goldens("norm", "layernorm.*")
@pytest.mark.parametrize(("dtype", "limit"), [("float64", 1e-9), ("float32", 1e-5)])
def test_it_agrees_with_pytorch(golden, pytorchs, dtype, limit):
    pytorchs(golden, dtype, limit)
