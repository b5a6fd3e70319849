"""The walk back: from outputs to inputs, each node once, gradients summed where a value split.

A node's stamp grows in the order of creation, so an output's stamp is larger than those of
everything it was made from. A heap of the nodes that have a gradient, largest stamp first,
therefore meets every node only after all its uses: the walk is topological without a search, and a
chain of any length is a loop, not a recursion. What a node saved is released as the walk passes.
"""

from __future__ import annotations

from collections.abc import Sequence
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

__all__ = ["backward", "grad"]

ALIAS = alias.op


def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Any = None,
    *,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool = False,
) -> tuple[Tensor | None, ...]:
    r"""Gradients of outputs with respect to inputs: $\sum_k v_k^\top \partial y_k / \partial x_i$.

    Args:
        outputs: what to differentiate, one tensor or several.
        inputs: with respect to what; leaves or results of ops.
        grad_outputs: the cotangents $v_k$, each of its output's shape; may be left out for
            one-element outputs (1).
        retain_graph: keep what the rules saved, so that the walk can be made again (default: as
            `create_graph`).
        create_graph: record the walk itself, for derivatives of derivatives.
        allow_unused: give None for an input that no output depends on, instead of an error.

    Returns:
        One tensor an input, of its shape and dtype.

    Raises:
        RuntimeError: an output needs no gradient, the graph was freed, a saved value was
            overwritten in place, or an input is unused.
        ValueError: a cotangent is missing or misshapen.

    Example:
        >>> from nt_autograd import grad, tensor
        >>> x = tensor([1.0, 2.0], requires_grad=True)
        >>> (g,) = grad((x ** 3).sum(), x, create_graph=True)
        >>> g
        tensor([ 3., 12.], grad_fn=<mul>)
        >>> grad(g.sum(), x)
        (tensor([ 6., 12.]),)

    Source: reverse mode, Griewank and Walther, Evaluating Derivatives (2008), chapter 3; PyTorch's
    `torch.autograd.grad`.
    """
    ys = [outputs] if isinstance(outputs, Tensor) else list(outputs)
    xs = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    wanted: set[Node] = set()
    for i, x in enumerate(xs):
        if x.node is None:
            raise RuntimeError(f"inputs[{i}] (shape {x.shape}) does not require gradients")
        wanted.add(x.node)
    roots = _roots(ys, grad_outputs, create_graph)
    retain = create_graph if retain_graph is None else retain_graph
    found = _carry(roots, wanted, retain, create_graph)
    gradients: list[Tensor | None] = []
    for i, x in enumerate(xs):
        g = found.get(x.node) if x.node else None
        if g is None and not allow_unused:
            raise RuntimeError(
                f"inputs[{i}] (shape {x.shape}) was not used in making the outputs; "
                "allow_unused=True gives None for it"
            )
        gradients.append(g if g is None or isinstance(g, Tensor) else Tensor(g))
    return tuple(gradients)


def backward(
    output: Tensor,
    gradient: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Sequence[Tensor] | None = None,
) -> None:
    """The walk behind `Tensor.backward`: add what arrives at each leaf to the leaf's `.grad`."""
    roots = _roots([output], None if gradient is None else [gradient], create_graph)
    wanted: set[Node] | None = None
    if inputs is not None:
        wanted = set()
        for i, x in enumerate(inputs):
            if x.node is None:
                raise RuntimeError(f"inputs[{i}] (shape {x.shape}) does not require gradients")
            wanted.add(x.node)
    retain = create_graph if retain_graph is None else retain_graph
    found = _carry(roots, wanted, retain, create_graph)
    for node, g in found.items():
        arrived = g if isinstance(g, Tensor) else Tensor(g)
        node.grad = arrived if node.grad is None else _sum(node.grad, arrived, create_graph)


def _roots(ys: list[Tensor], grad_outputs: Any, create: bool) -> list[tuple[Node, Any]]:
    """The nodes of the outputs with the gradients to begin from."""
    vs = [grad_outputs] if isinstance(grad_outputs, Tensor) else grad_outputs
    if vs is None:
        vs = [None] * len(ys)
    if len(vs) != len(ys):
        raise ValueError(f"grad_outputs has {len(vs)} entries for {len(ys)} outputs")
    roots = []
    for i, (y, v) in enumerate(zip(ys, vs, strict=True)):
        if y.node is None:
            raise RuntimeError(
                f"output {i} (shape {y.shape}) does not require gradients: "
                "nothing that it was made from does, or it was made under no_grad()"
            )
        if v is None:
            if y.numel() != 1:
                raise ValueError(
                    f"output {i} has shape {y.shape}: give its gradient; "
                    "only one-element outputs have a default (1)"
                )
            v = Tensor(namespace(y.data).ones_like(y.data))
        elif not isinstance(v, Tensor):
            v = Tensor(v)
        if v.shape != y.shape:
            raise ValueError(
                f"the gradient of output {i} has shape {v.shape}, the output {y.shape}"
            )
        if v.dtype != y.dtype:
            raise TypeError(f"the gradient of output {i} has dtype {v.dtype}, the output {y.dtype}")
        roots.append((y.node, v if create else v.data))
    return roots


def _carry(
    roots: list[tuple[Node, Any]], wanted: set[Node] | None, retain: bool, create: bool
) -> dict[Node, Any]:
    """The walk, recorded where `create` says so, even under no_grad."""
    if not create:
        return _walk(roots, wanted, retain, False)
    with enable_grad():
        return _walk(roots, wanted, retain, True)


def _walk(
    roots: list[tuple[Node, Any]], wanted: set[Node] | None, retain: bool, create: bool
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
    heap: list[tuple[int, Node]] = []

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
                if parent.op is None:
                    h = _owned(h, g, saved, gradients)
                pending[parent] = h
                heappush(heap, (-parent.stamp, parent))
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


def _gather(node: Node, g: Any, pending: dict[Node, Any], heap: list[tuple[int, Node]]) -> None:
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
        node.grad = _sum(node.grad, gradient, create)


def _sum(a: Tensor, b: Tensor, create: bool) -> Tensor:
    add = OPS["add"].call
    found: Tensor = add(a, b) if create else Tensor(add(a.data, b.data))
    return found


def _copy(g: Any) -> Any:
    if isinstance(g, Tensor):
        return g
    return namespace(g).asarray(g, copy=True)
