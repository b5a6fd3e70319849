"""The tab of CLIP: type words, and see which pictures lie nearest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nt_apps.demo.models import Found
from nt_apps.demo.tabs.shelf import Shelf, quietly
from nt_apps.demo.words import Finder, found_words

__all__ = ["words_tab"]

FIRST = "arrow"
OTHERS = ("arrow pointing left", "greek letter", "circled number", "smiling face", "heart", "chess")


def words_tab(models: Sequence[Found]) -> None:
    """Lay the tab out."""
    import gradio as gr

    shelf: Shelf[Finder] = Shelf(models, Finder.open)
    first = shelf.first
    with gr.Row():
        model = shelf.dropdown()
        part = gr.Dropdown(
            first.names,
            label="among (only train was learned from)",
            filterable=False,
            min_width=240,
        )
    words = gr.Textbox(FIRST, label="words", elem_id="nt-words")
    with gr.Row(elem_classes="nt-others"):
        others = [gr.Button(each, size="sm", min_width=80) for each in OTHERS]
    found = gr.HTML(found_words(first, FIRST, first.names[0]), elem_id="nt-found")

    def find(label: str, words: str, part: str) -> str:
        return found_words(shelf.get(label), words, part)

    def change(label: str, words: str) -> list[Any]:
        finder = shelf.get(label)
        names = finder.names
        return [gr.Dropdown(names, value=names[0]), found_words(finder, words, names[0])]

    quiet = quietly("words")
    words.change(find, [model, words, part], found, trigger_mode="always_last", **quiet)
    part.input(find, [model, words, part], found, **quiet)
    model.input(change, [model, words], [part, found], **quiet)
    for button in others:
        button.click(lambda said: said, button, words, **quiet)
