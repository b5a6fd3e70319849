"""Containers hold modules under names, in order, and are modules themselves."""

import pytest
from nt_autograd import tensor
from nt_nn import (
    GELU,
    Identity,
    Linear,
    Module,
    ModuleDict,
    ModuleList,
    Parameter,
    ReLU,
    Sequential,
)


def names(module):
    return [name for name, _ in module.named_parameters()]


def test_sequential_passes_from_one_to_the_next_and_names_by_position():
    net = Sequential(Linear(2, 3), ReLU(), Linear(3, 1))
    x = tensor([[1.0, -2.0]])
    assert net(x).tolist() == net[2](net[1](net[0](x))).tolist()
    assert names(net) == ["0.weight", "0.bias", "2.weight", "2.bias"]
    assert len(net) == 3
    assert [type(m) for m in net] == [Linear, ReLU, Linear]
    assert net[-1] is net[2]
    assert names(net[1:]) == ["2.weight", "2.bias"]


def test_sequential_takes_names():
    assert names(Sequential({"up": Linear(1, 2), "act": GELU()})) == ["up.weight", "up.bias"]


def test_a_list_grows_and_is_walked_in_order():
    blocks = ModuleList(Linear(1, 1) for _ in range(2))
    blocks.append(Identity())
    blocks.extend([Linear(1, 1)])
    blocks[0] = Identity()
    assert names(blocks) == ["1.weight", "1.bias", "3.weight", "3.bias"]
    assert len(blocks) == 4
    assert list(blocks)[3] is blocks[-1]
    assert [type(m) for m in blocks[2:]] == [Identity, Linear]


def test_a_dict_keeps_its_order_and_forgets_what_is_deleted():
    heads = ModuleDict({"b": Linear(1, 1)})
    heads["a"] = Linear(1, 2)
    heads["gone"] = Linear(1, 3)
    del heads["gone"]
    assert names(heads) == ["b.weight", "b.bias", "a.weight", "a.bias"]
    assert (list(heads), len(heads), "a" in heads, "gone" in heads) == (["b", "a"], 2, True, False)
    assert [name for name, _ in heads.items()] == list(heads.keys())
    assert next(iter(heads.values())) is heads["b"]


def test_a_container_with_attributes_of_its_own_keeps_them_too():
    class Scaled(Sequential):
        def __init__(self, *modules):
            super().__init__(*modules)
            self.scale = Parameter([2.0])
            self.extra = [Linear(1, 1)]

    assert names(Scaled(Linear(1, 1))) == [
        "scale",
        "0.weight",
        "0.bias",
        "extra.0.weight",
        "extra.0.bias",
    ]


@pytest.mark.parametrize(
    "build",
    [
        lambda: Sequential(Linear(1, 1), lambda x: x),
        lambda: ModuleList([Identity(), 3]),
        lambda: ModuleDict({"x": None}),
        lambda: ModuleList([Identity()]).append(Identity),
    ],
)
def test_what_is_no_module_is_refused(build):
    with pytest.raises(TypeError, match="must be a module, not"):
        build()


def test_a_container_inside_a_module_adds_its_name_in_front():
    class Net(Module):
        def __init__(self):
            self.blocks = ModuleList([Sequential(Linear(1, 1, bias=False))])

    assert names(Net()) == ["blocks.0.0.weight"]
