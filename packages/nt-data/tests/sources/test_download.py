"""Against a web server on this machine that misbehaves on request."""

import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from nt_data import DownloadError
from nt_data.sources import RemoteFile, _download

CONTENT = bytes(range(256)) * 2000  # 512,000 bytes: many packets
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@dataclass
class Server:
    """What it serves, how it fails, and what it was asked."""

    url: str = ""
    content: bytes = CONTENT
    ranges: bool = True  # whether it knows the Range header
    breaks: list[int] = field(default_factory=list)  # bytes after which the next answers break off
    statuses: list[int] = field(default_factory=list)  # answers to give before the good one
    says_length: bool = True
    shifted: int = 0  # bytes by which an answer to a range is wrong
    slow: threading.Event | None = None  # what the body waits for
    asked: list[str] = field(default_factory=list)  # the Range header of each request, or ""

    def file(self) -> RemoteFile:
        return RemoteFile("toy/a.bin", self.url, SHA256, 512_000)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(_download, "_PAUSE", 0.0)
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = self.headers.get("Range", "")
            state.asked.append(asked)
            if state.statuses:
                self.send_error(state.statuses.pop(0))
                return
            size = len(state.content)
            start = int(asked.removeprefix("bytes=").removesuffix("-") or 0) * state.ranges
            if start and start >= size:
                self.send_error(416)
                return
            if start:
                start += state.shifted
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
            else:
                self.send_response(200)
            body = state.content[start:]
            if state.says_length:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if state.slow is not None:
                state.slow.wait(30)
            self.wfile.write(body[: state.breaks.pop(0)] if state.breaks else body)

        def log_message(self, *_: Any) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{http.server_port}/files/a.bin"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield state
    http.shutdown()
    thread.join()
    http.server_close()


def there(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("toy/*"))


FETCH = """
import sys
from nt_data.sources import RemoteFile
url, sha256, size, cache = sys.argv[1:]
print(RemoteFile("toy/a.bin", url, sha256, int(size)).fetch(cache_dir=cache).stat().st_size)
"""


def process(server: Server, cache: Path, before: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", before + FETCH, server.url, SHA256, "512000", str(cache)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_until_asked(server: Server) -> None:
    for _ in range(3000):
        if server.asked:
            return
        threading.Event().wait(0.01)
    pytest.fail("the other process never asked for the file")


def test_a_file_arrives_whole_and_is_fetched_once(server: Server, tmp_path: Path) -> None:
    for _ in range(2):
        path = server.file().fetch(cache_dir=tmp_path / "new" / "cache")
        assert path == tmp_path / "new" / "cache" / "toy" / "a.bin"
        assert path.read_bytes() == CONTENT
    assert server.asked == [""]
    assert there(tmp_path / "new" / "cache") == ["a.bin", "a.bin.lock"]


@pytest.mark.parametrize("says_length", [True, False])
def test_an_interrupted_transfer_goes_on_where_it_broke_off(
    server: Server, says_length: bool, tmp_path: Path
) -> None:
    server.breaks, server.says_length = [100_000, 50_000], says_length
    path = server.file().fetch(cache_dir=tmp_path)
    assert path.read_bytes() == CONTENT
    assert server.asked == ["", "bytes=100000-", "bytes=150000-"]


def test_what_came_is_kept_for_the_next_run(server: Server, tmp_path: Path) -> None:
    server.breaks = [100_000]
    with pytest.raises(DownloadError, match=r"100,000 of 512,000 bytes are kept for the next try"):
        server.file().fetch(cache_dir=tmp_path, retries=0)
    assert not (tmp_path / "toy/a.bin").exists()
    assert server.file().fetch(cache_dir=tmp_path).read_bytes() == CONTENT
    assert server.asked == ["", "bytes=100000-"]


def test_a_server_that_ignores_ranges_begins_again(server: Server, tmp_path: Path) -> None:
    server.breaks, server.ranges = [100_000], False
    assert server.file().fetch(cache_dir=tmp_path).read_bytes() == CONTENT
    assert server.asked == ["", "bytes=100000-"]


def test_a_server_that_sends_another_range_is_asked_for_the_whole(
    server: Server, tmp_path: Path
) -> None:
    server.breaks, server.shifted = [100_000], 7
    assert server.file().fetch(cache_dir=tmp_path).read_bytes() == CONTENT
    assert server.asked == ["", "bytes=100000-", ""]


def test_a_part_of_another_file_is_thrown_away(server: Server, tmp_path: Path) -> None:
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy/a.bin.part").write_bytes(b"old" * 1000)
    assert server.file().fetch(cache_dir=tmp_path).read_bytes() == CONTENT
    assert server.asked == ["bytes=3000-", ""]


@pytest.mark.parametrize("held", [512_000, 600_000])
def test_a_part_that_is_full_or_more_is_checked_and_not_believed(
    server: Server, held: int, tmp_path: Path
) -> None:
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy/a.bin.part").write_bytes(bytes(held))
    assert server.file().fetch(cache_dir=tmp_path).read_bytes() == CONTENT
    assert server.asked == [""]


def test_a_full_part_of_a_killed_run_needs_no_transfer(server: Server, tmp_path: Path) -> None:
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy/a.bin.part").write_bytes(CONTENT)
    assert server.file().fetch(cache_dir=tmp_path).read_bytes() == CONTENT
    assert server.asked == []


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_busy_server_is_asked_again(server: Server, status: int, tmp_path: Path) -> None:
    server.statuses = [status, status]
    assert server.file().fetch(cache_dir=tmp_path).read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ({"content": CONTENT[:-1] + b"x"}, f"its sha256 is not {SHA256}"),
        ({"content": CONTENT[:-1]}, "has 511999 bytes, the published one 512000"),
        ({"content": CONTENT + b"x"}, "has 512001 bytes, the published one 512000"),
        ({"content": CONTENT * 2, "says_length": False}, r"longer than .* \(512,000 bytes\)"),
        ({"content": CONTENT[:-1], "says_length": False}, "ends before byte 511,999"),
        ({"content": b""}, "has 0 bytes"),
        ({"statuses": [404]}, "the server answers 404 Not Found"),
        ({"statuses": [403]}, "the server answers 403 Forbidden"),
        ({"statuses": [503] * 9}, "the server answers 503 Service Unavailable"),
    ],
)
def test_a_bad_answer_is_named_and_leaves_no_file(
    server: Server, fault: dict[str, Any], message: str, tmp_path: Path
) -> None:
    for name, value in fault.items():
        setattr(server, name, value)
    with pytest.raises(DownloadError, match=message) as caught:
        server.file().fetch(cache_dir=tmp_path)
    told = str(caught.value)
    assert told.startswith(f"cannot download toy/a.bin from {server.url}: ")
    assert told.endswith(f"put the file at {tmp_path / 'toy/a.bin'} by hand")
    assert not (tmp_path / "toy/a.bin").exists()


