"""The reader's own images: a folder a class, in a folder a split or divided here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from nt_data._errors import DataError
from nt_data._samples import Images
from nt_data.readers._image import Mode
from nt_data.readers._image_folder import ImageFolder
from nt_data.sources._apart import split_by_hash
from nt_data.transforms import Resize

__all__ = ["load"]

_FOLDERS = {
    "train": ("train", "training"),
    "validation": ("validation", "val", "valid"),
    "test": ("test",),
}


def load(root: Path, size: int | None, mode: Mode) -> dict[str, Images]:
    """Read the splits; those that have no folder get a tenth of the training images, by hash."""
    there = {
        split: root / name
        for split, names in _FOLDERS.items()
        for name in names
        if (root / name).is_dir()
    }
    if "train" not in there:
        if there:
            raise DataError(f"{root} has {next(iter(there.values())).name!r} but no folder 'train'")
        there = {"train": root}
    classes = ImageFolder(there["train"], mode).classes
    parts = {split: _read(path, size, mode, classes) for split, path in there.items()}
    shapes = {split: part.images.shape[1:3] for split, part in parts.items()}
    if len(set(shapes.values())) > 1:
        raise DataError(f"the splits of {root} differ in size, {shapes}: give one size")
    told = [f"the folder {path.name}" for path in there.values()] if len(there) > 1 else []
    missing = [split for split in ("test", "validation") if split not in there]
    if missing:
        whole = parts["train"]
        keys = [image.tobytes().hex() for image in whole.images]
        percents = {**dict.fromkeys(missing, 10), "train": 100 - 10 * len(missing)}
        parts |= split_by_hash(whole, keys, percents)
        told.append(f"by the hash of the image, a tenth to {' and to '.join(sorted(missing))}")
    for split, part in parts.items():
        if not len(part):
            raise DataError(f"{root} has too few images: none is left for {split}")
    note = "; ".join(told) or "a folder each"
    return {split: replace(parts[split], name=root.name, note=note) for split in _FOLDERS}


def _read(path: Path, size: int | None, mode: Mode, classes: tuple[str, ...]) -> Images:
    folder = ImageFolder(path, mode, classes=classes)
    if size is None:
        return folder.load()
    resize = Resize(size)
    images = [resize(folder[i][0][None]) for i in range(len(folder))]
    return Images(np.concatenate(images), folder.labels, classes)
