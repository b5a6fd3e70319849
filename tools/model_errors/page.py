"""docs/reference/errors.md from what was measured, and back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.metadata import version

from .cases import CASES
from .run import ROADS, Errors

COLUMNS = ("logits", "hidden", "attention", "loss", "gradients")
HEAD = """# Measured errors

How far every model is from the published implementation with the same weights: transformers 5.23.0,
and torchvision 0.28.0 of those whose names begin with `tv_`. The tables are written by
`python -m tools.model_errors`, which runs the models of `../shared/goldens/hf` (tiny ones with
random weights); a test measures some of them again and compares. Made with {versions}.

An error is the largest difference as a share of the largest value, the worst of all layers and
tensors; of a gradient, as a share of at least a thousandth of the model's largest gradient. Logits
and losses are compared with float64 values. Hidden states, attention maps and gradients were
computed in float64 and are kept as float32 in those files, so that errors below 6e-08 cannot be
seen in them. Texts are greedy ones, of a batch with padding on the left, with and without an end
token, from caches: ✓ says that every token is the published one. A – says that a model has none.
"""


OWN = "What transformers and torchvision measure of themselves"


def page(measured: Mapping[tuple[str, str], Errors], own: Mapping[str, tuple[float, float]]) -> str:
    """The page for what was measured.

    Args:
        measured: (road, model) -> errors.
        own: model -> the errors of the published implementation's logits and gradients in float32.
    """
    used = ("numpy", "numba", "mlx")
    lines = [HEAD.format(versions=", ".join(f"{name} {version(name)}" for name in used))]
    for road in ROADS:
        lines += [
            f"## {road}",
            "",
            "| model | logits | hidden states | attention maps | loss | gradients | texts |",
            "|---|---:|---:|---:|---:|---:|:-:|",
        ]
        for name in CASES:
            found = measured[road, name]
            cells = [_cell(getattr(found, each)) for each in COLUMNS]
            texts = {None: "–", True: "✓", False: "✗"}[found.texts]
            lines.append(f"| {name} | {' | '.join(cells)} | {texts} |")
        lines.append("")
    lines += [
        f"## {OWN}",
        "",
        "Their float32 against their float64, from the same files, to set beside the tables",
        "above: float32 gradients of bert_regression and clip can exceed the 1e-05 aimed at.",
        "",
        "| model | logits | gradients |",
        "|---|---:|---:|",
        *(f"| {name} | {_cell(logits)} | {_cell(grad)} |" for name, (logits, grad) in own.items()),
        "",
    ]
    return "\n".join(lines)


def _cell(error: float | None) -> str:
    return "–" if error is None else f"{error:.1e}"


def read(text: str) -> dict[tuple[str, str], Errors]:
    """What a page tells."""
    found, road = {}, ""
    for line in text.splitlines():
        if line.startswith("## "):
            road = line[3:]
        elif road in ROADS and re.match(r"\| \w+ \| \d", line):
            name, *cells, texts = [cell.strip() for cell in line.strip("|").split("|")]
            values = [None if cell == "–" else float(cell) for cell in cells]
            said = {"–": None, "✓": True, "✗": False}[texts]
            found[road, name] = Errors(*values, said)  # type: ignore[arg-type]
    return found
