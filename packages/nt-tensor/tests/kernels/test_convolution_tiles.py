"""The compiled convolution against the reference: sizes at the edges of its tiles and portions."""

import nt_tensor as nt
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nt_tensor import kernels

pytest.importorskip("numba")

# images, channels, size; outputs, kernel; stride, padding, dilation
SHAPES = {
    "outputs beyond a panel": ((2, 5, 9, 16), 33, (3, 3), (1, 1), (1, 1), (1, 1)),
    "outputs that fill a vector": ((1, 16, 4, 14), 16, (3, 3), (1, 1), (1, 1), (1, 1)),
    "outputs that fill two panels": ((1, 3, 4, 29), 64, (3, 3), (1, 1), (1, 1), (1, 1)),
    "channels beyond a block": ((1, 35, 5, 6), 17, (3, 3), (1, 1), (1, 1), (1, 1)),
    "images cut into bands": ((2, 64, 50, 30), 4, (3, 3), (1, 1), (1, 1), (1, 1)),
    "bands with a stride": ((1, 64, 70, 31), 4, (3, 3), (2, 2), (1, 1), (1, 1)),
    "bands with gaps": ((1, 64, 70, 31), 4, (3, 3), (1, 1), (2, 3), (2, 3)),
    "several images at once": ((70, 16, 9, 9), 4, (3, 3), (1, 1), (1, 1), (1, 1)),
    "a line wider than a portion": ((1, 40, 2, 2000), 3, (3, 3), (2, 1), (1, 1), (1, 1)),
    "one by one": ((2, 20, 7, 7), 40, (1, 1), (1, 1), (0, 0), (1, 1)),
    "one by one, strided": ((2, 20, 8, 7), 40, (1, 1), (2, 3), (0, 0), (1, 1)),
    "patches": ((2, 3, 32, 48), 20, (16, 16), (16, 16), (0, 0), (1, 1)),
    "a stem": ((1, 3, 30, 29), 18, (7, 7), (2, 2), (3, 3), (1, 1)),
    "a stride beyond the kernel": ((2, 4, 11, 13), 5, (2, 3), (5, 4), (0, 1), (1, 1)),
    "padding beyond the kernel": ((1, 4, 2, 3), 5, (2, 1), (1, 2), (4, 3), (1, 1)),
    "signals": ((2, 20, 300), 33, (5,), (2,), (2,), (1,)),
    "tiles by Winograd": ((2, 32, 16, 17), 33, (3, 3), (1, 1), (1, 1), (1, 1)),
    "tiles of several images": ((9, 32, 7, 8), 32, (3, 3), (1, 1), (1, 1), (1, 1)),
    "tiles in several lines": ((1, 64, 45, 46), 40, (3, 3), (1, 1), (0, 2), (1, 1)),
    "tiles that are cropped": ((1, 32, 21, 30), 32, (3, 3), (1, 1), (4, 3), (1, 1)),
    "volumes": ((2, 5, 4, 6, 7), 18, (3, 2, 3), (1, 2, 1), (1, 0, 1), (1, 1, 1)),
    "volumes with gaps": ((1, 3, 7, 6, 7), 4, (2, 3, 1), (2, 1, 1), (3, 2, 0), (3, 2, 1)),
    "volumes in portions": ((1, 16, 4, 120, 130), 2, (3, 1, 1), (1, 1, 1), (1, 0, 0), (1, 1, 1)),
    "signals with gaps": ((2, 20, 100), 16, (3,), (1,), (8,), (8,)),
}


def both(x, w, stride, padding, dilation, groups=1):
    """Do all three compiled bodies give in float32 what the reference gives in float64?"""
    geometry = stride, tuple((p, p) for p in padding), dilation, groups
    wide = [a.astype(np.float64) for a in (x, w)]
    rng = np.random.default_rng(1)
    bias = rng.standard_normal(len(w)).astype(np.float32)
    y = kernels.convolution(x, w, bias, *geometry)
    g = rng.standard_normal(y.shape).astype(np.float32)
    size, taps = x.shape[2:], w.shape[2:]
    pairs = [
        (y, kernels.convolution.reference(*wide, bias.astype(np.float64), *geometry)),
        (
            kernels.convolution_input(g, w, size, *geometry),
            kernels.convolution_input.reference(g.astype(np.float64), wide[1], size, *geometry),
        ),
        (
            kernels.convolution_weight(g, x, taps, *geometry),
            kernels.convolution_weight.reference(g.astype(np.float64), wide[0], taps, *geometry),
        ),
    ]
    for found, expected in pairs:
        assert found.dtype == np.float32
        limit = 1e-5 * max(1.0, abs(expected).max(initial=0))
        np.testing.assert_allclose(found, expected, rtol=0, atol=limit)


def made(shape, outputs, taps):
    rng = np.random.default_rng(0)
    x = rng.standard_normal(shape).astype(np.float32)
    return x, rng.standard_normal((outputs, shape[1], *taps)).astype(np.float32)


@pytest.mark.parametrize("name", SHAPES)
def test_it_is_the_reference_at_the_edges_of_tiles_and_portions(name):
    shape, outputs, taps, *geometry = SHAPES[name]
    both(*made(shape, outputs, taps), *geometry)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_it_is_the_reference_for_every_geometry(data):
    def pair(low, high):
        return tuple(data.draw(st.integers(low, high)) for _ in range(2))

    taps, stride, padding, dilation = pair(1, 4), pair(1, 3), pair(0, 4), pair(1, 2)
    reach = [d * (k - 1) + 1 for k, d in zip(taps, dilation, strict=True)]
    least = [max(1, r - 2 * p) for r, p in zip(reach, padding, strict=True)]
    size = [n + data.draw(st.integers(0, 19)) for n in least]
    channels, outputs = data.draw(st.integers(1, 20)), data.draw(st.integers(1, 36))
    x, w = made((data.draw(st.integers(1, 3)), channels, *size), outputs, taps)
    both(x, w, stride, padding, dilation)


