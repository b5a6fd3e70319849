"""A name is downloaded once, whole or resumed, checked, and kept; all else is said plainly."""

import hashlib
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from nt_models import GPT2, GPT2Config, from_pretrained, save_pretrained
from nt_tensor import Generator

COMMIT = "0123456789" * 4
WHOLE = "model.safetensors"


class Hub:
    """A hub in this process: one repository, and every request that was made."""

    def __init__(self, files):
        self.files = files  # name -> bytes
        self.requests = []  # (method, file, Range)
        self.revisions = []  # (file, revision)
        self.breaks_after = None  # bytes of a file, once
        self.damaged = False
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def asked(self, method):
        return [file for asked, file, _ in self.requests if asked == method]

    def handler(hub):  # noqa: N805 - self is the handler's
        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def answer(self, status, **headers):
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), str(value))
                self.end_headers()

            def do_HEAD(self):
                self.do_GET()

            def do_GET(self):
                name, _, file = self.path.lstrip("/").partition("/resolve/")
                revision, _, file = file.partition("/")
                hub.revisions.append((file, revision))
                hub.requests.append((self.command, file, self.headers["Range"]))
                if name != "us/tiny":
                    self.answer(404, X_Error_Code="RepoNotFound", Content_Length=0)
                elif revision not in ("main", COMMIT):
                    self.answer(404, X_Error_Code="RevisionNotFound", Content_Length=0)
                elif file not in hub.files:
                    self.answer(
                        404, X_Error_Code="EntryNotFound", X_Repo_Commit=COMMIT, Content_Length=0
                    )
                else:
                    self.send_file(file, hub.files[file])

            def send_file(self, file, data):
                large = file.endswith(".safetensors")
                tag = (
                    hashlib.sha256(data)
                    if large
                    else hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False)
                ).hexdigest()
                begin = int((self.headers["Range"] or "bytes=0-")[6:].split("-")[0])
                self.answer(
                    206 if begin else 200,
                    ETag=f'"{tag}"',
                    X_Repo_Commit=COMMIT,
                    Content_Length=len(data) - begin,
                    Content_Range=f"bytes {begin}-{len(data) - 1}/{len(data)}",
                )
                if self.command == "GET":
                    if hub.damaged and large:
                        data = bytes(len(data))
                    if hub.breaks_after is not None and large:
                        data, hub.breaks_after = data[: hub.breaks_after], None
                    self.wfile.write(data[begin:])

        return Handler


@pytest.fixture
def model():
    return GPT2(
        GPT2Config(vocab_size=7, context=5, layers=1, heads=2, width=4), generator=Generator(0)
    )


@pytest.fixture
def hub(model, tmp_path):
    pytest.importorskip("huggingface_hub", reason="the extra nt-models[hub] is not here")
    save_pretrained(model, tmp_path / "made")
    hub = Hub({path.name: path.read_bytes() for path in (tmp_path / "made").iterdir()})
    yield hub
    hub.stop()


@pytest.fixture
def load(hub, tmp_path):
    def load(name="us/tiny", **options):
        return from_pretrained(name, cache=tmp_path / "cache", endpoint=hub.endpoint, **options)

    return load


def same(found, model):
    for (name, a), (other, b) in zip(
        found.named_parameters(), model.named_parameters(), strict=True
    ):
        assert name == other
        np.testing.assert_array_equal(a.detach().numpy(), b.detach().numpy())


def test_a_name_is_downloaded_once(hub, load, model):
    same(load(), model)
    assert sorted(hub.asked("GET")) == ["config.json", WHOLE]
    hub.requests.clear()
    same(load(), model)
    assert hub.asked("GET") == []


def test_shards_are_downloaded_by_their_index(hub, load, model, tmp_path):
    save_pretrained(model, tmp_path / "made", max_shard_size=300)
    hub.files = {path.name: path.read_bytes() for path in (tmp_path / "made").iterdir()}
    same(load(), model)
    assert set(hub.asked("GET")) == set(hub.files)
    assert len(hub.files) > 3


