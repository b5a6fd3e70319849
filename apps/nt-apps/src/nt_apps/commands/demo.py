"""`nt demo`: a local page on which to touch trained models."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["demo"]


def demo(
    port: Annotated[
        int | None, typer.Option(help="where to serve (default: the first free from 7860 on)",
                                 min=1, max=65535)
    ] = None,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="do not open a browser")
    ] = False,
) -> None:  # fmt: skip
    """Serve a page to this machine alone, and open it: gradients, step by step."""
    from nt_apps.demo.page import build, check_extra, check_port, serve

    check_extra()
    if port is not None:
        check_port(port)
    serve(build(), port, browser=not no_browser)
