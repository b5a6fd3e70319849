"""What all optimizers share: groups, options, names, and a state that goes on bit for bit."""

import copy
import json

import numpy as np
import pytest
from nt_autograd import Tensor, cross_entropy, tanh, tensor
from nt_nn import Linear, Module, Parameter, Sequential, clip_grad_norm_, optim
from nt_nn.optim import SGD, AdamW, Optimizer
from nt_tensor import Generator

MAKERS = [
    lambda p: SGD(p, lr=0.1),
    lambda p: SGD(p, lr=0.1, momentum=0.9, nesterov=True),
    lambda p: AdamW(p, lr=0.01),
]


def net(seed=0):
    return Sequential(
        Linear(3, 5, generator=Generator(seed)), Linear(5, 2, generator=Generator(seed + 1))
    )


def train(model, optimizer, steps, seed=0):
    source = Generator(seed)
    for _ in range(steps):
        x, y = Tensor(source.normal((4, 3))), Tensor(source.integers(0, 2, (4,)))
        loss = cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def flat(model):
    return np.concatenate([p.detach().numpy().reshape(-1) for p in model.parameters()])


@pytest.mark.parametrize("make", MAKERS)
def test_a_saved_and_loaded_optimizer_goes_on_bit_for_bit(make):
    whole = net()
    optimizer = make(whole.named_parameters())
    train(whole, optimizer, 3)
    weights = {n: v.numpy().copy() for n, v in whole.state_dict().items()}
    state = copy.deepcopy(optimizer.state_dict())
    state["param_groups"] = json.loads(json.dumps(state["param_groups"]))
    train(whole, optimizer, 4, seed=1)
    again = net(seed=50)
    resumed = make(again.named_parameters())
    again.load_state_dict(weights)
    resumed.load_state_dict(state)
    train(again, resumed, 4, seed=1)
    assert np.array_equal(flat(again), flat(whole))


def test_a_loaded_state_is_a_copy_on_step_not_a_view_of_what_was_saved():
    model = net()
    optimizer = AdamW(model.named_parameters())
    train(model, optimizer, 1)
    saved = copy.deepcopy(optimizer.state_dict())
    kept = copy.deepcopy(saved)
    optimizer.load_state_dict(saved)
    train(model, optimizer, 2)
    for name, values in kept["state"].items():
        assert np.array_equal(saved["state"][name]["exp_avg"], values["exp_avg"])
        assert saved["state"][name]["step"] == values["step"] == 1


def test_names_are_the_models_or_positions_and_order_does_not_matter_with_names():
    model = net()
    assert AdamW(model.parameters()).state_dict()["param_groups"][0]["params"] == [
        "0",
        "1",
        "2",
        "3",
    ]
    optimizer = AdamW(model.named_parameters())
    train(model, optimizer, 2)
    names = ["0.weight", "0.bias", "1.weight", "1.bias"]
    state = optimizer.state_dict()
    assert state["param_groups"][0]["params"] == names
    assert list(state["state"]) == names
    turned = AdamW(list(model.named_parameters())[::-1])
    turned.load_state_dict(state)
    assert turned.state[model[0].bias]["step"] == 2
    assert np.array_equal(
        turned.state[model[0].bias]["exp_avg"], state["state"]["0.bias"]["exp_avg"]
    )


def test_groups_have_their_own_options_and_can_be_added_later():
    a, b, c = (Parameter([1.0]) for _ in range(3))
    optimizer = SGD([{"params": [a]}, {"params": b, "lr": 0.5}], lr=0.1)
    optimizer.add_param_group({"params": [("c", c)], "lr": 0.0})
    for x in (a, b, c):
        x.grad = Tensor(np.float32([1.0]))
    optimizer.step()
    assert np.allclose([a.item(), b.item(), c.item()], [0.9, 0.5, 1.0])
    optimizer.param_groups[2]["lr"] = 1.0
    optimizer.step()
    assert c.item() == 0.0
    assert optimizer.state_dict()["param_groups"][2]["params"] == ["c"]
    assert "group 1: 1 parameters, " in repr(optimizer)
    assert "lr=0.5" in repr(optimizer)


