"""`nt generate`: a trained run writes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["generate"]


def generate(
    run_folder: Annotated[Path, typer.Argument(help="the folder of a run of a language model")],
    prompt: Annotated[
        str | None, typer.Option(help="what to continue (default: what its samples continued)")
    ] = None,
    tokens: Annotated[int, typer.Option(help="how many tokens to write")] = 200,
    temperature: Annotated[
        float, typer.Option(help="above 1 is bolder, below 1 safer, 0 is --greedy")
    ] = 0.8,
    top_k: Annotated[
        int | None, typer.Option(help="draw from so many of the likeliest tokens")
    ] = None,
    top_p: Annotated[
        float | None, typer.Option(help="draw from the likeliest that have this probability")
    ] = None,
    greedy: Annotated[
        bool, typer.Option("--greedy", help="take the likeliest token, always")
    ] = False,
    seed: Annotated[
        int | None, typer.Option(help="what the draws follow from (default: a new one)")
    ] = None,
    last: Annotated[
        bool, typer.Option("--last", help="use the last checkpoint, not the best")
    ] = False,
    device: Annotated[str, typer.Option(help="cpu, cuda, cuda:1 or mlx")] = "cpu",
) -> None:
    """Continue a prompt with a trained model, token by token."""
    from nt_tensor import jit

    from nt_apps.terminal import visible
    from nt_apps.write import write

    pieces = write(
        run_folder,
        prompt=prompt,
        tokens=tokens,
        temperature=0.0 if greedy else temperature,
        top_k=top_k,
        top_p=top_p,
        seed=seed,
        last=last,
        device=device,
    )
    compiled = jit()
    jit(False)  # compiling kernels takes longer than writing a text
    try:
        for piece in pieces:
            print(visible(piece) if sys.stdout.isatty() else piece, end="", flush=True)
    finally:
        jit(compiled)
    print()