def test_altered_content_is_not_kept_to_spoil_the_next_try(server: Server, tmp_path: Path) -> None:
    server.content = CONTENT[:-1] + b"x"
    with pytest.raises(DownloadError, match="not the published file"):
        server.file().fetch(cache_dir=tmp_path)
    server.content = CONTENT
    assert server.file().fetch(cache_dir=tmp_path).read_bytes() == CONTENT


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/a.bin", "http://host.invalid/a", "ftp://x/a"])
def test_offline_the_error_tells_what_to_do(url: str, tmp_path: Path) -> None:
    file = RemoteFile("toy/a.bin", url, SHA256, 512_000)
    data = tmp_path / "data"
    data.mkdir()
    with pytest.raises(DownloadError) as caught:
        file.fetch(data_dir=data, cache_dir=tmp_path / "cache")
    told = str(caught.value)
    for name in ("toy/a.bin", url, str(tmp_path / "cache/toy/a.bin"), str(data / "toy/a.bin")):
        assert name in told
    assert "\n" not in told
    assert isinstance(caught.value, OSError)


@pytest.mark.parametrize("place", ["toy/a.bin", "a.bin"])
def test_a_file_in_the_data_folder_is_used_where_it_lies(
    server: Server, place: str, tmp_path: Path
) -> None:
    (tmp_path / "toy").mkdir()
    (tmp_path / place).write_bytes(CONTENT)
    found = server.file().fetch(data_dir=tmp_path, cache_dir=tmp_path / "cache")
    assert found == tmp_path / place
    assert server.asked == []
    assert not (tmp_path / "cache").exists()


