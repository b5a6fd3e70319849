"""Softmax's kernels: rows of any length and range, other axes, bits that are no numbers."""

import nt_tensor as nt
import numpy as np
import pytest
from nt_tensor import kernels

NAMES = ["softmax", "log_softmax"]
SHAPES = [(5, 1), (3, 2), (7, 33), (4, 65), (2, 70001), (2, 3, 4, 17)]


@pytest.fixture(params=["numpy", "numba"])
def bodies(request):
    if request.param == "numba":
        pytest.importorskip("numba")
    before = nt.jit()
    nt.jit(request.param == "numba")
    yield
    nt.jit(before)


def normal(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).standard_normal(shape).astype(np.float32)


def close(y, want, limit):
    np.testing.assert_allclose(y, want, rtol=limit, atol=limit * max(1, np.abs(want).max()))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("scale", [1e-6, 1.0, 40.0, 1e4, 1e37])
def test_rows_of_any_length_and_range(name, shape, scale, bodies):
    x = normal(*shape) * np.float32(scale)
    for axis in (-1, 0, len(shape) - 1):
        want = getattr(kernels, name).reference(x.astype(np.float64), axis)
        close(getattr(kernels, name)(x, axis), want, 2e-6)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", SHAPES)
def test_the_way_back(name, shape, bodies):
    g, x = normal(*shape, seed=1), normal(*shape) * 5
    back = getattr(kernels, f"{name}_backward")
    for axis in (-1, 0):
        y = getattr(kernels, name).reference(x, axis)
        want = back.reference(g.astype(np.float64), y.astype(np.float64), axis)
        close(back(g, y, axis), want, 5e-6)
        turned = np.ascontiguousarray(g.swapaxes(0, -1)).swapaxes(0, -1)
        close(back(turned, y, axis), want, 5e-6)


@pytest.mark.parametrize("name", NAMES)
def test_a_maximum_is_found_wherever_and_however_small_it_is(name, bodies):
    for width in (1, 2, 31, 64, 65):
        for at in range(width):
            for low, top in ((-3e38, -2e38), (-1e-40, 1e-40), (0.0, 3e38), (-np.inf, -5.0)):
                row = np.full((2, width), low, np.float32)
                row[1, at] = top
                y = getattr(kernels, name)(row[1:], -1)
                close(y[:, at : at + 1], np.array([[_right(name, low, top, width)]]), 2e-6)


def _right(name, low, top, width):
    total = 1 + (width - 1) * np.exp(max(float(low) - float(top), -1e9))
    return 1 / total if name == "softmax" else -np.log(total)


@pytest.mark.parametrize("name", NAMES)
def test_rows_without_a_number_are_nan(name, bodies):
    low, high = -np.inf, np.inf
    rows = [[low, low, low], [high, 0, 0], [0, np.nan, 0], [-np.float32(np.nan), 0, low]]
    with np.errstate(invalid="ignore"):
        y = getattr(kernels, name)(np.array([*rows, [0, low, 1]], np.float32), -1)
    assert np.isnan(y[:4]).all()
    assert not np.isnan(y[4]).any()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", ["float16", "float64"])
def test_other_floats_keep_their_dtype(name, dtype, bodies):
    x = normal(9, 40).astype(dtype)
    y = getattr(kernels, name)(x, -1)
    assert y.dtype == dtype
    want = getattr(kernels, name).reference(x.astype(np.float64), -1)
    close(y, want, 2e-3 if dtype == "float16" else 1e-14)
