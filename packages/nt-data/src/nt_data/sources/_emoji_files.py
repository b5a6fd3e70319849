"""Where the files of `emoji` are published: the names in one piece each, the images one by one.

The images' archive is published nowhere. It is put together here, always to the same bytes, so
that one checksum covers all of its 3,583 images.
"""

from __future__ import annotations

import itertools
import zipfile
from collections.abc import Iterator
from pathlib import Path

from nt_data.sources._assembled import AssembledFile
from nt_data.sources._remote import RemoteFile

__all__ = ["FILES", "image_names", "pack"]

_NOTO = (
    "https://raw.githubusercontent.com/googlefonts/noto-emoji/"
    "b3e3051a088047d19fd4d49b1c3ac42fb8c3aaf8/png/72/"
)
_CLDR = (
    "https://raw.githubusercontent.com/unicode-org/cldr-json/{}/cldr-json/"
    "cldr-annotations{}-full/annotations{}/en/{}.json"
)
_CLDR_COMMIT = "b08a82b582f1120d630d623f9e5073316741574d"
_GEMOJI = (
    "https://raw.githubusercontent.com/github/gemoji/"
    "5476a66d2794e0d1551b1f96e449afc72e9f7bec/vendor/unicode-emoji-test.txt"
)

_TONES = ("", "_1f3fb", "_1f3fc", "_1f3fd", "_1f3fe", "_1f3ff")
_LATER = """
    1f344_200d_1f7eb 1f34b_200d_1f7e9 1f426_200d_1f525 1f642_200d_2194 1f642_200d_2195 1fa89 1fa8f
    1f9d1_200d_1f9d1_200d_1f9d2 1f9d1_200d_1f9d1_200d_1f9d2_200d_1f9d2 1f9d1_200d_1f9d2 1fabe 1fac6
    1f9d1_200d_1f9d2_200d_1f9d2 1fadc 1fadf 1fae9 20e3 26d3_200d_1f4a5 fe82b 0023 002a
"""  # keycaps' own characters, and emoji of versions after 15.0


def image_names(emoji_test: str) -> list[str]:
    """Name the images of the archive, given Unicode's list of emoji 15.0: all but the flags."""
    codes = set(_LATER.split())
    for line in emoji_test.splitlines():
        if line and not line.startswith("#"):
            points = [point for point in line.split(";")[0].lower().split() if point != "fe0f"]
            flag = len(points) > 1 and "1f1e6" <= points[0] <= "1f1ff"
            if not flag and "e007f" not in points:
                codes.add("_".join(point.zfill(4) for point in points))
    codes |= {f"{code:04x}" for code in range(0x30, 0x3A)}
    codes |= {f"{code:x}" for code in range(0x1F1E6, 0x1F200)}
    gendered = ("", "_200d_2640", "_200d_2642")
    moving, seated = ("1f3c3", "1f6b6", "1f9ce"), ("1f468", "1f469", "1f9d1")
    aids = ("_200d_1f9af", "_200d_1f9bc", "_200d_1f9bd")
    for parts in itertools.chain(
        itertools.product(moving, _TONES, gendered, ("_200d_27a1",)),
        itertools.product(seated, _TONES, aids, ("_200d_27a1",)),
        itertools.product(("1f93c",), _TONES[1:], gendered),
    ):
        codes.add("".join(parts))
    return sorted(f"emoji_u{code}.png" for code in codes)


def pack(target: Path, images: Iterator[tuple[str, bytes]]) -> None:
    """Write the archive: in order, not packed, all of one date, so that its bytes are given."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, content in images:
            member = zipfile.ZipInfo(f"png/72/{name}", (1980, 1, 1, 0, 0, 0))
            member.create_system, member.external_attr = 3, 0o644 << 16
            archive.writestr(member, content)


_TEST = RemoteFile(
    "emoji/emoji-test-15.0.txt",
    _GEMOJI,
    "8445f23ac8388e096be19d0262e14fceff856ff52093f2356dc89485f1a853db",
    593_240,
)
FILES = (
    RemoteFile(
        "emoji/annotations.json",
        _CLDR.format(_CLDR_COMMIT, "", "", "annotations"),
        "2405d3f2e4c5812a4faf93d965630246269e0177ce907d863c7d6bb197e957c1",
        434_893,
    ),
    RemoteFile(
        "emoji/annotationsDerived.json",
        _CLDR.format(_CLDR_COMMIT, "-derived", "Derived", "annotationsDerived"),
        "8ebc16e27adf6c555c9ce467335cee8fc9416e5d8646a91bd4eacbb450ebee22",
        713_521,
    ),
    _TEST,
    AssembledFile(
        "emoji/noto-emoji-png72.zip",
        _NOTO,
        "b8ef0f1e403794306db511d7040bc104879dd2ee4b473490ad06ec4ba51725e6",
        11_472_245,
        index=_TEST,
        names=image_names,
        pack=pack,
    ),
)
