"""`nt data`: what is told of a data set, and that a damaged one is told in one line."""

from pathlib import Path

import pytest
from nt_data.sources import source, source_names


@pytest.fixture
def shakespeare(tmp_path: Path) -> Path:
    """A folder with a file of the right name, of the right length, and of other content."""
    (tmp_path / "tinyshakespeare").mkdir()
    (tmp_path / "tinyshakespeare/input.txt").write_bytes(b"a" * 1_115_394)
    return tmp_path


def test_the_list_names_every_data_set_with_its_licence(nt, monkeypatch, tmp_path):
    monkeypatch.setenv("COLUMNS", "400")
    ran = nt("data", "list", "--data-dir", tmp_path)
    assert ran.status == 0
    lines = {line.split()[0]: line for line in ran.out.splitlines()}
    assert list(lines)[1:] == source_names()
    for name in source_names():
        assert source(name).licence in lines[name]
    assert "170.5 MB" in lines["cifar-10"]
    assert "none" in lines["digits"]


@pytest.mark.parametrize("width", [40, 80, 130])
@pytest.mark.parametrize("there", [False, True])
def test_the_list_is_read_in_full_where_it_is_narrow(nt, monkeypatch, shakespeare, width, there):
    monkeypatch.setenv("COLUMNS", str(width))
    ran = nt("data", "list", *(["--data-dir", shakespeare] if there else []))
    assert ran.status == 0
    lines = ran.out.splitlines()
    for name in source_names():
        about = source(name)
        assert all(word in ran.out.split() for word in about.licence.split())
        (first, *_) = [line for line in lines if line.startswith(f"{name} ")]
        assert about.kind in first
        assert not about.size or f"{about.size / 1e6:,.1f} MB" in first
    assert "1,115,394 chars" in ran.out
    assert width == 40 or max(map(len, lines)) <= width
    assert len(lines) < 6 * len(source_names())
    assert there == (str(shakespeare / "tinyshakespeare") in "".join(map(str.strip, lines)))


@pytest.mark.parametrize("width", [80, 400])
def test_the_list_names_the_extra_that_is_missing(nt, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert "no: nt-data[digits]" in nt("data", "list").out


def test_info_tells_all_that_is_known(nt, monkeypatch):
    monkeypatch.setenv("COLUMNS", "400")
    for name in source_names():
        about = source(name)
        ran = nt("data", "info", name)
        assert ran.status == 0
        for told in (about.what, about.licence, about.citation, about.how, about.url):
            assert told in ran.out
        assert ("without what stands twice" in ran.out) == (about.kind != "text")
        for file in (*about.files, *about.also):
            assert all(told in ran.out for told in (file.sha256, f"{file.size:,}", *file.urls))


def test_what_lies_in_a_folder_is_found_by_name_and_size(nt, monkeypatch, shakespeare):
    monkeypatch.setenv("COLUMNS", "400")
    ran = nt("data", "info", "tinyshakespeare", "--data-dir", shakespeare)
    assert f"yes: {shakespeare / 'tinyshakespeare'}" in ran.out


@pytest.mark.parametrize("command", ["verify", "download"])
def test_a_file_that_is_not_the_published_one_is_told_and_stays(nt, command, shakespeare):
    ran = nt("data", command, "tinyshakespeare", "--data-dir", shakespeare)
    assert ran.status == 2
    assert "input.txt is not the published tinyshakespeare/input.txt" in ran.err
    assert ran.err.count("\n") == 1
    assert (shakespeare / "tinyshakespeare/input.txt").read_bytes() == b"a" * 1_115_394


@pytest.mark.parametrize("name", ["python-stdlib", "digits", "glyphs"])
def test_what_needs_no_download_is_whole_everywhere(nt, name):
    assert "needs no download" in nt("data", "download", name).out
    ran = nt("data", "verify", name)
    assert ran.status == 0
    assert f"{name} is whole: " in ran.out


@pytest.mark.parametrize("command", ["info", "verify", "download"])
def test_an_unknown_name_lists_those_that_are_known(nt, command):
    ran = nt("data", command, "cifar-100")
    assert ran.status == 2
    assert "no data set is called 'cifar-100'; there are: python-stdlib," in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize("command", [["list"], ["info", "mnist"], ["verify", "mnist"]])
def test_a_folder_that_is_none_is_told(nt, tmp_path, command):
    (tmp_path / "file").write_text("")
    for name in ("nowhere", "file"):
        ran = nt("data", *command, "--data-dir", tmp_path / name)
        assert ran.status == 2
        assert ran.err == f"nt: error: data_dir {tmp_path / name} is not a folder\n"


@pytest.mark.parametrize(("name", "told"), [("file", "is not a folder"), ("file/in", "cannot")])
def test_nothing_is_downloaded_to_where_no_folder_can_be(nt, tmp_path, monkeypatch, name, told):
    (tmp_path / "file").write_text("")
    monkeypatch.setattr("nt_data.sources.Source.fetch", lambda *_, **__: pytest.fail("too late"))
    ran = nt("data", "download", "sst-2", "--data-dir", tmp_path / name)
    assert ran.status == 2
    assert told in ran.err
    assert str(tmp_path / name) in ran.err
    assert ran.err.count("\n") == 1
