"""What a page shows of a shell: a ```console block, commands behind `$ `, what they print below.

`...` in what is printed stands for any text, and nothing below a command for any at all.
"""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Ran", "commands", "run_commands"]

_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)


@dataclass(frozen=True)
class Ran:
    """What a command of a page gave.

    Attributes:
        line: where on the page it stands.
        command: the command.
        said: what the page says it prints.
        printed: what it printed.
        status: its exit status.
        error: what it said on standard error.
    """

    line: int
    command: str
    said: str
    printed: str
    status: int
    error: str

    @property
    def as_told(self) -> bool:
        """Whether it succeeded and printed what the page says."""
        pattern = re.escape(self.said).replace(re.escape("..."), ".*")
        return self.status == 0 and (
            not self.said or re.fullmatch(pattern, self.printed, re.DOTALL) is not None
        )


def commands(page: str) -> Iterator[tuple[int, str, str]]:
    r"""Each command of a page: its line, the command, what it is to print.

    Example:
        >>> list(commands("Look:\n```console\n$ echo a\na\n$ true\n```\n"))
        [(3, 'echo a', 'a'), (5, 'true', '')]
    """
    for block in _BLOCK.finditer(page):
        for found in _COMMAND.finditer(block[1]):
            line = page[: block.start(1) + found.start()].count("\n") + 1
            yield line, found[1], found[2].strip("\n")


def run_commands(page: str, folder: Path) -> Iterator[Ran]:
    """Run the commands of a page, one after the other, in `folder`; without a shell."""
    for line, command, said in commands(page):
        done = subprocess.run(
            shlex.split(command, comments=True),
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        printed = "\n".join(row.rstrip() for row in done.stdout.strip("\n").split("\n"))
        yield Ran(line, command, said, printed, done.returncode, done.stderr)
