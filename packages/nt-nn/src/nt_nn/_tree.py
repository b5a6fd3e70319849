"""A nested state taken apart into JSON and named tensors, and put together again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nt_autograd import Tensor
from nt_tensor import Array, is_array

_TENSOR = "$tensor"  # {"$tensor": name} stands in the JSON where a tensor was


def flatten(state: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The JSON part, with a mark where each tensor was, and the tensors by their dotted paths."""
    tensors: dict[str, Any] = {}
    return _take(state, "", tensors), tensors


def fill(skeleton: Any, tensors: Mapping[str, Array]) -> Any:
    """The state that `flatten` took apart."""
    if isinstance(skeleton, list):
        return [fill(value, tensors) for value in skeleton]
    if not isinstance(skeleton, dict):
        return skeleton
    if _TENSOR in skeleton:
        if skeleton[_TENSOR] not in tensors:
            raise ValueError(f"it names the tensor {skeleton[_TENSOR]}, which is not there")
        return tensors[skeleton[_TENSOR]]
    return {key: fill(value, tensors) for key, value in skeleton.items()}


def _take(value: Any, path: str, tensors: dict[str, Any]) -> Any:
    if isinstance(value, Tensor) or is_array(value):
        if path in tensors:
            raise ValueError(f"two tensors of the state would be named {path}")
        tensors[path] = value
        return {_TENSOR: path}
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str) or key == _TENSOR:
                raise TypeError(
                    f"the key {key!r} in {path or 'the state'} must be text, not {_TENSOR!r}"
                )
        return {key: _take(item, _join(path, key), tensors) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_take(item, _join(path, str(i)), tensors) for i, item in enumerate(value)]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"{path} is a {type(value).__name__}, which a checkpoint cannot hold")


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
