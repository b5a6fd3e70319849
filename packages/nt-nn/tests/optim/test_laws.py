"""Laws that hold for every optimizer, on every road."""

import copy
import json
import math

import nt_tensor
import numpy as np
import pytest
from nt_autograd import Tensor
from nt_nn import Parameter, optim

EVERY = {
    "SGD": {"lr": 0.05},
    "SGD momentum": {"lr": 0.05, "momentum": 0.9, "dampening": 0.1},
    "SGD nesterov": {"lr": 0.02, "momentum": 0.9, "nesterov": True},
    "Adam": {"lr": 0.1},
    "Adam amsgrad": {"lr": 0.1, "amsgrad": True},
    "AdamW": {"lr": 0.1, "weight_decay": 0.0},
    "NAdam": {"lr": 0.1},
    "RAdam": {"lr": 0.1},
    "Adamax": {"lr": 0.1},
    "Adagrad": {"lr": 0.5},
    "Adadelta": {"lr": 10.0, "eps": 1e-2},
    "RMSprop": {"lr": 0.02},
    "RMSprop momentum": {"lr": 0.01, "momentum": 0.5, "centered": True},
    "Rprop": {"lr": 0.1},
    "ASGD": {"lr": 0.05},
    "LAMB": {"lr": 0.02, "weight_decay": 0.0},
    "Lion": {"lr": 0.02},
    "Adafactor": {"lr": 0.05},
    "Muon": {"lr": 0.02, "weight_decay": 0.0},
}
every = pytest.mark.parametrize("name", EVERY)


def made(name, params, **more):
    kind = getattr(optim, name.split()[0])
    return kind(params, **{**EVERY[name], **more})


def shape_for(name, shape):
    return shape if name != "Muon" or len(shape) == 2 else (math.prod(shape), 1)


def steps(optimizer, x, gradients):
    for g in gradients:
        x.grad = Tensor(nt_tensor.asarray(g, dtype=x.dtype, device=x.device))
        optimizer.step()
    return nt_tensor.to_numpy(x.data).astype(np.float64)


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


@every
def test_mlx_and_compiled_rules_go_where_float64_goes(name, road):
    dtype, device = road
    gradients = normal(12, 4, 3, seed=1)
    want = Parameter(normal(4, 3))
    want = steps(made(name, [want]), want, gradients)
    x = Parameter(nt_tensor.asarray(normal(4, 3), dtype=dtype, device=device))
    np.testing.assert_allclose(
        steps(made(name, [x]), x, gradients), want, rtol=1e-3, atol=1e-3 * abs(want).max()
    )


@every
def test_climbing_is_descending_on_the_negative_bit_for_bit(name, road):
    ends = []
    for maximize, sign in ((False, 1), (True, -1)):
        x = Parameter(nt_tensor.asarray(normal(4, 3), dtype=road[0], device=road[1]))
        ends.append(steps(made(name, [x], maximize=maximize), x, sign * normal(5, 4, 3, seed=1)))
    assert np.array_equal(*ends)


@every
def test_a_saved_and_loaded_optimizer_goes_on_bit_for_bit_through_json(name, road):
    start = lambda: nt_tensor.asarray(normal(4, 3), dtype=road[0], device=road[1])  # noqa: E731
    whole, part = Parameter(start()), Parameter(start())
    optimizer = made(name, [("x", whole)])
    steps(optimizer, whole, normal(4, 4, 3, seed=1))
    state = optimizer.state_dict()
    state = {"state": copy.copy(state["state"]), "param_groups": state["param_groups"]}
    state["param_groups"] = json.loads(json.dumps(state["param_groups"]))
    state["state"] = {
        "x": {
            k: nt_tensor.to_numpy(v).copy() if nt_tensor.is_array(v) else json.loads(json.dumps(v))
            for k, v in state["state"].get("x", {}).items()
        }
    }
    resumed = made(name, [("x", part)], lr=7.0)
    resumed.load_state_dict(state)
    part.data = nt_tensor.asarray(nt_tensor.to_numpy(whole.data).copy(), device=road[1])
    want = steps(optimizer, whole, normal(4, 4, 3, seed=2))
    assert np.array_equal(steps(resumed, part, normal(4, 4, 3, seed=2)), want)