DEPTHWISE = {
    "images": ((2, 5, 9, 20), (3, 3), (1, 1), (1, 1), (1, 1)),
    "large kernels": ((1, 3, 8, 9), (7, 7), (1, 1), (3, 3), (1, 1)),
    "strides": ((2, 4, 9, 10), (3, 2), (2, 3), (1, 0), (1, 1)),
    "gaps": ((1, 2, 9, 12), (3, 3), (1, 2), (2, 3), (2, 3)),
    "a stride beyond the kernel": ((1, 2, 9, 8), (1, 2), (4, 3), (0, 0), (1, 1)),
    "signals": ((2, 6, 31), (4,), (1,), (3,), (1,)),
    "signals with everything": ((1, 3, 30), (3,), (2,), (4,), (3,)),
    "volumes": ((1, 3, 4, 5, 4), (2, 3, 2), (1, 2, 1), (1, 0, 1), (1, 1, 1)),
}


@pytest.mark.parametrize("name", DEPTHWISE)
def test_depthwise_is_the_reference(name):
    shape, taps, *geometry = DEPTHWISE[name]
    rng = np.random.default_rng(0)
    x = rng.standard_normal(shape).astype(np.float32)
    for outputs in (shape[1], 2 * shape[1]):  # one kernel a channel, and two
        w = rng.standard_normal((outputs, 1, *taps)).astype(np.float32)
        both(x, w, *geometry, groups=shape[1])
    both(x[..., ::-1], w[::-2], *geometry, groups=shape[1])


@pytest.mark.parametrize("where", ["x", "w", "g"])
def test_what_is_not_finite_stays_where_the_window_sees_it(where):
    x, w = made((1, 3, 12, 12), 5, (3, 3))
    geometry = (1, 1), ((1, 1), (1, 1)), (1, 1), 1
    g = np.ones((1, 5, 12, 12), np.float32)
    {"x": x, "w": w, "g": g}[where][0, 0, 2, 1] = np.nan
    for found, expected in (
        (kernels.convolution, kernels.convolution.reference),
        (kernels.convolution_weight, kernels.convolution_weight.reference),
        (kernels.convolution_input, kernels.convolution_input.reference),
    ):
        arguments = {
            kernels.convolution: (x, w, None),
            kernels.convolution_weight: (g, x, (3, 3)),
            kernels.convolution_input: (g, w, (12, 12)),
        }[found]
        spoiled = np.isnan(expected(*arguments, *geometry))
        np.testing.assert_array_equal(np.isnan(found(*arguments, *geometry)), spoiled)


def test_old_numbers_in_the_scratch_are_not_seen():
    """Panels and windows are used again: lanes and phases without numbers must not be read."""
    x, w = made((1, 40, 9, 9), 40, (3, 3))
    geometry = (1, 1), ((1, 1), (1, 1)), (1, 1), 1
    kernels.convolution(np.full_like(x, np.nan), np.full_like(w, np.nan), None, *geometry)
    for shape, outputs, taps, stride in (
        ((1, 3, 5, 5), 3, (3, 3), (1, 1)),
        ((2, 5, 7, 7), 17, (2, 3), (3, 2)),
    ):
        both(*made(shape, outputs, taps), stride, (1, 1), (1, 1))


def test_arrays_that_do_not_lie_in_order_are_taken():
    x, w = made((9, 4, 6, 3), 8, (3, 3))
    both(x.transpose(3, 1, 2, 0), w[::2], (1, 1), (1, 1), (1, 1))
    both(np.broadcast_to(x[:1, :1], (2, 4, 6, 3)), w[:, :, ::-1], (2, 1), (1, 1), (1, 1))


def test_threads_do_not_disturb_each_other():
    from concurrent.futures import ThreadPoolExecutor

    x, w = made((8, 16, 20, 20), 24, (3, 3))
    geometry = (1, 1), ((1, 1), (1, 1)), (1, 1), 1
    whole = kernels.convolution(x, w, None, *geometry)
    with ThreadPoolExecutor(4) as pool:
        parts = list(
            pool.map(
                lambda i: kernels.convolution(x[i : i + 1], w, None, *geometry), [*range(8)] * 4
            )
        )
    for i, part in enumerate(parts):
        np.testing.assert_array_equal(part[0], whole[i % 8])


def test_no_columns_are_made():
    """A convolution takes little more memory than its result: columns would take 9 times x."""
    import tracemalloc

    x, w = made((8, 16, 64, 64), 16, (3, 3))
    geometry = (1, 1), ((1, 1), (1, 1)), (1, 1), 1
    kernels.convolution(x[:1], w, None, *geometry)
    tracemalloc.start()
    y = kernels.convolution(x, w, None, *geometry)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1.5 * y.nbytes


def test_without_numba_the_result_is_the_same():
    x, w = made((2, 6, 9, 9), 7, (3, 3))
    geometry = (2, 2), ((1, 1), (1, 1)), (1, 1), 1
    compiled = kernels.convolution(x, w, None, *geometry)
    before = nt.jit()
    try:
        nt.jit(False)
        plain = kernels.convolution(x, w, None, *geometry)
    finally:
        nt.jit(before)
    np.testing.assert_allclose(compiled, plain, rtol=1e-5, atol=1e-5)
