"""x[index] against NumPy's own indexing, and the way back against sums written out."""

import numpy as np
import pytest
from nt_autograd import getitem, grad, gradcheck, gradgradcheck, no_grad, tensor

SHAPE = (4, 3, 5)
INDICES = {
    "integer": 2,
    "negative integer": -1,
    "slice": slice(1, 3),
    "step": slice(None, None, 2),
    "backwards": slice(None, None, -2),
    "empty slice": slice(3, 1),
    "several": (slice(1, None), 0, slice(0, 4, 3)),
    "ellipsis": (..., 1),
    "ellipsis in the middle": (1, ..., slice(2)),
    "new axes": (None, slice(None), None, 1, None),
    "everything": (),
    "only ellipsis": ...,
    "one element": (1, 2, 3),
    "array": np.array([3, 0, 3, 3]),
    "list": [2, -1, 2],
    "matrix of indices": np.array([[0, 1], [1, 1]]),
    "no index": np.array([], dtype=np.int64),
    "empty list": [],
    "two arrays": (np.array([1, 1, 3]), np.array([2, 2, 0])),
    "arrays that broadcast": (np.array([[0], [2]]), np.array([0, 0, 2])),
    "array and integer": (np.array([1, 1]), 2),
    "integer and array": (2, np.array([0, 2, 0])),
    "all axes": (np.array([0, 0]), np.array([1, 1]), np.array([-1, -1])),
    "array then slice": (np.array([1, 1, 0]), slice(0, 2)),
    "slice then array": (slice(1, 3), np.array([2, 2])),
    "array, slice, array": (np.array([1, 1]), slice(None), np.array([4, 4])),
    "array after ellipsis": (..., np.array([4, 4, 0])),
    "mask": np.arange(60).reshape(SHAPE) % 7 == 0,
    "mask of rows": np.array([True, False, False, True]),
    "mask of nothing": np.zeros(SHAPE, bool),
    "mask of columns": (slice(None), np.array([True, False, True])),
    "mask and integers": (np.array([True, False, True, True]), np.array([1, 1, 2])),
}


def values(dtype=np.float64):
    return np.random.default_rng(0).standard_normal(SHAPE).astype(dtype)


@pytest.mark.parametrize("index", INDICES.values(), ids=INDICES)
def test_it_takes_what_numpy_takes(index, device):
    x = values(np.float32)
    y = tensor(x, device=device)[index]
    np.testing.assert_array_equal(y.numpy(), x[index])
    assert y.shape == x[index].shape


@pytest.mark.parametrize("index", INDICES.values(), ids=INDICES)
def test_its_gradient_adds_at_every_place_taken(index, device):
    x = tensor(values(np.float32), device=device, requires_grad=True)
    y = x[index]
    v = np.random.default_rng(1).standard_normal(y.shape).astype(np.float32)
    (g,) = grad(y, x, tensor(v, device=device))
    expected = np.zeros(SHAPE, np.float64)
    np.add.at(expected, index, v)
    np.testing.assert_allclose(g.numpy(), expected, rtol=1e-6, atol=1e-6)
    assert str(g.dtype) == "float32"


@pytest.mark.parametrize("index", INDICES.values(), ids=INDICES)
def test_both_derivatives_agree_with_differences(index):
    x = tensor(values(), requires_grad=True)
    if x[index].numel():
        assert gradcheck(lambda x: x[index] * x[index], x)
        assert gradgradcheck(lambda x: x[index] * x[index] * x[index], x)


def test_tensors_and_lists_of_them_are_indices(device):
    x = values(np.float32)
    t = tensor(x, device=device)
    np.testing.assert_array_equal(t[tensor([2, 0], device=device)].numpy(), x[[2, 0]])
    np.testing.assert_array_equal(t[tensor(1, device=device)].numpy(), x[1])
    np.testing.assert_array_equal(t[[tensor(1), 3]].numpy(), x[[1, 3]])
    np.testing.assert_array_equal(t[tensor(1) : tensor(3)].numpy(), x[1:3])
    np.testing.assert_array_equal(t[t > 0].numpy(), x[x > 0])


def test_an_index_from_another_device_is_brought_over(device):
    x = values(np.float32)
    np.testing.assert_array_equal(tensor(x, device=device)[tensor([1, 1])].numpy(), x[[1, 1]])


def test_a_slice_of_a_numpy_tensor_shares_its_memory():
    x = tensor(values())
    y = x[1]
    with no_grad():
        x.data[1] = 7.0
    assert (y.numpy() == 7.0).all()


def test_one_element_is_an_array_without_axes(device):
    y = tensor(values(np.float32), device=device)[1, 2, 3]
    assert y.shape == ()
    assert type(y.data) is type(tensor([1.0], device=device).data)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int64", "bool"])
def test_the_dtype_stays(dtype):
    assert str(tensor(values()).to(dtype)[np.array([1, 2])].dtype) == dtype


def test_half_precision_gradients_are_summed_without_loss():
    x = tensor(np.zeros(2), dtype="float16", requires_grad=True)
    y = x[np.zeros(4096, np.int64)]
    y.backward(tensor(np.full(4096, 0.25), dtype="float16"))
    assert x.grad.tolist() == [1024.0, 0.0]


@pytest.mark.parametrize(
    "index",
    [4, -5, (0, 3), np.array([0, 4]), np.array([-5]), (0, np.array([3])), (..., np.array([5]))],
)
def test_an_index_out_of_range_is_refused(index, device):
    with pytest.raises(IndexError, match=r"out of bounds|outside of|out of range"):
        tensor(values(np.float32), device=device)[index]


@pytest.mark.parametrize("index", [1.0, tensor([0.0]), [0.5], np.array([1.0])])
def test_a_float_is_no_index(index):
    with pytest.raises((TypeError, IndexError), match=r"must .*integer"):
        tensor(values())[index]


def test_too_many_entries_are_refused(device):
    with pytest.raises(IndexError):
        tensor(values(np.float32), device=device)[0, 0, 0, 0]


def test_a_column_of_a_wide_matrix_costs_no_index_array_of_its_size():
    import tracemalloc

    x = tensor(np.zeros((64, 20_000), np.float32), requires_grad=True)
    rows, columns = np.arange(64), np.arange(64)
    tracemalloc.start()
    x[rows, columns].sum().backward()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1.2 * x.data.nbytes


def test_square_brackets_are_the_function():
    x = tensor(values())
    assert getitem(x, (0, slice(1, None))).tolist() == x[0, 1:].tolist()
