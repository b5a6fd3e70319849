"""NumPy's files with forged headers, pickles inside, numbers that are none; tokens on disk."""

import io
import os
import pickle
import subprocess
import sys
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from nt_data import DataError, SlidingWindows, TiledWindows
from nt_data.readers import TokenFile, read_array


def npy(header: str, content: bytes = b"") -> bytes:
    text = header.encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + content


@pytest.mark.parametrize("dtype", ["u1", "<i8", ">f4", "?", "c8", "f2"])
def test_arrays_come_back_from_both_kinds_of_files(tmp_path: Path, dtype: str) -> None:
    array = np.arange(24).reshape(2, 3, 4).astype(dtype)
    np.save(tmp_path / "a.npy", array)
    np.savez_compressed(tmp_path / "a.npz", images=array, labels=np.arange(2))
    np.save(tmp_path / "f.npy", np.asfortranarray(array))
    for found in (
        read_array(tmp_path / "a.npy"),
        read_array(tmp_path / "f.npy"),
        read_array(tmp_path / "a.npy", mmap=True),
        read_array(tmp_path / "f.npy", mmap=True),
        read_array(tmp_path / "a.npz", "images"),
    ):
        np.testing.assert_array_equal(found, array)
        assert found.dtype == array.dtype


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no .npy or .npz file"),
        (b"GIF89a", "no .npy or .npz file"),
        (b"\x93NUMPY", "damaged header"),
        (b"\x93NUMPY\x09\x09" + bytes(200), "damaged header"),
        (npy("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", bytes(11)), "claims"),
        (npy("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", bytes(13)), "claims"),
        (npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }"), "claims"),
        (npy("{'descr': '<f8', 'fortran_order': False, 'shape': (-1, -1), }", bytes(8)), "claims"),
        (npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", b"x"), "plain numbers"),
        (npy("{'descr': '<f8', 'shape': (1,), }", bytes(8)), "damaged header"),
        (npy("__import__('os').system('true')"), "damaged header"),
        (npy("(" * 100), "damaged header"),
    ],
)
def test_a_forged_header_is_refused_before_anything_is_made(
    tmp_path: Path, content: bytes, message: str
) -> None:
    (tmp_path / "a.npy").write_bytes(content)
    tracemalloc.start()
    try:
        for mmap in (False, True):
            with pytest.raises(DataError, match=message):
                read_array(tmp_path / "a.npy", mmap=mmap)
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


def test_a_pickle_inside_is_never_loaded(tmp_path: Path) -> None:
    class Runs:
        def __reduce__(self) -> object:
            return os.mkdir, (str(tmp_path / "ran"),)

    np.save(tmp_path / "a.npy", np.array([Runs()], object), allow_pickle=True)
    with pytest.raises(DataError, match=r"a\.npy holds object, not plain numbers"):
        read_array(tmp_path / "a.npy")
    (tmp_path / "b.npy").write_bytes(pickle.dumps(Runs()))
    with pytest.raises(DataError, match=r"b\.npy is no \.npy"):
        read_array(tmp_path / "b.npy")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_none_are_told_with_their_place(tmp_path: Path, wrong: float) -> None:
    images = np.zeros((2, 3, 3), np.float32)
    images[1, 2, 0] = wrong
    np.save(tmp_path / "a.npy", images)
    with pytest.raises(DataError, match=rf"a\.npy holds {wrong} at \(1, 2, 0\)"):
        read_array(tmp_path / "a.npy")
    np.testing.assert_array_equal(read_array(tmp_path / "a.npy", finite=False), images)


def test_an_archive_is_bounded_and_its_keys_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez_compressed(path, zeros=np.zeros(10_000_000, np.uint8), ones=np.ones(2))
    with pytest.raises(DataError, match="more than the 1,000,000 bytes"):
        read_array(path, "zeros", max_bytes=1_000_000)
    with pytest.raises(DataError, match="no array 'twos'; it has zeros, ones"):
        read_array(path, "twos")
    with pytest.raises(DataError, match="no single array: give a key; it has zeros, ones"):
        read_array(path)
    with pytest.raises(DataError, match="cannot be mapped"):
        read_array(path, "ones", mmap=True)
    file = io.BytesIO()
    np.save(file, np.ones(4))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("ones.npy", file.getvalue()[:-1])
    with pytest.raises(DataError, match=r"ones\.npy claims shape \(4,\), 32 bytes; it holds 31"):
        read_array(path)


