"""Every layer, activation and loss gives PyTorch's values and gradients."""

from typing import Any

import nt_autograd as ag
import numpy as np
import pytest

from .answers import build, call_function, call_module, gradients, tensors
from .cases import Case, assert_near, parameters
from .conftest import Road

GROUPS = (
    "activations",
    "attention",
    "conv",
    "embedding",
    "loss",
    "norm",
    "optim",
    "pool",
    "rnn",
)


# In float64 too, PyTorch's backward multiplies by 1/6 and by 1/alpha as float32 has them.
ROUNDED = {"Hardsigmoid", "CELU"}


def limits(case: Case, road: Road) -> tuple[float, float]:
    """How near outputs and gradients must be."""
    if case.name.find("smallvar") >= 0 and road.dtype == "float32":
        return 1e-3, 1e-3
    if case.op in ROUNDED and road.dtype == "float64":
        return road.output_limit, 4e-8
    return road.output_limit, road.gradient_limit


@pytest.mark.parametrize("case", parameters(*GROUPS, kinds=("module", "function")))
def test_values_and_gradients_are_pytorchs(case: Case, road: Road) -> None:
    near, near_gradient = limits(case, road)
    inputs = tensors(case, road.dtype, road.device)
    leaves = {k: inputs[k] for k in case.about.get("grad_inputs") or ()}
    module = None
    if case.about["kind"] == "module":
        module = build(case).to(road.device, road.dtype)
        outputs = call_module(module, case, dict(inputs))
    else:
        outputs = call_function(case, dict(inputs))
    assert len(outputs) >= case.about["n_outputs"]
    loss: Any = 0.0
    for i in range(case.about["n_outputs"]):
        right = case.arrays[f"output.{i}"]
        assert_near(outputs[i].detach().numpy(), right, near, f"output {i}")
        if (cotangent := case.arrays.get(f"cotangent.{i}")) is not None:
            weights = ag.tensor(cotangent, dtype=road.dtype, device=road.device)
            loss = loss + (outputs[i] * weights).sum()
    for name in case.about.get("buffers_after") or ():
        assert module is not None
        found = dict(module.named_buffers())[name].numpy()
        assert_near(found, case.arrays[f"buffer_after.{name}"], near, name)
    wanted = case.about.get("grad_params") or []
    if not leaves and not wanted:
        return
    loss.backward()
    right = {k: case.arrays[f"grad.input.{k}"] for k in leaves}
    right |= {k: case.arrays[f"grad.param.{k}"] for k in wanted}
    floor = 1e-3 * max(float(np.abs(each).max(initial=0.0)) for each in right.values())
    for name, leaf in leaves.items():
        assert leaf.grad is not None, f"no gradient of {name}"
        assert_near(leaf.grad.numpy(), right[name], near_gradient, f"gradient of {name}", floor)
    if module is not None and wanted:
        found = gradients(module)
        for name in wanted:
            assert name in found, f"no gradient of {name}"
            assert_near(
                found[name].numpy(), right[name], near_gradient, f"gradient of {name}", floor
            )
