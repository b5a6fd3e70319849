"""Parameters that a module computes from others whenever they are asked for.

A module whose `weight` is computed holds what it is computed from, as parameters and buffers that
the walk finds, and no `weight`. Its class becomes one of the same name with a property there. So
the value is never stale, whoever changed the parameters, and threads share nothing.
"""

from __future__ import annotations

from typing import Any, Protocol

from nt_autograd import Tensor

from .module import Module
from .parameter import Parameter


class Rule(Protocol):
    """How one attribute is computed."""

    def value(self, module: Module) -> Tensor:
        """The attribute, from what the module holds."""

    def take(self, module: Module, value: Tensor) -> None:
        """Change what the module holds so that the attribute becomes this."""


def parameter_of(function: str, module: Module, name: str) -> Parameter:
    """The parameter that is to be computed from now on, if there is one."""
    if name in _rules(module):
        raise ValueError(f"{function}: {name!r} of {type(module).__name__} is computed already")
    found = vars(module).get(name)
    if not isinstance(found, Parameter):
        raise ValueError(f"{function}: {type(module).__name__} has no parameter {name!r}")
    return found


def compute(module: Module, name: str, rule: Rule, **parts: Tensor) -> None:
    """Let `name` be computed by the rule, from `parts` that become the module's attributes."""
    rules = {**_rules(module), name: rule}
    del module.__dict__[name]
    module.__dict__.update(parts, _computed=rules)
    module.__class__ = _computing(_plain(type(module)), tuple(sorted(rules)))


def settle(function: str, module: Module, name: str, kind: type[Any], *parts: str) -> Any:
    """Let `name` be a parameter of the value that it has now, without its parts; give its rule."""
    rules = _rules(module)
    rule = rules.get(name)
    if not isinstance(rule, kind):
        raise ValueError(f"{function}: {name!r} of {type(module).__name__} is not computed so")
    rest = {other: each for other, each in rules.items() if other != name}
    value = rule.value(module).detach()
    plain = _plain(type(module))
    module.__class__ = _computing(plain, tuple(sorted(rest))) if rest else plain
    for part in parts:
        module.__dict__.pop(part, None)
    module.__dict__.pop("_computed")
    if rest:
        module.__dict__["_computed"] = rest
    module.__dict__[name] = Parameter(value)
    return rule


def _rules(module: Module) -> dict[str, Any]:
    found: dict[str, Any] = vars(module).get("_computed", {})
    return found


def _plain(kind: type[Module]) -> type[Module]:
    """The class as it was written."""
    return kind.__mro__[1] if "_computes" in vars(kind) else kind


_classes: dict[tuple[Any, ...], type[Module]] = {}


def _computing(plain: type[Module], names: tuple[str, ...]) -> type[Module]:
    """The class with properties of these names, always the same one."""
    if (plain, names) not in _classes:
        properties = {name: _property(name) for name in names}
        rest = {"__module__": plain.__module__, "__doc__": plain.__doc__, "_computes": names}
        made = type(plain.__name__, (plain,), {**properties, **rest, "__reduce_ex__": _reduce})
        _classes.setdefault((plain, names), made)
    return _classes[plain, names]


def _property(name: str) -> property:
    def value(module: Module) -> Tensor:
        found: Tensor = _rules(module)[name].value(module)
        return found

    def take(module: Module, value: Tensor) -> None:
        _rules(module)[name].take(module, value)

    return property(value, take, doc=f"The {name}, computed.")


def _reduce(module: Any, protocol: Any) -> tuple[Any, ...]:
    """For copies and pickles: the class is made again, the attributes are carried over."""
    return _empty, (_plain(type(module)), type(module)._computes), vars(module)


def _empty(plain: type[Module], names: tuple[str, ...]) -> Module:
    kind = _computing(plain, names)
    return kind.__new__(kind)
