"""`emoji`: Google's Noto emoji with their Unicode names and keywords."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np

from nt_data._errors import DataError
from nt_data._samples import ImageTexts
from nt_data.readers import read_archive, read_image
from nt_data.sources._apart import first_of_each, split_by_hash
from nt_data.sources._emoji_files import FILES
from nt_data.sources._options import Options
from nt_data.sources._source import Source

__all__ = ["SOURCE", "bases", "load"]

TONES = frozenset(map(chr, range(0x1F3FB, 0x1F400)))  # the five modifiers of skin tone
_NAME = re.compile(r"png/72/emoji_u([0-9a-f]+(?:_[0-9a-f]+)*)\.png")
_TONE = re.compile(r"(medium-light|medium-dark|light|medium|dark) skin tone")

SOURCE = Source(
    name="emoji",
    kind="image-text pairs",
    what="Noto emoji, 72x72 on white, with Unicode names and keywords; groups are base emoji",
    licence="images: SIL OFL 1.1 (LICENSE) or Apache 2.0 (README); names: Unicode License v3",
    citation=(
        "Google Noto Emoji, https://github.com/googlefonts/noto-emoji; Unicode CLDR annotations, "
        "https://github.com/unicode-org/cldr-json"
    ),
    url="https://github.com/googlefonts/noto-emoji",
    splits={"train": 3_018, "validation": 167, "test": 335},
    how=(
        "none is published: identical images once, then by the hash of the base emoji (its name "
        "without skin tones) 85 % to train, 5 % to validate, 10 % to test"
    ),
    files=FILES,
    extra="images",
)


def load(options: Options) -> dict[str, ImageTexts]:
    """Read the named emoji; with `first_of_groups()` a split is without skin-tone variants."""
    paths = SOURCE.paths(options)
    named: dict[str, Any] = {}
    for file, top in (
        ("annotationsDerived.json", "annotationsDerived"), ("annotations.json", "annotations")
    ):  # fmt: skip
        try:
            named |= json.loads(paths[file].read_text("utf-8"))[top]["annotations"]
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(f"{paths[file]} holds no CLDR annotations: {error!r}") from error
    archive = paths["noto-emoji-png72.zip"]
    images, characters = [], []
    for name, content in read_archive(archive, max_bytes=2**26):
        if not (match := _NAME.fullmatch(name)):
            continue
        character = "".join(chr(int(code, 16)) for code in match[1].split("_"))
        if character in named:
            pixels = read_image(content, "RGBA", origin=f"{archive}: {name}").astype(np.uint16)
            opacity = pixels[..., 3:]
            on_white = (pixels[..., :3] * opacity + 255 * (255 - opacity) + 127) // 255
            images.append(on_white.astype(np.uint8))
            characters.append(character)
    if not images:
        raise DataError(f"{archive} holds no named emoji")
    texts = [named[character]["tts"][0] for character in characters]
    whole = ImageTexts(
        np.stack(images),
        texts,
        characters,
        bases(characters, texts),
        [tuple(named[character].get("default", ())) for character in characters],
        name=SOURCE.name,
        note=SOURCE.how,
    )
    plain_first = np.array(
        sorted(range(len(whole)), key=lambda i: bool(TONES & set(characters[i])))
    )
    whole = whole.take(plain_first)
    whole = whole.take(first_of_each(whole.identities()))
    parts = split_by_hash(whole, whole.groups, {"test": 10, "validation": 5, "train": 85})
    return dict(reversed(parts.items()))


def bases(characters: list[str], texts: list[str]) -> list[str]:
    """Name the base emoji of each: the name without skin tones.

    Two are of one base if they agree in that name or in the characters without skin tones: a
    couple of two tones is written with other characters than the couple of none.

    Example:
        >>> couple, toned = "\U0001f46b", "\U0001f469\U0001f3fb\u200d\U0001f91d\u200d\U0001f468"
        >>> bases([couple, toned], ["couple", "couple: light skin tone"])
        ['couple', 'couple']
    """
    by_character: dict[str, str] = {}
    found = []
    for character, text in zip(characters, texts, strict=True):
        head, _, rest = text.partition(": ")
        # A couple of two tones is "kiss: person, person, ..."; the one of none is "kiss".
        kept = [p for p in rest.split(", ") if p not in ("", "person") and not _TONE.fullmatch(p)]
        name = f"{head}: {', '.join(kept)}" if kept else head
        found.append(by_character.setdefault("".join(c for c in character if c not in TONES), name))
    return found
