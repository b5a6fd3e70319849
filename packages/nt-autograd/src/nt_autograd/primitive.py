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
import inspect
from collections.abc import Callable
from operator import itemgetter
from typing import Any, ParamSpec, Protocol, TypeVar, overload

from nt_tensor import asarray, backend_of, device_of, dtype_of, is_array, result_type

from . import watch
from .tape import Node, state
from .tensor import Tensor

__all__ = ["OPS", "PICK", "Op", "Primitive", "output", "primitive"]

P = ParamSpec("P")
R = TypeVar("R", covariant=True)


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
    plain = not (keeps or outputs or op.variadic or op.defaults)
    if plain and len(op.inputs) == 1:
        call = _unary(op)
    elif plain and len(op.inputs) == 2:
        call = _binary(op)
    elif len(op.inputs) == 1 and not (keeps or outputs or promotes):
        call = _with_parameters(op)
    else:
        call = _general(op)
    functools.update_wrapper(call, body)
    made: Any = call
    made.op, made.backward = op, op.set_rule
    made.composed, made.cost = op.set_composed, op.set_cost
    op.call = call
    OPS[op.name] = op
    return made


def _unary(op: Op) -> Callable[..., Any]:
    """The call of an op of one input without parameters: the general call, unrolled for speed."""
    forward, promotes = op.forward, op.promotes

    def call(x: Any, /) -> Any:
        if not isinstance(x, Tensor):
            return forward(x)
        array, node = x.data, x.node
        if promotes and not _floats(array, node):
            return call(OPS["astype"].call(x, "float32"))
        try:
            y = forward(array)
        except (ValueError, TypeError, IndexError) as error:
            raise op.explain(error, (array,)) from error
        if watch.watchers:
            watch.ran(op, (array,), {}, y)
        if node is None or not state.recording or op.rule is None:
            return Tensor(y)
        saved = op.pick((array, y, True)) if op.pick else op.save((array,), y, (), (True,), {})
        return Tensor(y, Node(op, (node,), y.shape, saved, ((array,), {}) if op.composed else None))

    return call


def _binary(op: Op) -> Callable[..., Any]:
    """The call of an op of two inputs without parameters: the general call, unrolled for speed."""
    forward, promotes = op.forward, op.promotes

    def call(a: Any, b: Any, /) -> Any:
        if isinstance(a, Tensor):
            p, m = a.data, a.node
            if isinstance(b, Tensor):
                q, n = b.data, b.node
                if promotes and p.dtype is not q.dtype and p.dtype != q.dtype:
                    return _meet(op, a, b)
            else:
                q, n = b, None
                if promotes and type(b) is not int and not (type(b) is float and _floats(p, m)):
                    return _meet(op, a, b)
        elif isinstance(b, Tensor):
            p, m, q, n = a, None, b.data, b.node
            if promotes and type(a) is not int and not (type(a) is float and _floats(q, n)):
                return _meet(op, a, b)
        else:
            return forward(a, b)
        try:
            y = forward(p, q)
        except (ValueError, TypeError, IndexError) as error:
            raise op.explain(error, (p, q)) from error
        if watch.watchers:
            watch.ran(op, (p, q), {}, y)
        if (m is None and n is None) or not state.recording or op.rule is None:
            return Tensor(y)
        if op.pick:
            saved = op.pick((p, q, y, (m is not None, n is not None)))
        else:
            saved = op.save((p, q), y, (), (m is not None, n is not None), {})
        return Tensor(y, Node(op, (m, n), y.shape, saved, ((p, q), {}) if op.composed else None))

    return call


def _with_parameters(op: Op) -> Callable[..., Any]:
    """The call of an op of one input with parameters: the general call, unrolled for speed."""
    forward, names, usual = op.forward, tuple(op.defaults), tuple(op.defaults.values())

    def call(x: Any, /, *rest: Any, **named: Any) -> Any:
        if not isinstance(x, Tensor):
            return forward(x, *rest, **named)
        array, node = x.data, x.node
        try:
            y = forward(array, *rest, **named)
        except (ValueError, TypeError, IndexError) as error:
            raise op.explain(error, (array,)) from error
        if watch.watchers:
            params = {**op.defaults, **dict(zip(names, rest, strict=False)), **named}
            watch.ran(op, (array,), params, y)
        if node is None or not state.recording or op.rule is None:
            return Tensor(y)
        if op.pick and not op.composed:
            if named:
                found = {**op.defaults, **named}
                rest += tuple([found[name] for name in names[len(rest) :]])
            else:
                rest += usual[len(rest) :]
            saved = op.pick((array, y, (True,), array.shape, *rest))
            return Tensor(y, Node(op, (node,), y.shape, saved))
        params = {**op.defaults, **dict(zip(names, rest, strict=False)), **named}
        saved = op.save((array,), y, (), (True,), params)
        again = ((array,), params) if op.composed else None
        return Tensor(y, Node(op, (node,), y.shape, saved, again))

    return call


