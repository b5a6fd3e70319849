"""Axes in another order: each element is found where its index says."""

import itertools

import numpy as np
import pytest
from nt_autograd import (
    gradcheck,
    gradgradcheck,
    movedim,
    mT,
    permute,
    swapaxes,
    t,
    tensor,
    transpose,
    zeros,
)

CASES = [
    (lambda x: permute(x, (2, 0, 1)), (2, 0, 1)),
    (lambda x: x.permute(1, 2, 0), (1, 2, 0)),
    (lambda x: permute(x, (-1, 0, 1)), (2, 0, 1)),
    (lambda x: transpose(x, 0, 2), (2, 1, 0)),
    (lambda x: transpose(x, -1, -2), (0, 2, 1)),
    (lambda x: swapaxes(x, 0, 1), (1, 0, 2)),
    (mT, (0, 2, 1)),
    (lambda x: x.mT, (0, 2, 1)),
    (lambda x: x.T, (2, 1, 0)),
    (lambda x: movedim(x, 0, -1), (1, 2, 0)),
    (lambda x: movedim(x, (0, 1), (2, 0)), (1, 2, 0)),
    (lambda x: movedim(x, -1, 0), (2, 0, 1)),
]


@pytest.mark.parametrize(("fn", "order"), CASES)
def test_every_element_is_where_its_index_says(fn, order, road, agree, rng):
    x = rng.standard_normal((2, 3, 4))
    found = fn(tensor(x)).numpy()
    for index in np.ndindex(2, 3, 4):
        assert found[tuple(index[axis] for axis in order)] == x[index]
    agree(fn, x, device=road)


@pytest.mark.parametrize(("fn", "order"), CASES)
def test_both_derivatives_agree_with_differences(fn, order, rng):
    x = tensor(rng.standard_normal((2, 3, 2)), requires_grad=True)
    assert gradcheck(fn, x)
    assert gradgradcheck(lambda v: fn(v * v), x)


def test_the_gradient_goes_through_every_order(rng):
    v = rng.standard_normal((2, 3, 4, 5))
    for order in itertools.permutations(range(4)):
        x = tensor(np.zeros((2, 3, 4, 5)), requires_grad=True)
        y = permute(x, order)
        y.backward(tensor(v.transpose(order).copy()))
        np.testing.assert_array_equal(x.grad.numpy(), v)


def test_the_transpose_of_a_vector_is_the_vector():
    assert t(zeros(3)).shape == (3,)
    assert t(zeros(2, 3)).shape == (3, 2)
    assert t(tensor(1.0)).shape == tensor(1.0).T.shape == ()
    with pytest.raises(ValueError, match="use mT"):
        t(zeros(2, 3, 4))


@pytest.mark.parametrize("dims", [(0, 1), (0, 0, 1), (0, 1, 3)])
def test_an_order_that_is_none_is_told(dims, road):
    with pytest.raises((ValueError, IndexError), match="permute"):
        permute(zeros(2, 3, 4, device=road), dims)


def test_moves_that_do_not_pair_are_told():
    for source, destination in [((0, 1), 0), ((0, 0), (1, 2)), ((0, 1), (2, 2))]:
        with pytest.raises(ValueError, match="pair distinct axes"):
            movedim(zeros(2, 3, 4), source, destination)
    with pytest.raises(IndexError, match="not an axis"):
        mT(zeros(3))


def test_empty_tensors_turn_too(road, agree):
    agree(lambda x: permute(x, (2, 0, 1)), np.zeros((2, 0, 3)), device=road)
