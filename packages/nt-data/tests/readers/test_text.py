"""Text in any encoding, tables with faults: the error names the byte or the line."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nt_data import DataError, TextError
from nt_data.readers import read_csv, read_jsonl, read_labelled_texts, read_text, stream_text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_a_text_comes_back_from_every_encoding(tmp_path: Path, encoding: str) -> None:
    text = "naïve café €\r\nline two\n" * 50
    (tmp_path / "a").write_bytes(text.encode(encoding))
    assert read_text(tmp_path / "a", encoding) == text
    for block in (1, 7, 2**20):
        assert "".join(stream_text(tmp_path / "a", encoding, block=block)) == text


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1))
def test_pieces_are_the_text_and_end_with_lines(tmp_path_factory: object, text: str) -> None:
    path = Path(tmp_path_factory.mktemp("t"), "a")  # type: ignore[attr-defined]
    path.write_bytes(text.encode())
    pieces = list(stream_text(path, block=3))
    assert "".join(pieces) == text.removeprefix("\ufeff")
    assert all(piece.endswith("\n") for piece in pieces[:-1])


@pytest.mark.parametrize("offset", [0, 5, 100_003])
def test_a_wrong_encoding_is_told_with_the_place_of_the_byte(tmp_path: Path, offset: int) -> None:
    line = "ab€\n".encode()  # six bytes: blocks end inside characters
    begin = (line * (offset // len(line) + 1))[: offset // len(line) * len(line)]
    content = begin + b"x" * (offset - len(begin)) + b"\xe9 caf"
    (tmp_path / "a.txt").write_bytes(content)
    message = rf"a\.txt is no UTF-8 text: byte 0xe9 at offset {offset}$"
    with pytest.raises(TextError, match=message):
        read_text(tmp_path / "a.txt")
    for block in (1, 4, 1000):
        with pytest.raises(TextError, match=message):
            list(stream_text(tmp_path / "a.txt", block=block))


def test_binary_empty_and_unknown_encodings_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"text\n" * 3 + b"te\0xt")
    with pytest.raises(TextError, match=r"looks binary: zero byte at offset 17"):
        read_text(path)
    with pytest.raises(TextError, match=r"looks binary: zero byte at offset 17"):
        list(stream_text(path, block=4))
    with pytest.raises(TextError, match="encoding 'utf-9' is unknown"):
        read_text(path, "utf-9")
    with pytest.raises(TextError, match="encoding 'base64' is unknown"):
        list(stream_text(path, "base64"))
    path.write_bytes(b"")
    for read in (read_text, lambda path: list(stream_text(path))):
        with pytest.raises(TextError, match=r"a\.txt is empty"):
            read(path)
    path.write_bytes("a\0b".encode("utf-16"))
    with pytest.raises(TextError, match="looks binary"):
        read_text(path, "utf-16")
    path.write_bytes(b"abc\xe2\x82")
    with pytest.raises(TextError, match="byte 0xe2 at offset 3"):
        list(stream_text(path))


def test_a_table_keeps_quotes_commas_and_line_ends_inside_fields(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b'\xef\xbb\xbftext,label\r\n"a ""b"", c\r\nd",1\r\n\r\ne,\r\n')
    assert read_csv(tmp_path / "a.csv") == [
        {"text": 'a "b", c\r\nd', "label": "1"}, {"text": "e", "label": ""}
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        ("text,label\n", "has no rows below"),
        ("text,label\na,1\nb\nc,2\n", "line 3: 1 fields, the first line names 2 columns"),
        ("text,label\na,1\n\nb,c,2\n", "line 4: 3 fields, the first line names 2 columns"),
        ("text,text\na,1\n", "line 1: columns must each have a name of their own"),
        ("text,\na,1\n", "line 1: columns must each have a name of their own"),
        ('text,label\n"a,1\nb,2\n', "line 3: unexpected end of data"),
        ('text,label\n"a"b,1\n', "line 2: "),
        ("text,label\na\0,1\n", "looks binary: zero byte at offset 12"),
        ("text,label\n" + "a" * (2**24 + 1) + ",1\n", "line 2: field larger"),
    ],
)
def test_a_ragged_table_is_told_with_its_line(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "a.csv").write_text(content)
    with pytest.raises(DataError, match=message) as caught:
        read_csv(tmp_path / "a.csv")
    assert "a.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"text": "a"', "line 3: no JSON object"),
        ('["text"]', "line 3: no JSON object"),
        ("7", "line 3: no JSON object"),
        ("nonsense", "line 3: no JSON object"),
        ('{"text": 1, "text": 2}', "line 3: no JSON object: a name stands twice"),
        ("[" * 100_000, "line 3: no JSON object"),
    ],
)
def test_a_line_that_is_no_object_is_told_by_number(
    tmp_path: Path, line: str, message: str
) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "a"}\n\n' + line + "\n")
    with pytest.raises(DataError, match=message):
        read_jsonl(tmp_path / "a.jsonl")


def test_labels_of_another_file_keep_their_numbers(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "dull", "label": 2}\n{"text": "ok", "label": 0}\n')
    (tmp_path / "b.csv").write_text("body,kind\nfine,2\n")
    one = read_labelled_texts(tmp_path / "a.jsonl")
    assert (one.classes, one.labels.tolist()) == (("0", "2"), [1, 0])
    two = read_labelled_texts(tmp_path / "b.csv", text="body", label="kind", classes=one.classes)
    assert (two.texts, two.labels.tolist()) == (["fine"], [1])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("text,label\na,good\nb,great\n", "row 2: 'great' is none of bad, good"),
        ("text,label\n ,good\n", "row 1: 'text' is no text: ' '"),
        ("words,label\na,good\n", "row 1: no 'text' among words, label"),
        ("text,label\na,good\nb,\n", r"a\.csv, row 2: 'label' is no class: ''"),
        ("text,label\na,good\nb, \n", r"a\.csv, row 2: 'label' is no class: ' '"),
    ],
)
def test_a_mislabelled_row_is_told(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "a.csv").write_text(content)
    with pytest.raises(DataError, match=message):
        read_labelled_texts(tmp_path / "a.csv", classes=("bad", "good"))
    (tmp_path / "a.doc").write_text(content)
    with pytest.raises(DataError, match=r"a\.doc is no table that is read here"):
        read_labelled_texts(tmp_path / "a.doc")


@pytest.mark.parametrize("name", ["a.tsv", "a.jsonl"])
def test_an_empty_label_makes_no_class(tmp_path: Path, name: str) -> None:
    rows = {"film 1": "good", "film 2": "", "film 3": "bad"}
    if name == "a.tsv":
        lines = ["text\tlabel", *(f"{text}\t{label}" for text, label in rows.items())]
    else:
        lines = [json.dumps({"text": text, "label": label}) for text, label in rows.items()]
    (tmp_path / name).write_text("\n".join(lines))
    with pytest.raises(DataError, match=rf"{name}, row 2: 'label' is no class: ''"):
        read_labelled_texts(tmp_path / name)
