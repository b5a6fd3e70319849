"""Which data sets there are, and what reads each."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar

from nt_data._errors import DataError
from nt_data._samples import Images, ImageTexts, LabelledTexts, Samples, TextPairs
from nt_data.sources import (
    _cifar_10,
    _digits,
    _emoji,
    _fashion_mnist,
    _glyphs,
    _imdb,
    _mnist,
    _multi30k,
    _python_stdlib,
    _rt_polarity,
    _sst_2,
    _tatoeba,
    _tinyshakespeare,
    _wikitext_2,
)
from nt_data.sources._options import Options
from nt_data.sources._source import Kind, Source
from nt_data.sources._split import TextSplit

__all__ = ["source", "source_names", "text_sources", "unknown"]

S = TypeVar("S", bound=Samples)
Loader = Callable[[Options], dict[str, S]]

TEXTS: dict[str, Callable[[Options], TextSplit]] = {
    "python-stdlib": _python_stdlib.load,
    "tinyshakespeare": _tinyshakespeare.load,
    "wikitext-2": _wikitext_2.load,
}
IMAGES: dict[str, Loader[Images]] = {
    "digits": _digits.load,
    "mnist": _mnist.load,
    "fashion-mnist": _fashion_mnist.load,
    "cifar-10": _cifar_10.load,
}
LABELLED: dict[str, Loader[LabelledTexts]] = {
    "sst-2": _sst_2.load,
    "rt-polarity": _rt_polarity.load,
    "imdb": _imdb.load,
}
PAIRS: dict[str, Loader[TextPairs]] = {
    "tatoeba-eng-fra": _tatoeba.load,
    "multi30k": _multi30k.load,
}
IMAGE_TEXTS: dict[str, Loader[ImageTexts]] = {
    "glyphs": _glyphs.load,
    "emoji": _emoji.load,
}
_SOURCES = {
    each.name: each
    for each in (
        _python_stdlib.SOURCE, _tinyshakespeare.SOURCE, _wikitext_2.SOURCE,
        _digits.SOURCE, _mnist.SOURCE, _fashion_mnist.SOURCE, _cifar_10.SOURCE,
        _sst_2.SOURCE, _rt_polarity.SOURCE, _imdb.SOURCE,
        _tatoeba.SOURCE, _multi30k.SOURCE,
        _glyphs.SOURCE, _emoji.SOURCE,
    )
}  # fmt: skip


_READERS: dict[Kind | None, str] = {  # of one's own files
    None: "nt_data.readers reads files of your own",
    "text": "load_text reads a text file of your own",
    "images": "readers.ImageFolder and load_image_splits read a folder of your own",
    "labelled texts": "readers.read_labelled_texts reads a .csv, .tsv or .jsonl file of your own",
    "text pairs": "readers.read_csv and readers.read_jsonl read tables of your own",
    "image-text pairs": "readers.read_csv and readers.read_image read files of your own",
}


def source_names(kind: Kind | None = None) -> list[str]:
    """Name the data sets that are known here.

    Args:
        kind: only those of this kind.

    Example:
        >>> source_names("images")
        ['digits', 'mnist', 'fashion-mnist', 'cifar-10']
    """
    return [name for name, each in _SOURCES.items() if kind in (None, each.kind)]


def source(name: str) -> Source:
    """Give what is known of a data set before any of it is read.

    Raises:
        DataError: no data set has this name; lists those that there are, or says what reads it
            where it is a file or a folder.

    Example:
        >>> source("imdb").splits
        {'train': 22308, 'validation': 2473, 'test': 24801}
    """
    if name not in _SOURCES:
        raise unknown(name)
    return _SOURCES[name]


def unknown(name: str, kind: Kind | None = None) -> DataError:
    """Give the error for a name that no data set has, and for the path of one's own file or folder.

    Args:
        name: what was asked for.
        kind: what kind of data it was to be.

    Example:
        >>> raise unknown(".", "images")
        Traceback (most recent call last):
            ...
        nt_data...DataError: '.' is a folder, not the name of a data set of images (digits, ...
    """
    shown, known = str(name), ", ".join(source_names(kind))
    sets = "data set" if kind is None else f"data set of {kind}"
    if not os.path.exists(shown):
        return DataError(f"no {sets} is called {shown!r}; there are: {known}")
    what = "folder" if os.path.isdir(shown) else "file"
    return DataError(f"{shown!r} is a {what}, not the name of a {sets} ({known}); {_READERS[kind]}")


def text_sources() -> list[str]:
    """Name the texts that `load_text` knows.

    Example:
        >>> text_sources()
        ['python-stdlib', 'tinyshakespeare', 'wikitext-2']
    """
    return list(TEXTS)
