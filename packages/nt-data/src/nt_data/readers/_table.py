"""Rows of named columns: CSV, TSV, and JSON a line."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path
from typing import Any

from nt_data._errors import DataError
from nt_data.readers._text import read_text

__all__ = ["read_csv", "read_jsonl", "read_rows"]

_WIDEST = 2**24  # characters of one field


def read_csv(
    path: str | os.PathLike[str], *, delimiter: str = ",", encoding: str = "utf-8"
) -> list[dict[str, str]]:
    r"""Read a CSV file whose first row names the columns.

    Args:
        path: the file.
        delimiter: what stands between two fields; "\t" for TSV.
        encoding: what it is written in.

    Returns:
        One dictionary a row, from a column's name to the field.

    Raises:
        DataError: the file is empty, binary or of another encoding, a column has no name or the
            name of another, a quote is not closed, or a row has too few or too many fields; names
            the line.
        OSError: it cannot be read.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "films.csv")
        ...     _ = path.write_text('text,label\n"dull, long",0\nfine,1\n')
        ...     read_csv(path)
        [{'text': 'dull, long', 'label': '0'}, {'text': 'fine', 'label': '1'}]
    """
    text = read_text(path, encoding)
    earlier = csv.field_size_limit(_WIDEST)
    try:
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        names = next(lines, [])
        if not all(names) or not names or len(set(names)) < len(names):
            raise DataError(f"{path}, line 1: columns must each have a name of their own: {names}")
        rows = []
        for fields in lines:
            if not fields:  # an empty line
                continue
            if len(fields) != len(names):
                raise DataError(
                    f"{path}, line {lines.line_num}: {len(fields)} fields, "
                    f"the first line names {len(names)} columns"
                )
            rows.append(dict(zip(names, fields, strict=True)))
    except csv.Error as error:
        raise DataError(f"{path}, line {lines.line_num}: {error}") from error
    finally:
        csv.field_size_limit(earlier)
    if not rows:
        raise DataError(f"{path} has no rows below its first line")
    return rows


def read_jsonl(path: str | os.PathLike[str]) -> list[dict[str, Any]]:
    r"""Read a file of one JSON object a line; empty lines are skipped.

    Raises:
        DataError: the file is empty, binary or no UTF-8, or a line is no JSON object or has a
            name twice; names the line.
        OSError: it cannot be read.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "films.jsonl")
        ...     _ = path.write_text('{"text": "dull"}\n{"text": \n')
        ...     read_jsonl(path)
        Traceback (most recent call last):
            ...
        nt_data...DataError: ...films.jsonl, line 2: no JSON object: Expecting value...
    """
    rows = []
    for number, line in enumerate(read_text(path).split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line, object_pairs_hook=_once)
        except (ValueError, RecursionError) as error:
            raise DataError(f"{path}, line {number}: no JSON object: {error}") from error
        if not isinstance(row, dict):
            raise DataError(f"{path}, line {number}: no JSON object: {line[:60]!r}")
        rows.append(row)
    if not rows:
        raise DataError(f"{path} has no rows")
    return rows


def read_rows(path: str | os.PathLike[str], *, encoding: str = "utf-8") -> list[dict[str, Any]]:
    """Read a table by the ending of its name: .csv, .tsv, .jsonl or .ndjson.

    Raises:
        DataError: another ending, or whatever `read_csv` and `read_jsonl` refuse.
    """
    ending = Path(path).suffix.lower()
    if ending in (".jsonl", ".ndjson"):
        return read_jsonl(path)
    if ending in (".csv", ".tsv"):
        return list(read_csv(path, delimiter="," if ending == ".csv" else "\t", encoding=encoding))
    raise DataError(f"{path} is no table that is read here: .csv, .tsv, .jsonl or .ndjson")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    row = dict(pairs)
    if len(row) < len(pairs):
        raise ValueError("a name stands twice in it")
    return row
