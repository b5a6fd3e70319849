"""A trained classifier names what image files show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from nt_data.readers import read_image
from nt_data.transforms import Resize
from nt_tensor import jit

from nt_apps.errors import UserError, telling
from nt_apps.train.images import ImageTask
from nt_apps.train.loop import on_device
from nt_apps.train.reopen import load_run

__all__ = ["classify"]


def classify(
    folder: Path, files: Sequence[Path], *, last: bool = False, device: str = "cpu"
) -> Iterator[tuple[Path, list[tuple[str, float]]]]:
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
            order = np.argsort(-said, kind="stable")
            yield file, [(task.shape["classes"][i], float(said[i])) for i in order]
