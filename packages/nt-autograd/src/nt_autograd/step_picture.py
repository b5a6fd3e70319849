"""The picture of one step of `draw_steps`: a node is a box with its value and its gradient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from .graph import curve, length, xml
from .layout import layered
from .tensor import Tensor

__all__ = ["Plan", "picture", "short"]

_STYLE = """
.nt-graph text { font: 13px ui-sans-serif, system-ui, sans-serif; fill: #1f2933; }
.nt-graph .nt-paper { fill: #ffffff; }
.nt-graph .nt-node rect { fill: #f4f6f8; stroke: #9aa5b1; }
.nt-graph .nt-active rect { fill: #fff4dd; stroke: #c98a1b; stroke-width: 2; }
.nt-graph .nt-name { font-weight: 600; }
.nt-graph text.nt-value { fill: #24609c; }
.nt-graph text.nt-gradient { fill: #b4421f; }
.nt-graph .nt-number { text-anchor: end; }
.nt-graph .nt-sent { text-anchor: middle; fill: #b4421f; stroke: #ffffff; stroke-width: 5px;
  paint-order: stroke; font-weight: 600; }
.nt-graph .nt-arrow { fill: none; stroke: #7b8794; }
"""
_MARGIN, _HEIGHT, _PAD, _LETTER = 12.0, 68.0, 11.0, 7.2


@dataclass
class Plan:
    """The graph itself, the same at every step.

    Attributes:
        output: the name of the last node.
        written: name -> how it is computed, "" for a leaf; in the order of making.
        edges: (input, op), each pair once.
        widths: name -> the width of its box, in which all that it will ever hold finds place.
    """

    output: str
    written: dict[str, str]
    edges: list[tuple[str, str]]
    widths: dict[str, float] = field(default_factory=dict)

    def title(self, name: str) -> str:
        """What stands at the top of a box."""
        return f"{name} = {self.written[name]}" if self.written[name] else name

    def rows(
        self, name: str, values: Mapping[str, Tensor], gradients: Mapping[str, Tensor]
    ) -> list[tuple[str, str, str]]:
        """The two lines below it: kind, label, number."""
        return [
            ("value", "value", short(values[name]) if name in values else ""),
            (
                "gradient",
                f"∂{self.output}/∂{name}",
                short(gradients[name]) if name in gradients else "",
            ),
        ]

    def fit(self, values: Mapping[str, Tensor], gradients: Mapping[str, Tensor]) -> None:
        """Make the boxes wide enough for the last step, so that no step moves anything."""
        for name in self.written:
            rows = self.rows(name, values, gradients)
            letters = [length(label) + length(number) + 3 for _, label, number in rows]
            most = max([length(self.title(name)) + 1, 14, *letters])
            self.widths[name] = most * _LETTER + 2 * _PAD


def short(value: Tensor) -> str:
    """A number in four digits, a few of them as a list, more of them as a shape.

    Example:
        >>> from nt_autograd import tensor, zeros
        >>> short(tensor(-0.123456)), short(tensor([1.0, 2e-7])), short(zeros(2, 3))
        ('−0.1235', '[1, 2e-07]', 'shape (2, 3)')
    """
    if value.numel() == 1:
        return _digits(value.item())
    if value.ndim == 1 and value.numel() <= 4:
        return f"[{', '.join(_digits(each) for each in value.tolist())}]"
    return f"shape {value.shape}"


def picture(
    plan: Plan,
    values: Mapping[str, Tensor],
    gradients: Mapping[str, Tensor],
    sent: Mapping[tuple[str, str], Tensor],
    active: tuple[str, ...],
    told: str,
) -> str:
    """The SVG document of one step."""
    number = {name: i for i, name in enumerate(plan.written)}
    sizes = [(plan.widths[name], _HEIGHT) for name in plan.written]
    layout = layered(sizes, [(number[a], number[b]) for a, b in plan.edges])
    width, height = layout.width + 2 * _MARGIN, layout.height + 2 * _MARGIN
    frame = f'x="{-_MARGIN:g}" y="{-_MARGIN:g}" width="{width:.0f}" height="{height:.0f}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="nt-graph" role="img" '
        f'width="{width:.0f}" height="{height:.0f}" aria-label="{xml(told)}" '
        f'viewBox="{-_MARGIN:g} {-_MARGIN:g} {width:.0f} {height:.0f}">',
        f"<style>{_STYLE}</style>",
        '<marker id="nt-tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
        'orient="auto"><path d="M0 0 L8 4 L0 8 z" style="fill: #7b8794"/></marker>',
        f'<rect class="nt-paper" {frame}/>',
    ]
    lines += [
        f'<path class="nt-arrow" d="{curve(route, 0.0)}" marker-end="url(#nt-tip)"/>'
        for route in layout.routes
    ]
    for edge, route in zip(plan.edges, layout.routes, strict=True):
        if edge in sent:
            legs = list(pairwise(route))
            (x, y), (u, v) = legs[len(legs) // 2]
            lines.append(
                f'<text class="nt-sent" x="{(x + u) / 2:.1f}" y="{(y + v) / 2 + 4:.1f}">'
                f"↑ {short(sent[edge])}</text>"
            )
    for name, (x, y) in zip(plan.written, layout.centres, strict=True):
        rows = plan.rows(name, values, gradients)
        kinds = ["nt-node", *(["nt-active"] if name in active else [])]
        kinds += [] if name in values else ["nt-unknown"]
        left, top, wide = x - plan.widths[name] / 2, y - _HEIGHT / 2, plan.widths[name]
        lines += [
            f'<g class="{" ".join(kinds)}" data-node="{xml(name)}" '
            f'data-value="{_exact(values.get(name))}" '
            f'data-gradient="{_exact(gradients.get(name))}">',
            f'<rect x="{left:.1f}" y="{top:.1f}" width="{wide:.1f}" height="{_HEIGHT:g}" '
            f'rx="{9 if plan.written[name] else 20}"/>',
            f'<text class="nt-name" x="{left + _PAD:.1f}" y="{top + 19:.1f}">'
            f"{xml(plan.title(name))}</text>",
        ]
        for row, (kind, label, text) in enumerate(rows):
            at = f'y="{top + 39 + 19 * row:.1f}"'
            lines += [
                f'<text class="nt-{kind}" x="{left + _PAD:.1f}" {at}>{xml(label)}</text>',
                f'<text class="nt-{kind} nt-number" x="{left + wide - _PAD:.1f}" {at}>'
                f"{text or '·'}</text>",
            ]
        lines.append("</g>")
    return "\n".join([*lines, "</svg>"])


def _digits(value: float) -> str:
    """Four digits, with a true minus sign."""
    text = f"{value:.4g}" if value else "0"
    return f"−{text[1:]}" if text.startswith("-") else text


def _exact(value: Tensor | None) -> str:
    """All digits, for programs; nothing where nothing is known."""
    return "" if value is None else str(value.tolist())
