"""The computation as a page: a diagram of the whole, and each module's inside to unfold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING

from . import _diagram
from ._records import Step

if TYPE_CHECKING:
    from ._ledger import Ledger

STYLE = """
body { font: 15px ui-sans-serif, system-ui, sans-serif; margin: 2rem; color: #1f2933; }
details { margin: .3rem 0 .3rem .6rem; padding-left: .8rem; border-left: 2px solid #d9e2ec; }
summary { cursor: pointer; padding: .15rem 0; }
summary span { color: #52606d; }
svg { max-width: 100%; height: auto; }
"""


def page(ledger: Ledger) -> str:
    """A whole HTML document, without scripts."""
    shapes = ", ".join(str(shape) for shape in ledger.inputs)
    title = escape(f"{ledger.title}({shapes})")
    lines = [
        "<!doctype html>",
        f'<html lang="en"><head><meta charset="utf-8"><title>{title}</title>',
        f"<style>{STYLE}</style></head><body>",
        f"<h1>{title}</h1>",
        f"<p>{_told(ledger.parameters, ledger.forward.macs)}. Click a module to open it.</p>",
        ledger.svg(),
        *_opened(ledger, ""),
        "</body></html>",
    ]
    return "\n".join(lines)


def _opened(ledger: Ledger, part: str) -> Iterator[str]:
    """What stands inside a module, each module in it folded."""
    for name in _children(ledger.steps, part):
        inside = ledger.part(name)
        last = inside.steps[-1].outputs
        shapes = ", ".join(str(shape) for shape in last)
        said = f"{shapes} · {_told(inside.parameters, inside.forward.macs)}"
        yield f"<details><summary><code>{escape(name)}</code> <span>{escape(said)}</span></summary>"
        yield ledger.svg(part=name)
        yield from _opened(ledger, name)
        yield "</details>"


def _children(steps: Sequence[Step], part: str) -> list[str]:
    """The modules right below one that have more than one box inside."""
    found = {}
    for step in steps:
        if part and not step.module.startswith(f"{part}."):
            continue
        if name := _diagram.below(step.module, part):
            found[name] = True
    return [name for name in found if _diagram.boxes_in(steps, name) > 1]


def _told(parameters: int, macs: int) -> str:
    return f"{parameters:,} parameters · {macs:,} MACs ({2 * macs:,} FLOPs)"
