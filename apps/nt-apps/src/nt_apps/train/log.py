"""Files that grow line by line, and can be cut back to where a checkpoint was."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from nt_apps.errors import UserError, naming

__all__ = ["Log", "read_metrics"]


class Log:
    """An append-only file whose length a checkpoint remembers.

    Args:
        path: the file, made if it is not there.
        keep: how many bytes of it are kept; what a killed run wrote beyond them is cut off, since
            the resumed run will write it again.

    Raises:
        UserError: on entering, if the file is shorter than that or cannot be written.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp(), "metrics.jsonl")
        >>> with Log(path) as log:
        ...     log.write_json({"step": 1})
        ...     length = log.sync()
        ...     log.write_json({"step": 2})
        >>> with Log(path, keep=length) as log:
        ...     log.write_json({"step": 3})
        >>> [line["step"] for line in read_metrics(path)]
        [1, 3]
    """

    def __init__(self, path: Path, keep: int = 0) -> None:
        self.path, self.keep = path, keep

    def __enter__(self) -> Self:
        with naming(self.path):
            size = self.path.stat().st_size if self.path.exists() else 0
            if size < self.keep:
                raise UserError(
                    f"{self.path} has {size} bytes, but the checkpoint was saved when it had "
                    f"{self.keep}: it was changed since, so the run cannot go on from there"
                )
            self._file = self.path.open("ab")
            self._file.truncate(self.keep)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with naming(self.path):
            self._file.close()

    def write(self, text: str) -> None:
        """Append a text, and hand it to the operating system at once."""
        with naming(self.path):
            self._file.write(text.encode("utf-8", "surrogatepass"))
            self._file.flush()

    def write_json(self, entry: dict[str, Any]) -> None:
        """Append an object as one line."""
        self.write(json.dumps(entry) + "\n")

    def sync(self) -> int:
        """Make sure that everything is on the disk, and tell how many bytes that are."""
        with naming(self.path):
            os.fsync(self._file.fileno())
            return self._file.tell()


def read_metrics(path: Path) -> list[dict[str, Any]]:
    r"""Read a file of JSON lines; a last line that was cut off by a kill is left out.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp(), "metrics.jsonl")
        >>> _ = path.write_text('{"step": 1}\n{"st')
        >>> read_metrics(path)
        [{'step': 1}]
    """
    lines = path.read_text("utf-8").split("\n")
    return [json.loads(line) for line in lines[:-1]]
