"""Calling a function of tensors so that its derivatives can be asked for: one tensor or several."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from nt_tensor import namespace

from .gradients import grad
from .ops._alias import alias
from .tensor import Tensor

__all__ = ["Tensors", "call", "cotangents", "deliver", "gradients"]

Tensors: TypeAlias = Tensor | Sequence[Tensor]
"""One tensor, or several: what a function takes and gives."""


def call(
    who: str, func: Callable[..., Any], inputs: Tensors, connected: bool
) -> tuple[list[Tensor], list[Tensor], bool]:
    """Call `func` on inputs that require gradients: these, the outputs, and whether it gave one.

    The inputs are new: leaves, or (`connected`) copies through which gradients reach the old ones.
    """
    given = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    xs = []
    for i, x in enumerate(given):
        if not isinstance(x, Tensor):
            raise TypeError(f"{who}: inputs[{i}] is a {type(x).__name__}, not a Tensor")
        xs.append(alias(x) if connected and x.requires_grad else x.detach().requires_grad_())
    made = func(*xs)
    ys = [made] if isinstance(made, Tensor) else list(made)
    for i, y in enumerate(ys):
        if not isinstance(y, Tensor):
            raise TypeError(f"{who}: output {i} of func is a {type(y).__name__}, not a Tensor")
    return xs, ys, isinstance(made, Tensor)


def cotangents(who: str, of: str, v: Tensors | None, tensors: list[Tensor]) -> list[Tensor]:
    """The vectors to multiply with, one a tensor and of its shape; 1 where it may be left out."""
    if v is None:
        if len(tensors) != 1 or tensors[0].numel() != 1:
            shapes = ", ".join(str(t.shape) for t in tensors)
            raise ValueError(
                f"{who}: v may only be left out for a single one-element {of}; they are {shapes}"
            )
        return [Tensor(namespace(tensors[0].data).ones_like(tensors[0].data))]
    vs = [v] if isinstance(v, Tensor) else list(v)
    if len(vs) != len(tensors):
        raise ValueError(f"{who}: v has {len(vs)} entries for {len(tensors)} {of}s")
    for i, (each, t) in enumerate(zip(vs, tensors, strict=True)):
        if each.shape != t.shape:
            raise ValueError(f"{who}: v[{i}] has shape {each.shape}, the {of} {t.shape}")
    return vs


def gradients(
    who: str,
    ys: list[Tensor],
    xs: list[Tensor],
    vs: list[Tensor],
    create_graph: bool = False,
    strict: bool = False,
    retain_graph: bool | None = None,
) -> list[Tensor]:
    """The gradients of the outputs, zeros (or, if `strict`, an error) where there is none."""
    pairs = [(y, v) for y, v in zip(ys, vs, strict=True) if y.requires_grad]
    found: Sequence[Tensor | None] = (None,) * len(xs)
    if pairs:
        roots, seeds = zip(*pairs, strict=True)
        found = grad(
            roots,
            xs,
            seeds,
            create_graph=create_graph,
            retain_graph=retain_graph,
            allow_unused=True,
        )
    if strict and None in found:
        i = list(found).index(None)
        raise RuntimeError(f"{who}: the outputs of func do not depend on inputs[{i}]")
    return [
        Tensor(namespace(x.data).zeros_like(x.data)) if g is None else g
        for g, x in zip(found, xs, strict=True)
    ]


def deliver(tensors: Sequence[Tensor], single: bool, keep_graph: bool) -> Any:
    """One tensor or a tuple, as it came; constants unless the graph is wanted."""
    ready = tuple(t if keep_graph else t.detach() for t in tensors)
    return ready[0] if single else ready
