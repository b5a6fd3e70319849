"""InstanceNorm1d, InstanceNorm2d, InstanceNorm3d: samples and channels never meet."""

import copy

import numpy as np
import pytest
from nt_autograd import Tensor, gradcheck, ones
from nt_nn import InstanceNorm1d, InstanceNorm2d, InstanceNorm3d, Parameter

FORMS = [
    (InstanceNorm1d, (4, 3, 5)),
    (InstanceNorm2d, (4, 3, 5, 6)),
    (InstanceNorm3d, (2, 3, 2, 3, 4)),
]
each = pytest.mark.parametrize(("kind", "shape"), FORMS, ids=[k.__name__ for k, _ in FORMS])


def hostile(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape) * 1e3 + 1e4


@each
def test_each_channel_of_each_sample_comes_out_with_mean_zero_and_variance_one(kind, shape):
    y = kind(3).to("float64")(Tensor(hostile(*shape))).numpy()
    places = tuple(range(2, len(shape)))
    assert np.abs(y.mean(places)).max() < 1e-10
    assert np.abs(y.var(places) - 1).max() < 1e-5


@each
@pytest.mark.parametrize("tracked", [True, False])
def test_a_sample_alone_is_a_batch_of_one(kind, shape, tracked):
    norm = kind(3, track_running_stats=tracked, affine=True).to("float64")
    x = Tensor(hostile(*shape))
    whole = norm(x).detach().numpy()
    for i in range(shape[0]):
        alone = norm(x[i])
        assert alone.shape == shape[1:]
        np.testing.assert_allclose(alone.detach().numpy(), whole[i], rtol=1e-12)


@each
def test_running_statistics_follow_the_mean_over_samples_and_stand_for_it_in_evaluation(
    kind, shape
):
    norm, x = kind(3, momentum=0.3, track_running_stats=True).to("float64"), hostile(*shape)
    places = tuple(range(2, len(shape)))
    norm(Tensor(x))
    mean = 0.3 * x.mean(places).mean(0)
    var = 0.7 + 0.3 * x.var(places, ddof=1).mean(0)
    np.testing.assert_allclose(norm.running_mean.numpy(), mean, rtol=1e-12)
    np.testing.assert_allclose(norm.running_var.numpy(), var, rtol=1e-12)
    y = norm.eval()(Tensor(x)).numpy()
    wide = (-1, *(1,) * len(places))
    right = (x - mean.reshape(wide)) / np.sqrt(var.reshape(wide) + 1e-5)
    np.testing.assert_allclose(y, right, rtol=1e-10)
    assert norm.num_batches_tracked.item() == 0  # as in PyTorch, nobody counts


@each
def test_gradients_agree_with_finite_differences(kind, shape):
    norm = kind(3, affine=True).to("float64")
    x = Tensor(np.random.default_rng(1).normal(size=shape)).requires_grad_()

    def by_parts(x, weight, bias):
        norm.weight, norm.bias = weight, bias
        return norm(x)

    weight, bias = (Parameter(np.random.default_rng(i).normal(size=3)) for i in (2, 3))
    assert gradcheck(by_parts, x, weight, bias)


def test_parameters_and_buffers_are_there_as_asked_for():
    assert list(InstanceNorm2d(3).state_dict()) == []
    assert list(InstanceNorm2d(3, affine=True).state_dict()) == ["weight", "bias"]
    tracked = InstanceNorm2d(3, track_running_stats=True)
    names = ["running_mean", "running_var", "num_batches_tracked"]
    assert list(copy.deepcopy(tracked).state_dict()) == names


def test_what_does_not_fit_is_named():
    with pytest.raises(ValueError, match=r"InstanceNorm2d: x must be .*not \(3, 4\)"):
        InstanceNorm2d(3)(ones(3, 4))
    with pytest.raises(ValueError, match=r"InstanceNorm1d: x \(4, 5\) has 4 channels, not 3"):
        InstanceNorm1d(3)(ones(4, 5))
    with pytest.raises(ValueError, match="one place a channel has no variance"):
        InstanceNorm1d(3)(ones(2, 3, 1))
    with pytest.raises(ValueError, match="num_features"):
        InstanceNorm3d(0)


@pytest.mark.goldens("norm", "instancenorm.*")
@pytest.mark.parametrize(("dtype", "limit"), [("float64", 1e-9), ("float32", 1e-5)])
def test_it_agrees_with_pytorch(golden, pytorchs, dtype, limit):
    pytorchs(golden, dtype, limit)
