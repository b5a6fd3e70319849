"""An archive that is published only as its single files."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from nt_data._errors import DownloadError
from nt_data._files import write_whole
from nt_data.sources._download import digest
from nt_data.sources._lock import locked
from nt_data.sources._remote import RemoteFile

__all__ = ["AssembledFile"]

_TIMEOUT = 30.0  # seconds
_AT_ONCE = 8  # requests
_PAUSE = 0.5  # seconds before asking again


@dataclass(frozen=True)
class AssembledFile(RemoteFile):
    """An archive that is made of many small downloads, and has one checksum.

    `url` is the folder of the single files. Those that came are kept until the archive is whole,
    so that an interrupted download goes on where it broke off.
    """

    index: RemoteFile = field(kw_only=True)  # tells the names
    names: Callable[[str], list[str]] = field(kw_only=True)  # from the index's text
    pack: Callable[[Path, Iterator[tuple[str, bytes]]], None] = field(kw_only=True)

    def _bring(self, target: Path, *, progress: bool, retries: int) -> None:
        index = self.index.fetch(cache_dir=target.parents[1], progress=progress, retries=retries)
        names = self.names(index.read_text("utf-8"))
        parts = target.with_name(target.name + ".parts")
        whole = target.with_name(target.name + ".part")
        try:
            parts.mkdir(parents=True, exist_ok=True)
            with locked(target.with_name(target.name + ".lock")):
                if target.exists() and digest(target) == self.sha256:
                    return
                self._gather(parts, names, progress, retries)
                self.pack(whole, ((name, (parts / name).read_bytes()) for name in names))
                right = digest(whole) == self.sha256
                for name in names:
                    (parts / name).unlink()
                parts.rmdir()
                if not right:
                    whole.unlink()
                    raise DownloadError(
                        f"from {self.url}: what came is not as published: the archive's sha256 is "
                        f"not {self.sha256}"
                    )
                whole.replace(target)
        except DownloadError:
            raise
        except OSError as error:
            raise DownloadError(f"cannot write {error.filename}: {error.strerror}") from error

    def _gather(self, parts: Path, names: list[str], progress: bool, retries: int) -> None:
        import httpx
        from tqdm import tqdm  # type: ignore[import-untyped]

        lacking = [name for name in names if not (parts / name).exists()]
        with httpx.Client(timeout=_TIMEOUT, follow_redirects=True) as client:

            def one(name: str) -> None:
                for left in range(retries, -1, -1):
                    try:
                        answer = client.get(self.url + name)
                        answer.raise_for_status()
                    except httpx.HTTPStatusError as error:
                        status = f"{error.response.status_code} {error.response.reason_phrase}"
                        raise DownloadError(f"{name}: the server answers {status}") from error
                    except httpx.HTTPError as error:
                        if left == 0:
                            raise DownloadError(
                                f"{name}: {error or type(error).__name__}"
                            ) from error
                        time.sleep(_PAUSE)
                    else:
                        write_whole(parts / name, answer.content)
                        return

            bar = tqdm(
                desc=self.name, total=len(names), initial=len(names) - len(lacking),
                unit="file", disable=None if progress else True,
            )  # fmt: skip
            with bar, ThreadPoolExecutor(_AT_ONCE) as pool:
                running = [pool.submit(one, name) for name in lacking]
                try:
                    for done in running:
                        done.result()
                        bar.update()
                except BaseException as error:
                    pool.shutdown(cancel_futures=True)
                    if not isinstance(error, DownloadError):
                        raise
                    kept = sum((parts / name).exists() for name in names)
                    raise DownloadError(
                        f"from {self.url}: {error}; {kept:,} of {len(names):,} files are kept for "
                        "the next try"
                    ) from error
