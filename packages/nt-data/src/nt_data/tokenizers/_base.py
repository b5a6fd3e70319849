"""What every tokenizer can do: text to ids, ids to text, and a JSON file to keep it in."""

from __future__ import annotations

import json
import os
from abc import ABC, abstractmethod
from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nt_data._errors import TokenizerError
from nt_data._files import write_whole

__all__ = ["FORMAT", "VERSION", "Ids", "Tokenizer", "smallest_dtype"]

FORMAT = "nt.tokenizer"
VERSION = 1

Ids = NDArray[np.unsignedinteger[Any]]


class Tokenizer(ABC):
    """A map between text and arrays of token ids, `0 <= id < vocab_size`.

    Ids come in the smallest unsigned dtype that holds the vocabulary, so that a megabyte of text
    stays a megabyte or two and not eight; data sets widen them to int64 batch by batch.

    Example:
        >>> from nt_data.tokenizers import ByteTokenizer
        >>> tokenizer = ByteTokenizer()
        >>> tokenizer.encode("né"), tokenizer.decode([110, 195, 169])
        (array([110, 195, 169], dtype=uint8), 'né')
    """

    kind: ClassVar[str]  # the name in the file: "char", "byte", "bpe"

    @property
    @abstractmethod
    def vocab_size(self) -> int:
        """How many ids there are."""

    @abstractmethod
    def encode(self, text: str) -> Ids:
        """Turn text into ids, (tokens,)."""

    @abstractmethod
    def decode(self, ids: ArrayLike) -> str:
        """Turn ids back into text."""

    @abstractmethod
    def token_strings(self) -> list[str]:
        """Name every token, in the order of the ids, in printable characters."""

    @abstractmethod
    def _fields(self) -> dict[str, Any]:
        """Everything that a file needs to make this tokenizer again."""

    @classmethod
    @abstractmethod
    def _from_fields(cls, fields: dict[str, Any]) -> Tokenizer:
        """Make the tokenizer from what `_fields` gave, trusting nothing in it."""

    @property
    def dtype(self) -> np.dtype[np.unsignedinteger[Any]]:
        """The dtype of encoded text: the smallest unsigned one that holds every id."""
        return smallest_dtype(self.vocab_size)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the tokenizer as JSON, whole or not at all.

        Example:
            >>> import tempfile
            >>> from nt_data.tokenizers import CharTokenizer, load_tokenizer
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     CharTokenizer.train("hello").save(folder + "/tokenizer.json")
            ...     load_tokenizer(folder + "/tokenizer.json").decode([1, 0, 2, 2, 3])
            'hello'
        """
        head = {"format": FORMAT, "version": VERSION, "kind": self.kind}
        content = json.dumps(head | self._fields(), ensure_ascii=True, indent=1)
        write_whole(Path(path), content.encode("ascii") + b"\n")

    def _checked_ids(self, ids: ArrayLike | Iterable[int]) -> NDArray[np.integer[Any]]:
        array = np.asarray(ids)
        if array.size == 0:
            return np.zeros(0, np.int64)
        if array.ndim != 1 or array.dtype.kind not in "iu":
            raise TokenizerError(
                f"ids must be integers in one dimension, got shape {array.shape} "
                f"and dtype {array.dtype}"
            )
        if int(array.min()) < 0 or int(array.max()) >= self.vocab_size:
            place = int(np.argmax((array < 0) | (array >= self.vocab_size)))
            raise TokenizerError(
                f"id {array[place]} at position {place} is not below vocab_size "
                f"({self.vocab_size}) and at least 0"
            )
        return array


def smallest_dtype(size: int) -> np.dtype[np.unsignedinteger[Any]]:
    """Give the smallest unsigned dtype that holds the integers below `size`.

    Example:
        >>> [str(smallest_dtype(size)) for size in (65, 256, 257, 50257, 128256)]
        ['uint8', 'uint8', 'uint16', 'uint16', 'uint32']
    """
    return np.min_scalar_type(max(size - 1, 0))
