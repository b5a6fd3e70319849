"""`nt fill-mask`: a pre-trained run says what stands in the gaps of a text."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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
    from rich.table import Table
    from rich.text import Text

    from nt_apps.fill_mask import fill_mask
    from nt_apps.terminal import visible

    gaps = fill_mask(run_folder, text, top_k=top_k, last=last, device=device)
    table = Table(box=None, padding=(0, 2), pad_edge=False)
    for number in range(1, len(gaps) + 1):
        table.add_column("[MASK]" if len(gaps) == 1 else f"[MASK] {number}", no_wrap=True)
        table.add_column("", justify="right", no_wrap=True)
    for row in zip(*gaps, strict=True):
        cells = ((Text(visible(name)), f"{share:.1%}") for name, share in row)
        table.add_row(*(cell for pair in cells for cell in pair))
    for column in table.columns[::2]:
        column.header = Text(str(column.header))
    Console().print(table)
