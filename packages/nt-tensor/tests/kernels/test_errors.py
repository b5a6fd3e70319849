"""squared_error and logistic_error: every body against plain formulas in float64."""

import math

import nt_tensor as nt
import numpy as np
import pytest
from nt_tensor.kernels import logistic_error, squared_error

squared_error(np.zeros(1, np.float32), np.zeros(1, np.float32), 1.0)  # loads the bodies
LIBRARIES = [name for name in ("numpy", "numba") if name in squared_error.bodies]
SHAPES = [(), (1,), (0, 3), (3, 5), (200, 301)]


def formula(kernel, x, y):
    if kernel is squared_error:
        return (x - y) ** 2, 2 * (x - y)
    up, down = np.logaddexp(0, x), np.logaddexp(0, -x)
    return y * down + (1 - y) * up, 1 / (1 + np.exp(-x)) - y


@pytest.mark.parametrize("kernel", [squared_error, logistic_error])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
@pytest.mark.parametrize("library", LIBRARIES)
def test_every_body_is_the_formula(kernel, shape, dtype, library):
    source = np.random.default_rng([*shape])
    x, y = source.standard_normal(shape) * 5, source.uniform(size=shape)
    x, y = np.asarray(x, dtype), np.asarray(y, dtype)
    losses, slope = formula(kernel, x.astype(float), y.astype(float))
    total, found = kernel.bodies[library](x, y, 0.125)
    limit = {"float64": 1e-12, "float32": 3e-6, "float16": 2e-3}[dtype]
    assert float(total) == pytest.approx(losses.sum() / 8, rel=limit, abs=1e-30)
    assert found.dtype == dtype
    np.testing.assert_allclose(found, slope / 8, rtol=limit, atol=limit)


@pytest.mark.parametrize("kernel", [squared_error, logistic_error])
def test_every_library_agrees(kernel, backend, device):
    source = np.random.default_rng(0)
    x, y = source.standard_normal((9, 13)) * 5, source.uniform(size=(9, 13))
    losses, slope = formula(kernel, x, y)
    arrays = [nt.asarray(a.astype(np.float32), device=device) for a in (x, y)]
    total, found = kernel(*arrays, 0.5)
    assert float(total) == pytest.approx(losses.sum() / 2, rel=1e-5)
    np.testing.assert_allclose(nt.to_numpy(found), slope / 2, rtol=1e-5, atol=1e-6)


def test_the_smallest_losses_and_slopes_keep_their_digits(backend, device):
    for at in (0.0, 1e-3, 1.0, 5.0, 20.0, 40.0, 80.0):
        for sign in (1.0, -1.0):
            x = nt.asarray(np.array([sign * at], np.float32), device=device)
            y = nt.asarray(np.array([1.0 if sign > 0 else 0.0], np.float32), device=device)
            total, slope = logistic_error(x, y, 1.0)
            size = float(np.float32(at))
            assert float(total) == pytest.approx(math.log1p(math.exp(-size)), rel=2e-6)
            right = -sign / (1 + math.exp(size))
            assert float(nt.to_numpy(slope)[0]) == pytest.approx(right, rel=2e-6)


@pytest.mark.parametrize("kernel", [squared_error, logistic_error])
@pytest.mark.parametrize("library", LIBRARIES)
def test_strided_inputs_and_nan(kernel, library):
    x = np.arange(24, dtype=np.float32).reshape(4, 6).T[::2]
    y = np.zeros((3, 4), np.float32)
    total, slope = kernel.bodies[library](x, y, 1.0)
    losses, right = formula(kernel, x.astype(float), y.astype(float))
    assert float(total) == pytest.approx(losses.sum(), rel=1e-6)
    np.testing.assert_allclose(slope, right, rtol=1e-6)
    y[1, 1] = np.nan
    total, slope = kernel.bodies[library](x, y, 1.0)
    assert np.isnan(total)
    assert np.isnan(slope).sum() == 1