def _general(op: Op) -> Callable[..., Any]:
    """The call of any op."""
    forward, count = op.forward, len(op.inputs)
    names = tuple(op.defaults)

    def call(*args: Any, **named: Any) -> Any:
        given, rest = (args, ()) if op.variadic else (args[:count], args[count:])
        if True not in [isinstance(x, Tensor) for x in given]:
            y = forward(*args, **named)
            return y[0] if op.keeps else y
        if op.promotes and len(given) > 1:
            given = _common(op, given)
        arrays = tuple([x.data if isinstance(x, Tensor) else x for x in given])
        parents = tuple([x.node if isinstance(x, Tensor) else None for x in given])
        try:
            y = forward(*arrays, *rest, **named)
        except (ValueError, TypeError, IndexError) as error:
            _one_backend(op, arrays)
            raise op.explain(error, arrays) from error
        kept: tuple[Any, ...] = ()
        if op.keeps:
            y, kept = y[0], y[1:]
        if watch.watchers:
            params = {**op.defaults, **dict(zip(names, rest, strict=False)), **named}
            watch.ran(op, arrays, params, y)
        needs = tuple([parent is not None for parent in parents])
        if not (True in needs and state.recording and op.rule is not None):
            return tuple([Tensor(each) for each in y]) if op.outputs else Tensor(y)
        if missing := count - len(arrays):  # trailing inputs left out, such as a bias
            arrays += (None,) * missing
            parents += (None,) * missing
            needs += (False,) * missing
        params = {**op.defaults, **dict(zip(names, rest, strict=False)), **named}
        saved = op.save(arrays, y, kept, needs, params)
        again = (arrays, params) if op.composed else None
        if not op.outputs:
            return Tensor(y, Node(op, parents, y.shape, saved, again))
        node = Node(op, parents, tuple([each.shape for each in y]), saved, again)
        return tuple([output(each, node, i) for i, each in enumerate(y)])

    return call


def output(value: Any, node: Node, i: int) -> Tensor:
    """Output `i` of the op of `node`. Integers and booleans have no gradient."""
    if dtype_of(value).kind != "float":
        return Tensor(value)
    return Tensor(value, Node(PICK, (node,), value.shape, i))


def _pick_one(x: Any, /) -> Any:
    """One output of an op with several. The walk back gathers their gradients for the op's rule."""
    return x


PICK = Op(_pick_one, (), False, False)


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


def _floats(array: Any, node: Node | None) -> bool:
    """Whether an array holds floats; one with a node does."""
    return node is not None or dtype_of(array).kind == "float"


def _meet(op: Op, a: Any, b: Any) -> Any:
    """Call again with both inputs cast to their common dtype."""
    return op.call(*_common(op, (a, b)))


def _common(op: Op, given: tuple[Any, ...]) -> tuple[Any, ...]:
    """The inputs, cast where their dtypes differ; Python numbers never widen an array."""
    kinds = [x.data.dtype if isinstance(x, Tensor) else x for x in given if x is not None]
    if all(kind is kinds[0] for kind in kinds):
        return given  # the usual case: tensors of one dtype
    arrays = [x.data if isinstance(x, Tensor) else x for x in given]
    _one_backend(op, tuple(arrays))
    like = next(a for a in arrays if is_array(a))
    dtype = result_type(*(a for a in arrays if a is not None))
    cast = OPS["astype"].call
    found = []
    for x, array in zip(given, arrays, strict=True):
        if array is None:
            pass
        elif not is_array(array):
            x = Tensor(asarray(array, dtype=dtype, device=device_of(like)))
        elif dtype_of(array) != dtype:
            x = cast(x if isinstance(x, Tensor) else Tensor(x), dtype)
        elif not isinstance(x, Tensor):
            x = Tensor(x)
        found.append(x)
    return tuple(found)


def _one_backend(op: Op, arrays: tuple[Any, ...]) -> None:
    names = sorted({backend_of(a).name for a in arrays if is_array(a)})
    if len(names) > 1:
        raise TypeError(
            f"{op.name} got arrays of {' and '.join(names)}; move them with x.to(device)"
        )
