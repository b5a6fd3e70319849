"""Sums over axes: the product with ones against NumPy's own sum, in float64."""

from itertools import combinations

import numpy as np
import pytest
from nt_tensor.kernels import sum_axes

SHAPES = [(), (0,), (7,), (40, 50), (5, 0, 400), (1, 2000), (2000, 1), (16, 3, 8, 20), (2, 9000)]


def turned(x):
    """The same array in three layouts: as it is, transposed, and not contiguous."""
    return [x, x.T, np.repeat(x, 2, axis=-1)[..., ::2] if x.ndim else x]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int64"])
@pytest.mark.parametrize("keepdims", [True, False])
def test_a_sum_over_any_axes_is_numpys(shape, dtype, keepdims):
    values = (np.random.default_rng(0).standard_normal(shape) * 4 + 1).astype(dtype)
    for x in turned(values):
        for count in range(x.ndim + 1):
            for axes in combinations(range(x.ndim), count):
                got = sum_axes(x, axes, keepdims)
                wide = "float64" if dtype.startswith("float") else "int64"
                want = x.sum(axis=axes, keepdims=keepdims, dtype=wide)
                assert got.shape == want.shape
                assert got.dtype == x.dtype
                scale = np.abs(x.astype(wide)).sum(axis=axes, keepdims=keepdims)
                limit = {"float16": 1e-2, "float32": 1e-6, "float64": 1e-15, "int64": 0}[dtype]
                assert np.all(np.abs(got - want) <= limit * scale)


def test_a_nan_or_an_infinity_stays_in_its_own_row():
    x = np.ones((64, 64), np.float32)
    x[3, 5], x[9, 0] = np.nan, np.inf
    rows = sum_axes(x, (1,), False)
    assert np.isnan(rows[3])
    assert rows[9] == np.inf
    assert np.all(np.delete(rows, [3, 9]) == 64)
    columns = sum_axes(x, (0,), False)
    assert np.isnan(columns[5])
    assert columns[0] == np.inf
    assert np.all(np.delete(columns, [0, 5]) == 64)


def test_a_long_row_is_summed_pairwise():
    x = np.full((2, 1 << 20), 0.1, np.float32)
    assert np.allclose(sum_axes(x, (1,), False), np.float32(0.1) * (1 << 20), rtol=1e-6)


def test_a_result_can_be_written_into():
    sum_axes(np.ones((64, 64), np.float32), (0,), True)[...] = 3
    assert np.all(sum_axes(np.ones((64, 64), np.float32), (0,), True) == 64)
