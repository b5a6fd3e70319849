"""Image files: damaged, mislabelled, too large to unpack; folders of them."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from nt_data import DataError, DataLoader
from nt_data.readers import ImageFolder, read_image
from nt_data.sources import load_image_splits
from PIL import Image


def png(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(array).save(file, "PNG")
    return file.getvalue()


def huge_png(width: int, height: int) -> bytes:
    """A few bytes that claim to be a picture of any size."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        checksum = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(10_000)))
        + chunk(b"IEND", b"")
    )


PIXELS = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)


@pytest.mark.parametrize("form", ["PNG", "WEBP", "BMP", "PPM", "TIFF"])
def test_a_lossless_file_gives_its_pixels(form: str, tmp_path: Path) -> None:
    options = {"lossless": True} if form == "WEBP" else {}
    Image.fromarray(PIXELS).save(tmp_path / "a", form, **options)
    np.testing.assert_array_equal(read_image(tmp_path / "a"), PIXELS)
    grey = read_image(tmp_path / "a", "L")
    assert grey.shape == (5, 7, 1)
    assert read_image(tmp_path / "a", "RGBA")[..., 3].min() == 255


@pytest.mark.parametrize("size", [(9_000, 9_000), (12_000, 12_000), (30_000, 30_000)])
def test_a_bomb_is_refused_by_its_header(size: tuple[int, int]) -> None:
    """Pillow says nothing of the first, warns of the second, refuses the third."""
    with pytest.raises(DataError, match=r"bomb\.png is too large"):
        read_image(huge_png(*size), origin="bomb.png")


@pytest.mark.parametrize("cut", [0, 4, 20, 60])
def test_a_file_that_was_cut_short_is_refused(cut: int, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png(PIXELS)[:cut])
    with pytest.raises(DataError, match=r"a\.png is (no image|a damaged image)"):
        read_image(tmp_path / "a.png")


def test_a_file_that_is_no_image_or_altered_is_refused(tmp_path: Path) -> None:
    altered = bytearray(png(PIXELS))
    altered[50] ^= 255
    for content in (b"%PDF-1.7 ...", b"%!PS-Adobe-3.0 EPSF-3.0\n" * 9, bytes(altered), b"text"):
        (tmp_path / "a.png").write_bytes(content)
        with pytest.raises(DataError, match=r"a\.png is (no image|a damaged image)"):
            read_image(tmp_path / "a.png")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for i, name in enumerate(("dog", "cat")):
        (tmp_path / "pets" / name / "deep").mkdir(parents=True)
        for k in range(3):
            pixels = np.full((4, 6, 3), 100 * i + k, np.uint8)
            Image.fromarray(pixels).save(tmp_path / "pets" / name / "deep" / f"{k}.png")
    (tmp_path / "pets" / ".DS_Store").write_bytes(b"\0")
    return tmp_path / "pets"


def test_a_folder_is_a_class_and_each_image_is_read_when_asked_for(folder: Path) -> None:
    pets = ImageFolder(folder)
    assert pets.classes == ("cat", "dog")
    assert pets.labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert [int(pets[i][0][0, 0, 0]) for i in range(6)] == [100, 101, 102, 0, 1, 2]
    images, labels = next(iter(DataLoader(pets, 4)))
    assert images.shape == (4, 4, 6, 3)
    assert labels.tolist() == [0, 0, 0, 1]
    whole = pets.load()
    assert (len(whole), whole.classes, whole.name) == (6, ("cat", "dog"), "pets")
    assert ImageFolder(folder, classes=("dog", "cat")).labels.tolist() == [1, 1, 1, 0, 0, 0]


@pytest.mark.parametrize("mode", ["XYZ", "", "rgb", "CMYK", None])
def test_an_unknown_mode_is_told_before_anything_is_read(folder: Path, mode: Any) -> None:
    message = f"mode must be 'L', 'RGB' or 'RGBA', got {mode!r}"
    for read in (ImageFolder, read_image, load_image_splits):
        with pytest.raises(ValueError, match=message):
            read(folder, mode=mode)


def test_a_damaged_image_is_named_when_it_is_read(folder: Path) -> None:
    (folder / "cat/deep/1.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    pets = ImageFolder(folder)
    assert pets[0][1] == 0
    with pytest.raises(DataError, match=r"1\.png is"):
        pets[1]


def test_images_of_two_sizes_are_named(folder: Path) -> None:
    Image.new("RGB", (9, 9)).save(folder / "cat/deep/2.png")
    with pytest.raises(DataError, match=r"2\.png is 9 x 9 and .*0\.png is 6 x 4"):
        ImageFolder(folder).load()


def test_a_folder_that_is_not_made_of_classes_is_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="dog is none of the classes cat, bird"):
        ImageFolder(folder, classes=("cat", "bird"))
    (folder / "dog/deep/labels.csv").write_text("a,b")
    with pytest.raises(DataError, match=r"labels\.csv is no image by its ending"):
        ImageFolder(folder)
    (folder / "dog/deep/labels.csv").unlink()
    (folder / "bird").mkdir()
    with pytest.raises(DataError, match="bird is empty"):
        ImageFolder(folder)
    (folder / "stray.png").write_bytes(b"")
    with pytest.raises(DataError, match=r"holds 'stray\.png' beside the folders"):
        ImageFolder(folder)
    (tmp_path / "none").mkdir()
    with pytest.raises(DataError, match="has no folders, one for each class"):
        ImageFolder(tmp_path / "none")
    with pytest.raises(DataError, match="nowhere is no folder"):
        ImageFolder(tmp_path / "nowhere")
    (folder / "stray.png").unlink()
    (folder / "bird").rmdir()
    pets = ImageFolder(folder)
    with pytest.raises(IndexError, match="index 6 is outside"):
        pets[6]
