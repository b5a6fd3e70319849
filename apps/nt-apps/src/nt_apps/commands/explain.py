"""`nt explain`: what a model is made of, and what running it takes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from nt_models import Ledger

__all__ = ["explain"]


def explain(
    model: Annotated[str, typer.Argument(help="a preset: bert-base, gpt2, resnet50, llama-7b, …")],
    seq: Annotated[
        int | None,
        typer.Option(help="how many tokens (default: 128, or the context if that is shorter)"),
    ] = None,
    source: Annotated[
        int | None, typer.Option(help="how many tokens an encoder reads (default: as --seq)")
    ] = None,
    batch: Annotated[int, typer.Option(help="how many texts or images")] = 1,
    format: Annotated[
        Literal["text", "markdown", "json", "svg", "mermaid"], typer.Option(help="what to write")
    ] = "text",
    backward: Annotated[bool, typer.Option("--backward", help="the gradients too")] = False,
    whole: Annotated[
        bool, typer.Option("--whole", help="run every block, not one of those that are alike")
    ] = False,
    depth: Annotated[
        int, typer.Option(help="of a diagram: how many names deep modules are opened")
    ] = 1,
    part: Annotated[
        str, typer.Option(help="of a diagram: the inside of this module, such as blocks.0")
    ] = "",
) -> None:
    """Print a model's matrices, shapes, operations, bytes and memory, counted as it runs."""
    from nt_models import explain as run
    from nt_models.ledger import preset_inputs, preset_skeleton

    from nt_apps.errors import telling

    with telling(ValueError):
        made = preset_skeleton(model)
        inputs = preset_inputs(made, batch, seq, source)
        ledger = run(made, *inputs, backward=backward, fold=not whole)
        if format == "text":
            _show(ledger)
        elif format == "markdown":
            sys.stdout.write(ledger.markdown())
        elif format == "json":
            print(ledger.json())
        else:
            print((ledger.svg if format == "svg" else ledger.mermaid)(depth, part))


def _show(ledger: Ledger) -> None:
    """Tables for a terminal; as plain text where there is none, to be searched and cut."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    if not console.is_terminal:
        print(ledger.text())
        return
    for each in ledger.tables():
        table = Table(title=each.heading, title_justify="left", title_style="bold", box=None)
        for i, column in enumerate(each.columns):
            words = i < each.left
            table.add_column(column, justify="left" if words else "right", overflow="fold")
        for row in each.rows:
            table.add_row(*row)
        console.print(table, markup=False)
        console.print()
