"""draw_steps: values on their way forward and gradients on their way back, a picture a step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from threading import get_ident
from typing import Any

from nt_tensor import namespace

from .ops._sum_to import sum_to
from .recording import PICK
from .step_picture import Plan, picture, short
from .tape import FREED, Node
from .tensor import Tensor
from .walk import carry
from .watch import watched_by

__all__ = ["GraphStep", "draw_steps"]

_MOST = 200
_SIGNS = {"add": "+", "sub": "−", "mul": "·", "div": "/"}  # a true minus sign


@dataclass(frozen=True, repr=False)
class GraphStep:
    """What is known of a graph at one moment; its `svg()` is the picture, which notebooks show.

    Attributes:
        told: what happens in this step, in a sentence.
        values: name -> value, of the nodes computed so far.
        gradients: name -> gradient, of the nodes that the walk back has reached; the sum of what
            has come so far.
        sent: (input, op) -> what the op's backward rule has handed to that input.
        active: the names of the nodes that the step is about.

    Example:
        >>> from nt_autograd import draw_steps, tensor
        >>> x = tensor(3.0, requires_grad=True)
        >>> step = draw_steps(x * x, {"x": x})[-1]
        >>> step.gradients["x"].item(), step.sent["x", "y"].item(), step.active
        (6.0, 6.0, ('y', 'x'))
        >>> step.svg()[:4]
        '<svg'
    """

    told: str
    values: Mapping[str, Tensor]
    gradients: Mapping[str, Tensor]
    sent: Mapping[tuple[str, str], Tensor]
    active: tuple[str, ...]
    _plan: Plan

    def svg(self) -> str:
        """The graph as an SVG document, with what is known at this step.

        A node is a `g` that says `data-node`, `data-value` and `data-gradient` to programs, and has
        the classes `nt-node`, `nt-active` and `nt-unknown` for a style sheet.
        """
        return picture(self._plan, self.values, self.gradients, self.sent, self.active, self.told)

    def _repr_svg_(self) -> str:
        return self.svg()

    def __repr__(self) -> str:
        return f"GraphStep({self.told!r})"


def draw_steps(output: Tensor, names: Mapping[str, Tensor] | None = None) -> list[GraphStep]:
    """Follow a small graph step by step: each value forward, then each gradient back.

    The gradients are those of one walk back, in the walk's own order; nothing is added to `.grad`,
    and the graph is kept. The tape holds no values, so those of named tensors (and of the output)
    are shown, and others have a name `v1`, `v2`, … and a gradient alone.

    Args:
        output: one element; what the gradients are of.
        names: names for tensors in the graph, as for `draw`.

    Returns:
        The leaves alone; a step for each op; the output's own gradient, 1; and a step for each op
        on the way back.

    Raises:
        ValueError: the output was not recorded or has more than one element; or the graph is too
            large to follow.
        RuntimeError: the graph was freed.

    Example:
        >>> from nt_autograd import tensor
        >>> a, b = tensor(2.0, requires_grad=True), tensor(-3.0, requires_grad=True)
        >>> for step in draw_steps(a * b, {"a": a, "b": b}):
        ...     print(step.told)
        The leaves have their values.
        Forward: y = a · b = −6
        Backward begins: ∂y/∂y = 1
        Backward through y: it has 1 and gives −3 to a, 2 to b

    Source: Griewank and Walther, Evaluating Derivatives (2008), section 3.2: the evaluation trace
    and its adjoint.
    """
    nodes = _nodes(output)
    named = _named(nodes, output, names or {})
    known = {t.node: t for t in (names or {}).values()} | {output.node: output}
    values = {named[node]: _copy(known[node].data) for node in nodes if node in known}
    y = named[nodes[-1]]

    watcher = _Watcher(named)
    one = namespace(output.data).ones_like(output.data)
    with watched_by(watcher):
        carry([(nodes[-1], one)], None, True, False)
    plan = Plan(
        y,
        {named[node]: _written(node, named) for node in nodes},
        [(named[p], named[node]) for node in nodes for p in dict.fromkeys(node.parents) if p],
    )

    leaves = [named[node] for node in nodes if node.op is None]
    ready = {name: values[name] for name in leaves if name in values}
    found = [GraphStep("The leaves have their values.", dict(ready), {}, {}, tuple(leaves), plan)]
    for name in (named[node] for node in nodes if node.op is not None):
        told = f"Forward: {name} = {plan.written[name]}"
        if name in values:
            ready[name] = values[name]
            told += f" = {short(values[name])}"
        found.append(GraphStep(told, dict(ready), {}, {}, (name,), plan))
    gradients = {y: _copy(one)}
    sent: dict[tuple[str, str], Tensor] = {}
    found.append(
        GraphStep(f"Backward begins: ∂{y}/∂{y} = 1", ready, dict(gradients), {}, (y,), plan)
    )
    for name, parts in watcher.handed:
        for each, part in parts:
            gradients[each] = gradients[each] + part if each in gradients else part
            sent[each, name] = sent[each, name] + part if (each, name) in sent else part
        gave = ", ".join(f"{short(part)} to {each}" for each, part in parts)
        has = f"it has {short(gradients[name])} and gives" if name in gradients else "it gives"
        told = f"Backward through {name}: {has} {gave}"
        active = tuple(dict.fromkeys([name, *(each for each, _ in parts)]))
        found.append(GraphStep(told, ready, dict(gradients), dict(sent), active, plan))
    plan.fit(found[-1].values, found[-1].gradients)
    return found


def _nodes(output: Tensor) -> list[Node]:
    """The nodes of the graph in the order of making."""
    root = output.node
    if root is None:
        raise ValueError(
            f"draw_steps: the output (shape {output.shape}) was not recorded: it has no graph"
        )
    if output.numel() != 1:
        raise ValueError(f"draw_steps: the output needs one element, it has shape {output.shape}")
    if root.saved is FREED:
        raise RuntimeError("draw_steps: the graph was freed by backward; follow it before")
    found, stack = {root}, [root]
    while stack:
        new = {p for p in stack.pop().parents if p is not None and p not in found}
        found |= new
        stack += new
        if len(found) > _MOST:
            raise ValueError(f"draw_steps: a graph of more than {_MOST} nodes; follow a part of it")
    return sorted(found, key=lambda node: node.stamp)


def _named(nodes: list[Node], output: Tensor, names: Mapping[str, Tensor]) -> dict[Node, str]:
    """A name for each node: the one given, y for the output, v1, v2, … for others."""
    given = {tensor.node: name for name, tensor in names.items()}
    free = (name for i in range(1, 2 * _MOST + 2) if (name := f"v{i}") not in names)
    if "y" not in names:
        given.setdefault(output.node, "y")
    return {node: given[node] if node in given else next(free) for node in nodes}


def _written(node: Node, named: Mapping[Node, str]) -> str:
    """How an op's value is computed, as a reader would write it; nothing for a leaf."""
    if node.op is None:
        return ""
    inputs = [named[parent] for parent in node.parents if parent is not None]
    if node.op is PICK:
        return f"{inputs[0]}[{node.saved}]"
    if node.op.name in _SIGNS and len(inputs) == 2:
        return f"{inputs[0]} {_SIGNS[node.op.name]} {inputs[1]}"
    return f"{node.op.name}({', '.join(inputs)})"


def _copy(array: Any) -> Tensor:
    return Tensor(namespace(array).asarray(array, copy=True))


class _Watcher:
    """Keeps what the backward rule of each node hands to the node's inputs, in this thread."""

    inside_rules = False

    def __init__(self, named: Mapping[Node, str]) -> None:
        self.named, self.thread = named, get_ident()
        self.handed: list[tuple[str, list[tuple[str, Tensor]]]] = []

    def ran(self, op: Any, arrays: tuple[Any, ...], params: dict[str, Any], y: Any) -> None:
        """The way forward is read off the tape."""

    def went_back(self, node: Node, g: Any, gradients: tuple[Any, ...]) -> None:
        """What is summed into later is copied, and broadcasting undone as the walk undoes it."""
        if get_ident() != self.thread or node not in self.named:
            return
        pairs = zip(node.parents, gradients, strict=True)
        parts = [
            (self.named[parent], _copy(sum_to(h, parent.shape)))
            for parent, h in pairs
            if parent is not None and h is not None
        ]
        self.handed.append((self.named[node], parts))
