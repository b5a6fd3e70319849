"""The page: its tabs, its looks, and where it is served. Nothing but this machine reaches it."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from nt_apps.demo.models import TABS, Found
from nt_apps.demo.tabs.gradients import gradients_tab
from nt_apps.demo.tabs.images import images_tab
from nt_apps.demo.tabs.masks import masks_tab
from nt_apps.demo.tabs.text import text_tab
from nt_apps.demo.tabs.words import words_tab
from nt_apps.errors import UserError

__all__ = ["HOST", "build", "check_extra", "check_port", "serve"]

HOST = "127.0.0.1"
FIRST_PORT = 7860  # of those that are tried where none is asked for
_FONTS = ("ui-sans-serif", "system-ui", "sans-serif")  # the machine's own: nothing is fetched
_CODE = ("ui-monospace", "Consolas", "monospace")

LAYOUT: Mapping[str, Callable[[Sequence[Found]], None]] = {
    "text": text_tab,
    "images": images_tab,
    "words": words_tab,
    "masks": masks_tab,
}


def check_extra() -> None:
    """Raise unless the interface's library is here.

    Raises:
        UserError: it is not; says what to install.
    """
    from importlib.util import find_spec

    if find_spec("gradio") is None:
        raise UserError('nt demo needs Gradio: pip install "nt-apps[demo]"')


def check_port(port: int) -> None:
    """Raise unless a page can be served at a port of this machine.

    Raises:
        UserError: another program listens there, or the system refuses the port.
    """
    with socket.socket() as one:
        if os.name == "posix":  # a port that was free a moment ago still counts as free
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind((HOST, port))
        except OSError as error:
            raise UserError(
                f"port {port} of {HOST} cannot be used ({error.strerror}): name another with --port"
            ) from error


def build(models: Sequence[Found]) -> Any:
    """Make the page, a `gradio.Blocks`, with a tab for each kind of model.

    Args:
        models: what was found.

    Raises:
        UserError: one that a person asked for by its name cannot be opened.
    """
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # before its import: it asks then
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    import gradio as gr

    with gr.Blocks(title="nt demo", analytics_enabled=False) as page:
        gr.Markdown("# nt demo", elem_id="nt-title")
        with gr.Tab("Gradients"):
            gradients_tab()
        for name, kind in TABS.items():
            fitting = [each for each in models if each.tab == name]
            with gr.Tab(kind.title):
                if fitting:
                    try:
                        LAYOUT[name](fitting)
                    except UserError as error:
                        if any(each.named for each in fitting):
                            raise
                        gr.Markdown(str(error))
                else:
                    gr.Markdown(
                        f"No model here yet. This makes one:\n\n    {kind.command}\n\n"
                        "Then start `nt demo` again, or give its folder with `--run`."
                    )
    return page


def serve(page: Any, port: int | None, *, browser: bool, wait: bool = True) -> str:
    """Serve the page on this machine alone, and give its address.

    Args:
        page: what `build` made.
        port: where; None for the first free one from 7860 on.
        browser: whether to open it.
        wait: whether to serve until Ctrl-C; otherwise it goes on in a thread.

    Raises:
        UserError: the port is taken.
    """
    import gradio as gr

    if port is not None:
        check_port(port)
    colours: dict[str, Any] = {"primary_hue": "indigo", "neutral_hue": "slate"}
    _, address, _ = page.launch(
        server_name=HOST, server_port=port, inbrowser=browser, share=False, quiet=True,
        prevent_thread_lock=True, show_error=True, footer_links=[], ssr_mode=False, pwa=False,
        mcp_server=False, run_history=False, enable_monitoring=False,
        theme=gr.themes.Soft(font=_FONTS, font_mono=_CODE, **colours).set(
            block_title_background_fill="none", block_title_background_fill_dark="none",
            block_title_padding="0", block_title_text_color="*neutral_600",
            block_title_text_color_dark="*neutral_300",
        ),
        css=(Path(__file__).with_name("style.css")).read_text("utf-8"),
    )  # fmt: skip
    if wait:
        print(f"nt demo: {address} (Ctrl-C ends it)", flush=True)
        page.block_thread()
    return str(address)
