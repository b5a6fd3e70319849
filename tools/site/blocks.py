"""What stands on a page: its Python blocks, what they are to print, and the words between them.

A block opens with ```python. Attributes in braces say more: {test="skip"} is only shown,
{alt="..."} describes the picture that the block ends with. What a block prints stands in it: behind
`# > ` under its prints or, where it is long, as a string of its own between triple quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Block", "blocks", "words_and_blocks"]

_BLOCK = re.compile(
    r"^```py(?:thon)?(?: *\{([^\n]*)\})?\n(.*?)^```$", re.MULTILINE | re.DOTALL
)  # attributes, code
_ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')
_SAID = re.compile(r'^ *# ?> ([^\n]*)\n?|^"""\n(.*?)\n"""\n?', re.MULTILINE | re.DOTALL)
_LAST = re.compile(r'^"""\n((?:(?!""").)*)\n"""\n\Z', re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A block of Python.

    Attributes:
        code: what stands between the fences, what it is to print included.
        attributes: those in braces.
        line: how many lines of the page stand above the code.
        end: where on the page the closing fence ends.
    """

    code: str
    attributes: dict[str, str]
    line: int
    end: int

    @property
    def runs(self) -> bool:
        """Whether it is executed."""
        return self.attributes.get("test") != "skip"

    @property
    def said(self) -> list[str]:
        """The lines that it is to print."""
        pairs = _SAID.findall(self.code)
        return [line for one, many in pairs for line in (one or many).split("\n")]

    @property
    def apart(self) -> tuple[str, str]:
        """The code without the output that stands at its end as a string, and that output."""
        found = _LAST.search(self.code)
        return (self.code[: found.start()], found[1]) if found else (self.code, "")

    @property
    def bare(self) -> str:
        """The code without what it is to print."""
        return _SAID.sub("", self.code)


def blocks(page: str) -> list[Block]:
    r"""The blocks of a page, in order.

    Example:
        >>> page = 'A sum:\n```python\nprint(1 + 1)\n# > 2\n```\n'
        >>> [(block.bare, block.said) for block in blocks(page)]
        [('print(1 + 1)\n', ['2'])]
    """
    return [block for block in words_and_blocks(page) if isinstance(block, Block)]


def words_and_blocks(page: str) -> Iterator[str | Block]:
    """The page from top to bottom: the text between blocks, and the blocks."""
    place = 0
    for found in _BLOCK.finditer(page):
        if page[place : found.start()].strip():
            yield page[place : found.start()]
        attributes = dict(_ATTRIBUTE.findall(found[1] or ""))
        yield Block(found[2], attributes, page[: found.start(2)].count("\n"), found.end())
        place = found.end()
    if page[place:].strip():
        yield page[place:]
