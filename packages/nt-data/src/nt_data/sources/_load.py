"""From a name to a data set: one function a kind."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from nt_data._errors import DataError, TextError
from nt_data._samples import Images, ImageTexts, LabelledTexts, Samples, TextPairs
from nt_data.readers._image import Mode, check_mode
from nt_data.sources import _image_folder, _text_file
from nt_data.sources._apart import apart
from nt_data.sources._options import Options
from nt_data.sources._register import (
    IMAGE_TEXTS,
    IMAGES,
    LABELLED,
    PAIRS,
    TEXTS,
    Loader,
    source,
    source_names,
    unknown,
)
from nt_data.sources._source import Kind
from nt_data.sources._split import TextSplit

__all__ = [
    "load_image_splits",
    "load_image_texts",
    "load_images",
    "load_labelled_texts",
    "load_text",
    "load_text_pairs",
]

S = TypeVar("S", bound=Samples)
Folder = str | os.PathLike[str] | None


def load_text(
    name_or_path: str | os.PathLike[str],
    *,
    data_dir: Folder = None,
    cache_dir: Folder = None,
    max_bytes: int | None = None,
    encoding: str = "utf-8",
    progress: bool = True,
) -> TextSplit:
    """Load a text with its split into a training and a validation part.

    Args:
        name_or_path: one of `text_sources()`, or the path of a text file.
        data_dir: a folder in which downloaded files may already lie, as `<source>/<file>` or bare.
        cache_dir: where downloads are kept; by default the user's cache folder for `nt`.
        max_bytes: at most so many bytes of UTF-8: the beginning of a text (of each of its parts,
            where the split is published), whole files of `python-stdlib`.
        encoding: of your own file.
        progress: show a bar while downloading.

    Raises:
        TextError: no such source or file, or its text is empty, binary, of another encoding or
            too short.
        DownloadError: a file that must be downloaded cannot be had.
        OSError: a file cannot be read.

    Example:
        >>> text = load_text("python-stdlib", max_bytes=200_000)
        >>> "import" in text.train, "import" in text.validation
        (True, True)
    """
    options = Options(
        data_dir=_folder(data_dir),
        cache_dir=_folder(cache_dir),
        max_bytes=max_bytes,
        encoding=encoding,
        progress=progress,
    )
    if max_bytes is not None and max_bytes < 1:
        raise TextError(f"max_bytes ({max_bytes}) must be at least 1")
    if isinstance(name_or_path, str) and name_or_path in TEXTS:
        return TEXTS[name_or_path](options)
    path = Path(name_or_path)
    if path.is_dir():
        raise TextError(f"{path} is a folder: give a text file, or one of {', '.join(TEXTS)}")
    if not path.exists():
        raise TextError(
            f"no text source and no file is called {os.fspath(name_or_path)!r}; "
            f"sources: {', '.join(TEXTS)}"
        )
    return _text_file.load(path, options)


def load_images(
    name: str,
    split: str = "train",
    *,
    data_dir: Folder = None,
    cache_dir: Folder = None,
    deduplicate: bool = True,
    progress: bool = True,
) -> Images:
    """Load images with their classes.

    Args:
        name: `digits`, `mnist`, `fashion-mnist` or `cifar-10`.
        split: "train", "validation" or "test"; several with a plus, "train+validation".
        data_dir: a folder in which downloaded files may already lie, as `<source>/<file>` or bare.
        cache_dir: where downloads are kept; by default the user's cache folder for `nt`.
        deduplicate: leave out images that stand twice, and training images that a later split
            has; False gives the published ones.
        progress: show a bar while downloading.

    Raises:
        DataError: no such source or split, or a file is damaged.
        DownloadError: a file cannot be had.
        ImportError: the library that reads it is missing; names the extra.

    Example:
        >>> digits = load_images("digits", "test")
        >>> digits.images.shape[1:], digits.images.dtype, digits.classes[:3]
        ((8, 8, 1), dtype('uint8'), ('0', '1', '2'))
    """
    options = _options(data_dir, cache_dir, deduplicate, progress)
    return _chosen(name, split, "images", IMAGES, options)


def load_image_splits(
    name_or_path: str | os.PathLike[str],
    *,
    size: int | None = None,
    mode: Mode = "RGB",
    data_dir: Folder = None,
    cache_dir: Folder = None,
    deduplicate: bool = True,
    progress: bool = True,
) -> dict[str, Images]:
    """Load the training, validation and test images of a data set, or of a folder of your own.

    Your folder holds a folder a class, or `train`, `validation` and `test` with a folder a class in
    each. A split that has no folder gets a tenth of the training images, by the hash of the image.

    Args:
        name_or_path: `digits`, `mnist`, `fashion-mnist` or `cifar-10`, or the path of a folder.
        size: rows and columns that the images of your own folder are brought to; by default they
            stay as they are, and must be of one size.
        mode: "L" for grey, "RGB", or "RGBA": how images of your own folder are read.
        data_dir: a folder in which downloaded files may already lie, as `<source>/<file>` or bare.
        cache_dir: where downloads are kept; by default the user's cache folder for `nt`.
        deduplicate: leave out images that stand twice, and those that a later split has.
        progress: show a bar while downloading.

    Returns:
        The splits by name: train, validation, test.

    Raises:
        DataError: no such source or folder, a split without images, a damaged file, or `size`
            for published images.
        DownloadError: a file cannot be had.
        ImportError: the library that reads it is missing; names the extra.
        ValueError: an unknown mode.

    Example:
        >>> splits = load_image_splits("digits")
        >>> {name: len(part) for name, part in splits.items()}
        {'train': 1445, 'validation': 162, 'test': 190}
    """
    check_mode(mode)
    options = _options(data_dir, cache_dir, deduplicate, progress)
    if isinstance(name_or_path, str) and name_or_path in source_names():
        if size is not None:
            raise DataError(f"size ({size}) is for images of your own; {name_or_path}'s have one")
        _of_kind(name_or_path, "images", IMAGES)
        return all_splits(IMAGES[name_or_path], options)
    path = Path(name_or_path)
    if path.is_file():
        raise DataError(f"{path} is a file: give a folder of images, or one of {', '.join(IMAGES)}")
    if not path.is_dir():
        raise DataError(
            f"no data set and no folder is called {os.fspath(name_or_path)!r}; "
            f"data sets of images: {', '.join(IMAGES)}"
        )
    if size is not None and size < 1:
        raise DataError(f"size ({size}) must be at least 1")
    return all_splits(lambda _: _image_folder.load(path, size, mode), options)


def load_labelled_texts(
    name: str,
    split: str = "train",
    *,
    data_dir: Folder = None,
    cache_dir: Folder = None,
    deduplicate: bool = True,
    progress: bool = True,
) -> LabelledTexts:
    """Load texts with their classes.

    Args:
        name: `sst-2`, `rt-polarity` or `imdb`.
        split: "train", "validation" or "test"; several with a plus, "train+validation".
        data_dir: a folder in which downloaded files may already lie, as `<source>/<file>` or bare.
        cache_dir: where downloads are kept; by default the user's cache folder for `nt`.
        deduplicate: leave out texts that stand twice, and training texts that a later split has;
            False gives the published ones.
        progress: show a bar while downloading.

    Raises:
        DataError: no such source or split, or a file is damaged.
        DownloadError: a file cannot be had.

    Example:
        >>> load_labelled_texts("sst-2", "dev")
        Traceback (most recent call last):
            ...
        nt_data...DataError: sst-2 has no split 'dev'; it has train, validation, test
    """
    options = _options(data_dir, cache_dir, deduplicate, progress)
    return _chosen(name, split, "labelled texts", LABELLED, options)


def load_text_pairs(
    name: str,
    split: str = "train",
    *,
    languages: tuple[str, str] | None = None,
    data_dir: Folder = None,
    cache_dir: Folder = None,
    deduplicate: bool = True,
    progress: bool = True,
) -> TextPairs:
    """Load sentences with their translations.

    Args:
        name: `tatoeba-eng-fra` or `multi30k`.
        split: "train", "validation" or "test"; several with a plus, "train+validation".
        languages: from which to which, ("fr", "en"); by default the first two of the source.
        data_dir: a folder in which downloaded files may already lie, as `<source>/<file>` or bare.
        cache_dir: where downloads are kept; by default the user's cache folder for `nt`.
        deduplicate: leave out pairs that stand twice, and training pairs whose English sentence
            a later split has; False gives the published ones.
        progress: show a bar while downloading.

    Raises:
        DataError: no such source, split or language, or a file is damaged.
        DownloadError: a file cannot be had.

    Example:
        >>> load_text_pairs("multi30k", languages=("en", "cs"))
        Traceback (most recent call last):
            ...
        nt_data...DataError: languages ('en', 'cs') must be two of multi30k's: en, de, fr
    """
    options = _options(data_dir, cache_dir, deduplicate, progress, languages)
    return _chosen(name, split, "text pairs", PAIRS, options)


def load_image_texts(
    name: str,
    split: str = "train",
    *,
    data_dir: Folder = None,
    cache_dir: Folder = None,
    progress: bool = True,
) -> ImageTexts:
    """Load images with their names.

    Args:
        name: `glyphs` or `emoji`.
        split: "train", "validation" or "test"; several with a plus, "train+validation".
        data_dir: a folder in which downloaded files may already lie, as `<source>/<file>` or bare.
        cache_dir: where downloads are kept; by default the user's cache folder for `nt`.
        progress: show a bar while downloading.

    Raises:
        DataError: no such source or split, or a file is damaged.
        DownloadError: a file cannot be had.
        ImportError: the library that reads it is missing; names the extra.

    Example:
        >>> glyphs = load_image_texts("glyphs", "test")
        >>> glyphs.images.shape[1:], glyphs.texts[glyphs.characters.index("d")]
        ((32, 32, 1), 'LATIN SMALL LETTER D')
    """
    options = _options(data_dir, cache_dir, True, progress)
    return _chosen(name, split, "image-text pairs", IMAGE_TEXTS, options)


def _folder(path: Folder) -> Path | None:
    return None if path is None else Path(path)


def _options(
    data_dir: Folder,
    cache_dir: Folder,
    deduplicate: bool,
    progress: bool,
    languages: tuple[str, str] | None = None,
) -> Options:
    return Options(
        data_dir=_folder(data_dir),
        cache_dir=_folder(cache_dir),
        progress=progress,
        languages=languages,
        deduplicate=deduplicate,
    )


def _chosen(
    name: str, split: str, kind: Kind, loaders: Mapping[str, Loader[S]], options: Options
) -> S:
    _of_kind(name, kind, loaders)
    about = source(name)
    wanted = split.split("+")
    if len(set(wanted)) < len(wanted):
        raise DataError(f"split {split!r} names a split twice")
    for each in wanted:
        if each not in about.splits:
            raise DataError(f"{name} has no split {each!r}; it has {', '.join(about.splits)}")
    languages = options.languages
    if languages and (len(set(languages)) != 2 or not set(languages) <= set(about.languages)):
        raise DataError(
            f"languages {languages} must be two of {name}'s: {', '.join(about.languages)}"
        )
    parts = all_splits(loaders[name], options)
    chosen = parts[wanted[0]]
    for each in wanted[1:]:
        chosen = chosen.joined(parts[each])
    return chosen


def _of_kind(name: str, kind: Kind, loaders: Mapping[str, Loader[S]]) -> None:
    if name not in source_names():
        raise unknown(name, kind)
    if name not in loaders:
        held = source(name).kind
        raise DataError(f"{name} holds {held}, not {kind}; those are {', '.join(loaders)}")


def all_splits(loader: Loader[S], options: Options) -> dict[str, S]:
    """Read every split of a source, and leave out what two of them share."""
    parts = {part: replace(each, split=part) for part, each in loader(options).items()}
    return apart(parts) if options.deduplicate else parts
