import ast
import hashlib
import platform

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nt_data import TextError
from nt_data.sources import load_text
from nt_data.sources._python_stdlib import split_files

Files = st.dictionaries(
    st.text("abc/", min_size=1, max_size=6), st.text("xyz\n", min_size=1, max_size=20), max_size=40
)


@given(Files, st.none() | st.integers(1, 400), st.randoms())
def test_the_parts_are_disjoint_within_the_limit_and_the_same_in_any_order(
    files: dict[str, str], most: int | None, random: object
) -> None:
    train, validation = split_files(iter(files.items()), most)
    assert not set(train) & set(validation)
    assert len(set(train + validation)) == len(train + validation)  # no duplicates
    assert set(train + validation) <= set(files.values())
    if most is None:
        assert set(train + validation) == set(files.values())
    else:
        assert sum(len(text.encode()) + 1 for text in train + validation) <= most
    shuffled = list(files.items())
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert split_files(iter(shuffled), most) == (train, validation)


def test_a_file_keeps_its_part_whatever_other_files_there_are() -> None:
    files = {f"package/module_{i}.py": f"x = {i}\n" for i in range(300)}
    whole = split_files(iter(files.items()), None)
    half = split_files(iter(list(files.items())[::2]), None)
    assert set(half[0]) <= set(whole[0])
    assert set(half[1]) <= set(whole[1])
    assert 10 <= len(whole[1]) <= 60  # a tenth, by hash


def test_the_source_is_real_python_the_same_twice_and_says_its_version() -> None:
    text = load_text("python-stdlib", max_bytes=2_000_000)
    assert load_text("python-stdlib", max_bytes=2_000_000) == text
    ast.parse(text.train.replace("from __future__ import", "# from __future__ import"))
    assert platform.python_version() in text.split
    size = len(text.train.encode()) + len(text.validation.encode())
    assert 1_900_000 < size <= 2_000_000
    assert 0.09 < len(text.validation) / len(text.train + text.validation) < 0.11


def test_no_validation_line_block_of_any_length_was_trained_on() -> None:
    """Whole functions that two files share would be a leak that a hash of files does not see."""
    text = load_text("python-stdlib")
    blocks = {hashlib.md5(b.encode()).digest() for b in text.train.split("\n\n") if len(b) > 200}
    judged = [b for b in text.validation.split("\n\n") if len(b) > 200]
    shared = sum(hashlib.md5(b.encode()).digest() in blocks for b in judged)
    assert len(judged) > 500
    assert shared / len(judged) < 0.01


def test_a_limit_that_holds_no_file_is_refused() -> None:
    with pytest.raises(TextError, match=r"no source files .* within max_bytes \(10\)"):
        load_text("python-stdlib", max_bytes=10)