@every
def test_gradients_of_zero_move_nothing_and_give_no_nan(name, road):
    x = Parameter(nt_tensor.asarray(normal(4, 3), dtype=road[0], device=road[1]))
    before = nt_tensor.to_numpy(x.data).astype(np.float64)
    found = steps(made(name, [x]), x, np.zeros((3, 4, 3)))
    np.testing.assert_allclose(found, before, rtol=1e-4)  # ASGD decays a little


@pytest.mark.parametrize(  # the others move in proportion to the gradient, RAdam at first
    "name", [name for name in EVERY if name.split()[0] not in ("SGD", "ASGD", "RAdam")]
)
@pytest.mark.parametrize("size", [1e-30, 1e-12, 1e15])
def test_gradients_of_any_size_leave_finite_parameters_and_memory(name, size, road):
    x = Parameter(nt_tensor.asarray(normal(4, 3), dtype=road[0], device=road[1]))
    optimizer = made(name, [x])
    found = steps(optimizer, x, normal(5, 4, 3, seed=1) * size)
    assert np.isfinite(found).all()
    assert abs(found).max() < 100
    for value in optimizer.state[x].values():
        assert not nt_tensor.is_array(value) or np.isfinite(nt_tensor.to_numpy(value)).all()


@every
@pytest.mark.parametrize("road", ["numpy", "numba", "mlx"], indirect=True)
def test_half_precision_is_remembered_in_float32(name, road):
    x = Parameter(nt_tensor.asarray(normal(4, 3), dtype="float16", device=road[1]))
    wide = Parameter(nt_tensor.asarray(normal(4, 3), dtype="float32", device=road[1]))
    optimizer, gradients = made(name, [x]), normal(6, 4, 3, seed=1) * 1e-3
    found = steps(optimizer, x, gradients)
    assert str(x.dtype) == "float16"
    assert {
        str(nt_tensor.dtype_of(v)) for v in optimizer.state[x].values() if nt_tensor.is_array(v)
    } <= {"float32"}
    want = steps(made(name, [wide]), wide, gradients)
    np.testing.assert_allclose(found, want, rtol=0.05, atol=0.02)  # squares of 1e-3 are kept


@every
@pytest.mark.parametrize("shape", [(), (0,), (3, 0, 2), (1,), (2, 1, 3, 2)])
def test_shapes_of_no_and_of_many_axes(name, shape, road):
    shape = shape_for(name, shape)
    x = Parameter(nt_tensor.asarray(normal(*shape) + 0.0, dtype=road[0], device=road[1]))
    found = steps(made(name, [x]), x, normal(3, *shape, seed=1))
    assert found.shape == x.shape == shape
    assert np.isfinite(found).all()


@every
@pytest.mark.parametrize("view", [np.s_[::2], np.s_[::-1], np.s_[:, ::-2], "T", "F"])
def test_the_layout_of_parameters_and_gradients_does_not_matter(name, view):
    start, gradients = normal(6, 8), normal(3, 6, 8, seed=1)
    base = start.copy()
    if isinstance(view, str):
        odd = base.T if view == "T" else np.asfortranarray(base)
        gradients = [g.T if view == "T" else np.asfortranarray(g) for g in gradients]
    else:
        odd, gradients = base[view], [g[view] for g in gradients]
    x, plain = Parameter(odd), Parameter(np.ascontiguousarray(odd))
    found = steps(made(name, [x]), x, gradients)
    want = steps(made(name, [plain]), plain, [np.ascontiguousarray(g) for g in gradients])
    np.testing.assert_allclose(found, want, rtol=1e-12)
    np.testing.assert_allclose(odd, want, rtol=1e-12)  # written in place: others see it


