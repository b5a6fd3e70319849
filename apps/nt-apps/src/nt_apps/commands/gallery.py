"""`nt gallery`: trainings that fail as they should, each repaired by one change."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nt_apps.errors import UserError, naming

__all__ = ["gallery"]


def gallery(
    name: Annotated[str | None, typer.Argument(help="which failure (default: list them)")] = None,
    out: Annotated[
        Path | None, typer.Option(help="the plot (default: runs/gallery/NAME.png)")
    ] = None,
) -> int:
    """Watch a training fail as it should, and the one change that repairs it."""
    from nt_tensor import jit
    from rich.console import Console
    from rich.table import Table

    from nt_apps.gallery import EXHIBITS, Shown, draw, show
    from nt_apps.train.curve import check_ending

    console = Console()
    if name is None:
        table = Table(box=None, padding=(0, 2), pad_edge=False)
        for heading in ("name", "fails", "repair"):
            table.add_column(heading)
        for each in EXHIBITS.values():
            table.add_row(each.name, each.fails, each.repair)
        console.print(table)
        return 0
    if name not in EXHIBITS:
        raise UserError(f"there is no exhibit {name!r}; there are {', '.join(EXHIBITS)}")
    path = out or Path("runs", "gallery", f"{name}.png")
    check_ending(path)
    with naming(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    compiled = jit()
    jit(False)  # compiling kernels takes longer than these trainings
    try:
        shown = Shown.of(EXHIBITS[name])
    finally:
        jit(compiled)
    show(shown, console)
    draw(shown, path)
    console.print(f"wrote {path}", markup=False, highlight=False, soft_wrap=True)
    return 0 if shown.fails else 1
