"""`nt translate`: a trained run translates."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["translate"]


def translate(
    run_folder: Annotated[Path, typer.Argument(help="the folder of a run of nt train t5")],
    text: Annotated[
        list[str] | None, typer.Argument(help="what to translate (default: the lines of stdin)")
    ] = None,
    beams: Annotated[
        int | None, typer.Option(help="translations followed at once; 1 is greedy (default: 4)")
    ] = None,
    alternatives: Annotated[
        int, typer.Option(help="how many translations of each text to show, the best first")
    ] = 1,
    last: Annotated[
        bool, typer.Option("--last", help="use the last checkpoint, not the best")
    ] = False,
    device: Annotated[str, typer.Option(help="cpu, cuda, cuda:1 or mlx")] = "cpu",
) -> None:
    """Translate texts with a trained model, a line each; an empty line of stdin stays one."""
    from nt_tensor import jit

    from nt_apps.errors import telling
    from nt_apps.terminal import visible
    from nt_apps.translate import translate_by

    lines = text or []
    if not lines:
        with telling(UnicodeDecodeError, prefix="stdin: "):
            lines = [line.removesuffix("\n") for line in sys.stdin]
    said = lines if text else [line for line in lines if line.strip()]
    compiled = jit()
    jit(False)  # compiling kernels takes longer than translating a few sentences
    try:
        translated = translate_by(
            run_folder,
            said,
            beams=max(4, alternatives) if beams is None else beams,
            alternatives=alternatives,
            last=last,
            device=device,
        )
    finally:
        jit(compiled)
    found = iter(translated)
    for line in lines:
        for each in next(found) if line.strip() else [""] * alternatives:
            one = " ".join(each.splitlines())
            print(visible(one) if sys.stdout.isatty() else one)
