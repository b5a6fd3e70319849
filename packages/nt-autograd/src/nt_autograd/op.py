"""Op: what the engine knows of an operation; `@primitive` makes it, calls and the walk read it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from operator import itemgetter
from typing import Any

from nt_tensor import dtype_of, is_array

__all__ = ["OPS", "Op"]


class Op:
    """What the engine knows of an op: its body, its rule, and what the rule keeps."""

    __slots__ = (
        "call",
        "composed",
        "cost",
        "defaults",
        "forward",
        "inputs",
        "keeps",
        "name",
        "outputs",
        "pick",
        "promotes",
        "rule",
        "variadic",
        "wanted",
    )

    name: str
    call: Callable[..., Any]  # the public function, which records
    forward: Callable[..., Any]  # arrays in, array out (or (y, *kept), or a tuple of outputs)
    rule: Callable[..., Any] | None  # (g, *saved) -> gradients
    composed: Callable[..., Any] | None  # the same value from other ops, for higher derivatives
    cost: Callable[..., Any] | None  # shapes and parameters -> FLOPs; None: one an element made
    inputs: tuple[str, ...]  # the tensor arguments; () if variadic
    defaults: dict[str, Any]  # the parameters and their defaults
    keeps: tuple[str, ...]  # the further results of the body
    wanted: tuple[str, ...]  # the rule's argument names after g
    pick: (
        Callable[[Any], Any] | None
    )  # (*arrays, y, needs) -> saved, where the rule wants nothing else
    outputs: bool  # whether the body returns a tuple of outputs
    promotes: bool  # whether inputs of different dtypes meet at the wider one (integers at float32)
    variadic: bool

    def __init__(
        self, forward: Callable[..., Any], keeps: tuple[str, ...], outputs: bool, promotes: bool
    ) -> None:
        signature = inspect.signature(forward).parameters.values()
        self.name = forward.__name__.strip("_")
        self.forward = forward
        self.rule = self.composed = self.cost = self.pick = None
        self.wanted = ()
        self.keeps, self.outputs, self.promotes = keeps, outputs, promotes
        self.variadic = any(p.kind is p.VAR_POSITIONAL for p in signature)
        self.inputs = tuple(p.name for p in signature if p.kind is p.POSITIONAL_ONLY)
        self.defaults = {
            p.name: p.default
            for p in signature
            if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)
        }
        if bool(self.inputs) == self.variadic:
            raise TypeError(f"op {self.name}: put a slash after its tensor arguments, or take *xs")
        if taken := {"y", "needs", "g"} & {*self.defaults} or {"y", "needs"} & {*self.inputs}:
            raise TypeError(f"op {self.name}: {taken} means something else in a backward rule")

    def set_rule(self, rule: Callable[..., Any]) -> Callable[..., Any]:
        """Register the way back; its argument names say what to keep."""
        wanted = tuple(inspect.signature(rule).parameters)[1:]
        arguments = ("xs",) if self.variadic else self.inputs
        known = {"y", "needs", *self.defaults, *self.keeps}
        known |= {*arguments, *(f"{name}_shape" for name in arguments)}
        known |= {f"{name}_dtype" for name in self.inputs}
        if unknown := [name for name in wanted if name not in known]:
            raise TypeError(
                f"the backward rule of {self.name} asks for {unknown}; known are {sorted(known)}"
            )
        self.rule, self.wanted = rule, wanted
        flat: tuple[str, ...] = (*self.inputs, "y", "needs")
        if len(self.inputs) == 1 and self.defaults:  # as `_with_parameters` lays them out
            flat += (f"{self.inputs[0]}_shape", *self.defaults)
        if not (self.keeps or self.outputs or self.variadic) and set(wanted) <= set(flat):
            self.pick = _picker([flat.index(name) for name in wanted])
        return rule

    def set_composed(self, form: Callable[..., Any]) -> Callable[..., Any]:
        """Register the plain form in other ops, from which higher derivatives are taken."""
        self.composed = form
        return form

    def set_cost(self, cost: Callable[..., Any]) -> Callable[..., Any]:
        """Register what a call costs, a function of shapes and parameters (see `cost.py`)."""
        names = tuple(inspect.signature(cost).parameters)
        known = {"xs_shape", "x_shape", "y_shape", *self.defaults}
        known |= {f"{name}_shape" for name in self.inputs}
        if unknown := [name for name in names if name not in known]:
            raise TypeError(
                f"the cost of {self.name} asks for {unknown}; known are {sorted(known)}"
            )
        self.cost = cost
        return cost

    def save(
        self, arrays: tuple[Any, ...], y: Any, kept: tuple[Any, ...], needs: Any, params: Any
    ) -> tuple[Any, ...]:
        """What the rule wants, in its order, where it wants more than inputs and output."""
        named = dict(zip(self.inputs, arrays, strict=True)) if self.inputs else {"xs": arrays}
        found = {
            **params,
            **named,
            **dict(zip(self.keeps, kept, strict=True)),
            "y": y,
            "needs": needs,
        }
        return tuple(
            [found[name] if name in found else _about(name, found) for name in self.wanted]
        )

    def explain(self, error: Exception, arrays: tuple[Any, ...]) -> Exception:
        """The same error with the op's name and what came to it in front."""
        names = self.inputs or tuple(f"xs[{i}]" for i in range(len(arrays)))
        came = ", ".join(f"{n}: {_describe(a)}" for n, a in zip(names, arrays, strict=False))
        kind = next((k for k in (TypeError, IndexError) if isinstance(error, k)), ValueError)
        return kind(f"{self.name}({came}): {error}")


OPS: dict[str, Op] = {}  # every op by name: the completeness test walks it


def _picker(wanted: list[int]) -> Callable[[Any], Any]:
    if not wanted:
        return lambda flat: ()
    if len(wanted) == 1:
        return itemgetter(slice(wanted[0], wanted[0] + 1))
    return itemgetter(*wanted)


def _about(name: str, found: dict[str, Any]) -> Any:
    """The shape or dtype of an input, for a rule that needs no more of it."""
    of, _, what = name.rpartition("_")
    return dtype_of(found[of]) if what == "dtype" else _shape(found[of])


def _shape(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_shape(v) for v in value)
    return tuple(value.shape) if is_array(value) else ()


def _describe(value: Any) -> str:
    if is_array(value):
        return f"{str(value.dtype).rpartition('.')[2]} {tuple(value.shape)}"
    return repr(value) if value is None or isinstance(value, int | float) else type(value).__name__
