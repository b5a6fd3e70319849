"""What options and parameters an optimizer accepts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nt_autograd import Tensor

_Check = Callable[[Any], bool]
Ranges = dict[str, tuple[_Check, str]]
"""Option -> does a value fit, and what would."""


def _number(low: float, high: float = float("inf")) -> _Check:
    return lambda value: bool(low <= value <= high)


def _pair(value: Any, fits: Callable[[Any, Any], bool]) -> bool:
    return len(value) == 2 and bool(fits(*value))


_NOT_NEGATIVE = _number(0), "must not be negative"
_RANGES: Ranges = dict.fromkeys(
    (
        "lr",
        "initial_lr",
        "eps",
        "weight_decay",
        "momentum",
        "momentum_decay",
        "lr_decay",
        "initial_accumulator_value",
        "lambd",
        "alpha",
        "t0",
        "tolerance_grad",
        "tolerance_change",
    ),
    _NOT_NEGATIVE,
) | {
    "betas": (
        lambda value: _pair(value, lambda a, b: 0 <= a < 1 and 0 <= b < 1),
        "must be two numbers, each at least 0 and smaller than 1",
    ),
    "rho": (_number(0, 1), "must be between 0 and 1"),
    "etas": (
        lambda value: _pair(value, lambda a, b: 0 < a < 1 < b),
        "must be two numbers, one between 0 and 1 and one above 1",
    ),
    "step_sizes": (
        lambda value: _pair(value, lambda a, b: 0 <= a <= b),
        "must be two numbers, the smallest and the largest step",
    ),
    "beta2_decay": (lambda value: bool(value <= 0), "must not be positive"),
    "d": (_number(1), "must be at least 1"),
    "ns_coefficients": (lambda value: len(value) == 3, "must be three numbers"),
    "ns_steps": (_number(1), "must be at least 1"),
    "adjust_lr_fn": (
        lambda value: value in (None, "original", "match_rms_adamw"),
        'must be "original", "match_rms_adamw" or None',
    ),
    "max_iter": (_number(1), "must be at least 1"),
    "max_eval": (_number(1), "must be at least 1"),
    "history_size": (_number(1), "must be at least 1"),
    "line_search_fn": (
        lambda value: value in (None, "strong_wolfe"),
        'must be "strong_wolfe" or None',
    ),
}


def check_options(options: dict[str, Any], ranges: Ranges) -> None:
    """Raise for an option outside of its range, naming it; `ranges` go before the common ones."""
    for name, value in options.items():
        known = ranges.get(name) or _RANGES.get(name)
        if known is not None and not known[0](value):
            raise ValueError(f"{name} ({value}) {known[1]}")
    momentum, dampening = options.get("momentum", 0.0), options.get("dampening")
    if options.get("nesterov") and dampening is not None and (momentum <= 0 or dampening != 0):
        raise ValueError(
            f"nesterov needs momentum ({momentum}) above 0 and dampening ({dampening}) 0"
        )


def check_parameter(name: str, parameter: Any) -> None:
    """Raise for what cannot be optimized."""
    if not isinstance(parameter, Tensor):
        raise TypeError(f"parameter {name} must be a tensor, not {type(parameter).__name__}")
    if not parameter.is_leaf:
        raise TypeError(f"parameter {name} is the result of an op; only leaves can be optimized")
    if parameter.dtype.kind != "float":
        raise TypeError(f"parameter {name} must hold floating-point numbers, not {parameter.dtype}")
