from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nt_data import DataError, DownloadError, TextError
from nt_data.readers._text import decoded
from nt_data.sources import (
    load_image_splits,
    load_image_texts,
    load_images,
    load_labelled_texts,
    load_text,
    load_text_pairs,
    source,
    source_names,
    text_sources,
)
from nt_data.sources._source import Kind
from nt_data.sources._split import first_bytes, split_by_position


def test_an_own_file_is_split_after_nine_tenths_of_its_characters(tmp_path: Path) -> None:
    (tmp_path / "own.txt").write_bytes(("é" * 90 + "ab\r\n" * 2 + "zz").encode())
    text = load_text(tmp_path / "own.txt")
    assert (text.name, text.train, text.validation) == ("own.txt", "é" * 90, "ab\r\nab\r\nzz")
    assert "90 %" in text.split
    assert load_text(str(tmp_path / "own.txt")) == text


@given(st.text(min_size=2), st.integers(1, 99))
def test_the_parts_of_a_split_are_the_text(text: str, percent: int) -> None:
    if len(text) * percent < 100:
        with pytest.raises(TextError, match=f"a text of {len(text)} characters is too short"):
            split_by_position(text, percent=percent)
    else:
        train, validation = split_by_position(text, percent=percent)
        assert train + validation == text
        assert train
        assert validation


@given(st.text(), st.integers(1, 50))
def test_the_first_bytes_end_on_a_whole_character(text: str, most: int) -> None:
    begin = first_bytes(text, most)
    assert text.startswith(begin)
    assert len(begin.encode()) <= most
    if begin != text:
        assert len(text[: len(begin) + 1].encode()) > most


def test_a_byte_order_mark_is_no_character() -> None:
    assert decoded(b"\xef\xbb\xbfabc", "a") == "abc"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"own\.txt is empty"),
        (b"\x89PNG\r\n\x1a\n" * 9, r"own\.txt is no UTF-8 text: byte 0x89 at offset 0"),
        (b"text\0text" * 9, r"own\.txt looks binary: zero byte at offset 4"),
        ("naïve".encode("latin-1"), r"own\.txt is no UTF-8 text: byte 0xef at offset 2"),
        ("text".encode("utf-16"), r"own\.txt looks binary"),
        (b"a", "a text of 1 characters is too short"),
    ],
)
def test_a_file_that_is_no_text_is_refused(content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "own.txt").write_bytes(content)
    with pytest.raises(TextError, match=message):
        load_text(tmp_path / "own.txt")


def test_an_unknown_name_lists_those_that_are_known(tmp_path: Path) -> None:
    for name in ("shakespeare", str(tmp_path / "nowhere.txt"), "py\0thon"):
        with pytest.raises(TextError, match=r"sources: python-stdlib, tinyshakespeare, wikitext-2"):
            load_text(name)


def test_a_folder_is_no_text(tmp_path: Path) -> None:
    with pytest.raises(TextError, match="is a folder: give a text file, or one of python-stdlib"):
        load_text(tmp_path)


def test_a_limit_of_nothing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "own.txt").write_text("0123456789")
    for name in (str(tmp_path / "own.txt"), "python-stdlib"):
        with pytest.raises(TextError, match=r"max_bytes \(0\) must be at least 1"):
            load_text(name, max_bytes=0)
    assert load_text(tmp_path / "own.txt", max_bytes=5).validation == "4"


def test_every_text_is_listed() -> None:
    assert text_sources() == ["python-stdlib", "tinyshakespeare", "wikitext-2"]


def test_tinyshakespeare_has_nanogpts_split(shared: Callable[[str], Path], tmp_path: Path) -> None:
    path = shared("data/tinyshakespeare/input.txt")
    for folder in (path.parent, path.parent.parent):
        text = load_text("tinyshakespeare", data_dir=folder, cache_dir=tmp_path)
        assert (len(text.train), len(text.validation)) == (1_003_854, 111_540)
        assert text.train.startswith("First Citizen:\n")
        assert len(set(text.train + text.validation)) == 65
    assert list(tmp_path.iterdir()) == []


def test_tinyshakespeare_that_was_tampered_with_is_refused(tmp_path: Path) -> None:
    (tmp_path / "input.txt").write_text("First Citizen:\nBefore we proceed any further, ...\n")
    with pytest.raises(DownloadError, match=r"input\.txt is not the published"):
        load_text("tinyshakespeare", data_dir=tmp_path, cache_dir=tmp_path)


LOADERS: list[tuple[Callable[..., object], Kind, str]] = [
    (load_images, "images", "readers.ImageFolder and load_image_splits read a folder"),
    (load_labelled_texts, "labelled texts", "readers.read_labelled_texts reads a .csv, .tsv or"),
    (load_text_pairs, "text pairs", "readers.read_csv and readers.read_jsonl read tables"),
    (load_image_texts, "image-text pairs", "readers.read_csv and readers.read_image read files"),
]


@pytest.mark.parametrize(("load", "kind", "reader"), LOADERS, ids=lambda each: str(each)[:20])
@pytest.mark.parametrize("what", ["file", "folder"])
def test_a_path_where_a_name_is_due_says_what_reads_it(
    load: Callable[..., object], kind: Kind, reader: str, what: str, tmp_path: Path
) -> None:
    path = tmp_path / "own"
    if what == "file":
        path.write_text("a\tb\n")
    else:
        path.mkdir()
    with pytest.raises(DataError) as caught:
        load(str(path), "train")
    message = str(caught.value)
    assert message.startswith(f"{str(path)!r} is a {what}, not the name of a data set of {kind} ")
    assert reader in message
    assert {name for name in source_names() if name in message} == set(source_names(kind))


@pytest.mark.parametrize(("load", "kind", "reader"), LOADERS, ids=lambda each: str(each)[:20])
def test_an_unknown_name_lists_the_data_sets_of_its_kind(
    load: Callable[..., object], kind: Kind, reader: str
) -> None:
    known = ", ".join(source_names(kind))
    for name in ("nowhere", "", "no\0where"):
        with pytest.raises(DataError) as caught:
            load(name, "train")
        wanted = f"no data set of {kind} is called {name!r}; there are: {known}"
        assert str(caught.value) == wanted


def test_where_no_kind_is_asked_for_all_names_are_listed(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no data set is called 'nowhere'; there are: python-std"):
        source("nowhere")
    with pytest.raises(DataError, match=r"is a folder, not the name .* nt_data\.readers reads"):
        source(str(tmp_path))


def test_a_file_is_no_folder_of_images(tmp_path: Path) -> None:
    (tmp_path / "photos.zip").write_bytes(b"PK")
    with pytest.raises(DataError, match=r"photos\.zip is a file: give a folder .* one of digits"):
        load_image_splits(tmp_path / "photos.zip")
