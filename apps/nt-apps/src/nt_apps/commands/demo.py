"""`nt demo`: a local page on which to touch trained models."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["demo"]


def demo(
    run: Annotated[
        list[Path] | None,
        typer.Option(
            help="a run folder of nt train, or a folder of published weights; may be given "
            "several times (default: those in runs/)"
        ),
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="where to serve (default: the first free from 7860 on)",
                                 min=1, max=65535)
    ] = None,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="do not open a browser")
    ] = False,
) -> None:  # fmt: skip
    """Serve a page to this machine alone, and open it: what trained models do, and see inside."""
    from nt_tensor import jit

    from nt_apps.demo.page import build, check_extra, check_port, serve

    check_extra()
    if port is not None:
        check_port(port)
    from nt_apps.demo.models import find

    models = find(run or [])
    jit(False)  # compiling kernels takes longer than what they would save here
    serve(build(models), port, browser=not no_browser)
