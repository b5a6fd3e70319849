"""A trained classifier names what image files show, or what texts say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from nt_data.readers import read_image
from nt_data.transforms import Resize
from nt_tensor import jit
from numpy.typing import NDArray

from nt_apps.errors import UserError, telling
from nt_apps.train.bert_classify import ClassifyingBERT
from nt_apps.train.images import ImageTask
from nt_apps.train.loop import on_device
from nt_apps.train.reopen import load_run

__all__ = ["classify", "classify_texts"]

Named = list[tuple[str, float]]  # classes and their probabilities, the likeliest first


def classify(
    folder: Path, files: Sequence[Path], *, last: bool = False, device: str = "cpu"
) -> Iterator[tuple[Path, Named]]:
    """Name what images show, with a run's model.

    An image is read in the run's colours and resized to its images' size.

    Args:
        folder: the run folder.
        files: the images.
        last: use the last checkpoint and not the best one.
        device: where to compute.

    Yields:
        Each file, and the classes with their probabilities, the likeliest first.

    Raises:
        UserError: there is no such run, it is none of images, or a file is no image.
    """
    with on_device(device):
        task, model = load_run(folder, last=last)
        if not isinstance(task, ImageTask):
            raise UserError(f"{folder} is a run of nt train {task.name}, which names no images")
        jit(task.config.jit)
        height, width = task.shape["size"]
        resize = Resize((height, width))
        for file in files:
            with telling(ValueError, OSError, ImportError):
                image = read_image(file, "L" if task.shape["channels"] == 1 else "RGB")
            (said,) = task.probabilities(model, resize(image[None]))
            yield file, _named(said, task.shape["classes"])


def classify_texts(
    folder: Path, texts: Sequence[str], *, last: bool = False, device: str = "cpu"
) -> list[tuple[str, Named]]:
    """Name the classes of texts, with a run's model.

    Args:
        folder: the run folder.
        texts: what is read.
        last: use the last checkpoint and not the best one.
        device: where to compute.

    Returns:
        Each text, and the classes with their probabilities, the likeliest first.

    Raises:
        UserError: there is no such run, it is none of texts, or a text is empty.
    """
    with on_device(device):
        task, model = load_run(folder, last=last)
        if not isinstance(task, ClassifyingBERT):
            raise UserError(f"{folder} is a run of nt train {task.name}, which names no texts")
        jit(task.config.jit)
        said = task.classify(model, texts)
        classes = task.shape["classes"]
        return [(text, _named(row, classes)) for text, row in zip(texts, said, strict=True)]


def _named(said: NDArray[np.float32], classes: Sequence[str]) -> Named:
    order = np.argsort(-said, kind="stable")
    return [(classes[i], float(said[i])) for i in order]
