"""NumPy's convolution by rows of the kernel against the reference: strides, edges, portions."""

import nt_tensor as nt
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nt_tensor import kernels
from nt_tensor.backends.numpy import _rows

# images, channels, size; outputs, kernel; stride, padding, dilation
SHAPES = {
    "a narrow layer": ((3, 16, 9, 8), 16, (3, 3), (1, 1), ((1, 1), (1, 1)), (1, 1)),
    "a stride": ((3, 16, 9, 8), 20, (3, 3), (2, 2), ((1, 1), (1, 1)), (1, 1)),
    "few channels from many outputs": ((2, 11, 6, 7), 40, (3, 3), (1, 1), ((1, 1), (1, 1)), (1, 1)),
    "few outputs": ((2, 40, 6, 7), 2, (3, 3), (1, 1), ((1, 1), (1, 1)), (1, 1)),
    "a tall kernel, a wide step": ((2, 9, 13, 30), 5, (5, 4), (3, 7), ((2, 0), (1, 9)), (1, 1)),
    "gaps that meet some lines only": ((2, 12, 17, 9), 7, (3, 3), (2, 1), ((2, 3), (0, 4)), (4, 2)),
    "padding beyond the kernel": ((1, 20, 3, 2), 4, (2, 2), (1, 1), ((5, 4), (3, 6)), (1, 1)),
    "one line": ((2, 16, 3, 12), 6, (3, 3), (1, 2), ((0, 0), (0, 0)), (1, 1)),
}


@pytest.fixture(autouse=True)
def plain():
    """NumPy without Numba's bodies."""
    before = nt.jit()
    nt.jit(False)
    yield
    nt.jit(before)


def agree(shape, outputs, taps, *geometry, dtype=np.float64):
    """Are all three bodies the reference?"""
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal(shape), rng.standard_normal((outputs, shape[1], *taps))
    bias = rng.standard_normal(outputs)
    y = kernels.convolution.reference(x, w, bias, *geometry, 1)
    g = rng.standard_normal(y.shape)
    for way, arguments in (
        (kernels.convolution, (x, w, bias)),
        (kernels.convolution_input, (g, w, shape[2:])),
        (kernels.convolution_weight, (g, x, taps)),
    ):
        expected = way.reference(*arguments, *geometry, 1)
        given = [a.astype(dtype) if isinstance(a, np.ndarray) else a for a in arguments]
        found = way(*given, *geometry, 1)
        assert found.dtype == dtype
        assert found.shape == expected.shape
        limit = 1e-12 if dtype == np.float64 else 2e-6
        limit *= max(1.0, abs(expected).max(initial=0.0))
        np.testing.assert_allclose(found, expected, rtol=0, atol=limit)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", SHAPES)
def test_it_is_the_reference(name, dtype):
    shape, outputs, taps, stride, *_ = SHAPES[name]
    x, w = np.empty(shape), np.empty((outputs, shape[1], *taps))
    assert _rows.rows_gain(x, w, taps, stride, 1)
    agree(*SHAPES[name], dtype=dtype)


@pytest.mark.parametrize("few", [1, 1000, 4000])
@pytest.mark.parametrize("name", SHAPES)
def test_portions_of_images_and_lines_change_nothing(name, few, monkeypatch):
    monkeypatch.setattr(_rows, "_FEW", few)
    monkeypatch.setattr(_rows, "_MOST", few)
    agree(*SHAPES[name])


@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_it_is_the_reference_for_every_geometry(data):
    def pair(low, high):
        return tuple(data.draw(st.integers(low, high)) for _ in range(2))

    taps, stride, dilation = pair(1, 4), pair(1, 3), pair(1, 3)
    padding = pair(0, 4), pair(0, 4)
    reach = [d * (k - 1) + 1 for k, d in zip(taps, dilation, strict=True)]
    least = [max(2, r - sum(p)) for r, p in zip(reach, padding, strict=True)]
    size = [n + data.draw(st.integers(0, 9)) for n in least]
    channels, outputs = data.draw(st.integers(8, 40)), data.draw(st.integers(1, 36))
    shape = (data.draw(st.integers(1, 3)), channels, *size)
    agree(shape, outputs, taps, stride, padding, dilation)


def test_memory_is_bounded_however_large_the_image_is():
    """What is laid out at once is a portion, not kw copies of the batch."""
    one = _rows._MOST * 4
    for images, high in ((64, 64), (1, 4096)):
        portions = list(_rows._portions((images, 8, high, 64), 32, (3, 3), ((1, 1),)))
        sizes = [
            (images.stop - images.start) * (lines.stop - lines.start) * 64 * 32 * 3
            for images, lines in portions
        ]
        assert max(sizes) <= one
        assert sum(sizes) == images * high * 64 * 32 * 3


@pytest.mark.parametrize("stride", [1, 2])
def test_what_is_not_finite_stays_where_the_window_sees_it(stride):
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((2, 16, 9, 9)), rng.standard_normal((40, 16, 3, 3))
    geometry = (stride, stride), ((1, 1), (1, 1)), (1, 1), 1
    y = kernels.convolution(x, w, None, *geometry)
    x[1, 2, 4, 5] = np.inf
    seen = ~np.isfinite(kernels.convolution.reference(x, w, None, *geometry))
    found = kernels.convolution(x, w, None, *geometry)
    np.testing.assert_array_equal(~np.isfinite(found), seen)
    np.testing.assert_array_equal(found[~seen], y[~seen])
    g = rng.standard_normal(y.shape)
    g[1, 3, 2, 1] = np.nan
    spoiled = np.isnan(kernels.convolution_input.reference(g, w, (9, 9), *geometry))
    found = kernels.convolution_input(g, w, (9, 9), *geometry)
    np.testing.assert_array_equal(np.isnan(found), spoiled)


def test_old_numbers_in_the_scratch_are_not_seen():
    shape = (2, 16, 8, 8)
    spoiled, w = np.full(shape, np.nan), np.full((40, 16, 3, 3), np.nan)
    for stride in (1, 2):
        geometry = (stride, stride), ((1, 1), (1, 1)), (1, 1)
        y = kernels.convolution(spoiled, w, None, *geometry, 1)
        kernels.convolution_input(y, w, (8, 8), *geometry, 1)
        agree(shape, 40, (3, 3), *geometry)
        agree((1, 16, 5, 5), 40, (3, 3), *geometry)


def test_arrays_that_do_not_lie_in_order_are_taken():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((8, 9, 2, 16)).transpose(2, 3, 1, 0)[:, :, ::-1]
    w = rng.standard_normal((3, 3, 40, 16)).transpose(2, 3, 0, 1)[::-1]
    geometry = (2, 1), ((1, 1), (1, 0)), (1, 1), 1
    y = kernels.convolution.reference(x, w, None, *geometry)
    np.testing.assert_allclose(kernels.convolution(x, w, None, *geometry), y, atol=1e-12)
    g = rng.standard_normal(y.shape[::-1]).T
    np.testing.assert_allclose(
        kernels.convolution_input(g, w, x.shape[2:], *geometry),
        kernels.convolution_input.reference(g, w, x.shape[2:], *geometry),
        atol=1e-11,
    )
    np.testing.assert_allclose(
        kernels.convolution_weight(g, x, (3, 3), *geometry),
        kernels.convolution_weight.reference(g, x, (3, 3), *geometry),
        atol=1e-11,
    )
