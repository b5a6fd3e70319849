"""The product of two matrices: the compiled tiles against NumPy in float64, for ragged shapes."""

import nt_tensor as nt
import numpy as np
import pytest
from nt_tensor import kernels
from nt_tensor.memory import scratch
from nt_tensor.threads import hold_to_one_thread

SHAPES = [(1, 1, 1), (8, 5, 32), (7, 3, 31), (9, 513, 33), (17, 1030, 65), (64, 512, 32)]
SHAPES += [(3, 0, 4), (0, 3, 4), (4, 3, 0), (40, 7, 100), (200, 130, 90)]
LAYOUTS = {
    "as it is": lambda a: a,
    "transposed": np.asfortranarray,
    "every second": lambda a: np.repeat(a, 2, 1)[:, ::2],
    "turned round": lambda a: a[::-1, ::-1].copy()[::-1, ::-1],
    "read only": lambda a: np.broadcast_to(a[None], (1, *a.shape))[0],
}


@pytest.fixture
def tiles(monkeypatch):
    """The compiled body, used for every product, on every CPU."""
    module = pytest.importorskip("nt_tensor.backends.numba._product")
    monkeypatch.setattr(module, "WIDE", True)
    monkeypatch.setattr(module, "FEW_CORES", True)
    monkeypatch.setattr(module, "LEAST", 0)
    return module


def drawn(*shape):
    return np.random.default_rng(shape).standard_normal(shape).astype(np.float32)


@pytest.mark.parametrize("right", LAYOUTS)
@pytest.mark.parametrize("left", LAYOUTS)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_tiles_give_the_product_whatever_sticks_out(tiles, shape, left, right):
    m, k, n = shape
    a, b = LAYOUTS[left](drawn(m, k)), LAYOUTS[right](drawn(k, n))
    expected = a.astype(np.float64) @ b.astype(np.float64)
    found = kernels.product.bodies["numba"](a, b)
    assert found.dtype == np.float32
    limit = 3e-6 * max(1.0, abs(expected).max(initial=0.0))
    np.testing.assert_allclose(found, expected, atol=limit, rtol=0)
    if k:
        out = np.full((m, n), np.nan, np.float32)
        tiles.multiplier(b)(a, out)
        np.testing.assert_allclose(out, expected, atol=limit, rtol=0)


def test_nothing_leaks_from_one_row_or_column_into_another(tiles):
    a, b = drawn(11, 40), drawn(40, 37)
    a[3, 5], b[7, 20] = np.inf, np.nan
    found = kernels.product.bodies["numba"](a, b)
    assert not np.isfinite(found[3]).any()
    assert np.isnan(found[:, 20]).all()
    assert np.isfinite(np.delete(np.delete(found, 3, 0), 20, 1)).all()


def test_rows_beside_the_result_stay_as_they_are(tiles):
    whole = np.full((30, 50), 7.0, np.float32)
    tiles.multiplier(drawn(9, 50))(drawn(13, 9), whole[8:21])
    assert (whole[:8] == 7.0).all()
    assert (whole[21:] == 7.0).all()
    np.testing.assert_allclose(whole[8:21], drawn(13, 9) @ drawn(9, 50), atol=1e-5)


@pytest.mark.parametrize("dtype", ["float16", "float64", "int64"])
def test_other_numbers_go_the_common_way(tiles, dtype):
    a, b = (drawn(*shape).astype(dtype) for shape in ((9, 40), (40, 33)))
    found = kernels.product.bodies["numba"](a, b)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, a @ b)


@pytest.mark.parametrize("shape", [(5, 3, 4), (130, 140, 150)])
def test_every_library_agrees_with_float64(device, shape):
    m, k, n = shape
    a, b = drawn(m, k), drawn(k, n)
    y = kernels.product(nt.asarray(a, device=device), nt.asarray(b, device=device))
    np.testing.assert_allclose(nt.to_numpy(y), a.astype(float) @ b, atol=1e-4)
    np.testing.assert_allclose(kernels.product.reference(a, b), a.astype(float) @ b, atol=1e-4)


@pytest.fixture
def one_thread():
    hold_to_one_thread(True)
    yield
    hold_to_one_thread(False)


@pytest.mark.parametrize("shape", [*SHAPES, (520, 300, 70), (530, 257, 33)], ids=str)
@pytest.mark.parametrize("left", ["as it is", "transposed"])
def test_where_numpy_has_one_thread_tiles_give_the_product_too(
    tiles, one_thread, monkeypatch, shape, left
):
    module = pytest.importorskip("nt_tensor.backends.numba._linear")
    for name, value in (("WIDE", True), ("LEAST", 0), ("FEWEST", 0)):
        monkeypatch.setattr(module, name, value)
    m, k, n = shape
    a, b = LAYOUTS[left](drawn(m, k)), drawn(k, n)
    expected = a.astype(np.float64) @ b.astype(np.float64)
    found = kernels.matrix_product.bodies["numba"](a, b)
    limit = 3e-6 * max(1.0, abs(expected).max(initial=0.0))
    np.testing.assert_allclose(found, expected, atol=limit, rtol=0)
    if left == "as it is" and k:
        found = kernels.linear.bodies["numba"](a, b.T, b[0])
        np.testing.assert_allclose(found, expected + b[0], atol=2 * limit, rtol=0)


def test_what_a_tile_reads_beside_its_matrix_goes_nowhere(one_thread, monkeypatch):
    module = pytest.importorskip("nt_tensor.backends.numba._linear")
    for name in ("LEAST", "FEWEST"):
        monkeypatch.setattr(module, name, 0)
    for slot, size in ((0, 1 << 18), (1, 1 << 16)):
        scratch(slot, (size,), np.dtype(np.float32))[:] = np.nan
    a, b = drawn(37, 9), drawn(37, 35)
    np.testing.assert_allclose(
        kernels.matrix_product.bodies["numba"](a.T, b), a.T @ b, atol=1e-5, rtol=0
    )
