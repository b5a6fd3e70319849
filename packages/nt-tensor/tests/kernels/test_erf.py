"""erf against the C library's, which Python has as math.erf."""

import math

import nt_tensor as nt
import numpy as np
import pytest
from nt_tensor.kernels import erf


def truth(x):
    return np.array([math.erf(float(value)) for value in x.ravel()]).reshape(x.shape)


def spread(dtype):
    """Every size of number, both signs, densely where erf bends."""
    tiny = np.logspace(-30, 4, 400)
    return np.concatenate([np.linspace(-7, 7, 40001), tiny, -tiny]).astype(dtype)


@pytest.mark.parametrize(("dtype", "limit"), [("float32", 1e-7), ("float64", 1e-15)])
@pytest.mark.parametrize("body", [erf, erf.reference], ids=["kernel", "reference"])
def test_the_error_is_below_what_is_promised(dtype, limit, body):
    x = spread(dtype)
    got = body(x)
    assert got.dtype == x.dtype
    assert np.max(np.abs(got - truth(x))) <= limit


@pytest.mark.parametrize(("dtype", "limit"), [("float32", 3e-7), ("float64", 1e-15)])
def test_small_numbers_keep_their_relative_precision(dtype, limit):
    x = np.logspace(-30, -1, 500).astype(dtype)
    assert np.max(np.abs(erf(x) / truth(x) - 1)) <= limit


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("length", [7, 1000])
def test_infinities_nan_and_zeros_come_out_as_they_should(dtype, length):
    special = [np.inf, -np.inf, np.nan, 0.0, -0.0, 6e4, -6e4]
    x = np.resize(np.array(special, dtype), length)
    got = erf(x)[:7]
    assert got.dtype == dtype
    assert np.array_equal(got, np.array([1, -1, np.nan, 0, 0, 1, -1], dtype), equal_nan=True)
    assert np.signbit(got[4])


def test_the_largest_float_does_not_overflow():
    x = np.resize(np.array([3e38, -3e38], np.float32), 100)
    assert np.array_equal(erf(x), np.sign(x))


def test_it_is_odd():
    x = spread("float32")
    assert np.array_equal(erf(-x), -erf(x))


def test_any_layout_gives_the_same():
    x = np.random.default_rng(0).standard_normal((60, 50)).astype(np.float32)
    assert np.array_equal(erf(x.T), erf(x).T)
    assert np.array_equal(erf(x[:, ::2]), erf(x)[:, ::2])
    assert erf(x[:0]).shape == (0, 50)


@pytest.mark.parametrize("library", ["mlx", "cuda"])
def test_other_libraries_agree(library):
    x = spread("float32")
    try:
        there = nt.to(x, library)
    except (ImportError, RuntimeError) as missing:
        pytest.skip(f"{library} is not here: {missing}")
    assert np.allclose(nt.to_numpy(erf(there)), erf(x), atol=2.5e-7, rtol=0)
