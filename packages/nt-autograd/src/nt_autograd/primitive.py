"""@primitive: turn a function on arrays into an op on tensors, with its way back directly under it.

    @primitive
    def mul(a, b, /):          # before the slash: tensors; after it: parameters (axes, shapes)
        return a * b           # the body sees arrays

    @mul.backward
    def _(g, a, b):            # the gradient of the output, then whatever the rule wants by name
        return g * b, g * a    # one gradient an input, None for none; a single one may be bare

**The signature is the memory.** A rule may name inputs, parameters, `y` (the output), what the body
keeps (`keeps=`), `<input>_shape`, and `needs` (which inputs want a gradient). Only what it names
stays alive.

**A rule runs on arrays or on tensors.** An op that gets no tensor runs its body and returns an
array. So rules, written with operators and ops, work at full speed on plain arrays; when the graph
of the gradient itself is wanted (`create_graph=True`) the same lines run on tensors and are
recorded. Second derivatives come free.

**Fused ops.** A body that returns `(y, kept, …)` with `keeps=("kept", …)` saves work for its rule.
Kept values are constants to the tape, so such an op also gives its plain form, `@op.composed`, from
which higher derivatives are taken.

**What it costs.** An op that does not work element by element tells its FLOPs, `@op.cost` (see
`cost.py`).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ParamSpec, Protocol, TypeVar, overload

from .op import OPS, Op
from .recording import recorder

__all__ = ["Primitive", "primitive"]

P = ParamSpec("P")
R = TypeVar("R", covariant=True)


class Primitive(Protocol[P, R]):
    """The function that `@primitive` makes."""

    op: Op
    __name__: str

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run the op, recording it where an input requires gradients."""

    def backward(self, rule: Callable[..., Any]) -> Callable[..., Any]:
        """Register the way back."""

    def composed(self, form: Callable[..., Any]) -> Callable[..., Any]:
        """Register the plain form, for higher derivatives."""

    def cost(self, rule: Callable[..., Any]) -> Callable[..., Any]:
        """Register what a call costs: a function of shapes and parameters that returns FLOPs."""


@overload
def primitive(body: Callable[P, R], /) -> Primitive[P, R]: ...
@overload
def primitive(
    *, keeps: tuple[str, ...] = (), outputs: bool = False, promotes: bool = False
) -> Callable[[Callable[P, R]], Primitive[P, R]]: ...
def primitive(
    body: Any = None,
    /,
    *,
    keeps: tuple[str, ...] = (),
    outputs: bool = False,
    promotes: bool = False,
) -> Any:
    """Make an op of a function on arrays.

    Args:
        body: takes arrays before a slash (or as `*xs`) and parameters after it; returns an array.
        keeps: names for what the body returns besides its value, kept for the backward rule.
        outputs: the body returns a tuple of outputs, each a tensor of its own.
        promotes: inputs of different dtypes are first cast to their common dtype; of an op of one
            input, integers and booleans become float32.

    Example:
        >>> from nt_autograd import exp, gradcheck, primitive, tensor
        >>> @primitive
        ... def softplus_like(x, /):
        ...     return exp(x) + 1
        >>> @softplus_like.backward
        ... def _(g, x):
        ...     return g * exp(x)
        >>> gradcheck(softplus_like, tensor([0.0, 1.0], dtype="float64", requires_grad=True))
        True

    Source: the design follows HIPS autograd (Maclaurin, Duvenaud, Adams 2015).
    """
    if body is None:
        return functools.partial(primitive, keeps=keeps, outputs=outputs, promotes=promotes)
    op = Op(body, keeps, outputs, promotes)
    call = recorder(op)
    functools.update_wrapper(call, body)
    made: Any = call
    made.op, made.backward = op, op.set_rule
    made.composed, made.cost = op.set_composed, op.set_cost
    op.call = call
    OPS[op.name] = op
    return made