@pytest.mark.parametrize(("vocab_size", "dtype"), [(65_536, np.uint16), (65_537, np.uint32)])
def test_tokens_come_back_and_numpy_reads_them_too(
    tmp_path: Path, vocab_size: int, dtype: type
) -> None:
    pieces = [np.array([0, vocab_size - 1]), np.array([], np.int64), [7]]
    file = TokenFile.write(tmp_path / "t.npy", pieces, vocab_size=vocab_size)
    assert file.tokens.dtype == dtype
    assert file.tokens.tolist() == [0, vocab_size - 1, 7]
    assert np.load(tmp_path / "t.npy").tolist() == [0, vocab_size - 1, 7]
    assert [len(part) for part in TiledWindows(file.tokens, 2)[0]] == [2, 2]
    with pytest.raises(ValueError, match="read-only"):
        file.tokens[0] = 1


@pytest.mark.parametrize(
    ("pieces", "error", "message"),
    [
        ([[1, 2], [3, 256]], DataError, r"token 256 at 3 is not below vocab_size \(256\)"),
        ([[1], [-1]], DataError, "token -1 at 1"),
        ([], DataError, "no tokens came"),
        ([[]], DataError, "no tokens came"),
        ([[1.5]], ValueError, "integers in one dimension"),
        ([[[1]]], ValueError, "integers in one dimension"),
    ],
)
def test_a_failed_write_leaves_what_was_there(
    tmp_path: Path, pieces: list[list[int]], error: type[Exception], message: str
) -> None:
    TokenFile.write(tmp_path / "t.npy", [[5]], vocab_size=256)
    with pytest.raises(error, match=message):
        TokenFile.write(tmp_path / "t.npy", pieces, vocab_size=256)
    assert TokenFile(tmp_path / "t.npy").tokens.tolist() == [5]
    assert [path.name for path in tmp_path.iterdir()] == ["t.npy"]


def test_a_token_file_that_was_cut_short_or_is_another_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.npy"
    TokenFile.write(path, [range(100)], vocab_size=256)
    path.write_bytes(path.read_bytes()[:-2])
    with pytest.raises(DataError, match=r"claims shape \(100,\), 200 bytes; it holds 198"):
        TokenFile(path)
    np.save(path, np.zeros((2, 2), np.uint16))
    with pytest.raises(DataError, match="not tokens"):
        TokenFile(path)
    np.save(path, np.zeros(4, np.int64))
    with pytest.raises(DataError, match="not tokens"):
        TokenFile(path)
    np.save(path, np.zeros(0, np.uint16))
    with pytest.raises(DataError, match="an array of nothing"):
        TokenFile(path)


FAR = """
import sys, numpy as np
from nt_data import SlidingWindows
from nt_data.readers import TokenFile
tokens = TokenFile(sys.argv[1]).tokens
windows = SlidingWindows(tokens, 64)
draws = np.random.default_rng(0).integers(0, len(windows), 200)
for some in draws.reshape(10, 20):
    inputs, _ = windows.get_batch(some)
print(len(tokens), windows[len(windows) - 1][1][-1])
# Not ru_maxrss: that counts what the process that started this one held.
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs files with holes, and memory in KiB")
def test_a_corpus_larger_than_memory_is_read_where_its_windows_lie(tmp_path: Path) -> None:
    """16 GiB of tokens, almost all of them a hole in the file."""
    count = 2**33
    path = tmp_path / "t.npy"
    header = f"{{'descr': '<u2', 'fortran_order': False, 'shape': ({count},), }}"
    with path.open("wb") as file:
        file.write(npy(header))
        file.seek(2 * count - 2, os.SEEK_CUR)
        file.write((321).to_bytes(2, "little"))
    done = subprocess.run(
        [sys.executable, "-c", FAR, str(path)], capture_output=True, text=True, check=True
    )
    told, used = done.stdout.splitlines()
    assert told == f"{count} 321"
    assert int(used) < 500 * 1024, f"{used} KiB"
    assert len(SlidingWindows(TokenFile(path).tokens, 64)) == count - 64
