"""`nt fill-mask`: a pre-trained run says what stands in the gaps of a text."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["fill_mask"]


def fill_mask(
    run_folder: Annotated[Path, typer.Argument(help="the folder of a run of nt train bert")],
    text: Annotated[str, typer.Argument(help='such as "the film was [MASK] ."')],
    top_k: Annotated[int, typer.Option(help="how many tokens to show for each gap")] = 5,
    last: Annotated[
        bool, typer.Option("--last", help="use the last checkpoint, not the best")
    ] = False,
    device: Annotated[str, typer.Option(help="cpu, cuda, cuda:1 or mlx")] = "cpu",
) -> None:
    """Fill in each [MASK] of a text: the likeliest tokens and their probabilities."""
    from rich.console import Console

    from nt_apps.fill_mask import fill_mask

    gaps = fill_mask(run_folder, text, top_k=top_k, last=last, device=device)
    headings = [f"[MASK] {number}" for number in range(1, len(gaps) + 1)]
    named = list(zip(headings if len(gaps) > 1 else ["[MASK]"], gaps, strict=True))
    console = Console()
    wide = console.options.update(width=10_000)
    while named:  # as many side by side as there is room for
        count = 1
        while count < len(named):
            wider = _table(named[: count + 1])
            if console.measure(wider, options=wide).maximum > console.width:
                break
            count += 1
        console.print(_table(named[:count]))
        named = named[count:]
        if named:
            console.print()


def _table(named: list[tuple[str, list[tuple[str, float]]]]) -> Table:
    """A column of tokens and one of probabilities for each gap."""
    from rich.table import Table
    from rich.text import Text

    from nt_apps.terminal import visible

    table = Table(box=None, padding=(0, 2), pad_edge=False)
    for heading, _ in named:
        table.add_column(Text(heading), overflow="fold")
        table.add_column("", justify="right", no_wrap=True)
    for row in zip(*(gap for _, gap in named), strict=True):
        cells = ((Text(visible(name)), f"{share:.1%}") for name, share in row)
        table.add_row(*(cell for pair in cells for cell in pair))
    return table
