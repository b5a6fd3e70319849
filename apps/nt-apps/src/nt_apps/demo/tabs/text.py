"""The tab of language models: type, and see what may come next, and where the model looks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from nt_apps.demo.attention import choice, head_grid, large_head
from nt_apps.demo.html import PICK, message
from nt_apps.demo.models import Found
from nt_apps.demo.tabs.shelf import Shelf, quietly
from nt_apps.demo.text import Controls, Writer, next_bars
from nt_apps.errors import UserError

__all__ = ["heads", "text_tab"]


def heads(writer: Writer, text: str, picked: str) -> tuple[str, str]:
    """The grid of all heads and the picked one, enlarged; or why there is none."""
    try:
        maps = writer.attention(text)
    except UserError as error:
        return "", message(str(error))
    layer, head = choice(picked, *maps.weights.shape[:2])
    return (
        head_grid(maps.weights, maps.layers, (layer, head)),
        large_head(maps.weights[layer, head], maps.tokens, f"Layer {layer}, head {head}"),
    )


def text_tab(models: Sequence[Found]) -> None:
    """Lay the tab out."""
    import gradio as gr

    shelf: Shelf[Writer] = Shelf(models, Writer.open)
    first = shelf.first
    begin = first.prompt
    bars = next_bars(first, begin, Controls())
    small, large = heads(first, begin, "0.0")
    with gr.Row():
        with gr.Column(scale=3, min_width=300):
            model = shelf.dropdown()
            text = gr.Textbox(begin, label="text", lines=4, max_lines=12, elem_id="nt-text")
            with gr.Row():
                write = gr.Button("Write on", variant="primary", size="sm", min_width=80)
                stop = gr.Button("Stop", size="sm", min_width=60)
            gr.Markdown("### The next token\nStrong: as it is drawn. Faint: as the model has it.")
            next_one = gr.HTML(bars, elem_id="nt-next")
        with gr.Column(scale=2, min_width=300):
            warmth = gr.Slider(0, 2, 1, step=0.05, label="temperature (0: the likeliest)")
            top_k = gr.Slider(0, 100, 0, step=1, label="top-k (0: all)")
            top_p = gr.Slider(0.05, 1, 1, step=0.05, label="top-p (1: all)")
            min_p = gr.Slider(0, 0.5, 0, step=0.01, label="min-p (0: all)")
            length = gr.Slider(1, 500, 120, step=1, label="tokens to write")
            seed = gr.Number(0, label="seed of the draws", precision=0, minimum=0)
    gr.Markdown("### Where it looks\nEvery head of every layer; pick one to enlarge it.")
    with gr.Row():
        with gr.Column(scale=1, min_width=300):
            picker = gr.HTML(
                "0.0", html_template="${body}", body=small, js_on_load=PICK, elem_id="nt-heads"
            )
        with gr.Column(scale=1, min_width=300):
            enlarged = gr.HTML(large, elem_id="nt-head")
    controls = [warmth, top_k, top_p, min_p]

    def look(label: str, text: str, picked: str, *chosen: float) -> list[Any]:
        own = shelf.get(label)
        small, large = heads(own, text, picked)
        return [next_bars(own, text, wanted(*chosen)), gr.HTML(body=small), large]

    def draw(label: str, text: str, *chosen: float) -> str:
        return next_bars(shelf.get(label), text, wanted(*chosen))

    def enlarge(label: str, text: str, picked: str) -> list[Any]:
        small, large = heads(shelf.get(label), text, picked)
        return [gr.HTML(body=small), large]

    def begin_with(label: str, picked: str, *chosen: float) -> list[Any]:
        prompt = shelf.get(label).prompt
        return [prompt, *look(label, prompt, picked, *chosen)]

    def write_on(
        label: str, text: str, length: float, seed: float | None, *chosen: float
    ) -> Iterator[str]:
        try:
            yield from shelf.get(label).write(text, wanted(*chosen), int(length), int(seed or 0))
        except UserError as error:
            raise gr.Error(str(error), print_exception=False) from error

    quiet = quietly("text")
    last: dict[str, Any] = {**quiet, "trigger_mode": "always_last"}
    seen = [next_one, picker, enlarged]
    # `change`, for `input` of this library's text boxes does not hear what is pasted.
    text.change(look, [model, text, picker, *controls], seen, **last)
    model.input(begin_with, [model, picker, *controls], [text, *seen], **quiet)
    picker.select(enlarge, [model, text, picker], [picker, enlarged], **last)
    for each in controls:
        each.change(draw, [model, text, *controls], next_one, **last)
    writing = write.click(
        write_on, [model, text, length, seed, *controls], text, **quietly("writing")
    )
    stop.click(None, cancels=[writing], api_visibility="private")


def wanted(temperature: float, top_k: float, top_p: float, min_p: float) -> Controls:
    """The controls as the sliders stand."""
    return Controls(float(temperature), int(top_k), float(top_p), float(min_p))
