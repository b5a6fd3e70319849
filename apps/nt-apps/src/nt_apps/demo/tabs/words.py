"""The tab of CLIP: type words, and see which pictures lie nearest."""

from __future__ import annotations

from collections.abc import Sequence

from nt_apps.demo.models import Found
from nt_apps.demo.tabs.shelf import Shelf, quietly
from nt_apps.demo.words import PARTS, Finder, found_words

__all__ = ["words_tab"]

FIRST = "arrow"
OTHERS = ("arrow pointing left", "greek letter", "circled number", "smiling face", "heart", "chess")


def words_tab(models: Sequence[Found]) -> None:
    """Lay the tab out."""
    import gradio as gr

    shelf: Shelf[Finder] = Shelf(models, Finder.open)
    with gr.Row():
        model = shelf.dropdown()
        part = gr.Dropdown(
            [*PARTS],
            value="test",
            label="among (only train was learned from)",
            filterable=False,
            min_width=240,
        )
    words = gr.Textbox(FIRST, label="words", elem_id="nt-words")
    with gr.Row(elem_classes="nt-others"):
        others = [gr.Button(each, size="sm", min_width=80) for each in OTHERS]
    found = gr.HTML(found_words(shelf.first, FIRST, "test"), elem_id="nt-found")

    def find(label: str, words: str, part: str) -> str:
        return found_words(shelf.get(label), words, part)

    quiet = quietly("words")
    words.change(find, [model, words, part], found, trigger_mode="always_last", **quiet)
    for each in (model, part):
        each.input(find, [model, words, part], found, **quiet)
    for button in others:
        button.click(lambda said: said, button, words, **quiet)
