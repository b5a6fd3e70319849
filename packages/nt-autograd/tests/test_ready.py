"""Leaves that are ready early: told once, with the whole gradient, before the walk ends."""

import nt_autograd as ag
import numpy as np
import pytest
from nt_autograd import Tensor, checkpoint, randn, tensor
from nt_autograd.gradients import leaf_gradients


def told(loss):
    """The leaves in the order in which they are told, and what was told of each."""
    order, gradients = [], {}

    def ready(node, g):
        assert node not in gradients, "a leaf was told twice"
        order.append(node)
        gradients[node] = np.array(g)

    found = leaf_gradients(loss, ag.ones((), dtype=loss.dtype), ready)
    assert gradients.keys() == found.keys()
    for node, g in found.items():
        assert np.array_equal(gradients[node], g), "what was told is not what was found"
    return order, gradients


def weights(n):
    return [randn(3, 3, dtype="float64", requires_grad=True) for _ in range(n)]


def test_the_last_layer_is_ready_first():
    layers = weights(4)
    x = randn(2, 3, dtype="float64")
    for w in layers:
        x = ag.tanh(x @ w)
    order, _ = told(x.sum())
    assert order == [w.node for w in reversed(layers)]


def test_a_leaf_is_told_while_the_walk_goes_on():
    first, last = weights(2)
    seen = []
    h = randn(2, 3, dtype="float64") @ first
    h.register_hook(lambda g: seen.append("h"))
    leaf_gradients(
        (h @ last).sum(), ag.ones((), dtype="float64"), lambda node, g: seen.append(node)
    )
    assert seen == [last.node, "h", first.node]


def test_a_leaf_that_is_used_early_and_late_is_told_when_it_is_whole():
    a, b = weights(2)
    x = randn(2, 3, dtype="float64")
    loss = (ag.tanh(x @ a) @ b @ a).sum()
    order, gradients = told(loss)
    assert order == [b.node, a.node]
    loss = (ag.tanh(x @ a) @ b @ a).sum()
    loss.backward()
    assert np.allclose(gradients[a.node], a.grad.numpy(), rtol=1e-14)


def test_a_leaf_used_behind_a_checkpoint_waits_for_it():
    a, b = weights(2)
    x = tensor(np.eye(3), requires_grad=True)

    def loss():
        hidden = checkpoint(lambda x: ag.tanh(x @ a), x)  # only the walk knows that a is used
        return (hidden @ b @ a).sum()

    _, gradients = told(loss())
    loss().backward()
    assert np.allclose(gradients[a.node], a.grad.numpy(), rtol=1e-14)


def test_leaves_of_one_op_are_told_one_by_one():
    w, b = randn(3, 4, requires_grad=True), randn(3, requires_grad=True)
    order, _ = told(ag.linear(randn(2, 4), w, b).sum())
    assert {*order} == {w.node, b.node}


@pytest.mark.parametrize("use", [lambda x: x, lambda x: x.sum(), lambda x: x[0, 0] + x[0, 0]])
def test_small_graphs(use):
    x = randn(1, 1, dtype="float64", requires_grad=True)
    y = use(x)
    found = {}
    leaf_gradients(y, Tensor(np.ones(y.shape)), lambda node, g: found.update({node: g}))
    assert list(found) == [x.node]
