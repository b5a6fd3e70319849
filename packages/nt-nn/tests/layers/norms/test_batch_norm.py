"""BatchNorm1d, BatchNorm2d, BatchNorm3d: whose statistics count when, and who moves them."""

import copy

import numpy as np
import pytest
from nt_autograd import Tensor, batch_norm, gradcheck, no_grad, ones, tensor, zeros
from nt_nn import (
    BatchNorm1d,
    BatchNorm2d,
    BatchNorm3d,
    Buffer,
    Linear,
    Parallel,
    Parameter,
    Sequential,
)
from nt_tensor import Generator, use_device

FORMS = [
    (BatchNorm1d, (6, 3)),
    (BatchNorm1d, (4, 3, 5)),
    (BatchNorm2d, (4, 3, 5, 6)),
    (BatchNorm3d, (2, 3, 2, 3, 4)),
]
each = pytest.mark.parametrize(
    ("kind", "shape"), FORMS, ids=[f"{k.__name__} {s}" for k, s in FORMS]
)


def hostile(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape) * 1e3 + 1e4


def axes(shape):
    return (0, *range(2, len(shape)))


def wide(value, shape):
    return np.reshape(value, (-1, *(1,) * (len(shape) - 2)))


@each
def test_each_channel_comes_out_with_mean_zero_and_variance_one(kind, shape):
    y = kind(3).to("float64")(Tensor(hostile(*shape))).detach().numpy()
    assert np.abs(y.mean(axes(shape))).max() < 1e-10
    assert np.abs(y.var(axes(shape)) - 1).max() < 1e-6


@each
def test_the_running_statistics_follow_the_batches_and_stand_for_them_in_evaluation(kind, shape):
    norm = kind(3, momentum=0.3).to("float64")
    mean, var = np.zeros(3), np.ones(3)
    for seed in range(3):
        x = hostile(*shape, seed=seed)
        norm(Tensor(x))
        mean = 0.7 * mean + 0.3 * x.mean(axes(shape))
        var = 0.7 * var + 0.3 * x.var(axes(shape), ddof=1)
    np.testing.assert_allclose(norm.running_mean.numpy(), mean, rtol=1e-12)
    np.testing.assert_allclose(norm.running_var.numpy(), var, rtol=1e-12)
    assert norm.num_batches_tracked.item() == 3
    x = hostile(*shape, seed=9)
    y = norm.eval()(Tensor(x)).detach().numpy()
    right = (x - wide(mean, shape)) / np.sqrt(wide(var, shape) + 1e-5)
    np.testing.assert_allclose(y, right, rtol=1e-10)
    assert norm.num_batches_tracked.item() == 3
    np.testing.assert_allclose(norm.running_mean.numpy(), mean, rtol=1e-12)


def test_without_a_momentum_all_batches_count_the_same():
    norm = BatchNorm1d(3, momentum=None).to("float64")
    batches = [hostile(5, 3, seed=i) for i in range(4)]
    for x in batches:
        norm(Tensor(x))
    mean = np.mean([x.mean(0) for x in batches], 0)
    var = np.mean([x.var(0, ddof=1) for x in batches], 0)
    np.testing.assert_allclose(norm.running_mean.numpy(), mean, rtol=1e-12)
    np.testing.assert_allclose(norm.running_var.numpy(), var, rtol=1e-12)


def test_without_running_statistics_the_batch_counts_in_evaluation_too():
    norm, x = BatchNorm2d(3, track_running_stats=False).to("float64"), Tensor(hostile(4, 3, 2, 2))
    there = norm(x).detach().numpy()
    np.testing.assert_array_equal(norm.eval()(x).detach().numpy(), there)
    assert list(norm.state_dict()) == ["weight", "bias"]
    norm.reset_running_stats()


def test_statistics_are_forgotten():
    norm = BatchNorm1d(3)
    norm(tensor(hostile(5, 3), dtype="float32"))
    norm.reset_running_stats()
    assert norm.running_mean.tolist() == [0.0] * 3
    assert norm.running_var.tolist() == [1.0] * 3
    assert norm.num_batches_tracked.item() == 0


def test_parameters_and_buffers_are_pytorchs():
    names = ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"]
    assert list(BatchNorm2d(3).state_dict()) == names
    assert list(BatchNorm2d(3, affine=False).state_dict()) == names[2:]
    assert [n for n, _ in BatchNorm2d(3).named_parameters()] == names[:2]
    assert str(BatchNorm2d(3, dtype="float64").num_batches_tracked.dtype) == "int64"
    with use_device("cpu"):
        norm = BatchNorm1d(2, dtype="float64")
    assert {str(t.dtype) for t in (norm.weight, norm.running_var)} == {"float64"}


def test_a_copy_and_a_loaded_state_go_their_own_way():
    norm = BatchNorm1d(3)
    norm(tensor(hostile(5, 3), dtype="float32"))
    other, loaded = copy.deepcopy(norm), BatchNorm1d(3)
    loaded.load_state_dict(norm.state_dict())
    before = norm.running_mean.tolist()
    assert loaded.running_mean.tolist() == other.running_mean.tolist() == before
    assert loaded.num_batches_tracked.item() == 1
    other(tensor(hostile(5, 3, seed=1), dtype="float32"))
    loaded(tensor(hostile(5, 3, seed=1), dtype="float32"))
    assert norm.running_mean.tolist() == before
    assert loaded.running_mean.tolist() == other.running_mean.tolist() != before


