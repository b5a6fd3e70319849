"""What the person at the keyboard can put right: told in one line, without a traceback.

Everything else that goes wrong is a fault of the program, and keeps its traceback.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["UserError", "naming", "telling"]


class UserError(Exception):
    """A request that cannot be met; the message is the one line that says why and what would do.

    Example:
        >>> raise UserError("steps (0) must be at least 1")
        Traceback (most recent call last):
            ...
        nt_apps.errors.UserError: steps (0) must be at least 1
    """


@contextmanager
def telling(*kinds: type[Exception], prefix: str = "") -> Iterator[None]:
    """Turn the named kinds of errors inside the block into `UserError`, with `prefix` before them.

    Example:
        >>> with telling(ValueError, prefix="--lr: "):
        ...     float("fast")
        Traceback (most recent call last):
            ...
        nt_apps.errors.UserError: --lr: could not convert string to float: 'fast'
    """
    try:
        yield
    except kinds as error:
        raise UserError(f"{prefix}{error}") from error


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Tell an operating system's refusal (a full disk, no permission) with the file that it hit.

    Example:
        >>> with naming(Path("no/such/folder/a.txt")) as _:
        ...     Path("no/such/folder/a.txt").write_text("")
        Traceback (most recent call last):
            ...
        nt_apps.errors.UserError: cannot write no/such/folder/a.txt: No such file or directory
    """
    try:
        yield
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror or error}") from error
