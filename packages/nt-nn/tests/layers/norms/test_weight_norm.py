"""weight_norm: the same layer with other parameters, which learn, move, copy and load as any."""

import copy
import pickle

import numpy as np
import pytest
from nt_autograd import Tensor, gradcheck, norm, ones, tensor
from nt_nn import (
    LSTM,
    Conv2d,
    Linear,
    Parallel,
    Sequential,
    remove_weight_norm,
    spectral_norm,
    weight_norm,
)
from nt_nn.optim import SGD
from nt_tensor import Generator


def layer(dtype="float64", **options):
    return Linear(4, 3, generator=Generator(0), dtype=dtype, **options)


X = np.random.default_rng(0).normal(size=(5, 4))


@pytest.mark.parametrize("dim", [0, 1, -1, None])
def test_nothing_changes_but_the_parameters(dim):
    plain, changed = layer(), weight_norm(layer(), dim=dim)
    assert isinstance(changed, Linear)
    assert repr(changed) == repr(plain)
    there, here = plain(Tensor(X)).detach().numpy(), changed(Tensor(X)).detach().numpy()
    np.testing.assert_allclose(here, there, rtol=1e-12)
    shapes = {0: (3, 1), 1: (1, 4), -1: (1, 4), None: ()}
    assert {n: p.shape for n, p in changed.named_parameters()} == {
        "bias": (3,),
        "weight_g": shapes[dim],
        "weight_v": (3, 4),
    }


def test_the_lengths_are_g_and_the_directions_those_of_v():
    changed = weight_norm(layer())
    state = changed.state_dict()
    state["weight_g"] = np.array([[1.0], [2.0], [3.0]])
    changed.load_state_dict(state)
    w = changed.weight
    np.testing.assert_allclose(norm(w, dim=1).detach().numpy(), [1, 2, 3], rtol=1e-12)
    v = state["weight_v"].numpy()
    directions = v / np.linalg.norm(v, axis=1, keepdims=True)
    np.testing.assert_allclose(w.detach().numpy() / [[1], [2], [3]], directions, rtol=1e-12)


def test_gradients_reach_both_and_agree_with_finite_differences():
    changed = weight_norm(layer())
    g, v = changed.weight_g, changed.weight_v

    def by_parts(g, v):
        changed.weight_g, changed.weight_v = g, v
        return changed(Tensor(X))

    assert gradcheck(by_parts, g, v)
    changed = weight_norm(layer())
    changed(Tensor(X)).sum().backward()
    v = changed.weight_v
    across = (v.grad.numpy() * v.detach().numpy()).sum(1)  # a change of its length changes nothing
    np.testing.assert_allclose(across, 0, atol=1e-12)
    assert abs(changed.weight_g.grad.numpy()).min() > 0


def test_an_optimizer_s_step_is_seen_at_once():
    changed = weight_norm(layer())
    optimizer = SGD(changed.parameters(), lr=0.1)
    before = changed(Tensor(X)).detach().numpy()
    (changed(Tensor(X)) ** 2).sum().backward()
    optimizer.step()
    after = (changed.eval()(Tensor(X)) ** 2).sum().item()
    assert after < (before**2).sum()


def test_a_copy_a_pickle_and_a_loaded_state_go_their_own_way():
    changed = weight_norm(layer())
    before = changed.weight.tolist()
    loaded = weight_norm(Linear(4, 3, dtype="float64"))
    loaded.load_state_dict(changed.state_dict())
    for other in (copy.deepcopy(changed), pickle.loads(pickle.dumps(changed)), loaded):
        assert type(other) is type(changed)
        assert other.weight.tolist() == before
        other.weight_g.data[...] = 7
        assert other.weight.tolist() != before
        assert changed.weight.tolist() == before


def test_it_moves_and_freezes_as_any_other():
    model = Sequential(weight_norm(layer()))
    model.to("float32").requires_grad_(False)
    assert str(model[0].weight.dtype) == "float32"
    assert not model[0].weight.requires_grad
    assert list(model.state_dict()) == ["0.bias", "0.weight_g", "0.weight_v"]


