"""Archives that somebody made to do harm: each ends in one error that names it."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from nt_data import DataError
from nt_data.readers import read_archive, read_bytes


def tar(path: Path, *members: tuple[tarfile.TarInfo, bytes], mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for info, content in members:
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def link(kind: bytes, to: str) -> tarfile.TarInfo:
    info = tarfile.TarInfo("data/a.txt")
    info.type, info.linkname = kind, to
    return info


def zipped(path: Path, name: str, content: bytes = b"one") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return path


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz", "w:bz2"])
def test_every_kind_of_tar_is_read_in_order(tmp_path: Path, mode: str) -> None:
    one, two = tarfile.TarInfo("d/1.txt"), tarfile.TarInfo("d/2.txt")
    path = tar(tmp_path / "a.tar", (one, b"one"), (two, b"two" * 9999), mode=mode)
    assert list(read_archive(path)) == [("d/1.txt", b"one"), ("d/2.txt", b"two" * 9999)]
    assert dict(read_archive(path, lambda name: "2" in name)) == {"d/2.txt": b"two" * 9999}


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "a/../../b", "..\\..\\b", "C:\\b", "\\\\host\\b"]
)
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_a_name_that_leads_out_is_refused(tmp_path: Path, name: str, kind: str) -> None:
    path = tmp_path / "box" / "slip"
    path.parent.mkdir()
    if kind == "zip":
        zipped(path, name)
    else:
        tar(path, (tarfile.TarInfo(name), b"one"))
    with pytest.raises(DataError, match="slip names a place outside itself"):
        list(read_archive(path))
    assert [each.name for each in tmp_path.rglob("*") if each.is_file()] == ["slip"]


@pytest.mark.parametrize(
    ("info", "told"),
    [
        (link(tarfile.SYMTYPE, "/etc/passwd"), "a link"),
        (link(tarfile.LNKTYPE, "../secret"), "a link"),
        (link(tarfile.CHRTYPE, ""), "a device"),
        (link(tarfile.FIFOTYPE, ""), "a device"),
    ],
)
def test_links_and_devices_are_refused(tmp_path: Path, info: tarfile.TarInfo, told: str) -> None:
    path = tar(tmp_path / "a.tar.gz", (info, b""))
    with pytest.raises(DataError, match=f"a.tar.gz holds {told}, 'data/a.txt'"):
        list(read_archive(path))


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("a.txt")
    info.create_system, info.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(info, "/etc/passwd")
    with pytest.raises(DataError, match=r"a\.zip holds a link, 'a\.txt'"):
        list(read_archive(tmp_path / "a.zip"))


def test_a_bomb_is_read_no_further_than_allowed(tmp_path: Path) -> None:
    zeros = bytes(20_000_000)
    bombs = [
        zipped(tmp_path / "bomb.zip", "zeros", zeros),
        tar(tmp_path / "bomb.tar.gz", (tarfile.TarInfo("zeros"), zeros)),
    ]
    for path in bombs:
        assert path.stat().st_size < 50_000
        with pytest.raises(DataError, match=r"more than the 1,000,000 bytes"):
            list(read_archive(path, max_bytes=1_000_000))
    many = [(tarfile.TarInfo(str(i)), zeros[:9_000_000]) for i in range(3)]
    path = tar(tmp_path / "many.tar.gz", *many)
    with pytest.raises(DataError, match=r"more than the 20,000,000 bytes"):
        list(read_archive(path, max_bytes=20_000_000))


def test_a_zip_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", "zeros", bytes(5_000_000))
    lying = path.read_bytes().replace((5_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    path.write_bytes(lying)
    with pytest.raises(DataError, match=r"a\.zip is damaged"):
        list(read_archive(path))


def test_a_header_that_claims_gigabytes_takes_none(tmp_path: Path) -> None:
    """A long name's length stands in its header, and tarfile would read as much at once."""
    info = tarfile.TarInfo("././@LongLink")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 2**33 - 1
    with gzip.open(tmp_path / "a.tar.gz", "wb") as file:
        file.write(info.tobuf(tarfile.GNU_FORMAT) + bytes(2**20))
    with pytest.raises(DataError, match=r"a\.tar\.gz claims more than"):
        list(read_archive(tmp_path / "a.tar.gz", max_bytes=2**24))


@pytest.mark.parametrize("packed", [gzip.compress, lzma.compress, bz2.compress])
def test_a_tar_that_was_cut_short_is_refused(
    tmp_path: Path, packed: Callable[[bytes], bytes]
) -> None:
    plain = tar(tmp_path / "a.tar", (tarfile.TarInfo("a"), bytes(range(256)) * 400), mode="w")
    whole = packed(plain.read_bytes())
    for cut in (len(whole) // 2, len(whole) - 5, 3):
        (tmp_path / "b.tar").write_bytes(whole[:cut])
        with pytest.raises(DataError, match=r"b\.tar (is damaged, cut short|holds)"):
            list(read_archive(tmp_path / "b.tar"))


def test_a_zip_that_was_cut_short_or_altered_is_refused(tmp_path: Path) -> None:
    whole = zipped(tmp_path / "a.zip", "a", bytes(range(256)) * 40).read_bytes()
    altered = whole[:60] + bytes([whole[60] ^ 255]) + whole[61:]
    for content in (whole[: len(whole) // 2], whole[:-5], altered):
        (tmp_path / "b.zip").write_bytes(content)
        with pytest.raises(DataError, match=r"b\.zip is damaged, cut short"):
            list(read_archive(tmp_path / "b.zip"))


def test_a_file_that_is_no_archive_or_empty_or_names_one_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"GIF89a" * 200)
    with pytest.raises(DataError, match="a is damaged, cut short or no archive"):
        list(read_archive(tmp_path / "a"))
    (tmp_path / "a").write_bytes(b"")
    with pytest.raises(DataError, match="a is empty"):
        list(read_archive(tmp_path / "a"))
    twice = tar(tmp_path / "t", (tarfile.TarInfo("x"), b"1"), (tarfile.TarInfo("x"), b"2"))
    with pytest.raises(DataError, match="t holds two files called 'x'"):
        list(read_archive(twice))


def test_gzip_is_unpacked_within_bounds_and_to_its_checksum(tmp_path: Path) -> None:
    content = bytes(range(256)) * 100
    path = tmp_path / "a.gz"
    whole = gzip.compress(content)
    path.write_bytes(whole)
    assert read_bytes(path) == content
    assert read_bytes(path, max_bytes=len(content)) == content
    with pytest.raises(DataError, match="holds more than the 25,599 bytes that are allowed"):
        read_bytes(path, max_bytes=len(content) - 1)
    altered = bytearray(whole)
    altered[-6] ^= 255  # in the checksum
    for wrong in (whole[:-9], whole[:12], bytes(altered)):
        path.write_bytes(wrong)
        with pytest.raises(DataError, match=r"a\.gz is damaged or cut short"):
            read_bytes(path)
    path.write_bytes(gzip.compress(b""))
    with pytest.raises(DataError, match=r"a\.gz is empty"):
        read_bytes(path)