@each
@pytest.mark.parametrize("training", [True, False])
def test_gradients_agree_with_finite_differences(kind, shape, training):
    norm = kind(3, track_running_stats=not training).to("float64").train(training)
    x = Tensor(np.random.default_rng(1).normal(size=shape)).requires_grad_()

    def by_parts(x, weight, bias):
        norm.weight, norm.bias = weight, bias
        return norm(x)

    weight, bias = (Parameter(np.random.default_rng(i).normal(size=3)) for i in (2, 3))
    assert gradcheck(by_parts, x, weight, bias)


def test_it_trains_on_mlx_as_on_numpy():
    pytest.importorskip("mlx.core", reason="MLX is not installed: pip install 'nt-tensor[mlx]'")
    found = []
    for device in ("cpu", "mlx"):
        with use_device(device):
            norm = BatchNorm2d(3)
            x = Tensor(Generator(0).normal((4, 3, 5, 5), mean=7.0, device=device))
            norm(x)
            norm(x * 2)
            y = norm.eval()(x)
            found.append([t.numpy() for t in (y.detach(), norm.running_mean, norm.running_var)])
            assert norm.num_batches_tracked.item() == 2
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)


def network():
    source = Generator(0)
    return Sequential(
        Linear(4, 3, generator=source, dtype="float64"),
        BatchNorm1d(3, dtype="float64"),
        Linear(3, 1, generator=source, dtype="float64"),
    )


@pytest.mark.parametrize("threads", [2, 3])
@pytest.mark.parametrize("momentum", [0.1, None])
def test_in_parallel_each_share_has_its_own_statistics_and_the_first_one_moves_the_running_ones(
    threads, momentum
):
    model, alone = network(), network()
    model[1].momentum = alone[1].momentum = momentum
    for step in range(5):
        x = np.random.default_rng(step).normal(size=(6, 4))
        with Parallel(model.parameters(), threads) as parallel:
            parallel.backward(lambda x: (model(Tensor(x)) ** 2).mean(), x)
        first, *others = np.split(x, threads)
        (alone(Tensor(first)) ** 2).mean().backward()  # this moves them
        for share in others:
            mean, var = alone[1].running_mean, alone[1].running_var
            alone[1].running_mean = alone[1].running_var = None
            (alone(Tensor(share)) ** 2).mean().backward()
            alone[1].running_mean, alone[1].running_var = mean, var
    np.testing.assert_array_equal(model[1].running_mean.numpy(), alone[1].running_mean.numpy())
    np.testing.assert_array_equal(model[1].running_var.numpy(), alone[1].running_var.numpy())
    assert model[1].num_batches_tracked.item() == 5
    for a, b in zip(model.parameters(), alone.parameters(), strict=True):
        np.testing.assert_allclose(a.grad.numpy() * threads, b.grad.numpy(), atol=1e-9)


def trained_in_parallel():
    model = network()
    with Parallel(model.parameters(), 4) as parallel:
        for step in range(10):
            batch = hostile(8, 4, seed=step)
            parallel.backward(lambda x: (model(Tensor(x)) ** 2).mean(), batch)
    return [model[1].running_mean.tolist(), model[1].running_var.tolist()]


def test_runs_in_parallel_can_be_repeated_bit_for_bit():
    first = trained_in_parallel()
    for _ in range(5):
        assert trained_in_parallel() == first


def test_frozen_statistics_are_those_of_the_op():
    norm = BatchNorm1d(2).eval()
    norm.running_mean, norm.running_var = Buffer([1.0, 2.0]), Buffer([4.0, 9.0])
    x = tensor([[3.0, 5.0]])
    with no_grad():
        right = batch_norm(x, norm.running_mean, norm.running_var, ones(2), zeros(2))
        np.testing.assert_array_equal(norm(x).numpy(), right.numpy())


def test_it_prints_its_settings():
    settings = "eps=1e-05, momentum=0.1, affine=True, track_running_stats=True"
    assert repr(BatchNorm2d(3)) == f"BatchNorm2d(3, {settings})"


def test_what_does_not_fit_is_named():
    with pytest.raises(ValueError, match=r"num_features \(0\) must be positive"):
        BatchNorm1d(0)
    with pytest.raises(ValueError, match=r"momentum \(1.5\) must lie in \[0, 1\]"):
        BatchNorm1d(2, momentum=1.5)
    with pytest.raises(ValueError, match=r"BatchNorm2d: x must be \(N, C, H, W\), not \(3, 4, 5\)"):
        BatchNorm2d(3)(ones(3, 4, 5))
    with pytest.raises(ValueError, match=r"BatchNorm1d: x \(2, 4\) has 4 channels, not 3"):
        BatchNorm1d(3)(ones(2, 4))
    norm = BatchNorm1d(3)
    with pytest.raises(ValueError, match="one value a channel has no variance"):
        norm(ones(1, 3))


@pytest.mark.goldens("norm", "batchnorm.*")
@pytest.mark.parametrize(("dtype", "limit"), [("float64", 1e-9), ("float32", 1e-5)])
def test_it_agrees_with_pytorch(golden, pytorchs, dtype, limit):
    pytorchs(golden, dtype, limit)
