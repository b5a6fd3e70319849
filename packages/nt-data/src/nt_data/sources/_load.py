"""From a name to a text: the register of sources."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from nt_data._errors import TextError
from nt_data.sources import _python_stdlib, _text_file, _tinyshakespeare
from nt_data.sources._options import Options
from nt_data.sources._split import TextSplit

__all__ = ["load_text", "text_sources"]

_SOURCES: dict[str, Callable[[Options], TextSplit]] = {
    "python-stdlib": _python_stdlib.load,
    "tinyshakespeare": _tinyshakespeare.load,
}


def text_sources() -> list[str]:
    """Name the texts that `load_text` knows.

    Example:
        >>> text_sources()
        ['python-stdlib', 'tinyshakespeare']
    """
    return list(_SOURCES)


def load_text(
    name_or_path: str | os.PathLike[str],
    *,
    data_dir: str | os.PathLike[str] | None = None,
    cache_dir: str | os.PathLike[str] | None = None,
    max_bytes: int | None = None,
    progress: bool = True,
) -> TextSplit:
    """Load a text with its split into a training and a validation part.

    Args:
        name_or_path: one of `text_sources()`, or the path of a UTF-8 text file.
        data_dir: a folder in which downloaded files may already lie, as `<source>/<file>` or bare.
        cache_dir: where downloads are kept; by default the user's cache folder for `nt`.
        max_bytes: at most so many bytes of UTF-8: the beginning of a text, whole files of
            `python-stdlib`.
        progress: show a bar while downloading.

    Raises:
        TextError: no such source or file, or its text is empty, binary or too short.
        DownloadError: a file that must be downloaded cannot be had.
        OSError: a file cannot be read.

    Example:
        >>> text = load_text("python-stdlib", max_bytes=200_000)
        >>> "import" in text.train, "import" in text.validation
        (True, True)
    """
    options = Options(
        data_dir=None if data_dir is None else Path(data_dir),
        cache_dir=None if cache_dir is None else Path(cache_dir),
        max_bytes=max_bytes,
        progress=progress,
    )
    if isinstance(name_or_path, str) and name_or_path in _SOURCES:
        return _SOURCES[name_or_path](options)
    path = Path(name_or_path)
    if path.is_dir():
        raise TextError(f"{path} is a folder: give a text file, or one of {', '.join(_SOURCES)}")
    if not path.exists():
        raise TextError(
            f"no text source and no file is called {os.fspath(name_or_path)!r}; "
            f"sources: {', '.join(_SOURCES)}"
        )
    return _text_file.load(path, options)
