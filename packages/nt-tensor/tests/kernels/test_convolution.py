"""Every body of the convolution kernels against one sum over the window, and against each other."""

import itertools

import nt_tensor as nt
import numpy as np
import pytest
from nt_tensor import kernels

# images, channels, size; outputs, kernel; stride, padding, dilation, groups
GEOMETRIES = [
    ((2, 2, 5, 6), 4, (3, 2), (1, 1), ((0, 0), (0, 0)), (1, 1), 1),
    ((2, 2, 5, 6), 4, (1, 1), (1, 1), ((0, 0), (0, 0)), (1, 1), 1),
    ((1, 4, 7, 8), 4, (3, 3), (2, 3), ((1, 0), (0, 2)), (1, 1), 2),
    ((2, 3, 6, 7), 6, (2, 3), (1, 1), ((2, 3), (1, 1)), (3, 2), 3),
    ((1, 1, 2, 2), 1, (1, 2), (1, 1), ((3, 0), (0, 4)), (1, 1), 1),
    ((2, 3, 9), 4, (3,), (2,), ((1, 2),), (2,), 1),
    ((2, 4, 6), 4, (3,), (1,), ((4, 0),), (1,), 4),
    ((2, 4, 3, 4, 5), 2, (2, 3, 2), (1, 2, 3), ((1, 1), (0, 1), (2, 0)), (1, 1, 2), 2),
    ((1, 2, 4, 4, 4), 3, (1, 1, 1), (1, 1, 1), ((0, 0),) * 3, (1, 1, 1), 1),
    ((0, 2, 4, 4), 3, (3, 3), (1, 1), ((1, 1), (1, 1)), (1, 1), 1),
    ((2, 2, 7, 7), 3, (2, 2), (3, 4), ((0, 0), (0, 0)), (1, 1), 1),
]
each_geometry = pytest.mark.parametrize("geometry", GEOMETRIES, ids=str)


def made(shape, outputs, size, *geometry):
    rng = np.random.default_rng(0)
    x = rng.standard_normal(shape)
    w = rng.standard_normal((outputs, shape[1] // geometry[-1], *size))
    return x, w, rng.standard_normal(outputs)


def by_loops(x, w, b, stride, padding, dilation, groups):
    x = np.pad(x, ((0, 0), (0, 0), *padding))
    o, c, *kernel = w.shape
    shape = [
        (n - d * (k - 1) - 1) // s + 1
        for n, k, s, d in zip(x.shape[2:], kernel, stride, dilation, strict=True)
    ]
    y = np.zeros((len(x), o, *shape))
    for n, k, *at in itertools.product(*map(range, y.shape)):
        first = k // (o // groups) * c
        cut = [
            slice(i * s, i * s + d * (length - 1) + 1, d)
            for i, s, d, length in zip(at, stride, dilation, kernel, strict=True)
        ]
        y[(n, k, *at)] = (x[(n, slice(first, first + c), *cut)] * w[k]).sum() + b[k]
    return y


@each_geometry
def test_it_is_the_sum_over_the_window(geometry, device):
    arrays = made(*geometry)
    x, w, b = [nt.asarray(a.astype(np.float32), device=device) for a in arrays]
    expected = by_loops(*arrays, *geometry[3:])
    for body in (kernels.convolution, kernels.convolution.reference):
        y = nt.to_numpy(body(x, w, b, *geometry[3:]))
        np.testing.assert_allclose(y, expected, rtol=1e-4, atol=1e-4)


@each_geometry
def test_the_ways_back_are_adjoint(geometry, device):
    """<g, conv(x, w)> is <x, conv_input(g, w)> and <w, conv_weight(g, x)>: they are one form."""
    x, w, _ = made(*geometry)
    y = by_loops(x, w, np.zeros(len(w)), *geometry[3:])
    g = np.random.default_rng(1).standard_normal(y.shape)
    form = (g * y).sum()
    tx, tw, tg = [nt.asarray(a.astype(np.float32), device=device) for a in (x, w, g)]
    for body in (kernels.convolution_input, kernels.convolution_input.reference):
        gx = nt.to_numpy(body(tg, tw, x.shape[2:], *geometry[3:]))
        assert gx.shape == x.shape
        np.testing.assert_allclose((gx * x).sum(), form, rtol=1e-4)
    for body in (kernels.convolution_weight, kernels.convolution_weight.reference):
        gw = nt.to_numpy(body(tg, tx, w.shape[2:], *geometry[3:]))
        assert gw.shape == w.shape
        np.testing.assert_allclose((gw * w).sum(), form, rtol=1e-4)


def test_the_reference_works_through_a_batch_in_portions(device, monkeypatch):
    geometry = GEOMETRIES[2][3:]
    x, w, b = made((5, *GEOMETRIES[2][0][1:]), *GEOMETRIES[2][1:3], *geometry)
    x, w, b = [nt.asarray(a.astype(np.float32), device=device) for a in (x, w, b)]

    def all_three():
        y = kernels.convolution.reference(x, w, b, *geometry)
        gx = kernels.convolution_input.reference(y, w, x.shape[2:], *geometry)
        return y, gx, kernels.convolution_weight.reference(y, x, w.shape[2:], *geometry)

    whole = all_three()
    for few in (1, 1500):
        monkeypatch.setattr("nt_tensor.kernels._convolution._FEW", few)
        for part, expected in zip(all_three(), whole, strict=True):
            np.testing.assert_allclose(
                nt.to_numpy(part), nt.to_numpy(expected), rtol=1e-5, atol=1e-5
            )


def test_large_images_are_worked_through_in_portions():
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((2, 8, 7, 4000)), rng.standard_normal((3, 8, 3, 3))
    for stride in ((1, 1), (2, 1)):
        geometry = stride, ((1, 1), (1, 1)), (1, 1), 1
        y = kernels.convolution(x, w, None, *geometry)
        g = rng.standard_normal(y.shape)
        np.testing.assert_allclose(
            y, kernels.convolution.reference(x, w, None, *geometry), rtol=1e-9
        )
        np.testing.assert_allclose(
            kernels.convolution_input(g, w, (7, 4000), *geometry),
            kernels.convolution_input.reference(g, w, (7, 4000), *geometry),
            rtol=1e-9,
            atol=1e-9,
        )
        np.testing.assert_allclose(
            kernels.convolution_weight(g, x, (3, 3), *geometry),
            kernels.convolution_weight.reference(g, x, (3, 3), *geometry),
            rtol=1e-9,
        )
