"""Your own labelled texts, from a table."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np

from nt_data._errors import DataError
from nt_data._samples import LabelledTexts
from nt_data.readers._table import read_rows

__all__ = ["read_labelled_texts"]


def read_labelled_texts(
    path: str | os.PathLike[str],
    *,
    text: str = "text",
    label: str = "label",
    classes: Sequence[str] | None = None,
    encoding: str = "utf-8",
) -> LabelledTexts:
    r"""Read texts with their classes from a .csv, .tsv or .jsonl file.

    Args:
        path: the file.
        text: the column of the texts.
        label: the column of the classes' names.
        classes: the names in order; by default those that occur, sorted. For a validation file,
            give those of the training file.
        encoding: what it is written in.

    Raises:
        DataError: the table is damaged, lacks a column, has an empty text, an empty or an unknown
            class; names the row.
        OSError: it cannot be read.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = os.path.join(folder, "films.tsv")
        ...     with open(path, "w") as file:
        ...         _ = file.write("text\tlabel\ndull\tbad\nfine\tgood\n")
        ...     films = read_labelled_texts(path)
        >>> films.texts, films.labels, films.classes
        (['dull', 'fine'], array([0, 1]), ('bad', 'good'))
    """
    rows = read_rows(path, encoding=encoding)
    texts: list[str] = []
    names: list[str] = []
    for number, row in enumerate(rows, 1):
        for column in (text, label):
            if column not in row:
                raise DataError(f"{path}, row {number}: no {column!r} among {', '.join(row)}")
        if not isinstance(row[text], str) or not row[text].strip():
            raise DataError(f"{path}, row {number}: {text!r} is no text: {row[text]!r}")
        if not isinstance(row[label], (str, int)) or not str(row[label]).strip():
            raise DataError(f"{path}, row {number}: {label!r} is no class: {row[label]!r}")
        texts.append(row[text])
        names.append(str(row[label]))
    known = tuple(sorted(set(names)) if classes is None else classes)
    places = {name: i for i, name in enumerate(known)}
    for number, name in enumerate(names, 1):
        if name not in places:
            raise DataError(f"{path}, row {number}: {name!r} is none of {', '.join(known)}")
    labels = np.array([places[name] for name in names], np.int64)
    return LabelledTexts(texts, labels, known, name=os.path.basename(path))
