"""One index means one thing on every backend, and writing leaves the array as it was."""

import nt_tensor as nt
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

X = np.arange(24, dtype=np.float32).reshape(2, 3, 4) - 5
INDICES = {
    "integer": 1,
    "negative integer": -1,
    "numpy's integer": np.int64(1),
    "integers": (0, -1, 2),
    "slice": slice(1, None),
    "backwards": np.s_[:, ::-1, ::-2],
    "empty slice": np.s_[:, 2:1],
    "ellipsis": np.s_[..., 1:3],
    "new axes": np.s_[None, :, 1, ..., None],
    "index array": np.asarray([1, 0, 1, 1]),
    "negative indices": (slice(None), np.asarray([-1, 0, -1])),
    "index matrix": np.s_[:, np.asarray([[0, 1], [2, 2]])],
    "list": [1, 1, 0],
    "no places": np.asarray([], np.int64),
    "empty list": [],
    "two index arrays": (np.asarray([0, 1, 1]), np.asarray([2, 0, 0])),
    "index arrays that broadcast": (np.asarray([[0], [1]]), np.asarray([2, 0, 0])),
    "index arrays apart": (np.asarray([0, 1, 1]), slice(None), np.asarray([3, 0, 0])),
    "integer and index array apart": (0, slice(None), np.asarray([3, 0, 0])),
    "index array behind": np.s_[..., np.asarray([3, 3, 0])],
    "mask": X > 3,
    "mask of rows": (np.asarray([False, True]),),
    "mask behind": np.s_[:, np.asarray([True, False, True])],
    "mask of two axes": np.s_[np.asarray([[True, False, True], [False, False, True]]), 1:],
    "mask of nothing": X > 1e9,
    "mask and index array": (np.asarray([True, True]), np.asarray([2, 0])),
}


@pytest.fixture
def x(device):
    return nt.asarray(X, device=device)


@pytest.fixture(params=["as NumPy", "as its own"])
def own(request, device):
    """Turn the arrays in an index into the backend's own, or leave them NumPy's."""

    def one(entry):
        return nt.asarray(entry, device=device) if isinstance(entry, np.ndarray) else entry

    def convert(index):
        if request.param == "as NumPy":
            return index
        return tuple(map(one, index)) if isinstance(index, tuple) else one(index)

    return convert


def same(found, expected):
    found = nt.to_numpy(found)
    assert (found.shape, found.dtype) == (expected.shape, expected.dtype)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("index", INDICES.values(), ids=INDICES)
def test_reading_means_what_numpy_means(x, own, index):
    same(nt.get_at(x, own(index)), np.asarray(X[index]))


@pytest.mark.parametrize("index", INDICES.values(), ids=INDICES)
def test_writing_returns_a_new_array(x, own, index, device):
    expected = X.copy()
    expected[index] = 7
    same(nt.set_at(x, own(index), 7.0), expected)
    same(x, X)
    # Each place gets a value of its own, the same one however often the index names it.
    values = np.asarray(X * 10)[index]
    expected[index] = values
    same(nt.set_at(x, own(index), nt.asarray(values, device=device)), expected)


@pytest.mark.parametrize("index", INDICES.values(), ids=INDICES)
def test_adding_adds_twice_where_a_place_comes_twice(x, own, index, device):
    values = np.arange(X[index].size, dtype=np.float32).reshape(X[index].shape) + 1
    expected = X.copy()
    np.add.at(expected, index, values)
    found = nt.add_at(x, own(index), nt.asarray(values, device=device))
    same(found, expected)
    same(x, X)


