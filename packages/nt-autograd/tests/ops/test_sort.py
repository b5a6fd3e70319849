"""sort, argsort and topk against Python's sorted."""

import numpy as np
import pytest
from nt_autograd import argsort, grad, gradcheck, gradgradcheck, sort, tensor, topk


def rows(array, dim):
    """The rows along an axis, as lists."""
    last = np.moveaxis(array, dim, -1)
    return last.reshape(int(np.prod(last.shape[:-1])), array.shape[dim]).tolist()


@pytest.mark.parametrize(("shape", "dim"), [((9,), 0), ((4, 9), -1), ((4, 9), 0), ((2, 5, 3), 1)])
@pytest.mark.parametrize("descending", [False, True])
def test_equal_elements_keep_their_order(shape, dim, descending, device):
    x = np.random.default_rng(0).integers(0, 4, shape).astype(np.float32)
    values, indices = sort(tensor(x, device=device), dim, descending)
    for row, got, order in zip(
        rows(x, dim), rows(values.numpy(), dim), rows(indices.numpy(), dim), strict=True
    ):
        expected = sorted(range(len(row)), key=lambda i: row[i], reverse=descending)
        if descending:  # sorted(reverse=True) keeps the order of equal elements too
            assert order == expected
        assert order == expected
        assert got == [row[i] for i in expected]
    np.testing.assert_array_equal(
        argsort(tensor(x, device=device), dim, descending).numpy(), indices.numpy()
    )
    assert str(indices.dtype) == "int64"


def test_values_and_indices_have_names():
    found = sort(tensor([2.0, 1.0]))
    assert found.values.tolist() == [1.0, 2.0]
    assert found.indices.tolist() == [1, 0]


def test_infinities_and_nan_come_last():
    x = tensor([float("nan"), 1.0, float("inf"), float("-inf")])
    assert sort(x).indices.tolist() == [3, 1, 2, 0]


def test_the_gradient_follows_the_elements(device):
    x = tensor([3.0, 1.0, 2.0], device=device, requires_grad=True)
    (g,) = grad(sort(x).values, x, tensor([10.0, 20.0, 30.0], device=device))
    assert g.numpy().tolist() == [30.0, 10.0, 20.0]
    assert not sort(x).indices.requires_grad


def test_the_ways_back_agree_with_differences():
    x = tensor(np.random.default_rng(0).standard_normal((3, 6)), requires_grad=True)
    for fn in (
        lambda x: sort(x, 0, True).values,
        lambda x: sort(x).values,
        lambda x: topk(x, 2).values,
        lambda x: topk(x, 2, 0, largest=False).values,
    ):
        assert gradcheck(fn, x)
        assert gradgradcheck(lambda x, fn=fn: fn(x * x * x), x)


@pytest.mark.parametrize("k", [0, 1, 3, 40, 100])
@pytest.mark.parametrize("largest", [True, False])
@pytest.mark.parametrize(("shape", "dim"), [((100,), 0), ((3, 100), 1), ((100, 3), 0)])
def test_topk_is_the_head_of_the_order(shape, dim, k, largest, device):
    x = np.random.default_rng(0).permutation(np.prod(shape)).reshape(shape).astype(np.float32)
    values, indices = topk(tensor(x, device=device), k, dim, largest)
    for row, got, at in zip(
        rows(x, dim), rows(values.numpy(), dim), rows(indices.numpy(), dim), strict=True
    ):
        assert got == sorted(row, reverse=largest)[:k]
        assert [row[i] for i in at] == got


def test_topk_with_equal_elements_takes_enough_of_them(device):
    x = np.ones((2, 50), np.float32)
    x[:, 7] = 2
    values, indices = topk(tensor(x, device=device), 3)
    assert values.numpy().tolist() == [[2.0, 1.0, 1.0]] * 2
    for row in indices.numpy():
        assert len(set(row.tolist())) == 3


@pytest.mark.parametrize("k", [-1, 4])
def test_topk_wants_no_more_than_there_are(k):
    with pytest.raises(ValueError, match=rf"k \({k}\) must be from 0 to the length of dim -1"):
        topk(tensor([1.0, 2.0, 3.0]), k)


def test_a_number_is_sorted_already():
    x = tensor(5.0)
    assert argsort(x).item() == 0
    assert sort(x).values.item() == 5.0
    assert topk(x, 1).values.item() == 5.0
