"""`glyphs`: the glyphs of DejaVu Sans, each with its character's Unicode name; nothing to download.

matplotlib bundles the font. Real pictures with real names, some 5,300 of them, that everybody has.
"""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nt_data._errors import DataError
from nt_data._samples import ImageTexts
from nt_data.sources._apart import first_of_each, split_by_hash
from nt_data.sources._options import Options
from nt_data.sources._source import Source
from nt_data.sources._unicode_blocks import block_of

__all__ = ["SIDE", "SOURCE", "draw", "face", "load"]

SIDE = 32  # pixels
_EM = 26  # pixels of type: from the deepest to the highest letter is then 31
_BASELINE = 25  # pixels from above

SOURCE = Source(
    name="glyphs",
    kind="image-text pairs",
    what="glyphs of DejaVu Sans, 32x32, grey, with their Unicode names; groups are Unicode blocks",
    licence="Bitstream Vera and DejaVu licence (free use); names: Unicode licence",
    citation="DejaVu Sans 2.37, https://dejavu-fonts.github.io; The Unicode Standard",
    url="https://dejavu-fonts.github.io",
    splits={"train": None, "validation": None, "test": None},
    how=(
        "none is published: identical images once, then by the hash of the name 85 % to train, "
        "5 % to validate, 10 % to test"
    ),
    extra="glyphs",
)


def load(_: Options) -> dict[str, ImageTexts]:
    """Draw every named glyph; blank ones and ones that look like an earlier one are left out."""
    font, characters = face("Sans")
    named = [character for character in characters if unicodedata.name(character, "")]
    images = draw(named, font)
    seen = np.flatnonzero(images.any(axis=(1, 2, 3)))
    whole = ImageTexts(
        images,
        [unicodedata.name(character) for character in named],
        named,
        [block_of(character) for character in named],
        [()] * len(named),
        name=SOURCE.name,
        note=SOURCE.how,
    ).take(seen)
    whole = whole.take(first_of_each(whole.identities()))
    parts = split_by_hash(whole, whole.texts, {"test": 10, "validation": 5, "train": 85})
    return dict(reversed(parts.items()))


def face(name: str) -> tuple[Path, list[str]]:
    """Find a face of DejaVu that matplotlib bundles: its file, and the characters that it has."""
    try:
        import matplotlib
        from matplotlib.ft2font import FT2Font
    except ImportError as error:
        raise ImportError('glyphs needs matplotlib: pip install "nt-data[glyphs]"') from error
    font = Path(matplotlib.get_data_path(), "fonts", "ttf", f"DejaVu{name}.ttf")
    if not font.is_file():
        raise DataError(f"matplotlib has no {font}; install it from its own wheel")
    return font, [chr(code) for code in sorted(FT2Font(font).get_charmap())]


def draw(characters: list[str], font: Path) -> NDArray[np.uint8]:
    """Draw each character white on black, on a common baseline, made smaller where it is too large.

    Returns:
        (characters, 32, 32, 1) uint8.
    """
    try:
        from PIL import Image, ImageDraw, ImageFont
    except ImportError as error:
        raise ImportError('glyphs needs Pillow: pip install "nt-data[glyphs]"') from error
    sizes: dict[int, Any] = {}

    def sized(size: int) -> Any:
        if size not in sizes:
            sizes[size] = ImageFont.truetype(font, size, layout_engine=ImageFont.Layout.BASIC)
        return sizes[size]

    images = np.empty((len(characters), SIDE, SIDE, 1), np.uint8)
    for i, character in enumerate(characters):
        size = _EM
        box = sized(size).getbbox(character, anchor="ls")
        while size > 8 and (box[2] - box[0] > SIDE or box[3] - box[1] > SIDE):
            size -= 1
            box = sized(size).getbbox(character, anchor="ls")
        x = (SIDE - box[0] - box[2]) // 2
        y = min(max(_BASELINE, -box[1]), SIDE - box[3])  # down or up if it would leave the frame
        image = Image.new("L", (SIDE, SIDE))
        ImageDraw.Draw(image).text((x, y), character, 255, sized(size), anchor="ls")
        images[i, :, :, 0] = np.asarray(image)
    return images
