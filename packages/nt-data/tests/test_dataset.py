from pathlib import Path

import numpy as np
import pytest
from nt_data import ArrayDataset, BatchDataset, Dataset


def test_a_list_is_a_dataset() -> None:
    assert isinstance([1, 2, 3], Dataset)
    assert not isinstance(iter([1]), Dataset)
    assert not isinstance([1, 2, 3], BatchDataset)


def test_a_gathered_batch_is_what_the_samples_stack_to() -> None:
    data = ArrayDataset(np.arange(24.0).reshape(4, 3, 2), np.arange(4, dtype=np.int8))
    indices = np.array([3, 0, 3])
    images, labels = data.get_batch(indices)
    np.testing.assert_array_equal(images, np.stack([data[i][0] for i in indices]))
    np.testing.assert_array_equal(labels, [data[i][1] for i in indices])
    assert labels.dtype == np.int8


def test_a_single_array_gives_bare_samples() -> None:
    data = ArrayDataset([[1, 2], [3, 4]])
    np.testing.assert_array_equal(data[1], [3, 4])
    np.testing.assert_array_equal(data.get_batch(np.array([0])), [[1, 2]])


def test_a_memory_map_is_read_where_asked_and_a_batch_is_an_ordinary_array(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.arange(1000).reshape(100, 10))
    data = ArrayDataset(np.load(tmp_path / "x.npy", mmap_mode="r"))
    batch = data.get_batch(np.array([99, 1]))
    assert type(batch) is np.ndarray
    assert batch[:, 0].tolist() == [990, 10]


@pytest.mark.parametrize("index", [-1, 4, 10**12])
def test_no_index_wraps_round_in_a_batch(index: int) -> None:
    with pytest.raises(IndexError, match=f"index {index} is outside a data set of 4 samples"):
        ArrayDataset(np.zeros(4)).get_batch(np.array([0, index]))


def test_arrays_that_do_not_match_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(3, 2\), \(4,\)"):
        ArrayDataset(np.zeros((3, 2)), np.zeros(4))
    with pytest.raises(ValueError, match="at least one array"):
        ArrayDataset()
    with pytest.raises(ValueError, match="length of their first axis"):
        ArrayDataset(np.float32(3))
