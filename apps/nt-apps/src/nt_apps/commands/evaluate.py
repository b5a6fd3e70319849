"""`nt evaluate`: a run's figures, measured anew from its checkpoint."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["evaluate"]


def evaluate(
    run_folder: Annotated[Path, typer.Argument(help="the folder of a run of nt train")],
    last: Annotated[
        bool, typer.Option("--last", help="use the last checkpoint, not the best")
    ] = False,
    device: Annotated[
        str | None, typer.Option(help="cpu, cuda, cuda:1 or mlx (default: the run's own)")
    ] = None,
) -> int:
    """Measure a trained model again, on the data that its config names.

    The figures of the best checkpoint are those of the run's summary.
    """
    from rich.console import Console

    from nt_apps.measure import measure
    from nt_apps.train.summary import show_figures

    console = Console()
    found = measure(run_folder, last=last, device=device)
    show_figures(console, found.measured_on, found.figures, found.baselines)
    if found.told is not None:
        same = "the same as" if found.told == found.figures else "not those of"
        console.print(f"{same} its summary.json")
    return 0