@pytest.mark.parametrize("index", INDICES.values(), ids=INDICES)
def test_every_body_agrees_with_the_reference(index):
    values = np.float32(0.5)
    for kernel in (nt.set_at, nt.add_at):
        expected = kernel.reference(X, index, values)
        same(kernel(X, index, values), expected)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_index_that_hypothesis_finds(data):
    x = data.draw(hnp.arrays(np.int32, hnp.array_shapes(max_dims=3, max_side=3)))
    index = data.draw(
        hnp.basic_indices(x.shape, allow_newaxis=True)
        | hnp.integer_array_indices(x.shape)
        | hnp.arrays(bool, x.shape)
    )
    shape = x[index].shape
    values = data.draw(hnp.arrays(np.int32, shape, elements=st.integers(-9, 9)))
    added, written = x.copy(), x.copy()
    np.add.at(added, index, values)
    for place in nt.devices():
        own = nt.to(x, place)
        addend = nt.asarray(values, device=place)
        same(nt.get_at(own, index), np.asarray(x[index]))
        same(nt.add_at(own, index, addend), added)
        written[index] = 3
        same(nt.set_at(own, index, 3), written)


def test_values_broadcast_to_the_places(x, device):
    row = nt.asarray([1.0, 2.0, 3.0, 4.0], device=device)
    places = np.asarray([0, 0, 1])
    expected = X.copy()
    np.add.at(expected, (slice(None), places), np.asarray([1, 2, 3, 4], np.float32))
    same(nt.add_at(x, (slice(None), places), row), expected)
    with pytest.raises(ValueError, match=r"(?i)broadcast"):
        nt.to_numpy(nt.add_at(x, places, nt.ones(3, device=device)))


def test_rows_of_a_table_collect_their_gradients(device):
    rng = np.random.default_rng(0)
    tokens = rng.integers(0, 50, (8, 16))
    gradients = rng.standard_normal((8, 16, 12)).astype(np.float32)
    expected = np.zeros((50, 12), np.float64)
    for token, gradient in zip(tokens.ravel(), gradients.reshape(-1, 12), strict=True):
        expected[token] += gradient
    zeros = nt.zeros((50, 12), device=device)
    index = nt.asarray(tokens, device=device)
    found = nt.add_at(zeros, index, nt.asarray(gradients, device=device))
    np.testing.assert_allclose(nt.to_numpy(found), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("dtype", ["float16", "float32", "int8", "int64", "uint8"])
def test_the_dtype_of_the_array_stays(dtype, device):
    x = nt.zeros(3, dtype, device)
    for found in (
        nt.add_at(x, np.asarray([0, 0]), nt.ones(2, dtype, device)),
        nt.add_at(x, 0, 2),
        nt.set_at(x, 0, 2),
        nt.set_at(x, 0, nt.full((), 2, "int8", device)),
    ):
        assert str(nt.dtype_of(found)) == dtype
        np.testing.assert_array_equal(nt.to_numpy(found), [2, 0, 0])


@pytest.mark.parametrize("kernel", [nt.set_at, nt.add_at], ids=["set_at", "add_at"])
def test_floats_do_not_go_into_integers(kernel, device):
    x = nt.zeros(3, "int32", device)
    for value in (0.5, nt.ones((), device=device)):
        with pytest.raises(
            TypeError, match=f"{kernel.name}: float32 values do not go into .* int32"
        ):
            kernel(x, 0, value)


@pytest.mark.parametrize("index", [2, -3, (0, 3), (..., 9), (0, 0, 0, 0)], ids=str)
def test_an_integer_outside_of_the_shape_is_refused(x, index):
    for work in (
        lambda: nt.get_at(x, index),
        lambda: nt.set_at(x, index, 0.0),
        lambda: nt.add_at(x, index, 0.0),
    ):
        with pytest.raises(IndexError):
            work()


def test_a_mask_of_another_shape_is_refused(x):
    with pytest.raises(IndexError, match=r"mask|boolean"):
        nt.get_at(x, np.ones((3, 2), bool))


def test_an_index_array_of_floats_is_refused(x):
    with pytest.raises((IndexError, TypeError), match="integer"):
        nt.get_at(x, np.asarray([0.5]))


@pytest.mark.parametrize("rows", [0, 3])
def test_adding_nothing_changes_nothing(device, rows):
    x = nt.zeros((rows, 2), device=device)
    y = nt.add_at(x, nt.zeros(0, "int64", device), nt.zeros((0, 2), device=device))
    np.testing.assert_array_equal(nt.to_numpy(y), np.zeros((rows, 2)))
