"""An optimizer's state as names and arrays, out and in again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nt_autograd import Tensor
from nt_tensor import asarray, is_array, namespace

from ._update import memory_dtype

State = dict[Tensor, dict[str, Any]]
Groups = list[dict[str, Any]]


def save(state: State, groups: Groups, names: dict[Tensor, str]) -> dict[str, Any]:
    """The state with names in the place of parameters."""
    return {
        "state": {names[parameter]: dict(values) for parameter, values in state.items()},
        "param_groups": [
            {**group, "params": [names[parameter] for parameter in group["params"]]}
            for group in groups
        ],
    }


def load(
    owner: str,
    saved: Mapping[str, Any],
    state: State,
    groups: Groups,
    names: dict[Tensor, str],
    shape_of: Callable[[str, Tensor], tuple[int, ...]],
) -> None:
    """Replace state and options by saved ones; raise before that if anything does not fit.

    Args:
        owner: the optimizer's name, for the message.
        saved: what `save` gave.
        state: each parameter's state, replaced.
        groups: the parameter groups, whose options are replaced.
        names: each parameter's name.
        shape_of: the shape of an array in the state, by its key and its parameter.
    """
    complaints = _complaints(saved, groups, names, shape_of)
    if complaints:
        raise ValueError(f"{owner} cannot load this state: {'; '.join(complaints)}")
    parameters = {name: parameter for parameter, name in names.items()}
    state.clear()
    for name, values in saved["state"].items():
        parameter = parameters[name]
        state[parameter] = {key: _beside(value, parameter) for key, value in values.items()}
    for group, options in zip(groups, saved["param_groups"], strict=True):
        for key, value in options.items():
            if key != "params":
                group[key] = tuple(value) if isinstance(value, list) else value


def _complaints(
    saved: Mapping[str, Any],
    groups: Groups,
    names: dict[Tensor, str],
    shape_of: Callable[[str, Tensor], tuple[int, ...]],
) -> list[str]:
    if missing := [key for key in ("state", "param_groups") if key not in saved]:
        return [f"it has no {' and no '.join(missing)}"]
    if len(saved["param_groups"]) != len(groups):
        return [f"it has {len(saved['param_groups'])} parameter groups, not {len(groups)}"]
    found = []
    for i, (group, options) in enumerate(zip(groups, saved["param_groups"], strict=True)):
        own = {names[parameter] for parameter in group["params"]}
        other = set(options.get("params", ()))
        for what, differing in (("missing", own - other), ("unexpected", other - own)):
            if differing:
                found.append(f"{what} in group {i}: {', '.join(sorted(differing))}")
        if unknown := sorted(set(options) - set(group) - {"initial_lr"}):
            found.append(f"unknown option in group {i}: {', '.join(unknown)}")
    parameters = {name: parameter for parameter, name in names.items()}
    for name, values in saved["state"].items():
        if name not in parameters:
            found.append(f"unexpected state: {name}")
            continue
        for key, value in values.items():
            right = shape_of(key, parameters[name])
            for array in value if isinstance(value, list) else [value]:
                if is_array(array) and tuple(array.shape) != right:
                    found.append(f"{key} of {name} is {tuple(array.shape)}, not {right}")
    return found


def _beside(value: Any, parameter: Tensor) -> Any:
    """A copy of a saved array with what its parameter's memory is made of; a number as it is."""
    if isinstance(value, list):
        return [_beside(each, parameter) for each in value]
    if isinstance(value, Tensor):
        value = value.data
    if not is_array(value):
        return value
    moved = asarray(value, memory_dtype(parameter.data), parameter.device)
    return namespace(moved).asarray(moved, copy=True)
