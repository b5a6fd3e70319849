"""What a module finds in its attributes, and what it does with all of it."""

import copy
import pickle
import time
from dataclasses import dataclass

import numpy as np
import pytest
from nt_autograd import Tensor, tensor
from nt_nn import (
    GELU,
    Buffer,
    Dropout,
    Embedding,
    Identity,
    Linear,
    Module,
    ModuleDict,
    ModuleList,
    Parameter,
    Sequential,
)


class Net(Module):
    """Every place that a parameter can hang in, in an order that is not alphabetic."""

    def __init__(self):
        self.scale = Parameter([1.0])
        self.blocks = [Linear(2, 2), (Linear(2, 2, bias=False), {"deep": Parameter([2.0])})]
        self.by_name = {"z": Identity(), "a": Linear(2, 1)}
        self.steps = Buffer(0)
        self.scratch = Buffer([0.0], persistent=False)
        self.plain = tensor([5.0])
        self.words = ["no", None, 3, {"x": 1.0}]

    def forward(self, x):
        return self.by_name["a"](self.blocks[1][0](self.blocks[0](x))) * self.scale


NAMES = [
    "scale",
    "blocks.1.1.deep",
    "blocks.0.weight",
    "blocks.0.bias",
    "blocks.1.0.weight",
    "by_name.a.weight",
    "by_name.a.bias",
]


def names(pairs):
    return [name for name, _ in pairs]


def test_parameters_are_found_in_attributes_lists_tuples_and_dicts_without_registration():
    assert names(Net().named_parameters()) == NAMES
    assert names(Net().named_buffers()) == ["steps", "scratch"]
    assert names(Net().named_children()) == ["blocks.0", "blocks.1.0", "by_name.z", "by_name.a"]
    assert names(Net().named_modules("net"))[:2] == ["net", "net.blocks.0"]
    assert names(Net().named_parameters(recurse=False)) == NAMES[:2]
    assert len(list(Net().parameters())) == len(NAMES)


def test_what_is_set_later_belongs_too_and_what_is_deleted_does_not():
    net = Net()
    net.late = Linear(1, 1)
    del net.by_name["a"]
    net.blocks.append(Parameter([1.0]))
    found = names(net.named_parameters())
    assert "late.weight" in found
    assert "blocks.2" in found
    assert "by_name.a.weight" not in found


def test_a_shared_parameter_and_a_shared_module_are_listed_once_under_their_first_name():
    net = Net()
    net.tied = Linear(2, 2, bias=False)
    net.tied.weight = net.blocks[0].weight
    net.again = net.blocks[0]
    assert names(net.named_parameters()) == NAMES
    assert names(net.named_modules()).count("again") == 0
    assert list(net.state_dict()) == [*NAMES[:2], "steps", *NAMES[2:]]


def test_modules_that_refer_to_each_other_in_a_circle_are_walked_once():
    child, parent = Linear(1, 1), Module()
    parent.child, child.parent = child, [parent]
    parent.knot = [child]
    parent.knot.append(parent.knot)
    assert names(parent.named_parameters()) == ["child.weight", "child.bias"]
    assert len(list(parent.modules())) == 2


def test_a_subclass_needs_no_base_init():
    class Bare(Module):
        def forward(self, x):
            return x + 1

    assert Bare()(1) == 2
    assert Bare().training


def test_a_dataclass_is_a_module_like_any_other():
    @dataclass
    class Pair(Module):
        first: Linear
        second: Linear
        scale: float = 2.0

        def forward(self, x):
            return self.second(self.first(x)) * self.scale

    layer = Linear(2, 2)
    pair = Pair(layer, layer)
    assert names(pair.named_parameters()) == ["first.weight", "first.bias"]
    assert pair(tensor([1.0, 2.0])).shape == (2,)
    assert pair.eval().training is False


def test_a_module_without_forward_says_so():
    with pytest.raises(NotImplementedError, match="Net2 defines no forward"):
        type("Net2", (Module,), {})()(1)


def test_state_dict_shares_memory_and_load_state_dict_brings_it_back():
    net, other = Net(), Net()
    state = net.state_dict()
    assert not any(value.requires_grad for value in state.values())
    assert np.shares_memory(state["scale"].data, net.scale.data)
    result = other.load_state_dict(state)
    assert result == ([], [])
    for name, value in other.state_dict().items():
        assert np.array_equal(value.numpy(), state[name].numpy()), name
        assert not np.shares_memory(value.data, state[name].data), name


def test_load_state_dict_keeps_the_parameters_their_gradient_wish_and_their_dtype():
    net = Linear(2, 1).to("float64")
    weight = net.weight
    net.load_state_dict({"weight": np.float32([[1, 2]]), "bias": tensor([3.0])})
    assert net.weight is weight
    assert weight.requires_grad
    assert weight.tolist() == [[1.0, 2.0]]
    assert str(weight.dtype) == "float64"


def test_strict_loading_lists_all_that_is_wrong_at_once_and_changes_nothing():
    net = Net()
    before = {name: value.numpy().copy() for name, value in net.state_dict().items()}
    state = {name: value.detach() * 0 + 7 for name, value in before_tensors(before).items()}
    del state["scale"], state["by_name.a.bias"]
    state["blocks.0.weight"] = tensor([[1.0, 2.0, 3.0]])
    state["steps"] = tensor(0.5)
    state["h.0.weight"] = tensor([1.0])
    state["h.1.weight"] = tensor([1.0])
    with pytest.raises(ValueError, match="cannot load") as caught:
        net.load_state_dict(state)
    said = str(caught.value)
    assert said == (
        "Net cannot load this state: missing: scale, by_name.a.bias; "
        "unexpected: h.0.weight, h.1.weight; "
        "misshapen: blocks.0.weight is (1, 3), not (2, 2); mistyped: steps is float32, not int64"
    )
    for name, value in net.state_dict().items():
        assert np.array_equal(value.numpy(), before[name]), name