def test_parameters_without_a_gradient_are_passed_over_and_keep_no_state():
    a, b = Parameter([1.0]), Parameter([1.0])
    optimizer = AdamW([a, b])
    a.grad = Tensor(np.float32([1.0]))
    optimizer.step()
    assert b.item() == 1.0
    assert list(optimizer.state) == [a]
    AdamW([a, b]).step()  # without any gradient nothing happens


def test_zero_grad_drops_or_fills():
    a = Parameter([1.0])
    optimizer = SGD([a])
    a.grad = Tensor(np.float32([np.inf]))
    optimizer.zero_grad(set_to_none=False)
    assert a.grad.tolist() == [0.0]
    optimizer.zero_grad()
    assert a.grad is None


@pytest.mark.parametrize("make", MAKERS)
def test_a_step_records_nothing_and_keeps_the_parameter_a_leaf(make):
    model = net()
    weight = model[0].weight
    optimizer = make(model.parameters())
    train(model, optimizer, 2)
    assert model[0].weight is weight
    assert weight.is_leaf
    assert weight.requires_grad
    assert str(weight.dtype) == "float32"


def test_a_backward_through_values_that_a_step_has_overwritten_is_refused():
    x = Parameter([3.0])
    optimizer = SGD([x], lr=0.1)
    loss = (x * x).sum()
    loss.backward(retain_graph=True)
    optimizer.step()
    with pytest.raises(RuntimeError, match="overwritten in place"):
        loss.backward()


def test_every_step_is_noticed_however_often_memory_is_used_again():
    for _ in range(50):  # arrays come and go, and new ones take the places of old ones
        x = Parameter(np.ones(5, np.float32))
        optimizer = SGD([x], lr=0.1)
        for _ in range(2):
            loss = (x * x).sum()
            loss.backward(retain_graph=True)
            optimizer.step()
            with pytest.raises(RuntimeError, match="overwritten in place"):
                loss.backward()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"lr": -1.0}, r"lr \(-1.0\) must not be negative"),
        ({"lr": float("nan")}, r"lr \(nan\)"),
        ({"betas": (0.9, 1.0)}, r"betas \(\(0.9, 1.0\)\)"),
        ({"betas": (0.9,)}, "two numbers"),
        ({"eps": -1e-8}, "eps"),
        ({"weight_decay": -0.1}, "weight_decay"),
    ],
)
def test_options_out_of_range_are_named(options, said):
    with pytest.raises(ValueError, match=said):
        AdamW([Parameter([1.0])], **options)


def test_parameters_that_cannot_be_optimized_are_named():
    a = Parameter([1.0])
    for build, kind, said in [
        (lambda: SGD([]), ValueError, "got no parameters"),
        (lambda: SGD([a, a]), ValueError, "parameter 1 is given to SGD twice"),
        (lambda: SGD([("x", a), ("x", Parameter([1.0]))]), ValueError, "named x"),
        (
            lambda: SGD([("x", a)]).add_param_group({"params": [a]}),
            ValueError,
            "parameter 1 .* twice",
        ),
        (lambda: SGD([a * 2]), TypeError, "parameter 0 is the result of an op"),
        (lambda: SGD([tensor([1])]), TypeError, "must hold floating-point numbers, not int64"),
        (lambda: SGD([1.0]), TypeError, "must be a tensor, not float"),
        (
            lambda: SGD([{"params": [a], "rate": 1}]),
            ValueError,
            "no option rate; its options are .*lr",
        ),
        (lambda: SGD(a), TypeError, "params must be an iterable .* not a Parameter"),
        (lambda: SGD({"params": [a]}), TypeError, "not a dict"),
    ]:
        with pytest.raises(kind, match=said):
            build()


