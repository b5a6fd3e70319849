"""The kernels of batch and group normalisation, every body of them, against their formulas."""

import nt_tensor as nt
import numpy as np
import pytest
from nt_tensor import kernels

SHAPES = [(6, 3), (150, 3, 2), (4, 3, 5), (3, 2, 100), (1, 2, 7, 10), (2, 4, 2, 4, 4)]
each = pytest.mark.parametrize("shape", SHAPES, ids=str)


@pytest.fixture(params=["reference", "numpy", "numba"])
def body(request):
    """A function: one kernel's body for NumPy arrays."""
    if request.param == "numba":
        pytest.importorskip("numba")

    def of(kernel):
        kernel(*_SMALLEST[kernel.name])  # the first call loads the bodies
        return kernel.bodies.get(request.param, kernel.reference)

    return of


ONE = np.ones((2, 1, 2), np.float32)
_SMALLEST = {
    "batch_norm": (ONE, None, None, 1e-5),
    "batch_norm_backward": (ONE, ONE, None, ONE[0, 0, :1], ONE[0, 0, :1], True),
    "channel_affine": (ONE, ONE[0, 0, :1], ONE[0, 0, :1], None),
    "group_norm": (ONE, None, None, 1, 1e-5),
    "group_norm_backward": (ONE, ONE, None, ONE[:, 0, :1], ONE[:, 0, :1]),
}


def case(shape, dtype=np.float64):
    rng = np.random.default_rng(0)
    x, g = rng.standard_normal((2, *shape)) * 2 + 3
    return [a.astype(dtype) for a in (x, g, *rng.standard_normal((2, shape[1])))]


def beside(value, x):
    return value.reshape(-1, *(1,) * (x.ndim - 2))


def there(x, w, b, axes, eps=1e-5):
    """Value, mean, variance and the normalised x, by their definition."""
    mean, var = x.mean(axes, keepdims=True), x.var(axes, keepdims=True)
    hat = (x - mean) / np.sqrt(var + eps)
    return hat, mean, var, 1 / np.sqrt(var + eps)


def back(g, w, hat, rstd, axes):
    up = g * w
    mean = up.mean(axes, keepdims=True)
    return rstd * (up - mean - hat * (up * hat).mean(axes, keepdims=True))


@each
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("affine", [True, False])
def test_batch_norm_there_and_back(shape, dtype, affine, body):
    x, g, w, b = case(shape)
    w, b = (w, b) if affine else (np.ones(shape[1]), np.zeros(shape[1]))
    axes = (0, *range(2, len(shape)))
    hat, mean, var, rstd = there(x, w, b, axes)
    tx, tg, tw, tb = [a.astype(dtype) for a in (x, g, w, b)]
    tw, tb = (tw, tb) if affine else (None, None)
    limit = 1e-4 if dtype == np.float32 else 1e-11
    y, m, v = body(kernels.batch_norm)(tx, tw, tb, 1e-5)
    right = hat * beside(w, x) + beside(b, x), mean.ravel(), var.ravel()
    for found, expected in zip((y, m, v), right, strict=True):
        assert found.dtype == dtype
        np.testing.assert_allclose(found, expected, rtol=limit, atol=limit)
    r = rstd.ravel().astype(dtype)
    sums = (g * hat).sum(axes), g.sum(axes)
    for moving, gx in (
        (True, back(g, beside(w, x), hat, rstd, axes)),
        (False, g * beside(w, x) * rstd),
    ):
        found = body(kernels.batch_norm_backward)(tg, tx, tw, m, r, moving)
        for a, expected in zip(found, (gx, *sums), strict=True):
            assert a.dtype == dtype
            np.testing.assert_allclose(a, expected, rtol=limit, atol=limit * 10)


@each
@pytest.mark.parametrize("shifted", [True, False])
def test_channel_affine(shape, shifted, body):
    x, _, s, b = case(shape, np.float32)
    y = body(kernels.channel_affine)(x, b, s, b if shifted else None)
    right = (x - beside(b, x)) * beside(s, x) + (beside(b, x) if shifted else 0)
    np.testing.assert_allclose(y, right, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("shape", "groups"), [((3, 4, 1), 2), ((2, 6, 20), 3), ((2, 3, 90), 3)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("affine", [True, False])
def test_group_norm_there_and_back(shape, groups, dtype, affine, body):
    x, g, w, b = case(shape)
    w, b = (w, b) if affine else (np.ones(shape[1]), np.zeros(shape[1]))
    rows = shape[0], groups, -1
    hat, mean, var, rstd = there(x.reshape(rows), w, b, 2)
    hat_x = hat.reshape(shape)
    tx, tg, tw, tb = [a.astype(dtype) for a in (x, g, w, b)]
    tw, tb = (tw, tb) if affine else (None, None)
    limit = 1e-4 if dtype == np.float32 else 1e-11
    y, m, v = body(kernels.group_norm)(tx, tw, tb, groups, 1e-5)
    right = hat_x * w[:, None] + b[:, None], mean[:, :, 0], var[:, :, 0]
    for found, expected in zip((y, m, v), right, strict=True):
        assert found.dtype == dtype
        np.testing.assert_allclose(found, expected, rtol=limit, atol=limit)
    up = (g * w[:, None]).reshape(rows)
    gx = back(up, 1, hat, rstd, 2).reshape(shape)
    found = body(kernels.group_norm_backward)(tg, tx, tw, m, rstd[:, :, 0].astype(dtype))
    sums = (g * hat_x).sum((0, 2)), g.sum((0, 2))
    for a, expected in zip(found, (gx, *sums), strict=True):
        assert a.dtype == dtype
        np.testing.assert_allclose(a, expected, rtol=limit, atol=limit * 10)


@each
def test_every_library_agrees(shape, device):
    x, g, w, b = case(shape, np.float32)
    tx, tg, tw, tb = [nt.asarray(a, device=device) for a in (x, g, w, b)]
    expected = kernels.batch_norm.reference(*(a.astype(float) for a in (x, w, b)), 1e-5)
    found = kernels.batch_norm(tx, tw, tb, 1e-5)
    for a, right in zip(found, expected, strict=True):
        np.testing.assert_allclose(nt.to_numpy(a), right, rtol=1e-4, atol=1e-4)
    mean, rstd = (a.astype(np.float32) for a in (expected[1], 1 / np.sqrt(expected[2])))
    there = [nt.asarray(a, device=device) for a in (mean, rstd)]
    for moving in (True, False):
        right = kernels.batch_norm_backward.reference(g, x, w, mean, rstd, moving)
        found = kernels.batch_norm_backward(tg, tx, tw, *there, moving)
        for a, z in zip(found, right, strict=True):
            np.testing.assert_allclose(nt.to_numpy(a), z, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("scale", [1.0, 300.0])
def test_float16_comes_back_as_float16_and_its_statistics_as_float32(scale, body):
    x = (np.random.default_rng(0).standard_normal((64, 2, 81)) * scale).astype(np.float16)
    y, mean, variance = body(kernels.batch_norm)(x, None, None, 1e-5)
    assert (y.dtype, mean.dtype, variance.dtype) == (np.float16, np.float32, np.float32)
    np.testing.assert_allclose(variance, x.astype(float).var((0, 2)), rtol=1e-3)
