"""An archive put together from single files, from a web server on this machine."""

import hashlib
import threading
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from nt_data import DownloadError
from nt_data.sources import RemoteFile, _assembled, source
from nt_data.sources._assembled import AssembledFile
from nt_data.sources._emoji_files import image_names, pack

FILES = {f"{i}.png": bytes([i]) * (50 + i) for i in range(40)} | {"index": b"40"}


class Served:
    """What the server gives, what it refuses, and what it was asked."""

    def __init__(self) -> None:
        self.files, self.refused, self.asked, self.url = dict(FILES), set[str](), list[str](), ""


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    monkeypatch.setattr(_assembled, "_PAUSE", 0.0)
    state = Served()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            name = self.path.removeprefix("/")
            state.asked.append(name)
            content = state.files.get(name)
            if content is None or name in state.refused:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    state.url = f"http://127.0.0.1:{http.server_port}/"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield state
    http.shutdown()
    thread.join()
    http.server_close()


def names(index: str) -> list[str]:
    return [f"{i}.png" for i in range(int(index))]


def assembled(served: Served, tmp_path: Path) -> AssembledFile:
    pack(tmp_path / "expected", ((name, FILES[name]) for name in names("40")))
    content = (tmp_path / "expected").read_bytes()
    index = RemoteFile("toy/i", served.url + "index", hashlib.sha256(b"40").hexdigest(), 2)
    sha256 = hashlib.sha256(content).hexdigest()
    return AssembledFile(
        "toy/a.zip", served.url, sha256, len(content), index=index, names=names, pack=pack
    )


def test_the_archive_is_made_once_from_all_files(served: Served, tmp_path: Path) -> None:
    file = assembled(served, tmp_path)
    for _ in range(2):
        path = file.fetch(cache_dir=tmp_path / "cache")
    with zipfile.ZipFile(path) as archive:
        assert {name: archive.read(f"png/72/{name}") for name in names("40")} == {
            name: FILES[name] for name in names("40")
        }
    assert sorted(served.asked) == sorted(FILES)
    there = sorted(each.name for each in path.parent.iterdir())
    assert there == ["a.zip", "a.zip.lock", "i", "i.lock"]


def test_what_came_is_kept_and_only_the_rest_is_asked_for(served: Served, tmp_path: Path) -> None:
    file = assembled(served, tmp_path)
    served.refused = {"39.png"}
    with pytest.raises(DownloadError, match=r"39\.png: .*404.* of 40 files are kept for the next"):
        file.fetch(cache_dir=tmp_path, retries=0)
    assert not (tmp_path / "toy/a.zip").exists()
    kept = {path.name for path in (tmp_path / "toy/a.zip.parts").iterdir()}
    served.refused, served.asked = set(), []
    file.fetch(cache_dir=tmp_path)
    assert set(served.asked) == set(names("40")) - kept


def test_a_file_that_was_altered_spoils_nothing(served: Served, tmp_path: Path) -> None:
    file = assembled(served, tmp_path)
    served.files["7.png"] = b"other"
    with pytest.raises(DownloadError, match="what came is not as published"):
        file.fetch(cache_dir=tmp_path)
    assert not (tmp_path / "toy/a.zip").exists()
    served.files["7.png"] = FILES["7.png"]
    assert file.fetch(cache_dir=tmp_path).exists()


def test_the_emoji_archive_is_made_from_the_names_alone(
    shared: Callable[[str], Path], tmp_path: Path
) -> None:
    """The published list gives every name, and packing the images gives the very same bytes."""
    listed = image_names(shared("data/emoji/emoji-test-15.0.txt").read_text("utf-8"))
    with zipfile.ZipFile(shared("data/emoji/noto-emoji-png72.zip")) as archive:
        assert [f"png/72/{name}" for name in listed] == archive.namelist()
        pack(tmp_path / "a.zip", ((name, archive.read(f"png/72/{name}")) for name in listed))
    made = hashlib.sha256((tmp_path / "a.zip").read_bytes()).hexdigest()
    (file,) = (file for file in source("emoji").files if file.name.endswith(".zip"))
    assert made == file.sha256