def test_all_files_are_of_one_commit_though_the_branch_moves(hub, load, model):
    load()
    asked = {file: revision for file, revision in hub.revisions if file != "config.json"}
    assert asked == {WHOLE: COMMIT}


def test_offline_the_cache_is_enough(hub, load, model):
    load()
    hub.stop()
    same(load(), model)


def test_offline_without_a_cache_the_error_says_what_is_missing(hub, load):
    hub.stop()
    with pytest.raises(ConnectionError, match=r"us/tiny on http.* cannot be reached .*config.json"):
        load()


def test_a_download_goes_on_where_another_process_was_killed(hub, load, model, tmp_path):
    load()
    whole = hub.files[WHOLE]
    [blob] = (tmp_path / "cache").rglob(hashlib.sha256(whole).hexdigest())
    for path in (tmp_path / "cache").rglob(WHOLE):
        path.unlink()
    blob.unlink()
    blob.with_name(f"{blob.name}.partial").write_bytes(whole[:1000])
    hub.requests.clear()
    same(load(), model)
    assert ("GET", WHOLE, "bytes=1000-") in hub.requests
    assert blob.read_bytes() == whole
    assert not list((tmp_path / "cache").rglob("*.partial"))


def test_a_connection_that_breaks_is_taken_up_again(hub, load, model, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 500)
    hub.breaks_after = 1700
    same(load(), model)
    asked = [ranged for m, file, ranged in hub.requests if (m, file) == ("GET", WHOLE)]
    assert asked == [None, "bytes=1500-"]


def test_a_download_that_breaks_off_says_so_and_goes_on_at_the_next_try(
    hub, load, model, monkeypatch
):
    from huggingface_hub import file_download

    whole = file_download.http_get

    def broken(url, file, **options):
        if not url.endswith(WHOLE):
            return whole(url, file, **options)
        file.write(hub.files[WHOLE][options["resume_size"] : 1000])
        raise OSError("the cable is out")

    with monkeypatch.context() as patched:
        patched.setattr(file_download, "http_get", broken)
        with pytest.raises(ConnectionError, match=r"broke off \(the cable is out\); the next try"):
            load()
    same(load(), model)
    assert ("GET", WHOLE, "bytes=1000-") in hub.requests


def test_a_damaged_download_is_refused_and_removed(hub, load, model):
    hub.damaged = True
    with pytest.raises(OSError, match=r"model\.safetensors was damaged: .* try again"):
        load()
    hub.damaged = False
    same(load(), model)


def test_what_the_hub_does_not_have_is_named(hub, load):
    with pytest.raises(FileNotFoundError, match="there is no folder us/other, and no us/other on"):
        load("us/other")
    with pytest.raises(FileNotFoundError, match=r"us/tiny on .* has no revision v2"):
        load(revision="v2")
    del hub.files[WHOLE]
    with pytest.raises(
        FileNotFoundError, match=r"has neither model\.safetensors nor model\.safetensors\.index"
    ):
        load()
    del hub.files["config.json"]
    with pytest.raises(FileNotFoundError, match=r"us/tiny on .* has no config\.json"):
        load()


def test_an_index_that_leads_out_of_the_folder_is_refused(hub, load):
    del hub.files[WHOLE]
    index = {"weight_map": {"x": "../../secret.safetensors"}}
    hub.files["model.safetensors.index.json"] = json.dumps(index).encode()
    with pytest.raises(ValueError, match=r"files beside it, not \.\./\.\./secret\.safetensors"):
        load()


def test_what_is_no_name_is_a_missing_folder(tmp_path):
    for path in (tmp_path / "absent", "./absent", "a/b/c"):
        with pytest.raises(FileNotFoundError, match=r"there is no folder .*(absent|a/b/c)"):
            from_pretrained(path)


def test_without_the_extra_the_error_names_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(ImportError, match=r"pip install 'nt-models\[hub\]'"):
        from_pretrained("gpt2")
