"""Hooks run around forward, in order, can change what passes, and can be taken away."""

import numpy as np
import pytest
from nt_autograd import detect_anomaly, log, sqrt, tensor
from nt_autograd.anomaly import AnomalyError
from nt_nn import Identity, Linear, Module, Sequential


def test_hooks_run_in_the_order_of_registration_and_see_what_passes():
    layer, seen = Identity(), []
    layer.register_forward_pre_hook(lambda module, args: seen.append(("before", args)))
    layer.register_forward_hook(lambda module, args, output: seen.append(("after 1", args, output)))
    layer.register_forward_hook(
        lambda module, args, output: seen.append(("after 2", module is layer))
    )
    assert layer(3) == 3
    assert seen == [("before", (3,)), ("after 1", (3,), 3), ("after 2", True)]


def test_what_a_hook_returns_replaces_arguments_or_output():
    layer = Identity()
    layer.register_forward_pre_hook(lambda module, args: args[0] * 10)
    layer.register_forward_pre_hook(lambda module, args: (args[0] + 1,))
    layer.register_forward_hook(lambda module, args, output: -output)
    assert layer(3) == -31


def test_a_removed_hook_runs_no_more_and_removing_twice_is_fine():
    layer, seen = Identity(), []
    first = layer.register_forward_hook(lambda *call: seen.append(1))
    with layer.register_forward_hook(lambda *call: seen.append(2)):
        layer(0)
    layer(0)
    first.remove()
    first.remove()
    layer(0)
    assert seen == [1, 2, 1]


def test_a_hook_may_remove_itself_while_it_runs():
    layer, seen = Identity(), []
    handle = layer.register_forward_hook(lambda *call: (seen.append(1), handle.remove())[0])
    layer.register_forward_hook(lambda *call: seen.append(2))
    layer(0)
    layer(0)
    assert seen == [1, 2, 2]


def test_hooks_of_one_module_are_not_those_of_another_and_are_no_children():
    a, b = Identity(), Identity()
    a.register_forward_hook(lambda *call: "changed")
    a.register_forward_hook(
        Linear(1, 1)
    )  # a module as a hook: it would be a child if hooks were looked through
    a.register_forward_pre_hook(lambda *call: None)
    assert b(1) == 1
    assert list(a.children()) == []


class Bad(Module):
    def forward(self, x):
        return log(x)


class Edge(Module):
    """A finite value whose derivative is not."""

    def forward(self, x):
        return sqrt(x)


class Net(Module):
    def __init__(self):
        self.blocks = [Sequential(Linear(1, 1), Identity()), Sequential(Identity(), Bad())]

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return x


@np.errstate(divide="ignore")
def test_an_anomaly_names_the_path_of_the_module_that_it_arose_in():
    net = Net()
    net.load_state_dict({"blocks.0.0.weight": tensor([[0.0]]), "blocks.0.0.bias": tensor([0.0])})
    with detect_anomaly(), pytest.raises(AnomalyError, match=r"log .* in module Net\.blocks\.1\.1"):
        net(tensor([[1.0]]))
    assert net(tensor([[1.0]])).item() == -float("inf")  # outside, nothing is watched
    with detect_anomaly(), pytest.raises(AnomalyError, match=r"in module Bad$"):
        Bad()(tensor([0.0]))


@np.errstate(divide="ignore")
def test_an_anomaly_on_the_way_back_names_the_module_that_was_passed_on_the_way_there():
    net = Sequential(Identity(), Sequential(Edge()))
    x = tensor([0.0], requires_grad=True)
    said = r"sqrt .* in module Sequential\.1\.0"
    with detect_anomaly(), pytest.raises(AnomalyError, match=said):
        net(x).sum().backward()
