from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nt_data import DataLoader, PadCollate, pad_sequence

Rows = st.lists(st.lists(st.integers(1, 9), max_size=6), min_size=1, max_size=6)


@given(rows=Rows, side=st.sampled_from(["left", "right"]), multiple=st.integers(1, 4))
def test_the_mask_finds_every_row_again(rows: list[list[int]], side: str, multiple: int) -> None:
    padded, mask = pad_sequence(rows, padding_value=-1, padding_side=side, multiple_of=multiple)
    assert [row[m].tolist() for row, m in zip(padded, mask, strict=True)] == rows
    assert (padded[~mask] == -1).all()
    assert padded.shape[1] % multiple == 0
    assert padded.shape[1] < max(map(len, rows)) + multiple
    if padded.shape[1]:
        edge = mask[:, 0 if side == "right" else -1]
        assert (edge == [bool(row) for row in rows]).all()


def test_rows_keep_their_dtype_and_what_stands_in_each_place() -> None:
    rows = [np.ones((2, 3), np.float32), np.ones((1, 3), np.float32)]
    padded, mask = pad_sequence(rows)
    assert padded.dtype == np.float32
    assert padded.shape == (2, 2, 3)
    assert mask.tolist() == [[True, True], [True, False]]
    assert pad_sequence([[], [1]])[0].dtype == np.int64


def test_fields_that_are_rows_get_their_mask_beside_them() -> None:
    pairs = [([1, 2], [3], 0.5, "a"), ([4], [5, 6], 1.5, "b")]
    source, source_mask, target, target_mask, weight, name = PadCollate()(pairs)
    assert source.tolist() == [[1, 2], [4, 0]]
    assert target.tolist() == [[3, 0], [5, 6]]
    assert source_mask.sum() == target_mask.sum() == 3
    assert weight.dtype == np.float32
    assert name == ["a", "b"]
    named = PadCollate(padding_value=9)([{"x": [1], "y": 0}, {"x": [1, 2], "y": 1}])
    assert {key: value.tolist() for key, value in named.items()} == {
        "x": [[1, 9], [1, 2]], "x_mask": [[True, False], [True, True]], "y": [0, 1],
    }  # fmt: skip


def test_a_loader_pads() -> None:
    data = [np.arange(n) for n in (3, 1, 2)]
    (tokens, mask), (rest, _) = DataLoader(data, 2, collate=PadCollate(multiple_of=4))
    assert tokens.shape == (2, 4)
    assert mask.sum(1).tolist() == [3, 1]
    assert rest.shape == (1, 4)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pad_sequence([]), "at least one sequence"),
        (lambda: pad_sequence([1]), r"\[\(\)\]"),
        (lambda: pad_sequence([[[1]], [[1, 2]]]), "equal behind their first axis"),
        (lambda: pad_sequence([[1]], padding_side="both"), "'left' or 'right', got 'both'"),
        (lambda: pad_sequence([[1]], multiple_of=0), r"multiple_of \(0\)"),
        (lambda: PadCollate()([]), "at least one sample"),
    ],
)
def test_what_cannot_be_padded_is_refused(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
