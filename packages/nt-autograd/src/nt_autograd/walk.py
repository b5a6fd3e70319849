"""The walk back: from outputs to inputs, each node once, gradients summed where a value split.

A node's stamp grows in the order of creation, so an output's stamp is larger than those of
everything it was made from. A heap of the nodes that have a gradient, largest stamp first,
therefore meets every node only after all its uses: the walk is topological without a search, and a
chain of any length is a loop, not a recursion. What a node saved is released as the walk passes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from heapq import heappop, heappush
from typing import Any

from nt_tensor import is_array, namespace

from . import watch, writes
from .op import OPS, Op
from .ops._alias import alias
from .ops._sum_to import sum_to
from .recording import PICK
from .tape import FREED, Node, enable_grad
from .tensor import Tensor, retained

__all__ = ["carry", "sum_gradients"]

ALIAS = alias.op


def carry(
    roots: list[tuple[Node, Any]],
    wanted: set[Node] | None,
    retain: bool,
    create: bool,
    ready: Callable[[Node, Any], None] | None = None,
) -> dict[Node, Any]:
    """Walk from the roots to the wanted nodes; recorded with `create`, even under no_grad.

    `ready` is told of each leaf's gradient as soon as nothing more can come to it, while the walk
    goes on; without it, leaves come last.
    """
    if not create:
        return _walk(roots, wanted, retain, False, ready)
    with enable_grad():
        return _walk(roots, wanted, retain, True)


def _walk(
    roots: list[tuple[Node, Any]],
    wanted: set[Node] | None,
    retain: bool,
    create: bool,
    ready: Callable[[Node, Any], None] | None = None,
) -> dict[Node, Any]:
    """Carry gradients from the roots back to the wanted nodes (None: to all leaves).

    Gradients are arrays; with `create` they are tensors, and the walk is recorded.
    """
    useful: set[Node] | None = None  # the nodes that lead to a wanted one (None: all do)
    reached: set[Node] = set()  # the nodes of which `useful` tells
    freed: Op | None = None  # an op behind which nothing is known any more
    if wanted is not None:
        useful = set()
        freed = _mark(useful, reached, wanted, [node for node, _ in roots])
    found: dict[Node, Any] = {}
    pending: dict[Node, Any] = {}  # the gradient of every node in the heap
    summed: set[Node] = set()  # nodes whose pending gradient is a sum made here, free to add into
    heap: list[tuple[float, Node]] = []
    turns = {} if ready is None else _turns([node for node, _ in roots])

    def arrive(node: Node, g: Any) -> None:
        before = pending.get(node)
        if before is None:
            pending[node] = g
            heappush(heap, (-node.stamp, node))
        elif node in summed and not create:
            before += g  # in place where the library can
            pending[node] = before
        else:
            pending[node] = before + g
            summed.add(node)

    for node, g in roots:
        arrive(node, g if node.op else _copy(g))
    watched, latest = watch.watchers, writes.latest
    while heap:
        node = heappop(heap)[1]
        g = pending.pop(node)
        op: Any = node.op
        if node.hooks is not None:
            g = _run_hooks(node, g, create)
            latest = writes.latest  # a hook may have written
        if wanted is None:
            if op is None:
                found[node] = g
                if ready is not None:
                    ready(node, g)
                continue
        elif node in wanted:
            found[node] = g if op is None else _copy(g)
        parents, saved = node.parents, node.saved
        if op is None:
            continue
        if useful is not None and op.rule and saved is not FREED and useful.isdisjoint(parents):
            continue
        if saved is FREED:
            raise _freed(op)
        if op is PICK:
            _gather(node, g, pending, heap)
            continue
        if latest > node.stamp:
            writes.check(node, saved)
        if op.outputs:
            g = _fill(node, g, create)
        if op.rule is None or (create and op.composed):
            ends = _rebuild(node)
            if useful is not None and wanted is not None:
                _mark(useful, reached, wanted, [end for end in ends if end])
            for end, h in zip(ends, g if op.outputs else (g,), strict=True):
                if end is not None:
                    arrive(end, h)
            gradients: Any = (None,) * len(parents)
        else:
            if create:
                gradients = op.rule(g, *_as_tensors(node))
            elif watched:
                gradients = watch.seen(op.rule)(g, *saved)
            else:
                gradients = op.rule(g, *saved)
            if type(gradients) is not tuple:
                gradients = (gradients,)
            if len(gradients) != len(parents):
                raise _miscounted(op, len(gradients), len(parents))
        if watched:
            watch.went_back(node, g, gradients)
        if not retain:
            node.saved, node.inputs, node.parents = FREED, None, ()
        for parent, h in zip(parents, gradients):  # noqa: B905 - counted above
            if parent is None or h is None or (useful is not None and parent not in useful):
                continue
            if h.shape != parent.shape:
                h = sum_to(h, parent.shape)
            before = pending.get(parent)  # from here on as `arrive`, written out for speed
            if before is None:
                turn: float = -parent.stamp
                if parent.op is None:
                    h = _owned(h, g, saved, gradients)
                    turn = turns.get(parent, turn)
                pending[parent] = h
                heappush(heap, (turn, parent))
            elif create or parent not in summed:
                pending[parent] = before + h
                summed.add(parent)
            else:
                before += h
                pending[parent] = before
    if freed is not None and wanted is not None and not wanted <= found.keys():
        raise _freed(freed)  # what is missing may lie behind it
    return found


def _freed(op: Op) -> RuntimeError:
    return RuntimeError(
        f"the graph was freed by an earlier backward (met again at {op.name}); "
        "say retain_graph=True there to walk it twice"
    )


def _miscounted(op: Op, came: int, inputs: int) -> RuntimeError:
    return RuntimeError(
        f"the backward rule of {op.name} gave {came} gradients for {inputs} inputs; "
        "it gives one an input, None where there is none"
    )


def _owned(h: Any, g: Any, saved: Any, gradients: tuple[Any, ...]) -> Any:
    """The gradient `h` of a leaf, copied where somebody else holds its memory.

    A leaf keeps its gradient for the program to write into. So it must not be a view of what came
    to the rule, of what the rule saved or of another input's gradient.
    """
    if isinstance(h, Tensor):
        return h
    root = _root(h)
    if any(_root(each) is root for each in (g, *saved)):
        return _copy(h)
    if len(gradients) > 1 and [each is h for each in gradients].count(True) > 1:
        return _copy(h)
    return h if h.shape else _array(h)


def _root(value: Any) -> Any:
    """The array that owns the memory that `value` is a view of."""
    base = getattr(value, "base", None)
    while base is not None and base is not value:
        value, base = base, getattr(base, "base", None)
    return value


def _array(h: Any) -> Any:
    """An array of what may be a NumPy scalar, which cannot be written into."""
    return namespace(h).asarray(h)


def _turns(roots: Sequence[Node]) -> dict[Node, float]:
    """When each leaf's gradient is whole: right behind the first op that used the leaf.

    Ops whose way back is only made on the walk may lead to any leaf: leaves wait for them too.
    """
    first: dict[Node, int] = {}
    unknown: int | None = None
    reached = set(roots)
    stack = list(reached)
    while stack:
        node = stack.pop()
        if node.op is not None and node.op.rule is None:
            unknown = node.stamp if unknown is None else min(unknown, node.stamp)
        for parent in node.parents:
            if parent is None:
                continue
            if parent.op is None:
                first[parent] = min(first.get(parent, node.stamp), node.stamp)
            elif parent not in reached:
                reached.add(parent)
                stack.append(parent)
    # Between the op's own turn and that of the op before it, a different one for each leaf.
    return {
        leaf: 0.5 + 0.4 * i / len(first) - (stamp if unknown is None else min(stamp, unknown))
        for i, (leaf, stamp) in enumerate(first.items())
    }


def _mark(
    useful: set[Node], reached: set[Node], wanted: set[Node], roots: Sequence[Node]
) -> Op | None:
    """Add the nodes between the roots and the wanted nodes to `useful`.

    A node without a rule counts: only when it is rebuilt it is known what it leads to. Behind a
    node that was freed nothing is known; one such op is returned.
    """
    fresh: list[Node] = []
    freed: Op | None = None
    stack = list(roots)
    while stack:
        node = stack.pop()
        if node not in reached:
            reached.add(node)
            fresh.append(node)
            if node.saved is FREED:
                freed = node.op
            stack += [parent for parent in node.parents if parent is not None]
    for node in sorted(fresh, key=_stamp):  # inputs before outputs
        if (
            node in wanted
            or (node.op is not None and node.op.rule is None)
            or not useful.isdisjoint(node.parents)
        ):
            useful.add(node)
    return freed


def _stamp(node: Node) -> int:
    return node.stamp


def _rebuild(node: Node) -> list[Node | None]:
    """Run the composed form of the node's op, recorded on top of the node's own inputs.

    The new nodes are younger than all that wait, so the walk goes through them next.
    """
    arrays, params = node.inputs
    writes.check(node, arrays)
    inputs = [
        a if parent is None else Tensor(a, Node(ALIAS, (parent,), a.shape, ()))
        for a, parent in zip(arrays, node.parents, strict=True)
    ]
    inputs = [Tensor(a) if is_array(a) else a for a in inputs]
    with enable_grad():
        y = node.op.composed(*inputs, **params)  # type: ignore[union-attr, misc]
    return [each.node for each in (y if isinstance(y, tuple) else (y,))]


def _as_tensors(node: Node) -> tuple[Any, ...]:
    """What the node saved, as tensors that lead back to where it came from."""
    op: Any = node.op
    found = []
    for name, value in zip(op.wanted, node.saved, strict=True):
        if name == "xs":
            value = tuple(Tensor(a, p) for a, p in zip(value, node.parents, strict=True))
        elif name in op.keeps:
            raise RuntimeError(f"{op.name} has no second derivative: it keeps {name} as a constant")
        elif name == "y":
            value = Tensor(value, node)
        elif name in op.inputs and is_array(value):
            value = Tensor(value, node.parents[op.inputs.index(name)])
        found.append(value)
    return tuple(found)


def _gather(node: Node, g: Any, pending: dict[Node, Any], heap: list[tuple[float, Node]]) -> None:
    """Put the gradient of one of several outputs into its place among them."""
    parent: Any = node.parents[0]
    parts = pending.get(parent)
    if parts is None:
        parts = pending[parent] = [None] * len(parent.shape)
        heappush(heap, (-parent.stamp, parent))
    before = parts[node.saved]
    parts[node.saved] = g if before is None else before + g


def _fill(node: Node, parts: list[Any], create: bool) -> tuple[Any, ...]:
    """The gradients of all outputs, with zeros for those that nothing came to."""
    like = next(part for part in parts if part is not None)
    array = like.data if create else like
    zeros = namespace(array).zeros
    return tuple(
        part if part is not None else (Tensor if create else _same)(zeros(shape, dtype=array.dtype))
        for part, shape in zip(parts, node.shape, strict=True)
    )


def _same(x: Any) -> Any:
    return x


def _run_hooks(node: Node, g: Any, create: bool) -> Any:
    """What the hooks on a tensor make of its gradient."""
    gradient = g if create else Tensor(g)
    for hook in list(node.hooks or ()):
        if hook is retained:
            _retain(node, gradient, create)
            continue
        changed = hook(gradient)
        if changed is None:
            continue
        if not isinstance(changed, Tensor):
            raise TypeError(f"a hook returned a {type(changed).__name__}, not a Tensor or None")
        if changed.shape != gradient.shape or changed.dtype != gradient.dtype:
            raise ValueError(
                f"a hook returned a gradient of {changed.dtype} {changed.shape} "
                f"for a tensor of {gradient.dtype} {gradient.shape}"
            )
        gradient = changed
    return gradient if create else gradient.data


def _retain(node: Node, gradient: Tensor, create: bool) -> None:
    """Keep the gradient of a tensor that asked for it, beside what it has."""
    if node.grad is None:
        node.grad = gradient if create else Tensor(_copy(gradient.data))
    else:
        node.grad = sum_gradients(node.grad, gradient, create)


def sum_gradients(a: Tensor, b: Tensor, create: bool) -> Tensor:
    """What is in `.grad` and what arrived, together; recorded with `create`."""
    add = OPS["add"].call
    found: Tensor = add(a, b) if create else Tensor(add(a.data, b.data))
    return found


def _copy(g: Any) -> Any:
    if isinstance(g, Tensor):
        return g
    return namespace(g).asarray(g, copy=True)
