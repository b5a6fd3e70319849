"""Reading the fields of a file's JSON object, of which nothing is believed before it is checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nt_data._errors import TokenizerError

__all__ = ["Fields"]

_NONE = object()


class Fields:
    """An object of a JSON file, and where it stands there.

    Example:
        >>> Fields({"add_prefix_space": "yes"}, "pre_tokenizer").flag("add_prefix_space")
        Traceback (most recent call last):
            ...
        nt_data...TokenizerError: pre_tokenizer.add_prefix_space is 'yes', not true or false
    """

    def __init__(self, values: object, where: str) -> None:
        if not isinstance(values, Mapping):
            raise TokenizerError(f"{where} is {_shown(values)}, not an object")
        self.values = values
        self.where = where

    @property
    def kind(self) -> str:
        """The field `type`."""
        return self.text("type")

    def refuse(self, name: str, wanted: str) -> TokenizerError:
        """Say what stands in a field and what should."""
        return TokenizerError(
            f"{self.where}.{name} is {_shown(self.values.get(name))}, not {wanted}"
        )

    def get(self, name: str, default: Any = _NONE) -> Any:
        """Give the field, or the default where it is missing."""
        value = self.values.get(name, default)
        if value is _NONE:
            raise TokenizerError(f"{self.where} lacks the field {name!r}")
        return value

    def text(self, name: str, default: Any = _NONE) -> str:
        """Give the field if it is a string that UTF-8 can write."""
        value = self.get(name, default)
        if not isinstance(value, str) or not _is_text(value):
            raise self.refuse(name, "a string")
        return value

    def optional_text(self, name: str) -> str | None:
        """Give the field if it is a string; None where it is null or missing."""
        return None if self.get(name, None) is None else self.text(name)

    def character(self, name: str) -> str:
        """Give the field if it is a string of one character."""
        value = self.text(name)
        if len(value) != 1:
            raise self.refuse(name, "one character")
        return value

    def flag(self, name: str, default: Any = _NONE) -> bool:
        """Give the field if it is true or false."""
        value = self.get(name, default)
        if not isinstance(value, bool):
            raise self.refuse(name, "true or false")
        return value

    def count(self, name: str, default: Any = _NONE) -> int:
        """Give the field if it is an integer of at least 0."""
        value = self.get(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 32:
            raise self.refuse(name, "an integer of at least 0 that fits into 32 bits")
        return value

    def optional_count(self, name: str) -> int | None:
        """Give the field if it is such an integer; None where it is null or missing."""
        return None if self.get(name, None) is None else self.count(name)

    def one_of(self, name: str, choices: Mapping[str, Any], default: Any = _NONE) -> Any:
        """Give what the field's string stands for."""
        value = self.get(name, default)
        if not isinstance(value, str) or value not in choices:
            raise self.refuse(name, f"one of: {', '.join(choices)}")
        return choices[value]

    def object(self, name: str) -> Fields:
        """Give the object in the field."""
        return Fields(self.get(name), f"{self.where}.{name}")

    def optional_object(self, name: str) -> Fields | None:
        """Give the object in the field; None where it is null or missing."""
        return None if self.get(name, None) is None else self.object(name)

    def objects(self, name: str) -> Iterator[Fields]:
        """Give the objects of a list one by one."""
        for i, value in enumerate(self.list(name)):
            yield Fields(value, f"{self.where}.{name}[{i}]")

    def list(self, name: str, default: Any = _NONE) -> list[Any]:
        """Give the field if it is a list."""
        value = self.get(name, default)
        if not isinstance(value, list):
            raise self.refuse(name, "a list")
        return value

    def vocabulary(self, name: str) -> dict[str, int]:
        """Give the field if it maps strings to different ids."""
        values = self.object(name).values
        by_id: dict[int, str] = {}
        for token, i in values.items():
            if not isinstance(token, str) or type(i) is not int or not 0 <= i < 1 << 31:
                raise TokenizerError(
                    f"{self.where}.{name}[{token!r}] is {_shown(i)}, not an id of at least 0"
                )
            if by_id.setdefault(i, token) != token:
                raise TokenizerError(
                    f"{self.where}.{name} gives id {i} to {by_id[i]!r} and to {token!r}"
                )
        return dict(values)


def _is_text(value: str) -> bool:
    return value.isascii() or not any("\ud800" <= character <= "\udfff" for character in value)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
