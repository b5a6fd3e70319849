"""Wide layers of 3 x 3, compiled or not: what Winograd's form does to rounding and to NaN."""

import nt_tensor as nt
import numpy as np
import pytest
from nt_tensor import kernels
from nt_tensor.backends.numpy import _winograd
from nt_tensor.kernels._winograd import INPUT, OUTPUT, WEIGHT, pays


@pytest.fixture(params=["numpy", "numba"])
def bodies(request):
    """NumPy without Numba's bodies, then with them."""
    if request.param == "numba":
        pytest.importorskip("numba")
    before = nt.jit()
    nt.jit(request.param == "numba")
    yield request.param
    nt.jit(before)


def test_the_form_is_the_sum_over_the_window():
    """In exact fractions: A^T (G w * B^T x) is the correlation of six numbers with three."""
    x, w = [3, -1, 4, 1, -5, 9], [2, -7, 1]
    outer = [sum(a * b for a, b in zip(row, w, strict=True)) for row in WEIGHT]
    inner = [sum(a * b for a, b in zip(row, x, strict=True)) for row in INPUT]
    products = [a * b for a, b in zip(outer, inner, strict=True)]
    found = [sum(a * b for a, b in zip(row, products, strict=True)) for row in OUTPUT]
    assert found == [sum(x[i + k] * w[k] for k in range(3)) for i in range(4)]


SHAPES = {
    "tiles that fit": ((4, 32, 16, 16), 40, (1, 1)),
    "tiles beyond the image": ((4, 64, 13, 17), 32, (1, 1)),
    "no padding": ((9, 32, 9, 14), 32, (0, 0)),
    "padding beyond the kernel": ((4, 48, 15, 12), 35, (4, 3)),
    "outputs in blocks": ((9, 32, 9, 12), 150, (1, 1)),
    "more channels than outputs": ((6, 160, 9, 14), 33, (1, 1)),
    "one image in lines": ((1, 128, 40, 41), 32, (1, 0)),
}


@pytest.mark.parametrize("name", SHAPES)
def test_wide_layers_are_the_reference(name, bodies):
    shape, outputs, padding = SHAPES[name]
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal(shape), rng.standard_normal((outputs, shape[1], 3, 3))
    bias = rng.standard_normal(outputs)
    geometry = (1, 1), tuple((p, p) for p in padding), (1, 1), 1
    y = kernels.convolution.reference(x, w, bias, *geometry)
    assert pays(shape, outputs, (3, 3), (1, 1), (1, 1), y.shape[2:], (32, 48))
    g = rng.standard_normal(y.shape)
    ways = [
        (kernels.convolution, (x, w, bias)),
        (kernels.convolution_input, (g, w, shape[2:])),
        (kernels.convolution_weight, (g, x, (3, 3))),
    ]
    for way, arguments in ways:
        single = [a.astype(np.float32) if isinstance(a, np.ndarray) else a for a in arguments]
        found, expected = way(*single, *geometry), way.reference(*arguments, *geometry)
        assert found.dtype == np.float32
        assert abs(found - expected).max() < 2e-5 * abs(expected).max()


