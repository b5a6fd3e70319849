"""The tab of image classifiers: draw or pick an image, and see what is made of it."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NoBase64
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from nt_data.readers import read_image
from numpy.typing import NDArray

from nt_apps.demo.html import PICK, bars, message, picture
from nt_apps.demo.images import Attention, Classifier
from nt_apps.demo.models import Found
from nt_apps.demo.overlay import attention_panel, evidence_panel, sample_grid
from nt_apps.demo.tabs.shelf import Shelf, quietly
from nt_apps.errors import UserError, telling

__all__ = ["Raw", "images_tab", "ink_of", "look"]

# What was drawn, or the pixels of an image, and what is known of it; None for nothing yet.
Raw = tuple[str, NDArray[np.uint8], str] | None

SAMPLES = 24  # test images to pick from
_LONGEST = 2_000_000  # signs of a drawing's address
PAD = (
    '<div class="nt-pad"><canvas width="280" height="280" role="img" '
    'aria-label="a board to draw a digit on"></canvas>'
    '<button type="button" class="nt-wipe" data-wipe>Clear</button></div>'
)


def ink_of(address: str) -> NDArray[np.uint8]:
    """The pixels (rows, columns) of a drawing that came as a `data:` address of a PNG.

    Raises:
        UserError: it is none.

    Example:
        >>> from nt_apps.demo.html import address
        >>> ink_of(address(np.array([[0, 255]], np.uint8))).tolist()
        [[0, 255]]
        >>> ink_of("data:image/png;base64,no")
        Traceback (most recent call last):
            ...
        nt_apps.errors.UserError: the drawing could not be read
    """
    from PIL import Image, UnidentifiedImageError

    head, _, content = address[:_LONGEST].partition(",")
    try:
        if head != "data:image/png;base64":
            raise UnidentifiedImageError(head)
        with Image.open(BytesIO(b64decode(content, validate=True)), formats=["PNG"]) as read:
            return np.asarray(read.convert("L"))
    except (NoBase64, OSError, SyntaxError, ValueError) as error:
        raise UserError("the drawing could not be read") from error


def look(classifier: Classifier, raw: Raw, picked: str) -> tuple[str, str, str, str]:
    """What the tab shows of an image.

    Returns:
        The image as the model sees it, the probabilities, what there is to pick from, and the
        picked one, enlarged.
    """
    if raw is None:
        return "", message("Draw a digit, pick an image, or open one."), "", ""
    kind, pixels, known = raw
    image = classifier.drawn(pixels) if kind == "drawn" else classifier.fitted(pixels)
    height, width = image.shape[:2]
    alt = f"the image as the model sees it, {height} by {width} pixels"
    seen = f'<figure class="nt-figure nt-seen">{picture(image, alt)}'
    seen += f"<figcaption>{height} × {width}: what the model sees. {known}</figcaption></figure>"
    inside = classifier.inside(image)
    small, large = (
        attention_panel(image, inside, picked)
        if isinstance(inside, Attention)
        else evidence_panel(image, inside, classifier.classes, picked)
    )
    return seen, bars(classifier.rows(image), "probabilities of the classes"), small, large


def offered(classifier: Classifier) -> tuple[Raw, str]:
    """The first test image, and a grid of some; or nothing, and why."""
    samples = classifier.samples
    if samples is None:
        of = f"The images of {classifier.data}" if classifier.data else "Its images"
        return None, message(f"{of} are not on this machine: draw one, or open a picture.")
    spread = np.linspace(0, len(samples) - 1, min(SAMPLES, len(samples))).astype(int)
    return sample(classifier, f"{spread[0]}"), sample_grid(samples, [int(i) for i in spread])


def sample(classifier: Classifier, picked: str) -> Raw:
    """A test image, by its number; nothing where there is none of that number."""
    samples = classifier.samples
    if samples is None or not picked.isdecimal() or int(picked) >= len(samples):
        return None
    known = f"It is: {samples.classes[int(samples.labels[int(picked)])]}."
    return "image", samples.images[int(picked)], known


def images_tab(models: Sequence[Found]) -> None:
    """Lay the tab out."""
    import gradio as gr

    shelf: Shelf[Classifier] = Shelf(models, Classifier.open)
    begin, grid = offered(shelf.first)
    seen, said, small, large = look(shelf.first, begin, "")
    raw = gr.State(begin)
    with gr.Row():
        with gr.Column(scale=2, min_width=290):
            model = shelf.dropdown()
            gr.Markdown("### Draw")
            pad = gr.HTML(
                "", html_template=PAD, elem_id="nt-pad",
                js_on_load=Path(__file__).parents[1].joinpath("pad.js").read_text("utf-8"),
            )  # fmt: skip
            gr.Markdown("### Or pick a test image")
            picker = gr.HTML(
                "", html_template="${body}", body=grid, js_on_load=PICK, elem_id="nt-samples"
            )
            opened = gr.UploadButton("Open a picture…", file_types=["image"], size="sm")
        with gr.Column(scale=3, min_width=300):
            with gr.Row():
                with gr.Column(scale=1, min_width=130):
                    shown = gr.HTML(seen, elem_id="nt-seen")
                with gr.Column(scale=2, min_width=250):
                    answer = gr.HTML(said, elem_id="nt-classes")
            gr.Markdown("### What it goes by\nPick one to enlarge it.")
            parts = gr.HTML(
                "", html_template="${body}", body=small, js_on_load=PICK, elem_id="nt-parts"
            )
            enlarged = gr.HTML(large, elem_id="nt-large")
    outputs = [raw, shown, answer, parts, enlarged]

    def fresh(label: str, raw: Raw, picked: str) -> list[Any]:
        # Of another image the same head is of interest, and not the same class.
        return result(label, raw, picked if "." in picked else "")

    def result(label: str, raw: Raw, picked: str) -> list[Any]:
        seen, said, small, large = look(shelf.get(label), raw, picked)
        return [raw, seen, said, gr.HTML(body=small), large]

    def draw(label: str, address: str, picked: str) -> list[Any]:
        ink = ink_of(address)
        return fresh(label, ("drawn", ink, "") if ink.any() else None, picked)

    def take(label: str, number: str, picked: str) -> list[Any]:
        return fresh(label, sample(shelf.get(label), number), picked)

    def read(label: str, file: str, picked: str) -> list[Any]:
        try:
            with telling(ValueError, OSError, ImportError):
                pixels = read_image(Path(file), "RGB")
        except UserError as error:
            raise gr.Error(str(error), print_exception=False) from error
        return fresh(label, ("image", pixels, ""), picked)

    def change(label: str, raw: Raw) -> list[Any]:
        first, grid = offered(shelf.get(label))
        kept = raw if raw is not None and raw[0] == "drawn" else first
        return [gr.HTML("", body=grid), *result(label, kept, "")]

    quiet = quietly("images")
    pad.select(draw, [model, pad, parts], outputs, **quiet)
    pad.clear(lambda label: result(label, None, ""), model, outputs, **quiet)
    picker.select(take, [model, picker, parts], outputs, **quiet)
    opened.upload(read, [model, opened, parts], outputs, **quiet)
    parts.select(result, [model, raw, parts], outputs, **quiet)
    model.input(change, [model, raw], [picker, *outputs], **quiet)
