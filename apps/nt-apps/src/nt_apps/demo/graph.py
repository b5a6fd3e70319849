"""The drawing of an expression at one step: a node is a box with its value and its gradient."""

from __future__ import annotations

from html import escape
from math import hypot

from nt_apps.demo.expression import Arrow, Expression, Step, nudged, short

__all__ = ["draw", "table"]

WIDTH, HEIGHT = 122.0, 84.0  # of a box
ACROSS, DOWN = 170.0, 112.0  # from box to box
EDGE = 4.0


def draw(expression: Expression, step: Step) -> str:
    """An SVG of the five nodes: what is known at this step, and what passes back along the arrows.

    Every box says `data-node`, `data-value` and `data-gradient`, the exact numbers, for whoever
    reads the page with a program.

    Example:
        >>> from nt_apps.demo.expression import EXPRESSIONS, steps
        >>> one = EXPRESSIONS["a · b + c"]
        >>> svg = draw(one, steps(one, one.leaves)[-1])
        >>> svg.count("<rect"), 'data-node="a" data-value="2.0" data-gradient="-3.0"' in svg
        (5, True)
    """
    columns = max(x for x, _ in expression.places.values())
    rows = max(y for _, y in expression.places.values())
    width, height = columns * ACROSS + WIDTH + 2 * EDGE, rows * DOWN + HEIGHT + 2 * EDGE
    known = ", ".join(
        f"{name} is {short(value)}"
        + (f" with gradient {short(step.gradients[name])}" if name in step.gradients else "")
        for name, value in step.values.items()
    )
    parts = [
        f'<svg class="nt-graph" viewBox="0 0 {width:g} {height:g}" role="img" '
        f'style="max-width:{width * 1.45:.0f}px" aria-label="{escape(known)}">',
        '<defs><marker id="nt-tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto-start-reverse"><path d="M0 0 8 4 0 8z"/></marker></defs>',
    ]
    parts += [_arrow(expression, step, arrow) for arrow in expression.arrows]
    parts += [_box(expression, step, name) for name in expression.places]
    return "".join([*parts, "</svg>"])


def table(expression: Expression, step: Step, leaves: dict[str, float]) -> str:
    """Each leaf's gradient beside what nudging the leaf does to the result: a second road to it."""
    head = f"<tr><th></th><th>value</th><th>∂{expression.result}</th><th>nudged</th></tr>"
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td>{short(value)}</td>"
        f"<td>{short(step.gradients[name]) if name in step.gradients else '·'}</td>"
        f"<td>{short(nudged(expression, leaves, name))}</td></tr>"
        for name, value in leaves.items()
    )
    return (
        f'<table class="nt-table">{head}{rows}</table><p class="nt-note">«nudged» computes '
        f"{escape(expression.result)} twice more, with the leaf a ten-thousandth larger and "
        "smaller, and divides: it should agree with the gradient.</p>"
    )


def _corner(expression: Expression, name: str) -> tuple[float, float]:
    column, row = expression.places[name]
    return EDGE + column * ACROSS, EDGE + row * DOWN


def _box(expression: Expression, step: Step, name: str) -> str:
    x, y = _corner(expression, name)
    written = {op.name: op.written for op in expression.operations}.get(name, "")
    value, gradient = step.values.get(name), step.gradients.get(name)
    kind = " ".join(
        ["nt-node", *(["nt-active"] if name in step.active else []),
         *(["nt-unknown"] if value is None else [])]
    )  # fmt: skip
    title = f"{name} = {written}" if written else name
    said = [
        f'<g class="{kind}" data-node="{name}" data-value="{_exact(value)}" '
        f'data-gradient="{_exact(gradient)}">',
        f'<rect x="{x:g}" y="{y:g}" width="{WIDTH:g}" height="{HEIGHT:g}" rx="9"/>',
        f'<text class="nt-name" x="{x + 12:g}" y="{y + 24:g}">{escape(title)}</text>',
    ]
    lines = (("value", "value", value), ("gradient", f"∂{expression.result}/∂{name}", gradient))
    for depth, (kind, label, number) in enumerate(lines):
        at = y + 48 + 24 * depth
        shown = "·" if number is None else short(number)
        said.append(
            f'<text class="nt-{kind}" x="{x + 12:g}" y="{at:g}">{label}</text>'
            f'<text class="nt-{kind} nt-number" x="{x + WIDTH - 12:g}" y="{at:g}">{shown}</text>'
        )
    return "".join([*said, "</g>"])


def _exact(number: float | None) -> str:
    return "" if number is None else repr(number)


def _arrow(expression: Expression, step: Step, arrow: Arrow) -> str:
    """From the middle of one box to that of the other, between their borders."""
    (x1, y1), (x2, y2) = (_corner(expression, name) for name in arrow)
    ax, ay, bx, by = x1 + WIDTH / 2, y1 + HEIGHT / 2, x2 + WIDTH / 2, y2 + HEIGHT / 2
    dx, dy = bx - ax, by - ay
    # The share of the way that lies inside a box, up to its nearer border.
    inside = min(WIDTH / 2 / abs(dx) if dx else 1.0, HEIGHT / 2 / abs(dy) if dy else 1.0)
    gap = 4 / hypot(dx, dy)
    start, end = inside + gap, 1 - inside - gap
    line = (
        f'<line class="nt-arrow" x1="{ax + dx * start:.1f}" y1="{ay + dy * start:.1f}" '
        f'x2="{ax + dx * end:.1f}" y2="{ay + dy * end:.1f}" marker-end="url(#nt-tip)"/>'
    )
    if arrow not in step.sent:
        return line
    x, y = ax + dx / 2, ay + dy / 2
    sent = short(step.sent[arrow])
    return (
        f'{line}<text class="nt-sent" x="{x:.1f}" y="{y + 5:.1f}">'
        f"<title>what {arrow[1]} gives to {arrow[0]}</title>{sent}</text>"
    )
