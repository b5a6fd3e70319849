"""`nt classify`: a trained run names what images show, or what texts say."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["classify"]


def classify(
    run_folder: Annotated[
        Path, typer.Argument(help="the folder of a run of nt train vit, resnet or bert")
    ],
    items: Annotated[list[str], typer.Argument(help="image files; of a run of bert, texts")],
    top: Annotated[int, typer.Option(help="how many classes to show for each", min=1)] = 3,
    last: Annotated[
        bool, typer.Option("--last", help="use the last checkpoint, not the best")
    ] = False,
    device: Annotated[str, typer.Option(help="cpu, cuda, cuda:1 or mlx")] = "cpu",
) -> None:
    """Name what images show or texts say: the likeliest classes and their probabilities."""
    from nt_data import TokenizerError

    from nt_apps.classify import classify, classify_texts
    from nt_apps.errors import telling
    from nt_apps.terminal import visible
    from nt_apps.train.reopen import load_task

    if load_task(run_folder, last=last)[0].name == "bert":
        with telling(TokenizerError, prefix="text: "):
            found = [*classify_texts(run_folder, items, last=last, device=device)]
    else:
        files = [Path(item) for item in items]
        named_files = classify(run_folder, files, last=last, device=device)
        found = [(str(file), named) for file, named in named_files]
    for item, named in found:
        told = "  ".join(f"{name} {share:.1%}" for name, share in named[:top])
        print(f"{visible(item)}  {told}")
