"""Every body of the convolution kernels against one sum over the window, and against each other."""

import itertools

import nt_tensor as nt
import numpy as np
import pytest
from nt_tensor import kernels

# images, channels, height, width; outputs, kernel; stride, padding, dilation, groups
GEOMETRIES = [
    ((2, 2, 5, 6), 4, (3, 2), (1, 1), ((0, 0), (0, 0)), (1, 1), 1),
    ((2, 2, 5, 6), 4, (1, 1), (1, 1), ((0, 0), (0, 0)), (1, 1), 1),
    ((1, 4, 7, 8), 4, (3, 3), (2, 3), ((1, 0), (0, 2)), (1, 1), 2),
    ((2, 3, 6, 7), 6, (2, 3), (1, 1), ((2, 3), (1, 1)), (3, 2), 3),
    ((1, 1, 2, 2), 1, (1, 2), (1, 1), ((3, 0), (0, 4)), (1, 1), 1),
]


def made(shape, outputs, size, *geometry):
    rng = np.random.default_rng(0)
    x = rng.standard_normal(shape)
    w = rng.standard_normal((outputs, shape[1] // geometry[-1], *size))
    return x, w, rng.standard_normal(outputs)


def by_loops(x, w, b, stride, padding, dilation, groups):
    x = np.pad(x, ((0, 0), (0, 0), *padding))
    o, c, kh, kw = w.shape
    shape = [
        (n - d * (k - 1) - 1) // s + 1
        for n, k, s, d in zip(x.shape[2:], (kh, kw), stride, dilation, strict=True)
    ]
    y = np.zeros((len(x), o, *shape))
    for n, k, i, j in itertools.product(*map(range, y.shape)):
        first = k // (o // groups) * c
        window = x[n, first : first + c, i * stride[0] :: dilation[0], j * stride[1] :: dilation[1]]
        y[n, k, i, j] = (window[:, :kh, :kw] * w[k]).sum() + b[k]
    return y


@pytest.mark.parametrize("geometry", GEOMETRIES, ids=str)
def test_it_is_the_sum_over_the_window(geometry, device):
    arrays = made(*geometry)
    x, w, b = [nt.asarray(a.astype(np.float32), device=device) for a in arrays]
    expected = by_loops(*arrays, *geometry[3:])
    for body in (kernels.conv2d, kernels.conv2d.reference):
        y = nt.to_numpy(body(x, w, b, *geometry[3:]))
        np.testing.assert_allclose(y, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("geometry", GEOMETRIES, ids=str)
def test_the_ways_back_are_adjoint(geometry, device):
    """<g, conv(x, w)> is <x, conv_input(g, w)> and <w, conv_weight(g, x)>: they are one form."""
    x, w, _ = made(*geometry)
    g = np.random.default_rng(1).standard_normal(
        by_loops(x, w, np.zeros(len(w)), *geometry[3:]).shape
    )
    form = (g * by_loops(x, w, np.zeros(len(w)), *geometry[3:])).sum()
    tx, tw, tg = [nt.asarray(a.astype(np.float32), device=device) for a in (x, w, g)]
    for body in (kernels.conv2d_input, kernels.conv2d_input.reference):
        gx = nt.to_numpy(body(tg, tw, x.shape[2:], *geometry[3:]))
        assert gx.shape == x.shape
        np.testing.assert_allclose((gx * x).sum(), form, rtol=1e-4)
    for body in (kernels.conv2d_weight, kernels.conv2d_weight.reference):
        gw = nt.to_numpy(body(tg, tx, w.shape[2:], *geometry[3:]))
        assert gw.shape == w.shape
        np.testing.assert_allclose((gw * w).sum(), form, rtol=1e-4)


def test_large_images_are_worked_through_in_portions():
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((2, 8, 7, 4000)), rng.standard_normal((3, 8, 3, 3))
    for stride in ((1, 1), (2, 1)):
        geometry = stride, ((1, 1), (1, 1)), (1, 1), 1
        y = kernels.conv2d(x, w, None, *geometry)
        g = rng.standard_normal(y.shape)
        np.testing.assert_allclose(y, kernels.conv2d.reference(x, w, None, *geometry), rtol=1e-9)
        np.testing.assert_allclose(
            kernels.conv2d_input(g, w, (7, 4000), *geometry),
            kernels.conv2d_input.reference(g, w, (7, 4000), *geometry),
            rtol=1e-9,
            atol=1e-9,
        )
        np.testing.assert_allclose(
            kernels.conv2d_weight(g, x, (3, 3), *geometry),
            kernels.conv2d_weight.reference(g, x, (3, 3), *geometry),
            rtol=1e-9,
        )