@every
def test_one_gradient_array_may_serve_two_parameters(name):
    x, y = Parameter(normal(4, 3)), Parameter(normal(4, 3))
    optimizer = made(name, [x, y])
    for g in normal(3, 4, 3, seed=1):
        x.grad = y.grad = Tensor(g)
        optimizer.step()
    assert x.tolist() == y.tolist()


@every
def test_numbers_of_numpy_as_options_do_not_widen_float32(name):
    x = Parameter(normal(4, 3).astype(np.float32))
    optimizer = made(name, [x])
    optimizer.param_groups[0]["lr"] = np.float64(0.1)
    steps(optimizer, x, normal(3, 4, 3, seed=1))
    assert str(x.dtype) == "float32"
    assert {v.dtype.name for v in optimizer.state[x].values() if nt_tensor.is_array(v)} <= {
        "float32"
    }


@every
def test_single_numbers_and_arrays_that_must_not_be_written_are_stepped_too(name):
    shape = (1, 1) if name == "Muon" else ()
    x = Parameter(np.full(shape, 3.0, np.float32))
    frozen = np.full((2, 1), 3.0, np.float32)
    frozen.flags.writeable = False
    y = Parameter(frozen)
    optimizer = made(name, [x, y])
    for _ in range(3):
        optimizer.zero_grad()
        ((x * x).sum() + (y * y).sum()).backward()  # a single number's gradient is NumPy's scalar
        optimizer.step()
    assert x.shape == shape
    assert str(x.dtype) == "float32"
    assert x.item() < 3.0
    assert np.allclose(y.tolist(), x.item(), rtol=1e-3) or name in ("Muon", "LAMB", "Adafactor")
    assert frozen.tolist() == [[3.0], [3.0]]


def least_squares():
    """Seven unknowns from forty noisy equations of unequal scales."""
    source = np.random.default_rng(3)
    a = source.normal(size=(40, 7)) * np.linspace(0.5, 1.5, 7)
    b = a @ source.normal(size=7) + 0.1 * source.normal(size=40)
    exact = np.linalg.lstsq(a, b, rcond=None)[0]
    return a, b, exact, ((a @ exact - b) ** 2).mean()


@every
def test_it_finds_the_least_squares(name):
    a, b, exact, least = least_squares()
    x = Parameter(np.full((7, 1), 0.1))
    optimizer = made(name, [x])
    rate = optimizer.param_groups[0]["lr"]
    for i in range(400):
        optimizer.param_groups[0]["lr"] = rate * (1 - i / 400)
        optimizer.zero_grad()
        ((Tensor(a) @ x - Tensor(b[:, None])) ** 2).mean().backward()
        optimizer.step()
    loss = ((a @ x.detach().numpy()[:, 0] - b) ** 2).mean()
    assert loss < 1.05 * least + 1e-3
    assert np.abs(x.detach().numpy()[:, 0] - exact).max() < 0.1


@every
def test_parts_of_a_batch_add_up_to_the_batch(name):
    a, b, _, _ = least_squares()
    ends = []
    for parts in (1, 4):
        x = Parameter(normal(7, 1))
        optimizer = made(name, [x])
        for _ in range(3):
            optimizer.zero_grad()
            for rows in np.split(np.arange(40), parts):
                loss = ((Tensor(a[rows]) @ x - Tensor(b[rows, None])) ** 2).mean() / parts
                loss.backward()
            optimizer.step()
        ends.append(x.detach().numpy())
    np.testing.assert_allclose(ends[0], ends[1], rtol=1e-6, atol=1e-9)


