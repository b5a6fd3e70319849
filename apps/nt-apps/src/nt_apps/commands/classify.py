"""`nt classify`: a trained run names what images show."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["classify"]


def classify(
    run_folder: Annotated[Path, typer.Argument(help="the folder of a run of nt train vit, resnet")],
    images: Annotated[list[Path], typer.Argument(help="image files")],
    top: Annotated[int, typer.Option(help="how many classes to show for each", min=1)] = 3,
    last: Annotated[
        bool, typer.Option("--last", help="use the last checkpoint, not the best")
    ] = False,
    device: Annotated[str, typer.Option(help="cpu, cuda, cuda:1 or mlx")] = "cpu",
) -> None:
    """Name what images show: the likeliest classes and their probabilities."""
    from nt_apps.classify import classify
    from nt_apps.terminal import visible

    for file, named in classify(run_folder, images, last=last, device=device):
        told = "  ".join(f"{name} {share:.1%}" for name, share in named[:top])
        print(f"{visible(str(file))}  {told}")
