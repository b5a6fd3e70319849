"""Every op that takes indices refuses bad ones in the same words, on every library."""

import numpy as np
import pytest
from nt_autograd import (
    embedding,
    gather,
    index_add,
    index_select,
    one_hot,
    scatter,
    scatter_add,
    take_along_dim,
    tensor,
)

OPS = {
    "embedding": lambda x, i: embedding(i, x),
    "gather": lambda x, i: gather(x, 0, i[:, None]),
    "take_along_dim": lambda x, i: take_along_dim(x, i[:, None], 0),
    "index_select": lambda x, i: index_select(x, 0, i),
    "index_add": lambda x, i: index_add(x, 0, i, x[:3]),
    "scatter": lambda x, i: scatter(x, 0, i[:, None], x[:3]),
    "scatter_add": lambda x, i: scatter_add(x, 0, i[:, None], x[:3]),
}
each = pytest.mark.parametrize("name", OPS)


def table(device):
    return tensor(np.arange(8.0, dtype=np.float32).reshape(4, 2), device=device)


@each
@pytest.mark.parametrize("wrong", [4, -1, 2**40])
def test_an_index_out_of_range_is_named_with_its_place_and_the_range(name, wrong, device):
    i = tensor([0, wrong, 3], device=device)
    said = "gather" if name == "take_along_dim" else name
    with pytest.raises(IndexError, match=rf"{said}.*{wrong} at \(?1.* is out of range: 0 to 3"):
        OPS[name](table(device), i)


@each
@pytest.mark.parametrize("dtype", ["float32", "bool"])
def test_only_integers_are_indices(name, dtype, device):
    i = tensor([0, 1, 1], device=device).to(dtype)
    said = "gather" if name == "take_along_dim" else name
    with pytest.raises(TypeError, match=rf"{said}.*must hold integers, not {dtype}"):
        OPS[name](table(device), i)


@each
@pytest.mark.parametrize("dtype", ["int8", "int32", "uint8"])
def test_every_integer_dtype_is_an_index(name, dtype, device):
    i = tensor([0, 3, 3], device=device)
    np.testing.assert_array_equal(
        OPS[name](table(device), i.to(dtype)).numpy(), OPS[name](table(device), i).numpy()
    )


def test_one_hot_says_the_same():
    with pytest.raises(IndexError, match=r"one_hot.*class 3 at \(0, 1\) is out of range: 0 to 2"):
        one_hot(tensor([[0, 3]]), 3)
    with pytest.raises(TypeError, match=r"one_hot.*integers"):
        one_hot(tensor([0.0]), 3)


def test_an_empty_table_says_that_nothing_is_there():
    with pytest.raises(IndexError, match="id 0 at 0 is out of range: there are none"):
        embedding(tensor([0]), tensor(np.zeros((0, 2))))
