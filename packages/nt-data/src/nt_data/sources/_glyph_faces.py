"""The glyphs of `glyphs` in other faces of their font: bold, slanted, monospaced, with serifs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nt_data._errors import DataError
from nt_data.sources._glyphs import draw, face, load
from nt_data.sources._options import Options

__all__ = ["GLYPH_FACES", "glyph_faces"]

GLYPH_FACES = ("Sans-Bold", "Sans-Oblique", "SansMono", "SansMono-Bold", "Serif", "Serif-Bold")
"""The faces of DejaVu that `glyph_faces` draws."""


def glyph_faces(characters: Sequence[str]) -> NDArray[np.uint8]:
    """Draw characters of the source `glyphs` in the faces `GLYPH_FACES`.

    A character that a face lacks, or draws as a glyph of the source itself looks (a bold N may be
    another character's), is drawn as in the source: no face shows what a test may ask for.

    Args:
        characters: ones that DejaVu Sans has, as `ImageTexts.characters` of the source.

    Returns:
        Images (faces, characters, 32, 32, 1), white on black.

    Raises:
        DataError: DejaVu Sans has no such character, or matplotlib lacks a face.
        ImportError: matplotlib or Pillow is not there; names the extra.

    Example:
        >>> plain, bold = glyph_faces(["n"])[[1, 0], 0]
        >>> float(bold.mean()) > 1.2 * float(plain.mean())  # a bold n has more ink
        True

    Source: DejaVu 2.37, https://dejavu-fonts.github.io.
    """
    own = set().union(*(part.identities() for part in load(Options()).values()))
    font, there = face("Sans")
    if strange := set(characters) - set(there):
        raise DataError(f"characters: DejaVu Sans has no glyph of {min(strange)!r}")
    plain = draw(list(characters), font)
    faces = []
    for name in GLYPH_FACES:
        font, there = face(name)
        at = np.flatnonzero(np.isin(list(characters), there))
        drawn = draw([characters[int(i)] for i in at], font)
        new = [image.any() and image.tobytes() not in own for image in drawn]
        images = plain.copy()
        images[at[new]] = drawn[new]
        faces.append(images)
    return np.stack(faces)