def before_tensors(arrays):
    return {name: Tensor(value) for name, value in arrays.items()}


def test_loose_loading_takes_what_fits_and_reports_the_rest():
    net = Linear(2, 1)
    missing, unexpected = net.load_state_dict(
        {"bias": tensor([9.0]), "x": tensor([1.0])}, strict=False
    )
    assert (missing, unexpected) == (["weight"], ["x"])
    assert net.bias.item() == 9.0
    with pytest.raises(ValueError, match=r"misshapen: bias is \(2,\), not \(1,\)"):
        net.load_state_dict({"bias": tensor([9.0, 1.0])}, strict=False)


def test_two_tensors_under_one_name_are_refused():
    net = Module()
    net.a = {"b.c": Parameter([1.0]), "b": {"c": Parameter([2.0])}}
    with pytest.raises(ValueError, match=r"two tensors named 'a\.b\.c'"):
        net.state_dict()


def test_train_and_eval_reach_every_module_and_return_the_root():
    net = Sequential(Dropout(0.5), ModuleList([Dropout(0.5)]), ModuleDict({"x": Dropout(0.1)}))
    assert net.eval() is net
    assert not any(module.training for module in net.modules())
    net.train()
    assert all(module.training for module in net.modules())
    assert Module.training is True


def test_apply_visits_children_before_parents_once_each():
    seen = []
    net = Sequential(Linear(1, 1), Sequential(GELU()))
    net.apply(lambda module: seen.append(type(module).__name__))
    assert seen == ["Linear", "GELU", "Sequential", "Sequential"]


def test_freezing_and_dropping_gradients_reach_all_parameters():
    net = Net()
    x = tensor([[1.0, 2.0]])
    net(x).sum().backward()
    assert net.scale.grad is not None
    net.zero_grad(set_to_none=False)
    assert net.scale.grad.tolist() == [0.0]
    net.zero_grad()
    assert all(p.grad is None for p in net.parameters())
    net.requires_grad_(False)
    assert not net(x).requires_grad
    assert net.requires_grad_()(x).requires_grad


def test_to_casts_floats_alone_and_moves_gradients_along():
    net = Net()
    net(tensor([[1.0, 2.0]])).sum().backward()
    scale = net.scale
    assert net.to("float64") is net
    assert net.scale is scale
    assert {str(p.dtype) for p in net.parameters()} == {"float64"}
    assert str(net.scale.grad.dtype) == "float64"
    assert str(net.steps.dtype) == "int64"
    net.to(dtype="float32", device="cpu")
    assert str(net.scale.dtype) == "float32"
    with pytest.raises(TypeError, match="int32 is none of them"):
        net.to(dtype="int32")


def test_a_deep_copy_and_a_pickle_are_equal_but_apart_and_keep_what_is_tied():
    net = Sequential(Linear(3, 3), Linear(3, 3, bias=False))
    net[1].weight = net[0].weight
    net[0].bias.requires_grad_(False)
    x = tensor([[1.0, 2.0, 3.0]])
    for twin in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert twin(x).tolist() == net(x).tolist()
        assert twin[1].weight is twin[0].weight
        assert not twin[0].bias.requires_grad
        assert not np.shares_memory(twin[0].weight.data, net[0].weight.data)
        loss = (twin(x) * net(x)).sum()  # both in one graph: their leaves are different ones
        loss.backward()
        assert twin[0].weight.grad is not net[0].weight.grad


def test_a_model_prints_its_tree_with_equal_neighbours_as_one():
    net = Module()
    net.table = Embedding(5, 2, padding_idx=1)
    net.blocks = [Sequential(Linear(2, 2), GELU("tanh")) for _ in range(3)]
    net.head = Linear(2, 5, bias=False)
    assert repr(net) == (
        "Module(\n"
        "  (table): Embedding(5, 2, padding_idx=1)\n"
        "  (blocks.0-2): 3 x Sequential(\n"
        "    (0): Linear(in_features=2, out_features=2, bias=True)\n"
        "    (1): GELU(approximate='tanh')\n"
        "  )\n"
        "  (head): Linear(in_features=2, out_features=5, bias=False)\n"
        ")"
    )


def test_a_parameter_of_integers_is_refused_unless_frozen():
    with pytest.raises(TypeError, match="int64"):
        Parameter([1, 2])
    assert Parameter([1, 2], requires_grad=False).tolist() == [1, 2]


def test_an_operation_on_a_parameter_gives_a_plain_tensor():
    result = Parameter([1.0]) * 2
    assert type(result) is Tensor
    net = Module()
    net.result = result
    assert list(net.parameters()) == []


def test_a_call_without_hooks_costs_at_most_a_microsecond():
    layer = Identity()

    def seconds():
        begin = time.perf_counter()
        for _ in range(500):
            layer(1)
        return (time.perf_counter() - begin) / 500

    # So short that some of them meet nothing else on a busy machine.
    assert min(seconds() for _ in range(400)) < 1e-6
