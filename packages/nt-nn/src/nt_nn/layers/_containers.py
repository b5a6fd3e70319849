"""Containers: modules in a row, in a list, or under names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, Generic, TypeVar, overload

from ..module import Module

M = TypeVar("M", bound=Module)


class Sequential(Module):
    """Modules one after the other: each gets what the one before gave.

    Args:
        modules: the modules in order, named by their position; or one dict of names to modules.

    Raises:
        TypeError: something is not a module.

    Example:
        >>> from nt_autograd import ones
        >>> from nt_nn import GELU, Linear
        >>> mlp = Sequential(Linear(4, 8), GELU(), Linear(8, 2))
        >>> mlp(ones(3, 4)).shape
        (3, 2)
        >>> mlp[0]
        Linear(in_features=4, out_features=8, bias=True)
        >>> [name for name, _ in Sequential({"up": Linear(4, 8), "act": GELU()}).named_children()]
        ['up', 'act']

    Source: PyTorch's `torch.nn.Sequential`.
    """

    def __init__(self, *modules: Module | Mapping[str, Module]) -> None:
        first = modules[0] if len(modules) == 1 else None
        named = first if isinstance(first, Mapping) else {str(i): m for i, m in enumerate(modules)}
        self._entries: dict[str, Module] = {
            name: checked_module(name, module) for name, module in named.items()
        }

    def _contents(self) -> Iterable[tuple[str, Any]]:
        return chain(self._entries.items(), without(vars(self), "_entries"))

    def forward(self, x: Any) -> Any:
        """Pass x through all of them."""
        for module in self._entries.values():
            x = module(x)
        return x

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Module]:
        return iter(self._entries.values())

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> Sequential: ...
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return Sequential(dict(list(self._entries.items())[index]))
        return list(self._entries.values())[index]


class ModuleList(Module, Generic[M]):
    """A list of modules that is a module: it prints, counts and moves as one.

    Where that is not needed, a plain list as an attribute does as well.

    Args:
        modules: what it holds at first.

    Raises:
        TypeError: something is not a module.

    Example:
        >>> from nt_nn import Linear
        >>> blocks = ModuleList(Linear(4, 4) for _ in range(3))
        >>> blocks
        ModuleList(
          (0-2): 3 x Linear(in_features=4, out_features=4, bias=True)
        )
        >>> len(blocks), sum(p.numel() for p in blocks.parameters())
        (3, 60)

    Source: PyTorch's `torch.nn.ModuleList`.
    """

    def __init__(self, modules: Iterable[M] = ()) -> None:
        self._entries: list[M] = []
        self.extend(modules)

    def _contents(self) -> Iterable[tuple[str, Any]]:
        numbered = ((str(i), module) for i, module in enumerate(self._entries))
        return chain(numbered, without(vars(self), "_entries"))

    def append(self, module: M) -> None:
        """Add a module at the end."""
        self._entries.append(checked_module(str(len(self._entries)), module))

    def extend(self, modules: Iterable[M]) -> None:
        """Add several modules at the end."""
        for module in modules:
            self.append(module)

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[M]:
        return iter(self._entries)

    @overload
    def __getitem__(self, index: int) -> M: ...
    @overload
    def __getitem__(self, index: slice) -> ModuleList[M]: ...
    def __getitem__(self, index: int | slice) -> M | ModuleList[M]:
        return (
            ModuleList(self._entries[index]) if isinstance(index, slice) else self._entries[index]
        )

    def __setitem__(self, index: int, module: M) -> None:
        self._entries[index] = checked_module(str(index), module)


class ModuleDict(Module, Generic[M]):
    """Modules under names that are one module: it prints, counts and moves as one.

    Where that is not needed, a plain dict as an attribute does as well.

    Args:
        modules: what it holds at first.

    Raises:
        TypeError: something is not a module.

    Example:
        >>> from nt_nn import GELU, ReLU
        >>> choices = ModuleDict({"relu": ReLU(), "gelu": GELU()})
        >>> choices["relu"], list(choices)
        (ReLU(), ['relu', 'gelu'])

    Source: PyTorch's `torch.nn.ModuleDict`.
    """

    def __init__(self, modules: Mapping[str, M] | None = None) -> None:
        self._entries: dict[str, M] = {}
        for name, module in (modules or {}).items():
            self[name] = module

    def _contents(self) -> Iterable[tuple[str, Any]]:
        return chain(self._entries.items(), without(vars(self), "_entries"))

    def keys(self) -> Iterable[str]:
        """The names, in order."""
        return self._entries.keys()

    def values(self) -> Iterable[M]:
        """The modules, in order."""
        return self._entries.values()

    def items(self) -> Iterable[tuple[str, M]]:
        """The names with their modules, in order."""
        return self._entries.items()

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def __getitem__(self, name: str) -> M:
        return self._entries[name]

    def __setitem__(self, name: str, module: M) -> None:
        self._entries[name] = checked_module(name, module)

    def __delitem__(self, name: str) -> None:
        del self._entries[name]


def checked_module(name: str, module: Any) -> Any:
    """The module, or an error that names what stands in its place."""
    if not isinstance(module, Module):
        raise TypeError(f"{name!r} must be a module, not {type(module).__name__}")
    return module


def without(attributes: dict[str, Any], name: str) -> Iterable[tuple[str, Any]]:
    """A container's other attributes: a subclass may have some."""
    return ((key, value) for key, value in attributes.items() if key != name)
