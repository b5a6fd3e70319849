"""Your own images, a folder a class."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nt_data._dataset import checked_indices
from nt_data._errors import DataError
from nt_data._samples import Images
from nt_data.readers._image import Mode, check_mode, read_image

__all__ = ["ImageFolder"]

_ENDINGS = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".ppm", ".pgm", ".tif", ".tiff"}


class ImageFolder:
    """Images in folders that are named by their classes, each read when it is asked for.

    Files whose names begin with a dot are skipped; any other file that is no image by its ending
    is refused, for a label file or an archive among images is a mistake.

    Args:
        root: the folder of the classes' folders.
        mode: "L" for grey, "RGB", or "RGBA".
        classes: the names in order; by default those of the folders, sorted. For a validation
            folder, give those of the training folder.
        max_pixels: the largest image that is read.

    Raises:
        DataError: `root` is no folder, has no class folders, an empty or an unknown one, or a
            file that is no image by its ending.
        ImportError: Pillow is missing; names the extra.
        ValueError: an unknown mode.

    Example:
        >>> import tempfile
        >>> from PIL import Image
        >>> with tempfile.TemporaryDirectory() as root:
        ...     for name in ("cat", "dog"):
        ...         Path(root, name).mkdir()
        ...         Image.new("RGB", (4, 3)).save(Path(root, name, "1.png"))
        ...     folder = ImageFolder(root)
        ...     image, label = folder[1]
        >>> folder.classes, len(folder), image.shape, label
        (('cat', 'dog'), 2, (3, 4, 3), 1)
    """

    root: Path
    classes: tuple[str, ...]
    paths: list[Path]
    labels: NDArray[np.int64]  # (images,)

    def __init__(
        self,
        root: str | os.PathLike[str],
        mode: Mode = "RGB",
        *,
        classes: tuple[str, ...] | None = None,
        max_pixels: int = 2**26,
    ) -> None:
        check_mode(mode)
        self.root, self.mode, self.max_pixels = Path(root), mode, max_pixels
        if not self.root.is_dir():
            raise DataError(f"{root} is no folder")
        entries = [path for path in sorted(self.root.iterdir()) if path.name[0] != "."]
        folders = [path for path in entries if path.is_dir()]
        if stray := [path.name for path in entries if not path.is_dir()]:
            raise DataError(f"{root} holds {stray[0]!r} beside the folders of the classes")
        if not folders:
            raise DataError(f"{root} has no folders, one for each class")
        self.classes = tuple(path.name for path in folders) if classes is None else tuple(classes)
        self.paths, labels = [], []
        for folder in folders:
            if folder.name not in self.classes:
                raise DataError(f"{folder} is none of the classes {', '.join(self.classes)}")
            files = [path for path in sorted(folder.rglob("*")) if path.name[0] != "."]
            files = [path for path in files if not path.is_dir()]
            if not files:
                raise DataError(f"{folder} is empty")
            for path in files:
                if path.suffix.lower() not in _ENDINGS:
                    raise DataError(f"{path} is no image by its ending")
            self.paths += files
            labels += [self.classes.index(folder.name)] * len(files)
        self.labels = np.array(labels, np.int64)

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> tuple[NDArray[np.uint8], int]:
        (index,) = checked_indices([index], len(self))
        image = read_image(self.paths[index], self.mode, max_pixels=self.max_pixels)
        return image, int(self.labels[index])

    def get_batch(self, indices: NDArray[np.int64]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """Read the images at `indices`, (batch,), as one (batch, height, width, channels) array.

        Raises:
            DataError: an image is damaged, or two are not of one size; names both.
            IndexError: an index is not below the length and at least 0.

        Example:
            >>> import tempfile
            >>> from PIL import Image
            >>> with tempfile.TemporaryDirectory() as root:
            ...     Path(root, "cat").mkdir()
            ...     Image.new("L", (4, 3)).save(Path(root, "cat", "1.png"))
            ...     images, labels = ImageFolder(root, "L").get_batch(np.array([0, 0]))
            >>> images.shape, labels
            ((2, 3, 4, 1), array([0, 0]))
        """
        chosen = checked_indices(indices, len(self))
        images = [self[int(i)][0] for i in chosen]
        for i, image in zip(chosen, images, strict=True):
            if image.shape != images[0].shape:
                (h, w), (h0, w0) = image.shape[:2], images[0].shape[:2]
                raise DataError(
                    f"{self.paths[i]} is {w} x {h} and {self.paths[chosen[0]]} is {w0} x {h0}: "
                    "bring them to one size before they are batched"
                )
        return np.stack(images), self.labels[chosen]

    def load(self) -> Images:
        """Read all images, which must be of one size, into memory.

        Raises:
            DataError: an image is damaged, or two are not of one size.

        Example:
            >>> import tempfile
            >>> from PIL import Image
            >>> with tempfile.TemporaryDirectory() as root:
            ...     Path(root, "cat").mkdir()
            ...     Image.new("RGB", (8, 8)).save(Path(root, "cat", "1.png"))
            ...     len(ImageFolder(root).load())
            1
        """
        images, labels = self.get_batch(np.arange(len(self)))
        return Images(images, labels, self.classes, name=self.root.name)
