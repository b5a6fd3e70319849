"""Images with what a classifier goes by laid over them: attention, or evidence for a class."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
from nt_data.sources import Images
from numpy.typing import NDArray

from nt_apps.demo.attention import choice, head_grid
from nt_apps.demo.expression import short
from nt_apps.demo.html import coloured, grid, pick, picture
from nt_apps.demo.images import Attention, Evidence

__all__ = ["attention_panel", "evidence_panel", "laid_over", "sample_grid"]

SIDE = 288  # pixels that a large picture has at least
SHOWN = 5  # classes whose evidence is drawn

Pixels = NDArray[np.uint8]


def laid_over(image: Pixels, map_: NDArray[np.float32], *, most: float, signed: bool) -> Pixels:
    """An image (height, width, channels) under a map (rows, columns), in (h, w, 3) pixels.

    Attention is laid evenly over the image; evidence the denser the stronger it is.

    Example:
        >>> image = np.zeros((8, 8, 1), np.uint8)
        >>> laid_over(image, np.zeros((2, 2), np.float32), most=1.0, signed=True).shape
        (288, 288, 3)
        >>> laid_over(image, np.zeros((2, 2), np.float32), most=1.0, signed=True).max()
        np.uint8(0)
    """
    factor = max(1, round(SIDE / max(image.shape[:2])))
    large = np.repeat(np.repeat(image, factor, 0), factor, 1)
    height, width = large.shape[:2]
    rows = np.arange(height) * map_.shape[0] // height
    columns = np.arange(width) * map_.shape[1] // width
    paint = coloured(map_, most=most, signed=signed)[rows][:, columns].astype(np.float32)
    strength = np.full(map_.shape, 0.6) if not signed else 0.8 * np.abs(map_) / (most or 1.0)
    share = strength[rows][:, columns, None]
    mixed: Pixels = np.rint(large * (1 - share) + paint * share).astype(np.uint8)
    return mixed


def sample_grid(samples: Images, which: Sequence[int]) -> str:
    """Some images to pick from; each is picked by its number.

    Example:
        >>> two = Images(np.zeros((2, 4, 4, 1), np.uint8), np.array([0, 1]), ("cat", "dog"))
        >>> sample_grid(two, [1]).count('data-pick="1"')
        1
    """
    made = [
        pick(f"{i}", picture(samples.images[i], ""), samples.classes[int(samples.labels[i])])
        for i in which
    ]
    return f'<div class="nt-samples">{"".join(made)}</div>'


def attention_panel(image: Pixels, seen: Attention, picked: str) -> tuple[str, str]:
    """All heads of all layers; and the picked one, and all of them together, over the image."""
    layer, head = choice(picked, *seen.heads.shape[:2])
    one = seen.heads[layer, head]
    names = [f"layer {i}" for i in range(len(seen.heads))]
    pictures = [
        (f"Layer {layer}, head {head}", one),
        ("All layers and heads together (rollout)", seen.rollout),
    ]
    made = "".join(
        _figure(laid_over(image, each, most=float(each.max()), signed=False), title)
        for title, each in pictures
    )
    note = "Bright: the patches that are looked at most."
    return (
        head_grid(seen.heads, names, (layer, head)),
        f'<div class="nt-figures">{made}</div><p class="nt-note">{note}</p>',
    )


def evidence_panel(
    image: Pixels, seen: Evidence, classes: Sequence[str], picked: str
) -> tuple[str, str]:
    """The evidence for the likeliest classes, on one scale; and for the picked one, enlarged."""
    logits = seen.maps.mean((1, 2))
    order = np.argsort(-logits, kind="stable")[:SHOWN]
    chosen = int(picked) if picked.isdecimal() and int(picked) < len(classes) else int(order[0])
    most = float(np.abs(seen.maps[[*order, chosen]]).max())
    small = [
        pick(
            f"{i}",
            picture(laid_over(image, seen.maps[i], most=most, signed=True), "")
            + f'<span class="nt-caption">{escape(classes[i])}</span>',
            f"evidence for {classes[i]}", chosen=i == chosen,
        )
        for i in order
    ]  # fmt: skip
    large = laid_over(image, seen.maps[chosen], most=most, signed=True)
    title = f"Evidence for {classes[chosen]}: in the mean {short(float(logits[chosen]))}"
    note = (
        "Red speaks for the class, blue against it. The mean over all places is the class's "
        "logit: the softmax of the logits makes the probabilities."
    )
    return (
        grid([small], [""], "nt-grid nt-classes"),
        f'<div class="nt-figures">{_figure(large, title)}</div><p class="nt-note">{note}</p>',
    )


def _figure(pixels: Pixels, title: str) -> str:
    return (
        f'<figure class="nt-figure">{picture(pixels, title)}'
        f"<figcaption>{escape(title)}</figcaption></figure>"
    )
