"""`cifar-10`: 60,000 small colour photographs, from the published archive or a lossless copy of it.

The copy (one WebP mosaic a batch) holds four of the five training batches and a tenth of the
test images; its splits say what that leaves.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nt_data._errors import DataError
from nt_data._samples import Images
from nt_data.readers import read_archive, read_image, unpickle_arrays
from nt_data.sources._options import Options
from nt_data.sources._remote import RemoteFile
from nt_data.sources._source import Source

__all__ = ["CLASSES", "SOURCE", "load", "read_batch"]

CLASSES = (
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
)  # fmt: skip
_SIDE = 32
_HELD_OUT = 5000


def _copy(name: str, sha256: str, size: int) -> RemoteFile:
    return RemoteFile(f"cifar-10/{name}", "", sha256, size)


SOURCE = Source(
    name="cifar-10",
    kind="images",
    what="photographs in 10 classes, 32x32, colour",
    licence="none is published; the authors ask to cite Krizhevsky 2009",
    citation=(
        "Krizhevsky: Learning Multiple Layers of Features from Tiny Images. Technical report, "
        "University of Toronto, 2009"
    ),
    url="https://www.cs.toronto.edu/~kriz/cifar.html",
    splits={"train": 45_000, "validation": 5_000, "test": 10_000},
    how=(
        "the published test images; the last 5,000 of the published training images to validate. "
        "From the lossless copy, which lacks batch 5 and test images from 1,000 on: training "
        "images 0-34,999 to train, the first 1,000 test images to validate, training images "
        "35,000-39,999 to test"
    ),
    files=(
        RemoteFile(
            "cifar-10/cifar-10-python.tar.gz",
            "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
            "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
            170_498_071,
        ),
    ),
    also=(
        _copy(
            "data_batch_1.webp",
            "0c540445580e2b4751a4fb5e79175f3eced765d47d186c46cf6aaa7a076c47d9",
            17_040_942,
        ),
        _copy(
            "data_batch_2.webp",
            "ecd97fbddf53a95c7a487a46490001fbae20af0d14e0978cf2a8c74001ef5eb5",
            17_085_808,
        ),
        _copy(
            "data_batch_3.webp",
            "577efcbfc9a4ea051e4f915841300a1c1943948d918318615797528bd1931ae3",
            17_091_114,
        ),
        _copy(
            "data_batch_4.webp",
            "a362cd3478100abaef253b26a1c6c0979ac43379b30b03c5c774900ed8f3025c",
            17_061_958,
        ),
        _copy(
            "test_batch_first1000.webp",
            "cb828dc0e9362b4226d735175a2f991ca927366a08942e433c12d13c7e23ff10",
            1_669_096,
        ),
        _copy(
            "test_labels_first1000.u8",
            "636a087e604331a0b9dafc94b6e9ade0c9cec72c4400d12473ccdb3e264474c1",
            1_000,
        ),
        _copy(
            "train_labels.u8",
            "2b7cd2f24487317614016b72ffd53071c3062f592f0eb300c18a770d41ae1253",
            50_000,
        ),
    ),
    extra="images",
)


def load(options: Options) -> dict[str, Images]:
    """Read whichever form is there; the archive is downloaded where neither is."""
    paths = SOURCE.paths(options)
    if "cifar-10-python.tar.gz" in paths:
        return _published(paths["cifar-10-python.tar.gz"])
    return _copied(paths)


def _published(path: Path) -> dict[str, Images]:
    batches = {
        name.rsplit("/", 1)[-1]: read_batch(content, f"{path}: {name}")
        for name, content in read_archive(path, lambda name: "_batch" in name, max_bytes=2**28)
    }
    wanted = [*(f"data_batch_{k}" for k in range(1, 6)), "test_batch"]
    if missing := [name for name in wanted if name not in batches]:
        raise DataError(f"{path} lacks {', '.join(missing)}")
    train = batches["data_batch_1"]
    for name in wanted[1:-1]:
        train = train.joined(batches[name])
    note = "published archive: training images 0-44,999, 45,000-49,999 to validate; all of test"
    cut = len(train) - _HELD_OUT
    return _noted(
        note,
        train=train.take(np.arange(cut)),
        validation=train.take(np.arange(cut, len(train))),
        test=batches["test_batch"],
    )


def read_batch(content: bytes, origin: str) -> Images:
    """Read one pickled batch, without running it: rows of 1,024 red, green and blue bytes each."""
    batch = unpickle_arrays(content, origin)
    if not isinstance(batch, dict) or not {b"data", b"labels"} <= set(batch):
        raise DataError(f"{origin} is no batch of CIFAR-10: it lacks data or labels")
    data, labels = batch[b"data"], batch[b"labels"]
    width = 3 * _SIDE**2
    if not isinstance(data, np.ndarray) or data.ndim != 2 or data.shape[1] != width:
        raise DataError(f"{origin} is no batch of CIFAR-10: its data are not rows of {width} bytes")
    if not isinstance(labels, list) or not all(isinstance(label, int) for label in labels):
        raise DataError(f"{origin} is no batch of CIFAR-10: its labels are no list of integers")
    images = np.ascontiguousarray(data.reshape(-1, 3, _SIDE, _SIDE).transpose(0, 2, 3, 1))
    return Images(images, np.array(labels, np.int64), CLASSES, name=f"{origin}")


def _copied(paths: dict[str, Path]) -> dict[str, Images]:
    images = np.concatenate([_tiles(paths[f"data_batch_{k}.webp"]) for k in range(1, 5)])
    labels = _labels(paths["train_labels.u8"])[: len(images)]
    train = Images(images, labels, CLASSES)
    test = Images(
        _tiles(paths["test_batch_first1000.webp"]),
        _labels(paths["test_labels_first1000.u8"]),
        CLASSES,
    )
    note = (
        "lossless copy of 41,000 images: training images 0-34,999; the first 1,000 test images "
        "to validate; training images 35,000-39,999 to test"
    )
    cut = len(train) - _HELD_OUT
    return _noted(
        note,
        train=train.take(np.arange(cut)),
        validation=test,
        test=train.take(np.arange(cut, len(train))),
    )


def _noted(note: str, **parts: Images) -> dict[str, Images]:
    return {name: replace(part, name="cifar-10", note=note) for name, part in parts.items()}


def _tiles(path: Path) -> NDArray[np.uint8]:
    """Cut a mosaic, row by row, into its (n, 32, 32, 3) images."""
    mosaic = read_image(path)
    height, width = (n // _SIDE for n in mosaic.shape[:2])
    rows = mosaic.reshape(height, _SIDE, width, _SIDE, 3).swapaxes(1, 2)
    return rows.reshape(-1, _SIDE, _SIDE, 3)


def _labels(path: Path) -> NDArray[Any]:
    return np.frombuffer(path.read_bytes(), np.uint8).astype(np.int64)