@every
def test_the_closure_is_called_before_the_step_with_gradients_on(name):
    x = Parameter(normal(4, 1))
    optimizer = made(name, [x], lr=EVERY[name]["lr"] / 10)

    def closure():
        optimizer.zero_grad()
        loss = (x * x).sum()
        loss.backward()
        return loss

    first = optimizer.step(closure).item()
    assert first == pytest.approx((normal(4, 1) ** 2).sum())
    assert closure().item() < first


@every
def test_rates_and_momenta_that_a_schedule_sets_hold_from_the_next_step_on(name):
    x = Parameter(normal(4, 3))
    optimizer = made(name, [x])
    steps(optimizer, x, normal(2, 4, 3, seed=1))
    before = x.detach().numpy().copy()
    group = optimizer.param_groups[0]
    group["lr"] = 0.0
    for option, value in (("momentum", 0.5), ("betas", (0.5, 0.9))):
        if option in group:
            group[option] = value
    found = steps(optimizer, x, normal(3, 4, 3, seed=2))
    if name not in ("Rprop", "ASGD"):  # whose steps are their own, and one step behind
        assert np.array_equal(found, before)


@pytest.mark.parametrize("kind", ["AdamW", "NAdam", "RAdam", "Lion", "Muon", "Adafactor"])
def test_decoupled_decay_shrinks_by_the_rate_alone(kind):
    options = {"decoupled_weight_decay": True} if kind in ("NAdam", "RAdam") else {}
    x = Parameter(normal(4, 3))
    optimizer = getattr(optim, kind)([x], lr=0.1, weight_decay=0.5, **options)
    found = steps(optimizer, x, np.zeros((4, 4, 3)))
    np.testing.assert_allclose(found, normal(4, 3) * 0.95**4, rtol=1e-12)


@pytest.mark.parametrize(
    "kind",
    ["SGD", "Adam", "NAdam", "RAdam", "Adamax", "Adagrad", "Adadelta", "RMSprop", "ASGD"],
)
def test_coupled_decay_is_a_penalty_in_the_loss(kind):
    ends = []
    for decay in (0.25, 0.0):
        x = Parameter(normal(4, 3))
        optimizer = getattr(optim, kind)([x], weight_decay=decay, lr=0.1)
        for g in normal(5, 4, 3, seed=1):
            penalty = 0.25 - decay
            x.grad = Tensor(g + penalty * x.detach().numpy())
            optimizer.step()
        ends.append(x.detach().numpy())
    np.testing.assert_allclose(ends[0], ends[1], rtol=1e-9)


BAD = {
    "SGD": {"momentum": -0.1, "weight_decay": -1.0, "lr": math.nan},
    "Adam": {"betas": (0.9, 1.0), "eps": -1.0},
    "NAdam": {"momentum_decay": -1.0, "betas": (0.9,)},
    "RAdam": {"betas": (-0.1, 0.9)},
    "Adamax": {"eps": -1e-8},
    "Adagrad": {"lr_decay": -1.0, "initial_accumulator_value": -1.0},
    "Adadelta": {"rho": 1.5},
    "RMSprop": {"alpha": -0.5, "momentum": -1.0},
    "Rprop": {"etas": (1.2, 0.5), "step_sizes": (1.0, 0.5)},
    "ASGD": {"lambd": -1.0, "t0": -1.0},
    "LAMB": {"weight_decay": -1.0},
    "Lion": {"betas": (1.0, 0.9)},
    "Adafactor": {"beta2_decay": 0.5, "d": 0.5},
    "LBFGS": {"history_size": 0, "tolerance_grad": -1.0},
}


@pytest.mark.parametrize(
    ("kind", "option"), [(kind, option) for kind, options in BAD.items() for option in options]
)
def test_options_out_of_range_are_named_with_what_came(kind, option):
    value = BAD[kind][option]
    with pytest.raises(ValueError, match="must") as caught:
        getattr(optim, kind)([Parameter([1.0])], **{option: value})
    assert str(caught.value).startswith(f"{option} ({value}) must ")
