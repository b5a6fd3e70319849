"""Run a page: its blocks in order, in one session, as a notebook would.

A block shows what a notebook's cell shows: the pictures that pyplot holds at its end, and the value
of its last line, if that is an expression and a picture or a table.
"""

from __future__ import annotations

import ast
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from tools.site.blocks import Block, blocks
from tools.workspace import ROOT

__all__ = ["Shown", "run_page"]


@dataclass(frozen=True)
class Shown:
    """What running a block gave.

    Attributes:
        block: the block.
        printed: the lines that it printed.
        pictures: those that it ended with, as SVG.
        table: the one that it ended with, as Markdown, or "".
    """

    block: Block
    printed: list[str]
    pictures: list[str]
    table: str


def run_page(text: str, name: str) -> Iterator[Shown]:
    """Run the blocks of a page, one after the other, in a folder of their own.

    From there the records of finished runs lie at `docs/records`, as from the root of a clone.

    Args:
        text: its Markdown.
        name: the file's, for what goes wrong.
    """
    session: dict[str, Any] = {"__name__": "page"}
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "docs").mkdir()  # as in a clone
        Path(folder, "docs", "records").symlink_to(ROOT / "docs" / "records")
        for block in filter(lambda block: block.runs, blocks(text)):
            printed = StringIO()
            with _inside(folder), redirect_stdout(printed):
                value = _run(block, name, session)
                pictures, table = _pictures(value), _table(value)
            yield Shown(block, printed.getvalue().splitlines(), pictures, table)


def _run(block: Block, page: str, session: dict[str, Any]) -> Any:
    """Execute; give what the last line is worth, if it is an expression."""
    tree = ast.parse("\n" * block.line + block.code, page)  # so that lines are the page's
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, ast.Expr) or isinstance(last.value, ast.Constant):
        exec(compile(tree, page, "exec", dont_inherit=True), session)
        return None
    tree.body.pop()
    exec(compile(tree, page, "exec", dont_inherit=True), session)
    return eval(compile(ast.Expression(last.value), page, "eval", dont_inherit=True), session)


def _pictures(value: Any) -> list[str]:
    if hasattr(value, "_repr_svg_"):
        return [str(value._repr_svg_())]
    figures = [value] if hasattr(value, "savefig") else []
    if "matplotlib.pyplot" in sys.modules:
        pyplot = sys.modules["matplotlib.pyplot"]
        held = [pyplot.figure(number) for number in pyplot.get_fignums()]
        figures += [figure for figure in held if figure is not value]
        pyplot.close("all")
    return [_drawn(figure) for figure in figures]


def _drawn(figure: Any) -> str:
    import matplotlib

    drawn = StringIO()
    with matplotlib.rc_context({"svg.hashsalt": "nt"}):  # the same names in each build
        figure.savefig(drawn, format="svg", bbox_inches="tight", metadata={"Date": None})
    return drawn.getvalue()


def _table(value: Any) -> str:
    return str(value._repr_markdown_()) if hasattr(value, "_repr_markdown_") else ""


@contextmanager
def _inside(folder: str) -> Iterator[None]:
    """Whatever a block writes, it writes there; `plt.show()` opens no window."""
    before, backend = Path.cwd(), os.environ.get("MPLBACKEND")
    os.chdir(folder)
    os.environ["MPLBACKEND"] = "agg"
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "FigureCanvasAgg is non-interactive")
            yield
    finally:
        os.chdir(before)
        os.environ.pop("MPLBACKEND")
        if backend is not None:
            os.environ["MPLBACKEND"] = backend
