"""What hangs on a module, and under which name: attributes, and containers inside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

from nt_autograd import Tensor

from .parameter import Buffer, Parameter

if TYPE_CHECKING:
    from .module import Module

Kind: TypeAlias = "type[Any] | tuple[type[Any], ...]"


def members(
    items: Iterable[tuple[str, Any]], kind: Kind, above: tuple[int, ...] = ()
) -> Iterator[tuple[str, Any]]:
    """Every member of a kind, in order; lists, tuples, dicts are opened, their keys dotted on."""
    for name, value in items:
        if isinstance(value, kind):
            yield name, value
        elif isinstance(value, list | tuple | dict) and id(value) not in above:
            inside = value.items() if isinstance(value, dict) else enumerate(value)
            named = ((f"{name}.{key}", item) for key, item in inside)
            yield from members(named, kind, (*above, id(value)))


def walk(module: Module, path: str, seen: set[int]) -> Iterator[tuple[str, Module]]:
    """The module and all below it that were not seen yet, parents before children."""
    if id(module) not in seen:
        seen.add(id(module))
        yield path, module
        for name, child in module.named_children():
            yield from walk(child, f"{path}.{name}" if path else name, seen)


def tensors(
    module: Module, kind: Kind, prefix: str = "", recurse: bool = True
) -> Iterator[tuple[str, Any]]:
    """Every tensor of a kind on the module (and below it), each once, under its first name."""
    seen: set[int] = set()
    for path, owner in module.named_modules(prefix) if recurse else [(prefix, module)]:
        for name, tensor in members(owner._contents(), kind):
            if id(tensor) not in seen:
                seen.add(id(tensor))
                yield (f"{path}.{name}" if path else name), tensor


def saved(module: Module) -> dict[str, Tensor]:
    """Parameters and persistent buffers under their names, where no name may stand for two."""
    found: dict[str, Tensor] = {}
    for name, tensor in tensors(module, (Parameter, Buffer)):
        if isinstance(tensor, Buffer) and not tensor.persistent:
            continue
        if name in found:
            raise ValueError(
                f"{type(module).__name__} has two tensors named {name!r}: "
                "give the dict that holds one of them keys without dots"
            )
        found[name] = tensor
    return found
