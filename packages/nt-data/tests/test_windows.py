import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nt_data import DataLoader, SlidingWindows, TiledWindows

Both = pytest.mark.parametrize("kind", [SlidingWindows, TiledWindows])


@given(
    tokens=st.lists(st.integers(0, 65535), min_size=2, max_size=60),
    length=st.integers(1, 20),
    batch_size=st.integers(1, 5),
)
def test_tiles_predict_every_token_but_the_first_exactly_once(
    tokens: list[int], length: int, batch_size: int
) -> None:
    if length >= len(tokens):
        length = len(tokens) - 1
    windows = TiledWindows(np.array(tokens, np.uint16), length)
    pairs = []
    for inputs, targets in DataLoader(windows, batch_size, prefetch=0):
        assert inputs.shape == targets.shape == (len(inputs), length)
        kept = targets != -100
        pairs += list(zip(inputs[kept].tolist(), targets[kept].tolist(), strict=True))
        assert (inputs >= 0).all()
    assert pairs == list(itertools.pairwise(tokens))


def test_sliding_windows_are_all_there_are() -> None:
    tokens = np.array([3, 1, 4, 1, 5, 9, 2, 6], np.uint8)
    windows = SlidingWindows(tokens, 3)
    assert len(windows) == 5
    for i in range(5):
        inputs, targets = windows[i]
        assert inputs.tolist() == tokens[i : i + 3].tolist()
        assert targets.tolist() == tokens[i + 1 : i + 4].tolist()


@Both
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int32, np.uint64])
def test_batches_are_int64_contiguous_and_own_their_memory(kind: Any, dtype: Any) -> None:
    tokens = np.arange(100, dtype=dtype)
    inputs, targets = kind(tokens, 9).get_batch(np.array([2]))
    for part in (inputs, targets):
        assert part.dtype == np.int64
        assert part.flags.c_contiguous
    assert not np.shares_memory(inputs, targets)
    inputs[:] = -1
    assert (targets >= 0).all()
    assert tokens.tolist() == list(range(100))


@Both
def test_a_memory_map_of_compact_tokens_serves_as_well_as_an_array(
    kind: Any, tmp_path: Path
) -> None:
    tokens = np.random.default_rng(0).integers(0, 50257, 10_000).astype(np.uint16)
    tokens.tofile(tmp_path / "train.bin")
    mapped = np.memmap(tmp_path / "train.bin", np.uint16, mode="r")
    there = DataLoader(kind(mapped, 64), 5, shuffle=True, seed=2)
    here = DataLoader(kind(tokens, 64), 5, shuffle=True, seed=2)
    for _, mine, yours in zip(range(10), there, here, strict=False):
        np.testing.assert_array_equal(mine, yours)
        assert type(mine[0]) is np.ndarray


@Both
@pytest.mark.parametrize(
    ("tokens", "length", "message"),
    [
        ([1, 2, 3], 3, r"length \(3\) must be below the number of tokens \(3\)"),
        (np.zeros(0, np.uint16), 1, r"number of tokens \(0\)"),
        ([1, 2, 3], 0, r"length \(0\) must be at least 1"),
        ([1.0, 2.0], 1, "float64"),
        ([[1, 2]], 1, r"shape \(1, 2\)"),
    ],
)
def test_tokens_that_make_no_window_are_refused(
    kind: Any, tokens: Any, length: int, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        kind(tokens, length)


@Both
@pytest.mark.parametrize("index", [-1, 10**6])
def test_a_window_outside_the_tokens_is_refused(kind: Any, index: int) -> None:
    with pytest.raises(IndexError, match=f"index {index} is outside"):
        kind(np.arange(10), 2)[index]
