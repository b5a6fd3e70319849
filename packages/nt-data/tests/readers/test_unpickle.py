"""Pickles that would run something, take all memory, or lie about their arrays."""

import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from nt_data import DataError
from nt_data.readers import unpickle_arrays
from nt_data.sources._cifar_10 import read_batch


class Runs:
    """What an attacker pickles: loading it calls a function of his choice."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.made = function, arguments

    def __reduce__(self) -> Any:
        return self.made


@pytest.mark.parametrize("protocol", range(6))
def test_arrays_come_back_as_they_were(protocol: int) -> None:
    data = {
        b"data": np.arange(24, dtype=np.uint8).reshape(4, 6),
        "columns": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        "big": np.arange(3, dtype=">i4"),
        "labels": [3, 1, 2],
    }
    found = unpickle_arrays(pickle.dumps(data, protocol=protocol), "batch")
    assert found["labels"] == [3, 1, 2]
    for key in (b"data", "columns", "big"):
        np.testing.assert_array_equal(found[key], data[key])
        assert found[key].dtype == data[key].dtype  # type: ignore[attr-defined]


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize(
    "function", [os.system, eval, exec, getattr, __import__, open, np.load, np.fromfile, np.zeros]
)
def test_nothing_is_run(function: Any, protocol: int, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("here")
    content = pickle.dumps({b"data": Runs(function, f"rm {victim}")}, protocol=protocol)
    with pytest.raises(DataError, match=r"batch is refused: it would run .* not admitted"):
        unpickle_arrays(content, "batch")
    assert victim.read_text() == "here"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "damaged pickle"),
        (b"\x80\x02}q\x00", "damaged pickle"),
        (b"not a pickle at all", "batch is"),
        (b"\x80\x02]r\xff\xff\xff\x7f.", "numbers a value 2147483647 after"),
        (b"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\x7f]\x94.", "damaged pickle"),
        (b"\x80\x02\x82\x01.", "makes objects"),
        (b"P1\n.", "makes objects"),
    ],
)
def test_a_damaged_pickle_is_one_error(content: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        unpickle_arrays(content, "batch")


def test_an_array_that_claims_more_than_it_holds_is_refused() -> None:
    rows = np.arange(8, dtype=np.uint8).reshape(2, 4)
    content = pickle.dumps(rows, protocol=2)
    forged = content.replace(b"K\x02K\x04\x86", b"J\xff\xff\xff\x7fJ\xff\xff\xff\x7f\x86")
    assert forged != content
    with pytest.raises(DataError, match=r"claims shape \(2147483647, 2147483647\) and holds 8"):
        unpickle_arrays(forged, "batch")


@pytest.mark.parametrize("array", [np.array([{}], object), np.zeros(1, "V8"), np.array(["a"])])
def test_arrays_of_anything_but_numbers_are_refused(array: Any) -> None:
    with pytest.raises(DataError, match="not admitted"):
        unpickle_arrays(pickle.dumps(array, protocol=2), "batch")


def batch(**changes: Any) -> bytes:
    data = np.zeros((3, 3072), np.uint8)
    data[1, 0], data[1, 1024], data[1, 2048 + 33] = 10, 20, 30
    return pickle.dumps({b"data": data, b"labels": [9, 0, 4], **changes}, protocol=2)


def test_a_batch_of_cifar_10_is_turned_to_rows_of_pixels() -> None:
    images = read_batch(batch(), "batch")
    assert images.images.shape == (3, 32, 32, 3)
    assert images.images[1, 0, 0].tolist() == [10, 20, 0]
    assert images.images[1, 1, 1].tolist() == [0, 0, 30]
    assert [images.classes[label] for label in images.labels] == ["truck", "airplane", "deer"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({b"labels": [9, 0, 10]}, "label 10 of sample 2 is none of the 10 classes"),
        ({b"labels": [9, 0]}, "does not fit together: 3 images, 2 labels"),
        ({b"labels": "abc"}, "labels are no list of integers"),
        ({b"data": np.zeros((3, 100), np.uint8)}, "data are not rows of 3072 bytes"),
        ({b"data": np.zeros((3, 3072))}, "must be uint8"),
        ({b"data": 7}, "data are not rows of 3072 bytes"),
    ],
)
def test_a_mislabelled_batch_is_refused(changes: dict[Any, Any], message: str) -> None:
    content = pickle.dumps(pickle.loads(batch()) | changes, protocol=2)
    with pytest.raises(DataError, match=message):
        read_batch(content, "batch_1")


def test_a_batch_without_labels_is_refused() -> None:
    with pytest.raises(DataError, match="batch_1 is no batch of CIFAR-10"):
        read_batch(pickle.dumps({b"data": 1}), "batch_1")
