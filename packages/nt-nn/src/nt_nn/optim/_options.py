"""What options and parameters an optimizer accepts."""

from __future__ import annotations

from typing import Any

from nt_autograd import Tensor


def check_options(options: dict[str, Any]) -> None:
    """Raise for an option outside of its range, naming it."""
    for name, value in options.items():
        if name in ("lr", "initial_lr", "eps", "weight_decay", "momentum") and not value >= 0:
            raise ValueError(f"{name} ({value}) must not be negative")
        if name == "betas" and not (len(value) == 2 and all(0 <= beta < 1 for beta in value)):
            raise ValueError(
                f"betas ({value}) must be two numbers, each at least 0 and smaller than 1"
            )
    if options.get("nesterov") and (options["momentum"] <= 0 or options["dampening"] != 0):
        raise ValueError(
            f"nesterov needs momentum ({options['momentum']}) above 0 "
            f"and dampening ({options['dampening']}) 0"
        )


def check_parameter(name: str, parameter: Any) -> None:
    """Raise for what cannot be optimized."""
    if not isinstance(parameter, Tensor):
        raise TypeError(f"parameter {name} must be a tensor, not {type(parameter).__name__}")
    if not parameter.is_leaf:
        raise TypeError(f"parameter {name} is the result of an op; only leaves can be optimized")
    if parameter.dtype.kind != "float":
        raise TypeError(f"parameter {name} must hold floating-point numbers, not {parameter.dtype}")
