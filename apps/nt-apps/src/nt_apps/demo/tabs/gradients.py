"""The tab that needs no model: an expression stepped forward and backward."""

from __future__ import annotations

from typing import Any

from nt_apps.demo.expression import EXPRESSIONS, steps
from nt_apps.demo.graph import draw, table
from nt_apps.demo.tabs.shelf import quietly

__all__ = ["gradients_tab", "show"]

MOST = max(len(each.leaves) for each in EXPRESSIONS.values())


def show(name: str, at: int, numbers: list[float | None]) -> tuple[int, str, str, str]:
    """What the tab shows of an expression at a step.

    Args:
        name: one of `EXPRESSIONS`.
        at: which step; below 0 the last one, beyond the end the last one too.
        numbers: what stands in the fields, at least one for each leaf.

    Returns:
        The step, what happens in it, the drawing and the table.

    Example:
        >>> at, told, _, _ = show("a · b + c", -1, [2.0, -3.0, 10.0])
        >>> at, told
        (5, '**Step 6 of 6.** Backward through d: it has 1 and gives −3 to a, 2 to b')
        >>> show("a · b + c", 0, [None, -3.0, 10.0])[1]
        'Give every leaf a number: a has none.'
    """
    expression = EXPRESSIONS[name]
    leaves = dict(zip(expression.leaves, numbers, strict=False))
    if missing := [leaf for leaf, value in leaves.items() if value is None]:
        return at, f"Give every leaf a number: {', '.join(missing)} has none.", "", ""
    known = {leaf: float(value) for leaf, value in leaves.items() if value is not None}
    every = steps(expression, known)
    at = len(every) - 1 if at < 0 else min(at, len(every) - 1)
    told = f"**Step {at + 1} of {len(every)}.** {every[at].told}"
    return at, told, draw(expression, every[at]), table(expression, every[at], known)


def gradients_tab() -> None:
    """Lay the tab out."""
    import gradio as gr

    first = next(iter(EXPRESSIONS))
    numbers = [*EXPRESSIONS[first].leaves.values()]
    at, told, drawn, beside = show(first, -1, [*numbers])
    gr.Markdown(
        "Five nodes, computed forward and differentiated backward by `nt_autograd`. Edit a value: "
        "every gradient follows. Step through it to see the chain rule at work."
    )
    with gr.Row():
        with gr.Column(scale=1, min_width=250):
            chosen = gr.Radio([*EXPRESSIONS], value=first, label="expression")
            with gr.Row(elem_classes="nt-leaves"):
                fields = [
                    gr.Number(value, label=leaf, step=0.1, min_width=70, elem_id=f"nt-leaf-{i}")
                    for i, (leaf, value) in enumerate(EXPRESSIONS[first].leaves.items())
                ]
            with gr.Row(elem_classes="nt-steps"):
                begin = gr.Button("|◀ Start", min_width=60, size="sm")
                back = gr.Button("◀ Back", min_width=60, size="sm")
                on = gr.Button("Step ▶", min_width=60, size="sm", variant="primary")
                end = gr.Button("End ▶|", min_width=60, size="sm")
            sentence = gr.Markdown(told, elem_id="nt-told")
        with gr.Column(scale=2, min_width=320):
            graph = gr.HTML(drawn, elem_id="nt-expression")
            beside_it = gr.HTML(beside, elem_id="nt-gradients")
    place = gr.State(at)
    outputs = [place, sentence, graph, beside_it]

    def answer(move: int | None) -> Any:
        def moved(name: str, at: int, *numbers: float | None) -> tuple[int, str, str, str]:
            to = {None: at, 0: 0, 9: -1}.get(move, max(at + (move or 0), 0))
            return show(name, to, [*numbers])

        return moved

    def choose(name: str) -> list[Any]:
        own = EXPRESSIONS[name]
        leaves = [*own.leaves.items(), *[("", None)] * (MOST - len(own.leaves))]
        boxes = [gr.Number(v, label=leaf or "-", visible=bool(leaf)) for leaf, v in leaves]
        return [*show(name, -1, [*own.leaves.values()]), *boxes]

    quiet = quietly("gradients")
    for button, move in ((begin, 0), (back, -1), (on, 1), (end, 9)):
        button.click(answer(move), [chosen, place, *fields], outputs, **quiet)
    for each in fields:
        each.input(
            answer(None), [chosen, place, *fields], outputs, trigger_mode="always_last", **quiet
        )
    chosen.input(choose, chosen, [*outputs, *fields], **quiet)