def test_a_group_that_is_refused_leaves_the_optimizer_as_it_was():
    a, b = Parameter([1.0]), Parameter([1.0])
    optimizer = SGD([a])
    with pytest.raises(ValueError, match="twice"):
        optimizer.add_param_group({"params": [b, a]})
    assert len(optimizer.param_groups) == 1
    optimizer.add_param_group({"params": [b]})


def test_a_state_that_does_not_fit_is_refused_with_all_that_is_wrong_and_nothing_changes():
    model = net()
    optimizer = AdamW(model.named_parameters(), lr=0.3)
    train(model, optimizer, 1)
    state = copy.deepcopy(optimizer.state_dict())
    state["state"]["0.weight"]["exp_avg"] = np.zeros((2, 2), np.float32)
    state["state"]["gone"] = {}
    state["param_groups"][0]["params"][3] = "other"
    state["param_groups"][0]["lr"] = 7.0
    state["param_groups"][0]["temperature"] = 7.0
    with pytest.raises(ValueError, match="cannot load") as caught:
        optimizer.load_state_dict(state)
    assert str(caught.value) == (
        "AdamW cannot load this state: missing in group 0: 1.bias; unexpected in group 0: other; "
        "unknown option in group 0: temperature; exp_avg of 0.weight is (2, 2), not (5, 3); "
        "unexpected state: gone"
    )
    assert optimizer.param_groups[0]["lr"] == 0.3
    assert optimizer.state[model[0].weight]["exp_avg"].shape == (5, 3)
    for wrong in ({}, {"state": {}, "param_groups": []}):
        with pytest.raises(ValueError, match="cannot load this state"):
            optimizer.load_state_dict(wrong)


def test_an_optimizer_of_ones_own_is_one_method():
    class SignDescent(Optimizer):
        def __init__(self, params, lr):
            super().__init__(params, {"lr": lr})

        def update(self, param, grad, state, group):
            state["count"] = state.get("count", 0) + 1
            return param - group["lr"] * ((grad > 0) * 2.0 - 1.0)

    x = Parameter(np.array([3.0, -3.0]))
    optimizer = SignDescent([x], lr=0.5)
    (x * x).sum().backward()
    optimizer.step()
    assert x.tolist() == [2.5, -2.5]
    assert optimizer.state[x]["count"] == 1
    bare = Optimizer([x], {})
    with pytest.raises(NotImplementedError, match="Optimizer defines no update"):
        bare.step()


class Mlp(Module):
    def __init__(self, golden, dtype):
        self.up = Linear(5, 7).to(dtype)
        self.down = Linear(7, 3).to(dtype)
        arrays = golden.starting("param.")
        names = {
            "up.weight": "0.weight",
            "up.bias": "0.bias",
            "down.weight": "2.weight",
            "down.bias": "2.bias",
        }
        self.load_state_dict({ours: arrays[theirs] for ours, theirs in names.items()})

    def forward(self, x):
        return self.down(tanh(self.up(x)))


@pytest.mark.goldens("optim", "mlp_.*")
@pytest.mark.parametrize(("dtype", "limit"), [("float64", 1e-9), ("float32", 1e-3)])
def test_thirty_steps_of_a_clipped_training_agree_with_pytorch(golden, agree, dtype, limit):
    model = Mlp(golden, dtype)
    optimizer = getattr(optim, golden.about["op"])(model.parameters(), **golden.about["ctor"])
    x, y = golden.tensor("input.x", dtype), golden.tensor("input.y", "int64")
    losses, norms = [], []
    for _ in range(golden.about["steps"]):
        loss = cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        norms.append(clip_grad_norm_(model.parameters(), golden.about["clip_grad_norm"]).item())
        losses.append(loss.item())
        optimizer.step()
    agree(losses, golden.arrays["losses"], limit)
    agree(norms, golden.arrays["grad_norms"], limit)
    agree(model.down.weight, golden.arrays["param_after.2.weight"], limit)
