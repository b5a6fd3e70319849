"""`nt explain`: what a model is made of, and what running it takes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from nt_models import Ledger
    from nt_models.ledger import Table as LedgerTable

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
        Literal["text", "markdown", "json", "html", "svg", "mermaid"],
        typer.Option(help="what to write; html is a diagram whose modules unfold"),
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
        elif format in ("json", "html"):
            print(ledger.json() if format == "json" else ledger.html())
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
        for number, columns in enumerate(_pages(each, console.width)):
            heading = each.heading if number == 0 else f"{each.heading} (continued)"
            table = Table(title=heading, title_justify="left", title_style="bold", box=None)
            for i in columns:
                words = i < each.left
                table.add_column(
                    each.columns[i],
                    justify="left" if words else "right",
                    overflow="fold",
                    no_wrap=not words,
                )
            for row in each.rows:
                table.add_row(*[row[i] for i in columns])
            console.print(table, markup=False)
            console.print()


def _pages(table: LedgerTable, width: int) -> list[list[int]]:
    """The columns that stand side by side; those that say what a row is stand on every page."""
    rows = [table.columns, *table.rows]
    widths = [2 + max(map(len, column)) for column in zip(*rows, strict=True)]
    names = list(range(min(table.left, 2)))
    room = width - sum(widths[i] for i in names)
    pages: list[list[int]] = [[]]
    for i in range(len(names), len(widths)):
        if pages[-1] and sum(widths[j] for j in (*pages[-1], i)) > room:
            pages.append([])
        pages[-1].append(i)
    return [names + page for page in pages]
