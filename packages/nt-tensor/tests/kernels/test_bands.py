"""Band matrices against full ones, by every body, along every axis; infinities stay in place."""

import nt_tensor as nt
import numpy as np
import pytest
from nt_tensor import kernels
from nt_tensor.kernels import Band

RNG = np.random.default_rng(0)


def band(rows, length, most=4, seed=0, gaps=True):
    """Rows with 0 (if there are gaps) to `most` elements, columns ascending."""
    rng = np.random.default_rng([seed, rows, length])
    found = []
    for _ in range(rows):
        count = min(int(rng.integers(0 if gaps else 1, most + 1)), length)
        columns = sorted(rng.choice(length, count, replace=False).tolist())
        found.append([(i, float(rng.standard_normal())) for i in columns])
    return Band(found, length)


def full(matrix):
    dense = np.zeros(matrix.shape)
    for o, row in enumerate(matrix.rows):
        for i, value in row:
            dense[o, i] += value
    return dense


def by_products(x, bands):
    for axis, each in enumerate(bands, 1):
        if each is not None:
            x = np.moveaxis(np.tensordot(full(each), x, (1, axis)), 0, axis)
    return x


CASES = [
    ((2, 7), [band(5, 7)]),
    ((3, 6, 7), [band(4, 6), band(9, 7)]),
    ((3, 6, 7), [None, band(9, 7)]),
    ((3, 6, 7), [band(8, 6), None]),
    ((2, 3, 4, 5), [band(4, 3), band(2, 4), band(7, 5)]),
    ((70, 40, 40), [band(20, 40, gaps=False), band(20, 40, gaps=False)]),
    ((2, 5, 5), [Band([[], []], 5), band(3, 5)]),
    ((0, 4, 4), [band(3, 4), band(3, 4)]),
    ((2, 3), [None]),
]


@pytest.fixture(params=[False, True], ids=["plain", "jit"])
def jit(request):
    before = nt.jit()
    nt.jit(request.param)
    yield request.param
    nt.jit(before)


@pytest.mark.parametrize(("shape", "bands"), CASES, ids=str)
def test_it_is_the_product_with_the_full_matrices(shape, bands, jit, device):
    x = RNG.standard_normal(shape).astype(np.float32)
    y = nt.to_numpy(kernels.band_sum(nt.asarray(x, device=device), bands))
    assert y.dtype == np.float32
    np.testing.assert_allclose(y, by_products(x.astype(float), bands), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("shape", "bands"), CASES, ids=str)
def test_the_reference_is_the_same_product(shape, bands):
    x = RNG.standard_normal(shape)
    np.testing.assert_allclose(
        kernels.band_sum.reference(x, bands), by_products(x, bands), rtol=1e-12, atol=1e-12
    )


def test_the_transpose_is_the_transposed_matrix_and_its_own_is_the_first():
    for rows, length in [(5, 7), (9, 3), (1, 1)]:
        matrix = band(rows, length)
        np.testing.assert_array_equal(full(matrix.transposed), full(matrix).T)
        assert matrix.transposed.transposed is matrix


def test_a_view_with_odd_strides_is_read_as_it_is(jit):
    x = np.asarray(RNG.standard_normal((8, 12, 6)), np.float32)[::2, ::-3, 1::2].swapaxes(1, 2)
    bands = [band(2, 3), band(5, 4)]
    found = kernels.band_sum(x, bands)
    np.testing.assert_allclose(found, by_products(x.astype(float), bands), rtol=1e-5, atol=1e-5)


def test_infinity_goes_only_where_it_has_weight(jit, device):
    x = np.asarray([[np.inf, 1.0, 2.0, -np.inf]], np.float32)
    matrix = Band([[(1, 1.0)], [(0, 0.5), (1, 0.25), (2, 0.25)], [], [(3, 2.0)]], 4)
    y = kernels.band_sum(nt.asarray(x, device=device), [matrix])
    np.testing.assert_array_equal(nt.to_numpy(y), [[1.0, np.inf, 0.0, -np.inf]])


def test_half_precision_is_summed_in_single(jit, device):
    x = np.full((1, 4096), 40.0, np.float16)  # 163840 in all, which is no float16
    mean = Band([[(i, 1.0) for i in range(4096)]], 4096)
    scaled = Band([[(0, 2.0**-12)]], 1)
    x = nt.asarray(x.reshape(1, 4096, 1), device=device)
    y = kernels.band_sum(x, [mean, scaled])
    assert str(nt.dtype_of(y)) == "float16"
    assert nt.to_numpy(y).tolist() == [[[40.0]]]
