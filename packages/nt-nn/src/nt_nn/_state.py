"""Taking over saved values: all that does not fit is found first, then all is copied or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from nt_autograd import Tensor, no_grad
from nt_tensor import asarray, dtype_of


class LoadResult(NamedTuple):
    """The names on which a module and a loaded state did not agree."""

    missing_keys: list[str]  # the module has them, the state does not
    unexpected_keys: list[str]  # the state has them, the module does not


def load(owner: str, own: dict[str, Tensor], state: Mapping[str, Any], strict: bool) -> LoadResult:
    """Copy the state's values into the module's tensors, or raise with all that does not fit."""
    missing = [name for name in own if name not in state]
    unexpected = [name for name in state if name not in own]
    given = {
        name: value.data if isinstance(value, Tensor) else asarray(value)
        for name, value in state.items()
        if name in own
    }
    misshapen, mistyped = [], []
    for name, value in given.items():
        if tuple(value.shape) != own[name].shape:
            misshapen.append(f"{name} is {tuple(value.shape)}, not {own[name].shape}")
        elif (dtype_of(value).kind == "float") != (own[name].dtype.kind == "float"):
            mistyped.append(f"{name} is {dtype_of(value)}, not {own[name].dtype}")
    complaints = {
        "missing": missing if strict else [],
        "unexpected": unexpected if strict else [],
        "misshapen": misshapen,
        "mistyped": mistyped,
    }
    if any(complaints.values()):
        said = "; ".join(f"{what}: {', '.join(n)}" for what, n in complaints.items() if n)
        raise ValueError(f"{owner} cannot load this state: {said}")
    for name, value in given.items():
        tensor = own[name]
        with no_grad():
            tensor.copy_(Tensor(asarray(value, tensor.dtype, tensor.device)))
    return LoadResult(missing, unexpected)
