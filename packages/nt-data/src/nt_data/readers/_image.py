"""One image file as an array of bytes, read by Pillow."""

from __future__ import annotations

import io
import os
import threading
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from nt_data._errors import DataError

__all__ = ["Mode", "check_mode", "pillow", "read_image"]

if TYPE_CHECKING:
    from types import ModuleType

Mode = Literal["L", "RGB", "RGBA"]

_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "PPM", "TIFF")  # none that runs another program
_HEADERS = threading.Lock()  # filters of warnings belong to the process, not to a thread


def pillow() -> ModuleType:
    """Import `PIL.Image`, or say which extra brings it."""
    try:
        from PIL import Image
    except ImportError as error:
        raise ImportError('images need Pillow: pip install "nt-data[images]"') from error
    return Image


def check_mode(mode: str) -> None:
    """Refuse a way to read images that there is not.

    Example:
        >>> check_mode("CMYK")
        Traceback (most recent call last):
            ...
        ValueError: mode must be 'L', 'RGB' or 'RGBA', got 'CMYK'
    """
    if mode not in get_args(Mode):
        raise ValueError(f"mode must be 'L', 'RGB' or 'RGBA', got {mode!r}")


def read_image(
    file: str | os.PathLike[str] | bytes,
    mode: Mode = "RGB",
    *,
    max_pixels: int = 2**26,
    origin: str = "",
) -> NDArray[np.uint8]:
    """Read a PNG, JPEG, WebP, BMP, GIF, PPM or TIFF image.

    Args:
        file: the path, or the bytes of the file.
        mode: "L" for grey, "RGB", or "RGBA" with opacity; the image is converted.
        max_pixels: the largest image that is read; the size is known before anything is unpacked.
        origin: what errors call the image; by default its path.

    Returns:
        (height, width, channels) uint8.

    Raises:
        DataError: the file is no such image, is damaged or cut short, or is too large.
        ImportError: Pillow is missing; names the extra.
        OSError: the file cannot be read.
        ValueError: an unknown mode.

    Example:
        >>> read_image(b"P6 2 1 255 " + bytes([255, 0, 0, 0, 0, 255]))
        array([[[255,   0,   0],
                [  0,   0, 255]]], dtype=uint8)
    """
    check_mode(mode)
    Image = pillow()
    origin = origin or ("the image" if isinstance(file, bytes) else os.fspath(file))
    content = file if isinstance(file, bytes) else Path(file).read_bytes()
    try:
        with _HEADERS, warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(content), formats=_FORMATS)
        width, height = image.size
        if width * height > max_pixels:
            raise DataError(
                f"{origin} is too large: {width} x {height} pixels, {max_pixels:,} may be"
            )
        pixels = np.asarray(image.convert(mode), np.uint8)
    except DataError:
        raise
    except Image.DecompressionBombError as error:
        raise DataError(f"{origin} is too large: {error}") from error
    except Image.UnidentifiedImageError as error:
        raise DataError(f"{origin} is no image of a kind that is read here") from error
    except Exception as error:  # decoders of damaged files raise whatever they stumble over
        raise DataError(f"{origin} is a damaged image: {error}") from error
    return pixels.reshape(height, width, -1)
