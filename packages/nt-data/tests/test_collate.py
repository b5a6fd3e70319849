from typing import Any

import numpy as np
import pytest
from nt_data import collate


def test_arrays_keep_their_dtype_and_python_numbers_get_the_librarys_defaults() -> None:
    batch = collate([(np.float16(1), np.zeros(2, np.uint8), 1, 1.0, True)] * 3)
    assert [part.dtype.name for part in batch] == ["float16", "uint8", "int64", "float32", "bool"]
    assert [part.shape for part in batch] == [(3,), (3, 2), (3,), (3,), (3,)]


def test_structure_is_kept_all_the_way_down() -> None:
    batch = collate([{"a": (i, {"b": [i * 10, "x"]})} for i in range(2)])
    np.testing.assert_array_equal(batch["a"][0], [0, 1])
    np.testing.assert_array_equal(batch["a"][1]["b"][0], [0, 10])
    assert batch["a"][1]["b"][1] == ["x", "x"]


@pytest.mark.parametrize(
    ("samples", "error", "message"),
    [
        ([], ValueError, "at least one sample"),
        ([np.zeros(2), np.zeros(3)], ValueError, r"share a shape, got \[\(2,\), \(3,\)\]"),
        ([(1, 2), (1,)], ValueError, r"share a length, got \[1, 2\]"),
        ([{"a": 1}, {"b": 1}], ValueError, "share their keys"),
        ([1, 2.0], TypeError, "share a type, got float, int"),
        ([object(), object()], TypeError, "cannot stack samples of type object"),
        ([None], TypeError, "NoneType"),
    ],
)
def test_what_cannot_be_stacked_is_named(
    samples: list[Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        collate(samples)