def test_a_frozen_weight_has_frozen_parts():
    frozen = layer()
    frozen.weight.requires_grad_(False)
    assert [p.requires_grad for p in weight_norm(frozen).parameters()] == [True, False, False]


def test_a_weight_that_is_assigned_is_taken_apart():
    changed = weight_norm(layer())
    w = np.arange(12.0).reshape(3, 4) + 1
    changed.weight = Tensor(w)
    np.testing.assert_allclose(changed.weight.detach().numpy(), w, rtol=1e-12)
    assert isinstance(changed.weight_g, type(changed.weight_v))


def test_removing_it_leaves_the_weight_that_there_was():
    changed = weight_norm(weight_norm(layer()), "bias")
    there = changed(Tensor(X)).detach().numpy()
    remove_weight_norm(changed)
    np.testing.assert_allclose(changed(Tensor(X)).detach().numpy(), there, rtol=1e-12)
    remove_weight_norm(changed, "bias")
    assert type(changed) is Linear
    assert sorted(n for n, _ in changed.named_parameters()) == ["bias", "weight"]
    assert vars(changed).keys() == vars(layer()).keys()
    np.testing.assert_allclose(changed(Tensor(X)).detach().numpy(), there, rtol=1e-12)


def test_threads_share_it():
    changed = weight_norm(layer())
    (changed(Tensor(X)) ** 2).mean().backward()
    right = [p.grad.numpy() for p in changed.parameters()]
    changed.zero_grad()
    with Parallel(changed.parameters(), 5) as parallel:
        for _ in range(20):
            changed.zero_grad()
            parallel.backward(lambda x: (changed(Tensor(x)) ** 2).mean(), X)
            for p, g in zip(changed.parameters(), right, strict=True):
                np.testing.assert_allclose(p.grad.numpy(), g, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("make", "name", "shape"),
    [
        (lambda: Conv2d(3, 5, 3, generator=Generator(0)), "weight", (1, 3, 6, 6)),
        (lambda: LSTM(3, 4), "weight_hh_l0", (5, 2, 3)),
    ],
)
def test_other_layers_take_it_too(make, name, shape):
    net, x = make(), ones(*shape)
    outputs = [net(x), weight_norm(net, name)(x), remove_weight_norm(net, name)(x)]
    first, *others = [y[0] if isinstance(y, tuple) else y for y in outputs]
    for y in others:
        np.testing.assert_allclose(y.detach().numpy(), first.detach().numpy(), rtol=1e-5, atol=1e-6)


def test_it_runs_on_mlx():
    pytest.importorskip("mlx.core", reason="MLX is not installed: pip install 'nt-tensor[mlx]'")
    changed = weight_norm(layer("float32"))
    there = changed(tensor(X, dtype="float32")).detach().numpy()
    changed.to("mlx")
    here = changed(tensor(X, dtype="float32", device="mlx"))
    np.testing.assert_allclose(here.detach().numpy(), there, rtol=1e-5)
    here.sum().backward()
    assert str(changed.weight_g.grad.device) == "mlx"


def test_what_does_not_fit_is_named():
    with pytest.raises(ValueError, match="weight_norm: Linear has no parameter 'wait'"):
        weight_norm(layer(), "wait")
    with pytest.raises(ValueError, match="weight_norm: Linear has no parameter 'bias'"):
        weight_norm(layer(bias=False), "bias")
    with pytest.raises(ValueError, match="'weight' of Linear is computed already"):
        weight_norm(spectral_norm(layer()))
    with pytest.raises(IndexError, match=r"dim \(2\) is no axis of \(3, 4\)"):
        weight_norm(layer(), dim=2)
    with pytest.raises(ValueError, match="remove_weight_norm: 'weight' of Linear is not computed"):
        remove_weight_norm(layer())
    with pytest.raises(ValueError, match="remove_weight_norm: 'weight' of Linear is not computed"):
        remove_weight_norm(spectral_norm(layer()))
