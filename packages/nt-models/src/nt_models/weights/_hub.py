"""Downloads from the Hugging Face hub: resumed where they broke off, checked, and kept."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from ._files import CONFIG, INDEX, WHOLE, read_json, shards_of

NAME = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")


def fetch(
    name: str,
    *,
    revision: str,
    cache: str | os.PathLike[str] | None,
    endpoint: str | None,
    token: str | None,
) -> Path:
    """The folder with the config and the weights of a name, downloaded if need be."""
    if not NAME.fullmatch(name):
        raise FileNotFoundError(f"there is no folder {name}, and it is no name on a hub")
    try:
        import huggingface_hub  # noqa: F401 - an extra, which only downloads need
    except ImportError as error:
        raise ImportError(
            f"{name} is no folder here; to download it: pip install 'nt-models[hub]'"
        ) from error
    repository = Repository(name, revision, cache, endpoint, token)
    folder = repository.need(CONFIG).parent
    if repository.get(WHOLE) is None:
        index = repository.need(INDEX, f"neither {WHOLE} nor")
        for shard in shards_of(read_json(index)):
            repository.need(shard)
    return folder


class Repository:
    """One revision of a name on the hub, and what the cache has of it."""

    def __init__(
        self,
        name: str,
        revision: str,
        cache: str | os.PathLike[str] | None,
        endpoint: str | None,
        token: str | None,
    ) -> None:
        from huggingface_hub import constants

        self.name = name
        self.revision = revision
        self.cache = Path(constants.HF_HUB_CACHE if cache is None else cache)
        self.endpoint = (endpoint or constants.ENDPOINT).rstrip("/")
        self.token = token
        self.unreachable: Exception | None = None  # why, if the cache is all there is

    def need(self, file: str, otherwise: str = "no") -> Path:
        """Where a file lies, which must exist."""
        if (path := self.get(file)) is not None:
            return path
        if self.unreachable is not None:
            raise ConnectionError(
                f"{self} cannot be reached ({self.unreachable}), and {file} is not in {self.cache}"
            ) from self.unreachable
        raise FileNotFoundError(f"{self} has {otherwise} {file}")

    def get(self, file: str) -> Path | None:
        """Where a file lies in the cache, after its download; None if it cannot be had."""
        import huggingface_hub as hub
        from huggingface_hub import errors

        url = hub.hf_hub_url(self.name, file, revision=self.revision, endpoint=self.endpoint)
        try:
            known = hub.get_hf_file_metadata(url, token=self.token)
        except errors.GatedRepoError as error:
            raise PermissionError(f"{self} asks for a token that has access to it") from error
        except errors.RevisionNotFoundError as error:
            raise FileNotFoundError(f"{self} has no revision {self.revision}") from error
        except errors.RepositoryNotFoundError as error:
            raise FileNotFoundError(f"there is no folder {self.name}, and no {self}") from error
        except errors.EntryNotFoundError:
            return None
        except Exception as error:  # of the HTTP library, which differs with the hub's version
            self.unreachable = error
            found = hub.try_to_load_from_cache(
                self.name, file, cache_dir=self.cache, revision=self.revision
            )
            return Path(found) if isinstance(found, str) else None
        if known.etag is not None:
            self._download(url, known)
        # The download lies where the hub's library keeps it: this only enters it there.
        path = hub.hf_hub_download(
            self.name,
            file,
            revision=self.revision,
            cache_dir=self.cache,
            endpoint=self.endpoint,
            token=self.token,
        )
        self.revision = known.commit_hash or self.revision  # further files are of the same commit
        return Path(path)

    def _download(self, url: str, known: Any) -> None:
        """Bring a file into the cache, if it is not there, from where an earlier try broke off.

        The library's own download begins anew in every process, and checks the size alone.
        """
        from huggingface_hub import file_download
        from huggingface_hub.utils import WeakFileLock, build_hf_headers  # type: ignore[attr-defined]

        place = file_download.repo_folder_name(repo_id=self.name, repo_type="model")
        folder = self.cache / place / "blobs"
        whole, partial = folder / known.etag, folder / f"{known.etag}.partial"
        if whole.exists():
            return
        lock = self.cache / ".locks" / place / f"{known.etag}.lock"  # which the library takes too
        for each in (folder, lock.parent):
            each.mkdir(parents=True, exist_ok=True)
        headers = build_hf_headers(token=self.token)
        if urlsplit(known.location).netloc != urlsplit(url).netloc:
            headers.pop("authorization", None)  # the files' own host is not to see the token
        with WeakFileLock(lock):
            if whole.exists():  # another process was first
                return
            with partial.open("ab") as file:
                if known.size is not None and file.tell() > known.size:
                    file.truncate(0)
                self._fill(file, known, headers)
            if not _is(partial, known.etag):
                partial.unlink()
                raise OSError(
                    f"the download of {url} was damaged: it does not match its checksum "
                    f"{known.etag}, and was removed; try again"
                )
            os.replace(partial, whole)

    def _fill(self, file: BinaryIO, known: Any, headers: dict[str, str]) -> None:
        """Add what a file lacks, as often as the connection breaks, while each try brings more."""
        from huggingface_hub import file_download

        while True:
            begun = file.seek(0, os.SEEK_END)
            try:
                file_download.http_get(
                    known.location,
                    file,
                    resume_size=begun,
                    headers=headers,
                    expected_size=known.size,
                )
                return
            except Exception as error:  # of the HTTP library, as above
                if file.tell() <= begun:
                    raise ConnectionError(
                        f"the download of {known.location} broke off ({error}); the next try goes "
                        f"on from here"
                    ) from error

    def __str__(self) -> str:
        return f"{self.name} on {self.endpoint}"


def _is(path: Path, etag: str) -> bool:
    """Whether a file is the one of this tag: SHA-256 if large, else Git's name for it."""
    if re.fullmatch(r"[0-9a-f]{64}", etag):
        check = hashlib.sha256()
    elif re.fullmatch(r"[0-9a-f]{40}", etag):
        check = hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
    else:
        return True  # a mirror with tags of its own: the size has been checked
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            check.update(block)
    return check.hexdigest() == etag
