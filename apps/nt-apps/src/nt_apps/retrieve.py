"""A trained CLIP finds the images of a text, and the texts of an image."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from nt_data.readers import read_image
from nt_data.sources import ImageTexts
from nt_data.transforms import Resize
from nt_tensor import jit
from numpy.typing import NDArray

from nt_apps.errors import UserError, telling
from nt_apps.train.clip import TrainCLIP
from nt_apps.train.clip_plots import draw_found
from nt_apps.train.loop import on_device
from nt_apps.train.reopen import load_run

__all__ = ["Found", "retrieve"]

_ENDINGS = frozenset((".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".ppm", ".tif", ".tiff"))
PARTS = ("test", "validation", "train", "all")


@dataclass(frozen=True)
class Found:
    """What lies nearest to what was asked.

    Attributes:
        asked: the text, or the image (side, side, channels) as the model saw it.
        among: how many candidates there were.
        pairs: what was found, the nearest first.
        similarity: the cosine of each, (found,).
    """

    asked: str | NDArray[np.uint8]
    among: int
    pairs: ImageTexts
    similarity: NDArray[np.float32]

    def draw(self, path: Path) -> None:
        """Draw it.

        Raises:
            UserError: the file cannot be written.
        """
        near = [float(value) for value in self.similarity]
        pairs = self.pairs
        draw_found(path, self.asked, list(zip(near, pairs.images, pairs.texts, strict=True)))


def retrieve(
    folder: Path,
    query: str,
    *,
    top: int = 10,
    part: str = "test",
    last: bool = False,
    device: str = "cpu",
) -> Found:
    """Find the images that lie nearest to a text, or the texts that lie nearest to an image.

    A query is an image if a file of that name is there, or if it ends as images' names do.

    Args:
        folder: the folder of a run of `nt train clip`.
        query: a text, or the path of an image.
        top: how many to find.
        part: among which pairs of the run's data: "test", "validation", "train" or "all".
        last: use the last checkpoint and not the best one.
        device: where to compute.

    Raises:
        UserError: there is no such run, it is of another trainer, its data is not there, the text
            is empty or is no Unicode, or the file is no image.
    """
    if part not in PARTS:
        raise UserError(f"part {part!r} is not one of: {', '.join(PARTS)}")
    if not query.strip():
        raise UserError("the query is empty: give a text, or the path of an image")
    with on_device(device):
        task, model = load_run(folder, last=last)
        if not isinstance(task, TrainCLIP):
            raise UserError(f"{folder} is a run of nt train {task.name}, which retrieves nothing")
        jit(task.config.jit)
        asked = _read(query, task)
        task.prepare()
        parts = task.parts
        known = {"test": parts.test, "validation": parts.validation, "train": parts.train}
        pairs = known.get(part) or parts.train.joined(parts.validation).joined(parts.test)
        if isinstance(asked, str):
            one = task.texts_features(model, [asked])[0]  # (projection,)
            others = task.images_features(model, pairs.images)
        else:
            one = task.images_features(model, asked[None])[0]
            others = task.texts_features(model, pairs.texts)
    near = others @ one  # (candidates,)
    order = np.argsort(-near, kind="stable")[:top]
    return Found(asked, len(pairs), pairs.take(order), near[order])


def _read(query: str, task: TrainCLIP) -> str | NDArray[np.uint8]:
    """An image in the run's colours and of its size; or the text that it is."""
    path = Path(query)
    # pathlib would raise for what is too long to be a name, or holds NUL
    if path.suffix.lower() not in _ENDINGS and not os.path.isfile(query):
        with telling(UnicodeEncodeError, prefix="query: "):
            query.encode()
        return query
    with telling(OSError, ValueError, ImportError):
        image = read_image(path, "L" if task.shape["channels"] == 1 else "RGB")
        return np.asarray(Resize(task.config.side)(image[None])[0], np.uint8)
