"""A checkpointed module computes the same and keeps less."""

import tracemalloc

import nt_autograd as ag
import numpy as np
import pytest
from nt_autograd import ones, randn
from nt_nn import GELU, ActivationCheckpoint, Dropout, Linear, Sequential
from nt_tensor import manual_seed

WIDTH, DEPTH, BATCH = 256, 12, 512


def block():
    return Sequential(Linear(WIDTH, WIDTH), GELU(), Linear(WIDTH, WIDTH), Dropout(0.1))


def trained(net, x, seed):
    manual_seed(seed)
    net.zero_grad()
    loss = net(x).square().mean()
    loss.backward()
    return loss.item(), [p.grad.numpy() for p in net.parameters()]


def test_values_gradients_and_dropout_masks_are_the_same():
    net, x = Sequential(*[block() for _ in range(3)]), randn(8, WIDTH)
    wrapped = Sequential(*[ActivationCheckpoint(each) for each in net])
    loss, gradients = trained(net, x, 3)
    again, recomputed = trained(wrapped, x, 3)
    assert loss == again
    for one, other in zip(gradients, recomputed, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_deep_stack_needs_less_than_half_of_the_memory():
    net, x = Sequential(*[block() for _ in range(DEPTH)]), randn(BATCH, WIDTH)
    wrapped = Sequential(*[ActivationCheckpoint(each) for each in net])
    peaks = []
    for each in (net, wrapped):
        trained(each, x, 0)  # kernels and gradients are made once
        tracemalloc.start()
        trained(each, x, 0)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    one_activation = BATCH * WIDTH * 4
    assert peaks[0] - peaks[1] > 2 * DEPTH * one_activation
    assert peaks[1] < peaks[0] / 2


def test_names_and_modes_are_those_of_the_module_inside():
    net = block()
    wrapped = Sequential(ActivationCheckpoint(net))
    assert list(wrapped.state_dict()) == [f"0.{name}" for name in net.state_dict()]
    Sequential(block()).load_state_dict(wrapped.state_dict())
    wrapped.eval()
    assert not net.training
    assert not net[3].training
    assert not wrapped[0].training
    wrapped.train()
    assert net[3].training
    assert "ActivationCheckpoint" in repr(wrapped)


def test_keyword_tensors_get_gradients_too():
    class Scale(Linear):
        def forward(self, x, by=None):
            return super().forward(x) * by

    by = ag.tensor(2.0, requires_grad=True)
    ActivationCheckpoint(Scale(2, 2))(ones(1, 2), by=by).sum().backward()
    assert by.grad is not None


def test_only_modules_are_wrapped():
    with pytest.raises(TypeError, match="module must be a Module, not function"):
        ActivationCheckpoint(lambda x: x)
