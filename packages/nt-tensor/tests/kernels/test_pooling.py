"""Windowed maxima and their places against loops, by every body, with ties, NaN and -inf."""

from itertools import product

import nt_tensor as nt
import numpy as np
import pytest
from nt_tensor import kernels
from nt_tensor.kernels import Band


def windows(length, size, stride, padding, dilation=1):
    places = (length + 2 * padding - dilation * (size - 1) - 1) // stride + 1
    taps = [[o * stride - padding + t * dilation for t in range(size)] for o in range(places)]
    return Band([[(i, 1.0) for i in row if 0 <= i < length] for row in taps], length)


def by_loop(x, bands):
    """The first of the largest in each window; where there is a NaN, the last one."""
    shape = (len(x), *[len(b.rows) for b in bands])
    y, index = np.empty(shape, x.dtype), np.empty(shape, np.int64)
    for at in np.ndindex(shape):
        columns = [[i for i, _ in b.rows[o]] for b, o in zip(bands, at[1:], strict=True)]
        best = None
        for place in product(*columns):
            value = x[(at[0], *place)]
            if best is None or value > x[(at[0], *best)] or np.isnan(value):
                best = place
        y[at], index[at] = x[(at[0], *best)], np.ravel_multi_index(best, x.shape[1:])
    return y, index


CASES = [
    ((3, 11), [windows(11, 3, 2, 1)]),
    ((3, 7, 6), [windows(7, 3, 2, 1), windows(6, 2, 2, 0)]),
    ((2, 7, 6), [windows(7, 2, 3, 0, 2), windows(6, 4, 1, 2)]),
    ((2, 4, 5, 6), [windows(4, 2, 2, 1), windows(5, 3, 1, 1), windows(6, 2, 3, 0)]),
    ((2, 5, 1), [windows(5, 5, 1, 0), windows(1, 1, 1, 0)]),
    ((70, 33, 35), [windows(33, 3, 2, 1), windows(35, 3, 2, 1)]),
]
DATA = {
    "normal": lambda rng, shape: rng.standard_normal(shape),
    "ties": lambda rng, shape: rng.integers(0, 2, shape) * 1.0,
    "all -inf": lambda rng, shape: np.full(shape, -np.inf),
    "nan": lambda rng, shape: np.where(rng.random(shape) < 0.2, np.nan, rng.random(shape)),
    "infinite": lambda rng, shape: rng.choice([np.inf, -np.inf, 0.0], shape),
}


@pytest.fixture(params=[False, True], ids=["plain", "jit"])
def jit(request):
    before = nt.jit()
    nt.jit(request.param)
    yield request.param
    nt.jit(before)


@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize(("shape", "bands"), CASES, ids=str)
def test_the_first_of_the_largest_is_found(shape, bands, data, jit, device):
    x = DATA[data](np.random.default_rng(0), shape).astype(np.float32)
    right, places = by_loop(x, bands)
    y, index = kernels.window_max(nt.asarray(x, device=device), bands)
    np.testing.assert_array_equal(nt.to_numpy(y), right)
    np.testing.assert_array_equal(nt.to_numpy(index), places)
    assert str(nt.dtype_of(index)) == "int32"


@pytest.mark.parametrize("data", DATA)
def test_the_reference_finds_the_same(data):
    shape, bands = CASES[3]
    x = DATA[data](np.random.default_rng(1), shape)
    for found, right in zip(kernels.window_max.reference(x, bands), by_loop(x, bands), strict=True):
        np.testing.assert_array_equal(found, right)


@pytest.mark.parametrize("dtype", ["int64", "uint8", "float16"])
def test_other_dtypes_stay(dtype, device, jit):
    shape, bands = CASES[1]
    x = np.random.default_rng(2).integers(0, 100, shape).astype(dtype)
    y, _ = kernels.window_max(nt.asarray(x, device=device), bands)
    assert str(nt.dtype_of(y)) == dtype
    np.testing.assert_array_equal(nt.to_numpy(y), by_loop(x, bands)[0])


def test_no_planes_have_no_maxima(device, jit):
    y, index = kernels.window_max(
        nt.asarray(np.zeros((0, 7, 6), np.float32), device=device), CASES[1][1]
    )
    assert tuple(y.shape) == tuple(index.shape) == (0, 4, 3)


@pytest.mark.parametrize("dtype", ["float32", "float16"])
@pytest.mark.parametrize("shape", [(4, 9), (1, 1), (3, 0), (0, 5)])
def test_what_comes_to_one_place_is_added(shape, dtype, device, jit):
    rng = np.random.default_rng(3)
    g = rng.integers(-8, 8, shape).astype(dtype)  # whole numbers: every order gives the same
    index = rng.integers(0, 3, shape).astype(np.int32)
    right = np.zeros((shape[0], 6))
    for at in np.ndindex(shape):
        right[at[0], index[at]] += g[at]
    y = kernels.scatter_planes(nt.asarray(g, device=device), nt.asarray(index, device=device), 6)
    assert str(nt.dtype_of(y)) == dtype
    np.testing.assert_array_equal(nt.to_numpy(y), right)
