"""Optimizers and clipping walk where PyTorch's walk, step by step."""

from typing import Any

import nt_autograd as ag
import nt_nn as nn
import pytest

from .cases import Case, assert_near, parameters
from .conftest import Road

# Adam's kind divides by the root of an average that may be as small as eps.
NEAR = {"float64": 1e-9, "float32": 1e-4}
ADAM_LIKE = {"Adam", "AdamW", "NAdam", "RAdam", "Adamax", "Adadelta", "Adafactor"}


def limit(case: Case, road: Road) -> float:
    """How near a trajectory must stay."""
    if case.op == "Muon":  # PyTorch's Newton-Schulz runs in bfloat16
        return 2e-2
    if road.dtype == "float32" and case.op in ADAM_LIKE:
        return 1e-3
    return NEAR[road.dtype]


def parameter(array: Any, road: Road) -> nn.Parameter:
    """A parameter with these values."""
    return nn.Parameter(ag.tensor(array, dtype=road.dtype, device=road.device))


@pytest.mark.parametrize("case", parameters("optim", kinds=("optimizer", "optimizer_groups")))
def test_a_trajectory_is_pytorchs(case: Case, road: Road) -> None:
    about = case.about
    own = [parameter(case.arrays[f"init.{j}"], road) for j in range(about["n_params"])]
    params: list[Any] = own
    apart = about["kind"] == "optimizer_groups"
    if apart:
        params = [{"params": own[:1]}, {"params": own[1:], **case.options("group1")}]
    optimizer = getattr(nn.optim, case.op)(params, **case.options("ctor"))
    for t in range(about["steps"]):
        for j, each in enumerate(own):
            grad = case.arrays[f"grads.{j}"][t]
            without = apart and j == 1 and t % 3 == 2
            each.grad = None if without else ag.tensor(grad, dtype=road.dtype, device=road.device)
        optimizer.step()
        for j, each in enumerate(own):
            right = case.arrays[f"after.{j}"][t]
            assert_near(each.detach().numpy(), right, limit(case, road), f"{j} at step {t}")


@pytest.mark.parametrize("case", parameters("optim", kinds=("training",)))
def test_a_training_run_is_pytorchs(case: Case, road: Road) -> None:
    net = nn.Sequential(nn.Linear(5, 7), nn.Tanh(), nn.Linear(7, 3)).to(road.device, road.dtype)
    net.load_state_dict(case.starting("param."))
    optimizer = getattr(nn.optim, case.op)(net.parameters(), **case.options("ctor"))
    x = ag.tensor(case.arrays["input.x"], dtype=road.dtype, device=road.device)
    y = ag.tensor(case.arrays["input.y"], device=road.device)
    near = 10 * limit(case, road)
    for t in range(case.about["steps"]):
        loss = ag.cross_entropy(net(x), y)
        optimizer.zero_grad()
        loss.backward()
        norm = nn.clip_grad_norm_(net.parameters(), case.about["clip_grad_norm"])
        optimizer.step()
        assert_near(loss.detach().numpy(), case.arrays["losses"][t], near, f"loss {t}")
        assert_near(norm.numpy(), case.arrays["grad_norms"][t], near, f"norm {t}")
    for name, right in case.starting("param_after.").items():
        assert_near(net.state_dict()[name].numpy(), right, near, name)


@pytest.mark.parametrize("case", parameters("optim", kinds=("clip",)))
def test_clipped_gradients_are_pytorchs(case: Case, road: Road) -> None:
    own = []
    for j in range(case.about["n"]):
        grad = ag.tensor(case.arrays[f"input.g{j}"], dtype=road.dtype, device=road.device)
        own.append(parameter(case.arrays[f"input.g{j}"], road))
        own[-1].grad = grad
    norm = getattr(nn, case.op)(own, **case.options("kwargs"))
    if "total_norm" in case.arrays:
        assert_near(norm.numpy(), case.arrays["total_norm"], road.output_limit, "total norm")
    for j, each in enumerate(own):
        assert each.grad is not None
        right = case.arrays[f"output.g{j}"]
        assert_near(each.grad.numpy(), right, road.output_limit, f"gradient {j}")
