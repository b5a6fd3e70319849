"""How a module prints: its settings, and below them its children, equal neighbours as one."""

from __future__ import annotations

from textwrap import indent
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .module import Module


def describe(module: Module) -> str:
    """The module's repr, as PyTorch prints it."""
    settings = module.extra_repr()
    groups: list[tuple[list[str], str]] = []
    for name, child in module.named_children():
        text = repr(child)
        if groups and groups[-1][1] == text and _follows(groups[-1][0][-1], name):
            groups[-1][0].append(name)
        else:
            groups.append(([name], text))
    kind = type(module).__name__
    if not groups:
        return f"{kind}({settings})"
    lines = [settings] if settings else []
    for names, text in groups:
        if len(names) == 1:
            lines.append(f"({names[0]}): {text}")
        else:
            last = names[-1].rpartition(".")[2]
            lines.append(f"({names[0]}-{last}): {len(names)} x {text}")
    return f"{kind}(\n{indent(chr(10).join(lines), '  ')}\n)"


def _follows(before: str, name: str) -> bool:
    """Whether the names are neighbours in one list: `blocks.3` and `blocks.4`."""
    list_a, _, a = before.rpartition(".")
    list_b, _, b = name.rpartition(".")
    return list_a == list_b and a.isdigit() and b.isdigit() and int(a) + 1 == int(b)