def test_a_wrong_file_in_the_data_folder_is_an_error(server: Server, tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(CONTENT[:-1])
    with pytest.raises(DownloadError, match=r"a\.bin is not the published toy/a\.bin"):
        server.file().fetch(data_dir=tmp_path, cache_dir=tmp_path / "cache")
    assert (tmp_path / "a.bin").read_bytes() == CONTENT[:-1]


def test_a_data_folder_that_is_none_is_an_error(server: Server, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match=r"data_dir .*nowhere is not a folder"):
        server.file().fetch(data_dir=tmp_path / "nowhere", cache_dir=tmp_path)


def test_a_damaged_file_in_the_cache_is_replaced(server: Server, tmp_path: Path) -> None:
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy/a.bin").write_bytes(b"damaged")
    assert server.file().fetch(cache_dir=tmp_path).read_bytes() == CONTENT


def test_a_damaged_file_stays_as_it_was_where_no_better_one_comes(
    server: Server, tmp_path: Path
) -> None:
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy/a.bin").write_bytes(b"damaged")
    server.statuses = [404]
    with pytest.raises(DownloadError, match="404"):
        server.file().fetch(cache_dir=tmp_path)
    assert (tmp_path / "toy/a.bin").read_bytes() == b"damaged"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_named_and_leaves_no_file(server: Server, tmp_path: Path) -> None:
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy/a.bin.part").symlink_to("/dev/full")
    with pytest.raises(DownloadError, match=r"cannot write .*a\.bin\.part: No space left"):
        server.file().fetch(cache_dir=tmp_path)
    assert not (tmp_path / "toy/a.bin").exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such limit")
def test_what_a_disk_could_take_is_kept(server: Server, tmp_path: Path) -> None:
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))"
    failed = process(server, tmp_path, before=limit)
    assert "cannot write" in failed.communicate(timeout=60)[1]
    assert failed.returncode != 0
    kept = (tmp_path / "toy/a.bin.part").stat().st_size
    assert 0 < kept <= 200_000
    assert server.file().fetch(cache_dir=tmp_path).read_bytes() == CONTENT
    assert server.asked == ["", f"bytes={kept}-"]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_cache_that_cannot_be_written_is_named(server: Server, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(DownloadError, match=r"cannot write .*toy: Permission denied"):
        server.file().fetch(cache_dir=tmp_path)


def test_a_cache_that_is_a_file_is_named(server: Server, tmp_path: Path) -> None:
    (tmp_path / "cache").touch()
    with pytest.raises(DownloadError, match=r"cannot write .*cache"):
        server.file().fetch(cache_dir=tmp_path / "cache")


def test_of_two_processes_one_downloads_and_both_have_the_file(
    server: Server, tmp_path: Path
) -> None:
    server.slow = threading.Event()
    first = process(server, tmp_path)
    wait_until_asked(server)
    second = process(server, tmp_path)
    threading.Event().wait(0.5)
    server.slow.set()
    assert [p.communicate(timeout=60)[0] for p in (first, second)] == ["512000\n"] * 2
    assert server.asked == [""]
    assert there(tmp_path) == ["a.bin", "a.bin.lock"]


def test_a_killed_process_holds_no_lock(server: Server, tmp_path: Path) -> None:
    server.slow = threading.Event()
    killed = process(server, tmp_path)
    wait_until_asked(server)
    killed.kill()
    killed.communicate()
    server.slow.set()
    assert server.file().fetch(cache_dir=tmp_path).read_bytes() == CONTENT


def test_the_next_mirror_is_asked_where_one_fails(server: Server, tmp_path: Path) -> None:
    nowhere = "http://127.0.0.1:9/a.bin"
    file = RemoteFile("toy/a.bin", nowhere, SHA256, 512_000, (server.url,))
    assert file.fetch(cache_dir=tmp_path).read_bytes() == CONTENT
    assert server.asked == [""]


def test_a_mirror_goes_on_where_another_broke_off(server: Server, tmp_path: Path) -> None:
    server.breaks = [100_000]
    file = RemoteFile("toy/a.bin", server.url, SHA256, 512_000, (server.url + "?mirror",))
    assert file.fetch(cache_dir=tmp_path, retries=0).read_bytes() == CONTENT
    assert server.asked == ["", "bytes=100000-"]


def test_where_every_mirror_fails_each_is_named(server: Server, tmp_path: Path) -> None:
    server.content = CONTENT[:-1] + b"x"
    nowhere = "http://127.0.0.1:9/a.bin"
    file = RemoteFile("toy/a.bin", nowhere, SHA256, 512_000, (server.url,))
    with pytest.raises(DownloadError) as caught:
        file.fetch(cache_dir=tmp_path, retries=0)
    told = str(caught.value)
    assert f"from {nowhere}: " in told
    assert f"from {server.url}: what came is not the published file" in told
    assert told.endswith(f"put the file at {tmp_path / 'toy/a.bin'} by hand")
    assert not (tmp_path / "toy/a.bin").exists()


def test_a_file_without_url_says_where_it_is_looked_for(tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match=r"it has no URL of its own\. .*a\.bin by hand"):
        RemoteFile("toy/a.bin", "", SHA256, 512_000).fetch(cache_dir=tmp_path)
