"""draw: a picture of how a tensor was made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Literal
from unicodedata import east_asian_width

from .layout import layered
from .recording import PICK
from .tape import FREED, Node
from .tensor import Tensor

__all__ = ["draw"]


class Picture(str):
    """An SVG document that notebooks show as a picture."""

    def _repr_svg_(self) -> str:
        return str(self)


@dataclass(frozen=True)
class Box:
    """One op or one leaf: what is written in its box."""

    title: str
    shape: str
    kind: Literal["op", "leaf", "output"]


def draw(
    tensor: Tensor,
    format: Literal["mermaid", "svg"] = "mermaid",
    names: Mapping[str, Tensor] | None = None,
) -> str:
    """Draw the ops and the leaves that a tensor was made from, with their shapes.

    What needs no gradient is not recorded and not drawn. Draw before `backward`, which frees the
    graph.

    Args:
        tensor: the output.
        format: "mermaid" for text that Markdown viewers draw, "svg" for a picture.
        names: names for tensors in the graph, such as `dict(model.named_parameters())`.

    Returns:
        Mermaid text, or a whole SVG document, which notebooks show as a picture.

    Raises:
        ValueError: the tensor was not recorded, or the format is another one.
        RuntimeError: its graph was freed.

    Example:
        >>> from nt_autograd import tensor
        >>> w = tensor([2.0], requires_grad=True)
        >>> print(draw((w * 3).sum(), names={"weight": w}))
        flowchart TD
            n0(["weight<br/>(1,)"])
            n1["mul<br/>(1,)"]
            n2["sum<br/>()"]
            n0 --> n1
            n1 --> n2

    Source: Mermaid, Flowcharts (https://mermaid.js.org/syntax/flowchart.html).
    """
    if tensor.node is None:
        raise ValueError(
            f"draw: the tensor (shape {tensor.shape}) was not recorded: it has no graph"
        )
    if tensor.node.saved is FREED:
        raise RuntimeError("draw: the graph was freed by backward; draw it before")
    if format not in ("mermaid", "svg"):
        raise ValueError(f'draw: format must be "mermaid" or "svg", not {format!r}')
    boxes, edges = _collect(_whole(tensor.node), names or {})
    return mermaid_of(boxes, edges) if format == "mermaid" else Picture(svg_of(boxes, edges))


def _collect(root: Node, names: Mapping[str, Tensor]) -> tuple[list[Box], list[tuple[int, int]]]:
    """Boxes in the order of making, and the edges between them."""
    named = {_whole(t.node): name for name, t in names.items() if t.node is not None}
    found, stack = {root}, [root]
    while stack:
        for parent in stack.pop().parents:
            if parent is not None and (node := _whole(parent)) not in found:
                found.add(node)
                stack.append(node)
    nodes = sorted(found, key=lambda node: node.stamp)
    number = {node: i for i, node in enumerate(nodes)}
    boxes = [_box(node, named.get(node), node is root) for node in nodes]
    edges = [
        (number[_whole(parent)], number[node])
        for node in nodes
        for parent in node.parents
        if parent is not None
    ]
    return boxes, edges


def _whole(node: Node) -> Node:
    """The node of the op itself, where this one stands for one of its outputs."""
    return node.parents[0] if node.op is PICK else node  # type: ignore[return-value]


def _box(node: Node, name: str | None, is_root: bool) -> Box:
    if node.op is None:
        return Box(name or "leaf", str(tuple(node.shape)), "leaf")
    shapes = node.shape if node.op.outputs else (node.shape,)
    title = node.op.name if name is None else f"{name} = {node.op.name}"
    shape = ", ".join(str(tuple(each)) for each in shapes)
    return Box(title, shape, "output" if is_root else "op")


def mermaid_of(boxes: list[Box], edges: list[tuple[int, int]]) -> str:
    lines = ["flowchart TD"]
    for i, box in enumerate(boxes):
        opening, closing = ("([", "])") if box.kind == "leaf" else ("[", "]")
        text = f"{_entities(box.title)}<br/>{_entities(box.shape)}"
        lines.append(f'    n{i}{opening}"{text}"{closing}')
    lines += [f"    n{a} --> n{b}" for a, b in edges]
    return "\n".join(lines)


def _entities(text: str) -> str:
    """Text without the signs that mean something to Mermaid or to HTML."""
    plain = set("() ,.=_-:/[]")
    return "".join(c if c.isalnum() or c in plain else f"#{ord(c)};" for c in text)


_STYLE = """
    text { font: 13px ui-sans-serif, system-ui, sans-serif; text-anchor: middle; fill: #1f2933; }
    .shape { font-size: 11px; fill: #52606d; }
    .op rect { fill: #e8f1fb; stroke: #4a7fb5; }
    .leaf rect { fill: #eaf6ea; stroke: #5b9a5b; }
    .output rect { fill: #fdf1dc; stroke: #c98a1b; stroke-width: 2; }
    path { fill: none; stroke: #7b8794; }
"""
_MARGIN, _HEIGHT = 16.0, 42.0


def svg_of(boxes: list[Box], edges: list[tuple[int, int]]) -> str:
    sizes = [(max(length(b.title) * 7.4, length(b.shape) * 6.4) + 24, _HEIGHT) for b in boxes]
    plan = layered(sizes, edges)
    width, height = plan.width + 2 * _MARGIN, plan.height + 2 * _MARGIN
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="{-_MARGIN:.0f} {-_MARGIN:.0f} {width:.0f} {height:.0f}">',
        f"<style>{_STYLE}</style>",
        '<marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
        'orient="auto"><path d="M0 0 L8 4 L0 8 z" style="fill: #7b8794; stroke: none"/></marker>',
        f'<rect x="{-_MARGIN:.0f}" y="{-_MARGIN:.0f}" width="{width:.0f}" height="{height:.0f}" '
        'fill="#ffffff"/>',
    ]
    seen: dict[tuple[int, int], int] = {}
    for (a, b), route in zip(edges, plan.routes, strict=True):
        twin = seen[a, b] = seen.get((a, b), -1) + 1
        lines.append(
            f'<path class="edge" id="e{a}-{b}-{twin}" d="{curve(route, twin * 14.0)}" '
            'marker-end="url(#tip)"/>'
        )
    for i, (box, (x, y), (w, h)) in enumerate(zip(boxes, plan.centres, sizes, strict=True)):
        round_ = h / 2 if box.kind == "leaf" else 6
        lines += [
            f'<g class="{box.kind}" id="n{i}">',
            f'<rect x="{x - w / 2:.1f}" y="{y - h / 2:.1f}" width="{w:.1f}" height="{h:.1f}" '
            f'rx="{round_:.0f}"/>',
            f'<text x="{x:.1f}" y="{y - 3:.1f}">{xml(box.title)}</text>',
            f'<text class="shape" x="{x:.1f}" y="{y + 13:.1f}">{xml(box.shape)}</text>',
            "</g>",
        ]
    return "\n".join([*lines, "</svg>"])


def curve(route: list[tuple[float, float]], aside: float) -> str:
    """A smooth line along the route, its ends a little aside if another has the same."""
    first, *between, last = route
    points = [(first[0] + aside, first[1]), *between, (last[0] + aside, last[1])]
    parts = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
    for (x, y), (u, v) in pairwise(points):
        half = (y + v) / 2
        parts.append(f"C{x:.1f} {half:.1f} {u:.1f} {half:.1f} {u:.1f} {v:.1f}")
    return " ".join(parts)


def length(text: str) -> int:
    """The length in narrow letters."""
    return sum(2 if east_asian_width(c) in "WF" else 1 for c in text)


def xml(text: str) -> str:
    """Text for XML, which knows no control characters."""
    return escape("".join(c if c >= " " and c not in "\ufffe\uffff" else "\ufffd" for c in text))
