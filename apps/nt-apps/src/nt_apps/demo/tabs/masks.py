"""The tab of masked language models: hide words, and see which ones are found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nt_apps.demo.masks import Filler, filled
from nt_apps.demo.models import Found
from nt_apps.demo.tabs.shelf import Shelf, quietly

__all__ = ["masks_tab"]


def masks_tab(models: Sequence[Found]) -> None:
    """Lay the tab out."""
    import gradio as gr

    shelf: Shelf[Filler] = Shelf(models, Filler.open)
    first = shelf.first
    gr.Markdown("Write `[MASK]` where a word is to be found, once or more often.")
    model = shelf.dropdown()
    text = gr.Textbox(first.prompt, label="text", lines=2, elem_id="nt-masked")
    found = gr.HTML(filled(first, first.prompt), elem_id="nt-gaps")

    def begin_with(label: str) -> list[Any]:
        filler = shelf.get(label)
        return [filler.prompt, filled(filler, filler.prompt)]

    quiet = quietly("masks")
    text.change(
        lambda label, text: filled(shelf.get(label), text), [model, text], found,
        trigger_mode="always_last", **quiet,
    )  # fmt: skip
    model.input(begin_with, model, [text, found], **quiet)
