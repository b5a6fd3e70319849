"""where on NumPy, bit by bit against numpy.where."""

import numpy as np
import pytest
from nt_tensor.kernels import where

HOSTILE = [0.0, -0.0, np.nan, np.inf, -np.inf, 1e-45, -3.5]


def same_bits(a, b):
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int64"])
@pytest.mark.parametrize("n", [8, 20000])
def test_every_bit_is_that_of_the_side_that_is_taken(dtype, n):
    rng = np.random.default_rng(0)
    a, b = (rng.standard_normal((2, n)) * 9).astype(dtype)
    if dtype != "int64":
        a[: len(HOSTILE)] = HOSTILE
        b[1 : len(HOSTILE) + 1] = HOSTILE
    for condition in (a > b, np.ones(n, bool), np.zeros(n, bool)):
        assert same_bits(where(condition, a, b), np.where(condition, a, b))


@pytest.mark.parametrize("number", [*HOSTILE, 0, 7, True])
def test_a_number_stands_for_an_array_of_it(number):
    x = np.random.default_rng(0).standard_normal(20000).astype(np.float32)
    assert same_bits(where(x > 0, x, number), np.where(x > 0, x, np.float32(number)))
    assert same_bits(where(x > 0, number, x), np.where(x > 0, np.float32(number), x))


def test_shapes_broadcast_as_numpys_do():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((4, 64, 64)).astype(np.float32)
    mask = np.tril(np.ones((64, 64), bool))
    row = rng.standard_normal(64).astype(np.float32)
    for a, b in [(x, row), (row, x), (x, -np.inf), (x.transpose(0, 2, 1), row[:, None])]:
        assert same_bits(where(mask, a, b), np.where(mask, a, np.asarray(b, np.float32)))


def test_two_dtypes_meet_as_numpys_do():
    x = np.ones(20000, np.float32)
    assert where(x > 0, x, np.zeros(20000)).dtype == np.float64
