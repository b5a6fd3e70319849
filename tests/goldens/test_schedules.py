"""Schedules give PyTorch's rate, and its momentum, at every step."""

import math
from collections.abc import Callable
from typing import Any

import nt_nn as nn
import pytest
from nt_nn.optim import Optimizer
from nt_nn.schedules import (
    ChainedScheduler,
    ConstantLR,
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    ExponentialLR,
    InverseSqrtLR,
    LambdaLR,
    LinearLR,
    LinearWarmup,
    PolynomialLR,
    SequentialLR,
)

from .cases import Case, parameters


def sequential(o: Optimizer, milestone: int, **_: Any) -> Any:
    """A warm-up and a cosine, as the case's description says."""
    return SequentialLR(o, [LinearLR(o, 0.1, 1.0, 5), CosineAnnealingLR(o, 50)], [milestone])


def chained(o: Optimizer, **_: Any) -> Any:
    """Two factors at once, as the case's description says."""
    return ChainedScheduler([ConstantLR(o, 0.5, 6), ExponentialLR(o, 0.97)])


def after_warmup(name: str, o: Optimizer, options: dict[str, Any]) -> Any:
    """The schedules that the transformers library has as functions."""
    warmup = options["num_warmup_steps"]
    rest = options.get("num_training_steps", 0) - warmup
    if name == "inverse_sqrt":
        return InverseSqrtLR(o, warmup)
    following = {
        "linear": lambda: LinearLR(o, 1.0, 0.0, rest),
        "cosine": lambda: CosineAnnealingLR(o, rest),
        "cosine_with_hard_restarts": lambda: CosineAnnealingWarmRestarts(
            o, rest // options["num_cycles"]
        ),
        "constant": lambda: ConstantLR(o, factor=1.0),
        "polynomial_decay": lambda: PolynomialLR(
            o, rest, options["power"], end_lr=options["lr_end"]
        ),
    }
    return LinearWarmup(following[name](), warmup)


# What is made of several schedules.
COMPOSED: dict[str, Callable[..., Any]] = {
    "SequentialLR": sequential,
    "ChainedScheduler": chained,
    "LambdaLR": lambda o, **_: LambdaLR(o, lambda t: 1 / (1 + 0.1 * t)),
}


def build(case: Case, optimizer: Optimizer) -> Any:
    """The schedule of a case."""
    if case.op.startswith("get_"):
        name = case.op.removeprefix("get_").removesuffix("_with_warmup").removesuffix("_schedule")
        return after_warmup(name, optimizer, case.options("kwargs"))
    make = COMPOSED.get(case.op) or getattr(nn.schedules, case.op)
    return make(optimizer, **case.options("kwargs"))


@pytest.mark.parametrize("case", parameters("sched", kinds=("scheduler",)))
def test_the_rate_of_every_step_is_pytorchs(case: Case) -> None:
    weight = nn.Parameter([1.0])
    optimizer = nn.optim.SGD([weight], lr=case.about["base_lr"], momentum=0.9)
    schedule = build(case, optimizer)
    rates, momenta = [], []
    for t in range(len(case.arrays["lr"])):
        rates.append(optimizer.param_groups[0]["lr"])
        momenta.append(optimizer.param_groups[0]["momentum"])
        if "metrics" in case.arrays:
            schedule.step(case.arrays["metrics"][t])
        else:
            schedule.step()
    highest = max(case.arrays["lr"])
    assert rates == pytest.approx(case.arrays["lr"].tolist(), rel=1e-9, abs=1e-12 * highest)
    assert all(math.isfinite(rate) for rate in rates)
    if "momentum" in case.arrays:
        assert momenta == pytest.approx(case.arrays["momentum"].tolist(), rel=1e-9)
