"""Recording: the call of an op, which runs its body on arrays and leaves a node behind.

The general call comes last; those before it are the same, unrolled for the usual kinds of op: on
small tensors the call itself is what takes the time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nt_tensor import asarray, backend_of, device_of, dtype_of, is_array, result_type

from . import transforms, watch
from .op import OPS, Op
from .tape import Node, state
from .tensor import Tensor

__all__ = ["PICK", "output", "recorder"]


def recorder(op: Op) -> Callable[..., Any]:
    """The function that calls `op`: the fastest one that can."""
    plain = not (op.keeps or op.outputs or op.variadic or op.defaults)
    if plain and len(op.inputs) == 1:
        return _unary(op)
    if plain and len(op.inputs) == 2:
        return _binary(op)
    if len(op.inputs) == 1 and not (op.keeps or op.outputs or op.promotes):
        return _with_parameters(op)
    return _general(op)


def _unary(op: Op) -> Callable[..., Any]:
    """The call of an op of one input without parameters: the general call, unrolled for speed."""
    forward, promotes = op.forward, op.promotes

    def call(x: Any, /) -> Any:
        if not isinstance(x, Tensor):
            return forward(x)
        if transforms.contexts:
            (x,) = transforms.apply(op, (x,))
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
        if transforms.contexts:
            a, b = transforms.apply(op, (a, b))
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
        if transforms.contexts:
            (x,) = transforms.apply(op, (x,), (*rest, *named.values()))
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
        if transforms.contexts:
            given = transforms.apply(op, given, (*rest, *named.values()))
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


def _floats(array: Any, node: Node | None) -> bool:
    """Whether an array holds floats; one with a node does."""
    return node is not None or dtype_of(array).kind == "float"


def _meet(op: Op, a: Any, b: Any) -> Any:
    """Call again with both inputs cast to their common dtype."""
    if a is None or b is None:
        raise TypeError(f"{op.name} takes tensors, arrays and numbers, not None")
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
