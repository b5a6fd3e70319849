"""`python-stdlib`: the source of the Python standard library, real text that everybody has.

The split is by file, so nothing of a validation file is ever trained on. Left out are tests,
vendored and generated code (tables that repeat each other would leak across the split), files that
are not UTF-8, and files with the same content as an earlier one.
"""

from __future__ import annotations

import hashlib
import platform
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from nt_data._errors import TextError
from nt_data.sources._options import Options
from nt_data.sources._source import Source
from nt_data.sources._split import TextSplit

__all__ = ["SOURCE", "load", "split_files"]

_SKIPPED = {
    "test", "tests", "idlelib", "lib2to3", "site-packages", "dist-packages", "__pycache__",
    "encodings",  # code pages: a hundred tables that differ in a few lines
    "pydoc_data",  # the manual, generated
    "distutils",  # compiler modules copied from one another; gone since Python 3.12
}  # fmt: skip
_VALIDATION_PERCENT = 10

SOURCE = Source(
    name="python-stdlib",
    kind="text",
    what="the source of the running Python's standard library",
    licence="PSF-2.0",
    citation="Python Software Foundation, https://www.python.org",
    url="https://docs.python.org/3/license.html",
    splits={"train": None, "validation": None},
    how="by file, chosen by the hash of the path; files of equal content once",
)


def load(options: Options) -> TextSplit:
    """Read the standard library of the running interpreter.

    Example:
        >>> load(Options(max_bytes=100_000)).name
        'python-stdlib'
    """
    root = Path(sysconfig.get_path("stdlib"))
    train, validation = split_files(_sources(root), options.max_bytes)
    if not train or not validation:
        given = "" if options.max_bytes is None else f" within max_bytes ({options.max_bytes})"
        raise TextError(
            f"the standard library in {root} has no source files for both a training and a "
            f"validation part{given}; name another text"
        )
    return TextSplit(
        name="python-stdlib",
        train="\n".join(train),
        validation="\n".join(validation),
        split=(
            f"the standard library of Python {platform.python_version()}, by file: "
            f"{len(train)} to train, {len(validation)} to validate, chosen by the hash of the "
            "path; files of equal content once"
        ),
        licence=SOURCE.licence,
        url=SOURCE.url,
    )


def split_files(
    files: Iterator[tuple[str, str]], max_bytes: int | None
) -> tuple[list[str], list[str]]:
    r"""Divide files, (path, text) each, by the hash of the path, and keep them in order of path.

    Where `max_bytes` limits them, each part gets its share of it, filled by whole files in the
    order of the hash, so that a small part is still drawn from everywhere.

    Example:
        >>> files = [(f"{i}.py", f"x = {i}\n") for i in range(20)]
        >>> train, validation = split_files(iter(files), None)
        >>> len(train), len(validation), set(train) & set(validation)
        (19, 1, set())
    """
    if max_bytes is not None and max_bytes < 1:
        raise TextError(f"max_bytes ({max_bytes}) must be at least 1")
    parts: tuple[dict[str, str], dict[str, str]] = ({}, {})
    room = [sys.maxsize, sys.maxsize]
    if max_bytes is not None:
        room[1] = max_bytes * _VALIDATION_PERCENT // 100
        room[0] = max_bytes - room[1]
    unique = {text: path for path, text in sorted(files, reverse=True)}  # the first path stays
    hashed = sorted((hashlib.sha256(p.encode()).digest(), p, text) for text, p in unique.items())
    for key, path, text in hashed:
        part = int(int.from_bytes(key[:8], "big") % 100 < _VALIDATION_PERCENT)
        size = len(text.encode("utf-8")) + 1
        if size <= room[part]:
            room[part] -= size
            parts[part][path] = text
    return [t for _, t in sorted(parts[0].items())], [t for _, t in sorted(parts[1].items())]


def _sources(root: Path) -> Iterator[tuple[str, str]]:
    for path in root.rglob("*.py"):
        parts = path.relative_to(root).parts
        # sitecustomize.py and the like lie there too, but are this machine's and not Python's.
        if parts[0].removesuffix(".py") not in sys.stdlib_module_names or _SKIPPED & set(parts):
            continue
        try:
            # Line ends are made one kind, so that Windows reads the same text.
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        if text.strip() and "\0" not in text:
            yield "/".join(parts), text.rstrip("\n") + "\n"
