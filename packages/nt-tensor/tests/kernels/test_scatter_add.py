"""The rows' sums against a plain loop, by every body, at widths where a body changes its way."""

import subprocess
import sys

import nt_tensor as nt
import numpy as np
import pytest
from nt_tensor import kernels


def by_loop(values, index, rows):
    y = np.zeros((rows, *values.shape[1:]), np.float64)
    for row, value in zip(index, values, strict=True):
        y[row] += value
    return y


SHAPES = [((40,), 7), ((40, 3), 7), ((3, 3), 700), ((5,), 90), ((60, 64), 9), ((50, 300), 40)]
SHAPES += [((6, 2, 5), 4), ((1, 1), 1), ((0, 4), 3), ((4, 0), 3)]
SHAPES += [((2100, 33), 40), ((2100, 40), 900), ((300, 300), 70_000), ((1200, 60), 40)]  # large


@pytest.mark.parametrize(("shape", "rows"), SHAPES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("jit", [False, True])
def test_rows_that_share_a_number_are_summed(backend, device, shape, rows, dtype, jit):
    if dtype not in [str(each) for each in backend.dtypes]:
        pytest.skip(f"{backend.name} has no {dtype} here")
    rng = np.random.default_rng(0)
    values = rng.standard_normal(shape).astype(dtype)
    index = rng.integers(0, rows, shape[0])
    before = nt.jit()
    nt.jit(jit)
    try:
        y = kernels.scatter_add(
            nt.asarray(values, device=device), nt.asarray(index, device=device), rows
        )
    finally:
        nt.jit(before)
    assert str(nt.dtype_of(y)) == dtype
    np.testing.assert_allclose(nt.to_numpy(y), by_loop(values, index, rows), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("shape", [(50,), (50, 20), (50, 300)])
@pytest.mark.parametrize("dtype", [np.int64, np.float32])
def test_the_reference_is_the_same_sum(shape, dtype):
    rng = np.random.default_rng(1)
    values = rng.integers(-(2**20), 2**20, shape).astype(dtype)
    index = rng.integers(0, 6, 50)
    expected = by_loop(values, index, 6)
    for body in (kernels.scatter_add.reference, kernels.scatter_add):
        y = body(values, index, 6)
        assert y.dtype == dtype
        np.testing.assert_array_equal(y, expected)  # whole numbers: every order gives the same


@pytest.mark.parametrize("width", [1, 20, 300])
def test_half_precision_is_summed_in_single(width):
    values = np.full((4096, width), 0.1, np.float16)
    y = kernels.scatter_add(values, np.zeros(4096, np.int64), 2)
    assert y.dtype == np.float16
    np.testing.assert_allclose(y[0], 4096 * float(np.float16(0.1)), rtol=1e-3)
    assert not y[1].any()


def test_nan_and_infinity_stay_in_their_row():
    values = np.ones((3, 2), np.float32)
    values[1] = np.nan, np.inf
    for body in (kernels.scatter_add, kernels.scatter_add.bodies["numpy"]):
        y = body(values, np.asarray([0, 2, 0]), 3)
        np.testing.assert_array_equal(y, [[2, 2], [0, 0], [np.nan, np.inf]])


def test_strided_and_read_only_values_are_read():
    values = np.broadcast_to(np.float32(2.0), (6, 4))
    np.testing.assert_array_equal(
        kernels.scatter_add(values, np.asarray([1, 1, 0, 1, 0, 1]), 2), [[4.0] * 4, [8.0] * 4]
    )
    turned = np.arange(12.0).reshape(3, 4).T
    np.testing.assert_array_equal(
        kernels.scatter_add(turned, np.asarray([0, 0, 1, 1]), 2), [[1, 9, 17], [5, 13, 21]]
    )


def test_the_first_call_of_a_program_may_be_one_that_a_compiled_body_hands_over():
    program = (
        "import numpy as np\n"
        "from nt_tensor import kernels\n"
        "print(kernels.scatter_add(np.asarray([1, 2, 3]), np.asarray([1, 0, 1]), 2).tolist())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "[2, 4]", done.stderr
