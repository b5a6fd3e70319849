"""spectral_norm: the largest singular value becomes one, by iterations in training alone."""

import copy

import numpy as np
import pytest
from nt_autograd import Tensor, gradcheck, tensor
from nt_nn import (
    ConvTranspose2d,
    Linear,
    Module,
    Parallel,
    Parameter,
    remove_spectral_norm,
    spectral_norm,
)
from nt_tensor import Generator

X = np.random.default_rng(0).normal(size=(5, 4))


def layer(dtype="float64"):
    return Linear(4, 3, generator=Generator(0), dtype=dtype)


def changed(dtype="float64", **options):
    return spectral_norm(layer(dtype), generator=Generator(1), **options)


class Kernel(Module):
    """Something with a weight of four axes."""

    def __init__(self, *shape):
        self.weight = Parameter(np.random.default_rng(0).normal(size=shape))

    def forward(self):
        return self.weight


@pytest.mark.parametrize(("dim", "front"), [(None, 0), (0, 0), (1, 1), (-1, 3)])
def test_the_largest_singular_value_becomes_one(dim, front):
    net = spectral_norm(Kernel(4, 3, 2, 2), n_power_iterations=200, dim=dim)
    matrix = np.moveaxis(net().detach().numpy(), front, 0).reshape(net.weight.shape[front], -1)
    assert np.linalg.svd(matrix, compute_uv=False)[0] == pytest.approx(1, abs=1e-9)


def test_transposed_convolutions_have_their_outputs_along_the_second_axis():
    net = spectral_norm(ConvTranspose2d(4, 3, 2))
    assert net.weight_u.shape == (3,)
    assert net.weight_v.shape == (16,)


def test_a_weight_of_one_axis_is_divided_by_its_length():
    net = spectral_norm(layer(), "bias")
    b = net.bias_orig.detach().numpy()
    np.testing.assert_allclose(net.bias.detach().numpy(), b / np.linalg.norm(b), rtol=1e-12)
    assert sorted(net.state_dict()) == ["bias_orig", "weight"]


def test_it_iterates_in_training_and_rests_in_evaluation():
    net, plain = changed(n_power_iterations=2), layer().weight.detach().numpy()
    u, v = net.weight_u.numpy().copy(), net.weight_v.numpy().copy()
    for _ in range(2):
        u = plain @ v / np.linalg.norm(plain @ v)
        v = plain.T @ u / np.linalg.norm(plain.T @ u)
    there = net(Tensor(X)).detach().numpy()
    np.testing.assert_allclose(net.weight_u.numpy(), u, rtol=1e-9)
    np.testing.assert_allclose(net.weight_v.numpy(), v, rtol=1e-9)
    bias = net.bias.detach().numpy()
    np.testing.assert_allclose(there, X @ plain.T / (u @ plain @ v) + bias, rtol=1e-9)
    before = net.weight_u.tolist(), net.weight_v.tolist()
    net.eval()(Tensor(X))
    assert (net.weight_u.tolist(), net.weight_v.tolist()) == before


def test_gradients_agree_with_finite_differences_where_u_and_v_stand_still():
    net = changed().eval()

    def by_parts(weight):
        net.weight_orig = weight
        return net(Tensor(X))

    assert gradcheck(by_parts, net.weight_orig)


def test_two_forwards_before_one_backward_each_keep_their_vectors():
    net = changed()
    loss = net(Tensor(X)).sum() - (net(Tensor(X * 2)) ** 2).sum()
    loss.backward()
    assert np.isfinite(net.weight_orig.grad.numpy()).all()


def test_a_copy_and_a_loaded_state_go_their_own_way():
    net = changed()
    loaded = spectral_norm(Linear(4, 3, dtype="float64"))
    loaded.load_state_dict(net.state_dict())
    before = net.weight_u.tolist()
    for other in (copy.deepcopy(net), loaded):
        assert other.eval().weight.tolist() == copy.deepcopy(net).eval().weight.tolist()
        other.train()(Tensor(X))
        assert net.weight_u.tolist() == before


def test_names_are_those_of_published_checkpoints():
    net = changed()
    assert sorted(net.state_dict()) == ["bias", "weight_orig", "weight_u", "weight_v"]
    assert [n for n, _ in net.named_parameters()] == ["bias", "weight_orig"]
    assert str(net.to("float32").weight.dtype) == "float32"


def test_removing_it_leaves_the_weight_that_there_was():
    net = changed().eval()
    there = net(Tensor(X)).detach().numpy()
    remove_spectral_norm(net)
    assert type(net) is Linear
    np.testing.assert_array_equal(net(Tensor(X)).detach().numpy(), there)
    assert sorted(net.state_dict()) == ["bias", "weight"]


def test_in_parallel_one_share_iterates():
    net, alone = changed(), changed()
    alone(Tensor(X))
    with Parallel(net.parameters(), 5) as parallel:
        parallel.backward(lambda x: net(Tensor(x)).mean(), X)
    np.testing.assert_array_equal(net.weight_u.numpy(), alone.weight_u.numpy())
    np.testing.assert_array_equal(net.weight_v.numpy(), alone.weight_v.numpy())


def test_it_runs_on_mlx_as_on_numpy():
    pytest.importorskip("mlx.core", reason="MLX is not installed: pip install 'nt-tensor[mlx]'")
    found = []
    for device in ("cpu", "mlx"):
        net = changed("float32").to(device)
        y = net(tensor(X, dtype="float32", device=device))
        y.sum().backward()
        found.append([t.numpy() for t in (y.detach(), net.weight_u, net.weight_orig.grad)])
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


def test_what_does_not_fit_is_named():
    with pytest.raises(ValueError, match=r"n_power_iterations \(0\) must be positive"):
        changed(n_power_iterations=0)
    with pytest.raises(ValueError, match="Linear has no parameter 'wait'"):
        changed(name="wait")
    with pytest.raises(IndexError, match=r"dim \(2\) is no axis of weight \(3, 4\)"):
        changed(dim=2)
    with pytest.raises(ValueError, match="'weight' of Linear is computed already"):
        spectral_norm(changed())
    with pytest.raises(ValueError, match="remove_spectral_norm: 'weight' of Linear is not"):
        remove_spectral_norm(layer())
