"""GroupNorm: groups of channels of a sample come out alike, and PyTorch's numbers."""

import numpy as np
import pytest
from nt_autograd import Tensor, gradcheck, ones
from nt_nn import GroupNorm, InstanceNorm2d, LayerNorm, Parameter


def hostile(*shape):
    return np.random.default_rng(0).normal(size=shape) * 1e3 + 1e4


def test_each_group_comes_out_with_mean_zero_and_variance_one():
    y = GroupNorm(3, 6).to("float64")(Tensor(hostile(2, 6, 4, 5))).detach().numpy()
    groups = y.reshape(2, 3, -1)
    assert np.abs(groups.mean(2)).max() < 1e-10
    assert np.abs(groups.var(2) - 1).max() < 1e-6


def test_one_group_is_a_layer_norm_and_one_a_channel_an_instance_norm():
    x = Tensor(hostile(2, 4, 3, 3))
    plain = GroupNorm(1, 4, affine=False)(x).numpy()
    whole = LayerNorm((4, 3, 3), elementwise_affine=False)(x).numpy()
    np.testing.assert_allclose(plain, whole, rtol=1e-10)
    own = GroupNorm(4, 4, affine=False)(x).numpy()
    np.testing.assert_array_equal(own, InstanceNorm2d(4)(x).numpy())


def test_gradients_agree_with_finite_differences():
    norm = GroupNorm(2, 4).to("float64")
    x = Tensor(np.random.default_rng(1).normal(size=(2, 4, 3))).requires_grad_()

    def by_parts(x, weight, bias):
        norm.weight, norm.bias = weight, bias
        return norm(x)

    weight, bias = (Parameter(np.random.default_rng(i).normal(size=4)) for i in (2, 3))
    assert gradcheck(by_parts, x, weight, bias)


def test_parameters_are_there_as_asked_for():
    assert [n for n, _ in GroupNorm(2, 4).named_parameters()] == ["weight", "bias"]
    assert list(GroupNorm(2, 4, affine=False).parameters()) == []
    assert repr(GroupNorm(2, 4)) == "GroupNorm(2, 4, eps=1e-05, affine=True)"


def test_what_does_not_fit_is_named():
    with pytest.raises(ValueError, match=r"num_groups \(3\) must divide num_channels \(4\)"):
        GroupNorm(3, 4)
    with pytest.raises(ValueError, match=r"num_groups \(0\) must divide"):
        GroupNorm(0, 4)
    with pytest.raises(ValueError, match=r"x must be \(N, 4, …\), not \(2, 6\)"):
        GroupNorm(2, 4)(ones(2, 6))
    with pytest.raises(ValueError, match=r"x must be \(N, 4, …\), not \(4,\)"):
        GroupNorm(2, 4)(ones(4))


@pytest.mark.goldens("norm", "groupnorm.*")
@pytest.mark.parametrize(("dtype", "limit"), [("float64", 1e-9), ("float32", 1e-5)])
def test_it_agrees_with_pytorch(golden, pytorchs, dtype, limit):
    pytorchs(golden, dtype, limit)
