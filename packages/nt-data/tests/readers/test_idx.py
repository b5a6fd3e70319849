"""idx files whose headers lie."""

import gzip
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from nt_data import DataError
from nt_data.readers import read_idx
from nt_data.sources._idx_images import read_idx_images


def idx(code: int, shape: tuple[int, ...], content: bytes) -> bytes:
    lengths = b"".join(n.to_bytes(4, "big") for n in shape)
    return bytes([0, 0, code, len(shape)]) + lengths + content


@pytest.mark.parametrize(
    ("code", "dtype"), [(8, "u1"), (9, "i1"), (11, ">i2"), (12, ">i4"), (13, ">f4"), (14, ">f8")]
)
@pytest.mark.parametrize("packed", [False, True])
def test_every_type_is_read_as_it_was_written(
    tmp_path: Path, code: int, dtype: str, packed: bool
) -> None:
    array = np.arange(-12, 12).reshape(2, 3, 4).astype(dtype)
    content = idx(code, array.shape, array.tobytes())
    (tmp_path / "a").write_bytes(gzip.compress(content) if packed else content)
    found = read_idx(tmp_path / "a")
    assert found.dtype.isnative
    np.testing.assert_array_equal(found, array)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"is empty|no idx file"),
        (b"\0\0", "no idx file"),
        (b"GIF89a..", "no idx file: it begins with 47 49 46 38"),
        (idx(8, (), b"")[:4], "no idx file"),
        (idx(7, (3,), b"abc"), "no idx file"),
        (idx(8, (3,), b"ab"), r"cut short: shape \(3,\) takes 3 bytes, 2 are there"),
        (idx(8, (3,), b"abcd"), r"holds more than its shape \(3,\) takes"),
        (idx(8, (2, 2), b"")[:9], "cut short: its header of 12 bytes ends at 9"),
        (idx(8, (2**32 - 1,) * 3, b"abc"), "claims shape .* may be"),
        (idx(14, (2**32 - 1,) * 8, b"abc"), "claims shape .* may be"),
        (bytes([0, 0, 8, 255]) + b"\xff" * 1020, "claims shape"),
    ],
)
def test_a_forged_header_is_refused_before_anything_is_made(
    tmp_path: Path, content: bytes, message: str, packed: bool
) -> None:
    path = tmp_path / "forged"
    path.write_bytes(gzip.compress(content) if packed else content)
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match=message) as caught:
            read_idx(path)
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()
    assert str(path) in str(caught.value)


def test_images_and_labels_that_do_not_belong_together_are_refused(tmp_path: Path) -> None:
    images, labels = tmp_path / "images", tmp_path / "labels"
    images.write_bytes(idx(8, (3, 2, 2), bytes(12)))
    labels.write_bytes(idx(8, (2,), bytes(2)))
    with pytest.raises(DataError, match=r"images holds 3 images, .*labels 2 labels"):
        read_idx_images(images, labels, ("a", "b"), "toy")
    labels.write_bytes(idx(8, (3,), bytes([0, 1, 2])))
    with pytest.raises(DataError, match="toy: label 2 of sample 2 is none of the 2 classes"):
        read_idx_images(images, labels, ("a", "b"), "toy")
    with pytest.raises(DataError, match="are no grey images with labels"):
        read_idx_images(labels, images, ("a", "b"), "toy")
