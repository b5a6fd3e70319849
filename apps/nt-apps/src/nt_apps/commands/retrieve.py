"""`nt retrieve`: a trained CLIP finds images by a text, and texts by an image."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["retrieve"]


def retrieve(
    run_folder: Annotated[Path, typer.Argument(help="the folder of a run of nt train clip")],
    query: Annotated[str, typer.Argument(help="a text, or the path of an image")],
    top: Annotated[int, typer.Option(help="how many to find", min=1)] = 10,
    part: Annotated[
        str, typer.Option(help="among which of the run's pairs: test, validation, train or all")
    ] = "test",
    out: Annotated[
        Path | None, typer.Option(help="the picture (default: retrieved.png in the run folder)")
    ] = None,
    last: Annotated[
        bool, typer.Option("--last", help="use the last checkpoint, not the best")
    ] = False,
    device: Annotated[str, typer.Option(help="cpu, cuda, cuda:1 or mlx")] = "cpu",
) -> None:
    """Find the images nearest to a text, or the texts nearest to an image."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from nt_apps.retrieve import retrieve
    from nt_apps.terminal import visible
    from nt_apps.train.curve import check_ending

    picture = out or run_folder / "retrieved.png"
    check_ending(picture)
    found = retrieve(run_folder, query, top=top, part=part, last=last, device=device)
    found.draw(picture)
    table = Table("", "cosine", "shows", "text", box=None, padding=(0, 2))
    pairs = zip(found.similarity, found.pairs.characters, found.pairs.texts, strict=True)
    for rank, (near, character, text) in enumerate(pairs, 1):
        cells = f"{rank}", f"{near:.3f}", visible(character), visible(text)
        table.add_row(*map(Text, cells))
    console = Console()
    console.print(table)
    console.print(
        f"the nearest of {found.among:,}; wrote {picture}",
        markup=False, highlight=False, soft_wrap=True,
    )  # fmt: skip