@pytest.mark.parametrize(("few", "block"), [(1, 64), (1 << 14, 7), (1 << 30, 7)])
@pytest.mark.parametrize("name", SHAPES)
def test_portions_and_blocks_change_nothing_but_rounding(name, few, block, monkeypatch):
    """Tiles in portions as large as `few` says, the weights of `block` channels at once."""
    monkeypatch.setattr(_winograd, "_FEW", few)
    monkeypatch.setattr(_winograd, "_LEAST", 1)
    monkeypatch.setattr(_winograd, "_BLOCK", block)
    monkeypatch.setattr(_winograd, "_TURN", 1)
    (n, c, h, w), outputs, (tall, broad) = SHAPES[name]
    n, c, outputs = min(n, 3), min(c, 20), min(outputs, 17)
    rng = np.random.default_rng(0)
    padding = ((tall, tall), (broad, broad))
    geometry = (1, 1), padding, (1, 1), 1
    x, weight = rng.standard_normal((n, c, h, w)), rng.standard_normal((outputs, c, 3, 3))
    expected = kernels.convolution.reference(x, weight, None, *geometry)
    g = rng.standard_normal(expected.shape)
    y, gx, gw = (np.zeros(a.shape, np.float32) for a in (expected, x, weight))
    single = [a.astype(np.float32) for a in (x, weight, g)]
    _winograd.winograd(*single[:2], padding, y)
    _winograd.winograd_back(single[2], *single[:2], padding, gx, gw)
    for found, right in (
        (y, expected),
        (gx, kernels.convolution_input.reference(g, weight, (h, w), *geometry)),
        (gw, kernels.convolution_weight.reference(g, x, (3, 3), *geometry)),
    ):
        assert abs(found - right).max() < 2e-5 * abs(right).max()
    for alone, both in ((gx, (None, single[1], gx, None)), (gw, (single[0], None, None, gw))):
        before = alone.copy()
        alone[:] = 0.0
        _winograd.winograd_back(single[2], *both[:2], padding, *both[2:])
        np.testing.assert_allclose(alone, before, rtol=0, atol=1e-6 * abs(before).max())


def wide(channels, scale=1.0, shift=0.0, images=4, size=12):
    """Arguments of a wide layer, which is computed in Winograd's form: x, w, g, geometry."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((images, channels, size, size)) * scale + shift
    w = rng.standard_normal((channels, channels, 3, 3))
    g = rng.standard_normal(x.shape)
    return [a.astype(np.float32) for a in (x, w, g)], ((1, 1), ((1, 1), (1, 1)), (1, 1), 1)


@pytest.mark.parametrize(("scale", "shift"), [(1.0, 0.0), (1.0, 3.0), (1e-20, 0.0), (1e20, 0.0)])
@pytest.mark.parametrize("channels", [32, 64, 256])
def test_the_rounding_of_wide_layers_is_below_2e_5_of_the_largest(channels, scale, shift, bodies):
    arrays, geometry = wide(channels, scale, shift)
    x, w, g = [a.astype(np.float64) for a in arrays]
    first = [kernels.convolution(*arrays[:2], None, *geometry)]
    first.append(kernels.convolution_input(arrays[2], arrays[1], (12, 12), *geometry))
    first.append(kernels.convolution_weight(arrays[2], arrays[0], (3, 3), *geometry))
    right = [kernels.convolution(x, w, None, *geometry)]
    right.append(kernels.convolution_input(g, w, (12, 12), *geometry))
    right.append(kernels.convolution_weight(g, x, (3, 3), *geometry))
    for found, expected in zip(first, right, strict=True):
        assert found.dtype == np.float32
        assert abs(found - expected).max() < 2e-5 * abs(expected).max()


def test_an_image_does_not_see_the_others_of_its_batch_in_a_wide_layer(bodies):
    (x, w, g), geometry = wide(32)
    y = kernels.convolution(x, w, None, *geometry)
    x[1], g[1] = np.nan, np.nan
    spoiled = kernels.convolution(x, w, None, *geometry)
    assert np.isnan(spoiled[1]).all()
    np.testing.assert_array_equal(np.delete(spoiled, 1, 0), np.delete(y, 1, 0))
    gx = kernels.convolution_input(g, w, (12, 12), *geometry)
    assert np.isfinite(np.delete(gx, 1, 0)).all()


def test_what_is_not_finite_spoils_no_more_than_its_tiles_in_a_wide_layer(bodies):
    (x, w, _), geometry = wide(32)
    x[0, 0, 6, 6] = np.inf
    y = kernels.convolution(x, w, None, *geometry)
    assert not np.isfinite(y[0, :, 5:8, 5:8]).any()  # what the window sees
    y[0, :, 4:8, 4:8] = 0.0  # one tile: the window of 6 x 6 around it is the only one with (6, 6)
    assert np.isfinite(y).all()
