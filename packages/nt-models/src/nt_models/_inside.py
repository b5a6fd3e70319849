"""Where a model is while it runs: modules tell as they are entered and left."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from threading import get_ident
from typing import Any

from nt_nn import Module


class Whereabouts:
    """The dotted names of the modules that run now, the outermost first.

    A module that several others share is named as the one that called it knows it. What runs in
    other threads is not followed.
    """

    def __init__(self, model: Module) -> None:
        self.model = model
        self.running: list[tuple[str, Module]] = []
        self.thread = get_ident()
        self._names = {id(module): name for name, module in model.named_modules()}
        self._below: dict[int, dict[int, str]] = {id(model): self._names}

    @property
    def here(self) -> str:
        """The dotted name of the innermost module; nothing for the model itself."""
        return self.running[-1][0] if self.running else ""

    @property
    def innermost(self) -> Module:
        """The innermost module."""
        return self.running[-1][1] if self.running else self.model

    def enter(self, module: Module) -> str:
        """Note that a module begins, and give its name."""
        if module is self.model:
            self.running.clear()  # what an error left behind
        name = self._name(module)
        self.running.append((name, module))
        return name

    def leave(self) -> str:
        """Note that the innermost module ends, and give its name."""
        return self.running.pop()[0]

    def _name(self, module: Module) -> str:
        if self.running:
            path, caller = self.running[-1]
            if id(caller) not in self._below:
                self._below[id(caller)] = {id(m): name for name, m in caller.named_modules()}
            if inside := self._below[id(caller)].get(id(module)):
                return f"{path}.{inside}" if path else inside
        return self._names[id(module)]


def names_of(module: Module, name: str = "", above: tuple[int, ...] = ()) -> Iterator[str]:
    """Every dotted name in a model; of a shared module all that it has."""
    yield name
    for child, below in module.named_children():
        if id(below) not in above:
            inside = f"{name}.{child}" if name else child
            yield from names_of(below, inside, (*above, id(module)))


class Follower:
    """Who is told what a model does; each method may be left as it is."""

    def entered(self, name: str, module: Module) -> None:
        """A module begins."""

    def left(self, name: str, module: Module, output: Any) -> None:
        """A module has ended."""


@contextmanager
def followed(model: Module, follower: Follower) -> Iterator[Whereabouts]:
    """Tell `follower` of every module of a model that runs in this thread."""
    where = Whereabouts(model)

    def before(module: Module, args: tuple[Any, ...]) -> None:
        if get_ident() == where.thread:
            follower.entered(where.enter(module), module)

    def after(module: Module, args: tuple[Any, ...], output: Any) -> None:
        if get_ident() == where.thread:
            follower.left(where.leave(), module, output)

    with ExitStack() as handles:
        for module in model.modules():
            handles.enter_context(module.register_forward_pre_hook(before))
            handles.enter_context(module.register_forward_hook(after))
        yield where
