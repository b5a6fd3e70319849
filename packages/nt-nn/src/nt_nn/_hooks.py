"""Functions that run before and after a module's forward, and handles that take them away."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from threading import local
from typing import TYPE_CHECKING, Any

from nt_autograd import anomaly

if TYPE_CHECKING:
    from .module import Module

_next_key = count().__next__


class RemovableHandle:
    """Takes a hook away again: by `remove()`, or at the end of a `with` block.

    Example:
        >>> from nt_nn import Identity
        >>> layer = Identity()
        >>> with layer.register_forward_hook(lambda module, args, output: output * 2):
        ...     layer(3.0)
        6.0
        >>> layer(3.0)
        3.0
    """

    def __init__(self, hooks: dict[int, Any], hook: Any) -> None:
        self._hooks = hooks
        self._key = _next_key()
        hooks[self._key] = hook

    def remove(self) -> None:
        """Take the hook away; a second call changes nothing."""
        self._hooks.pop(self._key, None)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *error: object) -> None:
        self.remove()


class Hooks:
    """The hooks of one module, in the order of their registration."""

    def __init__(self) -> None:
        self.before: dict[int, Callable[[Any, tuple[Any, ...]], Any]] = {}
        self.after: dict[int, Callable[[Any, tuple[Any, ...], Any], Any]] = {}


class _Running(local):
    def __init__(self) -> None:
        self.modules: list[Module] = []


_running = _Running()


def run(module: Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Run a module's forward between its hooks; under its name while anomalies are watched for."""
    if not anomaly.watching:
        return _run(module, args, kwargs)
    name = _name_inside(_running.modules[-1], module) if _running.modules else type(module).__name__
    _running.modules.append(module)
    try:
        with anomaly.inside(name):
            return _run(module, args, kwargs)
    finally:
        _running.modules.pop()


def _run(module: Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    hooks = module._module_hooks
    if hooks is None:
        return module.forward(*args, **kwargs)
    for before in list(hooks.before.values()):
        changed = before(module, args)
        if changed is not None:
            args = changed if isinstance(changed, tuple) else (changed,)
    output = module.forward(*args, **kwargs)
    for after in list(hooks.after.values()):
        changed = after(module, args, output)
        if changed is not None:
            output = changed
    return output


def _name_inside(caller: Module, module: Module) -> str:
    """The dotted name of a module inside the one that calls it; its class where it has none."""
    for name, candidate in caller.named_modules():
        if candidate is module and name:
            return name
    return type(module).__name__
