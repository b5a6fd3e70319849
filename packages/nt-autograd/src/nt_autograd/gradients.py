"""The walk back: from outputs to inputs, each node once, each gradient summed where a value was used twice.

A node's stamp grows in the order of creation, so an output's stamp is larger than those of everything it was
made from. A heap of the nodes that have a gradient, largest stamp first, therefore meets every node only
after all its uses: the walk is topological without a search, and a chain of any length is a loop, not a
recursion. Whatever a node saved is released as the walk passes.
"""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush
from typing import Any

from nt_tensor import is_array, namespace

from . import anomaly, writes
from .ops._alias import alias
from .ops._sum_to import sum_to
from .primitive import OPS, PICK
from .tape import FREED, Node, enable_grad
from .tensor import Tensor

__all__ = ["backward", "grad"]


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
        grad_outputs: the cotangents $v_k$, each of its output's shape; may be left out for one-element outputs (1).
        retain_graph: keep what the rules saved, so that the walk can be made again (default: as `create_graph`).
        create_graph: record the walk itself, for derivatives of derivatives.
        allow_unused: give None for an input that no output depends on, instead of an error.

    Returns:
        One tensor an input, of its shape and dtype.

    Raises:
        RuntimeError: an output needs no gradient, the graph was freed, a saved value was overwritten in
            place, or an input is unused.
        ValueError: a cotangent is missing or misshapen.

    Example:
        >>> from nt_autograd import grad, tensor
        >>> x = tensor([1.0, 2.0], requires_grad=True)
        >>> (g,) = grad((x ** 3).sum(), x, create_graph=True)
        >>> g
        tensor([ 3., 12.], grad_fn=<mul>)
        >>> grad(g.sum(), x)
        (tensor([ 6., 12.]),)

    Source: reverse mode, Griewank and Walther, Evaluating Derivatives (2008), chapter 3; PyTorch's `torch.autograd.grad`.
    """
    ys = [outputs] if isinstance(outputs, Tensor) else list(outputs)
    xs = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    wanted: set[Node] = set()
    for i, x in enumerate(xs):
        if x.node is None:
            raise RuntimeError(f"inputs[{i}] (shape {x.shape}) does not require gradients")
        wanted.add(x.node)
    roots = _roots(ys, grad_outputs, create_graph)
    found = _walk(roots, wanted, create_graph if retain_graph is None else retain_graph, create_graph)
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
    wanted = None if inputs is None else {x.node for x in inputs if x.node is not None}
    retain = create_graph if retain_graph is None else retain_graph
    found = _walk(roots, wanted, retain, create_graph)
    add = OPS["add"].call
    for node, g in found.items():
        arrived = g if isinstance(g, Tensor) else Tensor(g)
        if node.grad is None:
            node.grad = arrived
        elif create_graph:
            node.grad = add(node.grad, arrived)
        else:
            node.grad = Tensor(add(node.grad.data, arrived.data))


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
            raise ValueError(f"the gradient of output {i} has shape {v.shape}, the output {y.shape}")
        if v.dtype != y.dtype:
            raise TypeError(f"the gradient of output {i} has dtype {v.dtype}, the output {y.dtype}")
        roots.append((y.node, v if create else v.data))
    return roots


def _walk(
    roots: list[tuple[Node, Any]], wanted: set[Node] | None, retain: bool, create: bool
) -> dict[Node, Any]:
    """Carry gradients from the roots back to the wanted nodes (None: to all leaves).

    Gradients are arrays; with `create` they are tensors, and the walk is recorded.
    """
    useful: set[Node] | None = None  # the nodes that lead to a wanted one (None: all do)
    if wanted is not None:
        useful = set()
        _mark(useful, wanted, [node for node, _ in roots])
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
    while heap:
        node = heappop(heap)[1]
        g, op = pending.pop(node), node.op
        if node.hooks is not None:
            g = _run_hooks(node, g, create)
        if wanted is None:
            if op is None:
                found[node] = g
                continue
        elif node in wanted:
            found[node] = g
        parents, saved = node.parents, node.saved
        if op is None or (useful is not None and useful.isdisjoint(parents) and saved is not FREED):
            continue
        if saved is FREED:
            raise RuntimeError(
                f"the graph was freed by an earlier backward (met again at {op.name}); "
                "say retain_graph=True there to walk it twice"
            )
        if writes.latest > node.stamp:
            writes.check(node)
        if op is PICK:
            _gather(node, g, pending, heap)
            continue
        if op.outputs:
            g = _fill(node, g, create)
        if op.rule is None or (create and op.composed):
            ends = _rebuild(node)
            if useful is not None and wanted is not None:
                _mark(useful, wanted, [end for end in ends if end])
            for end, h in zip(ends, g if op.outputs else (g,), strict=True):
                if end is not None:
                    arrive(end, h)
            gradients: Any = ()
        else:
            gradients = op.rule(g, *(_as_tensors(node) if create else saved))
            if type(gradients) is not tuple:
                gradients = (gradients,)
        if anomaly.watching:
            anomaly.check_gradient(op, g, gradients)
        if not retain:
            node.saved, node.inputs, node.parents = FREED, None, ()
        for parent, h in zip(parents, gradients):
            if parent is None or h is None or (useful is not None and parent not in useful):
                continue
            if h.shape != parent.shape:
                h = sum_to(h, parent.shape)
            before = pending.get(parent)  # from here on as `arrive`, written out for speed
            if before is None:
                if parent.op is None and (h is g or any([h is each for each in saved])):
                    h = _copy(h)  # a leaf keeps its gradient: it must not share the array
                pending[parent] = h
                heappush(heap, (-parent.stamp, parent))
            elif create or parent not in summed:
                pending[parent] = before + h
                summed.add(parent)
            else:
                before += h
                pending[parent] = before
    return found


def _mark(useful: set[Node], wanted: set[Node], roots: Sequence[Node]) -> None:
    """Add the nodes between the roots and the wanted nodes to `useful`."""
    reached: set[Node] = set()
    stack = list(roots)
    while stack:
        node = stack.pop()
        if node not in reached:
            reached.add(node)
            stack += [parent for parent in node.parents if parent is not None]
    for node in sorted(reached, key=_stamp):  # inputs before outputs
        if node in wanted or (node.op is not None and node.op.rule is None) or not useful.isdisjoint(node.parents):
            useful.add(node)


def _stamp(node: Node) -> int:
    return node.stamp


def _rebuild(node: Node) -> list[Node | None]:
    """Run the composed form of the node's op, recorded on top of the node's own inputs.

    The new nodes are younger than all that wait, so the walk goes through them next.
    """
    arrays, params = node.inputs
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
    op = node.op
    found = []
    for name, value in zip(op.wanted, node.saved, strict=True):  # type: ignore[union-attr]
        if name == "xs":
            value = tuple(Tensor(a, p) for a, p in zip(value, node.parents, strict=True))
        elif name in op.keeps:  # type: ignore[union-attr]
            raise RuntimeError(f"{op.name} has no second derivative: it keeps {name} as a constant")  # type: ignore[union-attr]
        elif is_array(value):
            if name in op.inputs:  # type: ignore[union-attr]
                value = Tensor(value, node.parents[op.inputs.index(name)])  # type: ignore[union-attr]
            else:
                value = Tensor(value, node if name == "y" else None)
        found.append(value)
    return tuple(found)


def _gather(node: Node, g: Any, pending: dict[Node, Any], heap: list[tuple[int, Node]]) -> None:
    """Put the gradient of one of several outputs into its place among them."""
    (parent,) = node.parents
    parts = pending.get(parent)  # type: ignore[arg-type]
    if parts is None:
        parts = pending[parent] = [None] * len(parent.shape)  # type: ignore[index, union-attr]
        heappush(heap, (-parent.stamp, parent))  # type: ignore[union-attr, arg-type]
    before = parts[node.saved]
    parts[node.saved] = g if before is None else before + g


def _fill(node: Node, parts: list[Any], create: bool) -> tuple[Any, ...]:
    """The gradients of all outputs, with zeros for those that nothing came to."""
    like = next(part for part in parts if part is not None)
    array = like.data if create else like
    zeros = namespace(array).zeros
    return tuple(
        part
        if part is not None
        else (Tensor if create else _same)(zeros(shape, dtype=array.dtype))
        for part, shape in zip(parts, node.shape, strict=True)
    )


def _same(x: Any) -> Any:
    return x


def _run_hooks(node: Node, g: Any, create: bool) -> Any:
    """What the hooks on a tensor make of its gradient."""
    gradient = g if create else Tensor(g)
    for hook in list(node.hooks or ()):
        changed = hook(gradient)
        if changed is not None:
            if tuple(changed.shape) != tuple(node.shape):
                raise ValueError(
                    f"a hook returned a gradient of shape {tuple(changed.shape)} "
                    f"for a tensor of shape {tuple(node.shape)}"
                )
            gradient = changed
    return gradient if create else gradient.data


def _copy(g: Any) -> Any:
    if isinstance(g, Tensor):
        return g
    return namespace(g).asarray(g, copy=True)
