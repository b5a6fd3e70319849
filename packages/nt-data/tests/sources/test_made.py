"""Readers of the sources on small files made here: right ones, and mislabelled ones."""

import io
import pickle
import tarfile
from pathlib import Path

import numpy as np
import pytest
from nt_data import DataError
from nt_data.sources import _cifar_10, _sst_2, _tatoeba
from nt_data.sources._imdb import read_reviews


def tar(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def batches(rows: int) -> dict[str, bytes]:
    """Six batches in the published layout; every image of batch k has the grey level k."""
    names = [*(f"data_batch_{k}" for k in range(1, 6)), "test_batch"]
    return {
        f"cifar-10-batches-py/{name}": pickle.dumps(
            {b"data": np.full((rows, 3072), k, np.uint8), b"labels": [k] * rows}, protocol=2
        )
        for k, name in enumerate(names)
    } | {"cifar-10-batches-py/readme.html": b"<html>"}


def test_the_published_cifar_10_archive_is_read_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_cifar_10, "_HELD_OUT", 3)
    parts = _cifar_10._published(tar(tmp_path / "a.tar.gz", batches(4)))
    assert {part: images.labels.tolist() for part, images in parts.items()} == {
        "train": [0] * 4 + [1] * 4 + [2] * 4 + [3] * 4 + [4],
        "validation": [4] * 3,
        "test": [5] * 4,
    }
    assert (parts["test"].images == 5).all()
    lacking = batches(1)
    del lacking["cifar-10-batches-py/data_batch_3"]
    with pytest.raises(DataError, match=r"b\.tar\.gz lacks data_batch_3"):
        _cifar_10._published(tar(tmp_path / "b.tar.gz", lacking))


def reviews() -> dict[str, bytes]:
    return {
        f"aclImdb/{part}/{kind}/{number}_{stars}.txt": f"{part} {kind} {number}".encode()
        for part in ("train", "test")
        for kind, stars in (("neg", 2), ("pos", 9))
        for number in (10, 9, 0)
    } | {"aclImdb/train/unsup/0_0.txt": b"no label", "aclImdb/README": b"read me"}


def test_reviews_are_read_by_number_and_the_last_are_held_out(tmp_path: Path) -> None:
    parts = read_reviews(tar(tmp_path / "a.tar.gz", reviews()), 1)
    assert parts["train"].texts == [
        "train neg 0", "train pos 0", "train neg 9", "train pos 9"
    ]  # fmt: skip
    assert parts["train"].labels.tolist() == [0, 1, 0, 1]
    assert parts["validation"].texts == ["train neg 10", "train pos 10"]
    assert len(parts["test"]) == 6


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"caf\xe9", "0_2.txt is no UTF-8 text: byte 0xe9 at offset 3"),
        (b"", "0_2.txt is empty"),
        (b"a\0b", "0_2.txt looks binary"),
    ],
)
def test_a_damaged_review_is_named(tmp_path: Path, content: bytes, message: str) -> None:
    files = reviews() | {"aclImdb/test/neg/0_2.txt": content}
    with pytest.raises(DataError, match=message):
        read_reviews(tar(tmp_path / "a.tar.gz", files), 1)
    with pytest.raises(DataError, match="holds no reviews"):
        read_reviews(tar(tmp_path / "b.tar.gz", {"a.txt": b"a"}), 1)


@pytest.mark.parametrize(
    "line", [b"no label", b"dull\t2", b"dull\t", b"\t1", b"dull\tnegative", b""]
)
def test_a_mislabelled_sentence_is_told_with_its_line(line: bytes) -> None:
    assert _sst_2.read_part(b"a\tb\t1\ndull\t0\n", "t").texts == ["a\tb", "dull"]
    with pytest.raises(DataError, match=r"train\.tsv, line 2: no sentence, tab, and 0 or 1"):
        _sst_2.read_part(b"fine\t1\n" + line + b"\nok\t1\n", "train.tsv")


@pytest.mark.parametrize("line", [b"Go.", b"Go.\t", b"\tVa !", b"Go.\tVa !\tCC-BY", b""])
def test_a_pair_without_two_sentences_is_told_with_its_line(line: bytes) -> None:
    with pytest.raises(DataError, match=r"fra\.txt, line 2: no two sentences"):
        _tatoeba.read_pairs(b"Run!\tCours !\n" + line + b"\nHi.\tSalut.\n", "fra.txt")
