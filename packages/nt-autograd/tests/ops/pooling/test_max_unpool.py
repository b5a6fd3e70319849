"""max_unpool: what max_pool takes goes back to its place, and nothing else is there."""

import nt_autograd as ag
import numpy as np
import pytest
from nt_autograd import gradcheck, gradgradcheck, tensor

SHAPES = {1: (2, 3, 8), 2: (2, 3, 6, 8), 3: (1, 2, 4, 6, 4)}
POOL = {1: ag.max_pool1d, 2: ag.max_pool2d, 3: ag.max_pool3d}
UNPOOL = {1: ag.max_unpool1d, 2: ag.max_unpool2d, 3: ag.max_unpool3d}


@pytest.mark.parametrize("count", POOL)
def test_maxima_return_to_where_they_were(count, road, rng):
    x = rng.permutation(np.prod(SHAPES[count])).reshape(SHAPES[count]) + 1.0
    y, places = POOL[count](tensor(x, device=road, dtype="float32"), 2, return_indices=True)
    back = UNPOOL[count](y, places, 2).numpy()
    np.testing.assert_array_equal(back[back != 0], x[back != 0])
    assert back.shape == x.shape
    assert np.count_nonzero(back) == y.numel()
    again, same = POOL[count](tensor(back, device=road), 2, return_indices=True)
    assert again.tolist() == y.tolist()
    assert same.tolist() == places.tolist()


@pytest.mark.parametrize("count", UNPOOL)
def test_both_derivatives_agree_with_differences(count, rng):
    x = tensor(rng.standard_normal(SHAPES[count]))
    y, places = POOL[count](x, 2, return_indices=True)
    y = tensor(y.numpy(), requires_grad=True)
    assert gradcheck(lambda y: UNPOOL[count](y, places, 2), y)
    assert gradgradcheck(lambda y: UNPOOL[count](y * y, places, 2), y)


def test_every_library_goes_the_same_way(road, agree, rng):
    y, places = ag.max_pool2d(tensor(rng.standard_normal((3, 6, 8))), 2, return_indices=True)
    index = places.numpy()
    agree(lambda t: ag.max_unpool2d(t, tensor(index, device=t.device), 2), y.numpy(), device=road)


def test_the_size_may_be_told_where_several_fit():
    y, places = ag.max_pool1d(tensor([[1.0, 2.0, 9.0]]), 2, return_indices=True)
    assert ag.max_unpool1d(y, places, 2).tolist() == [[0, 2]]
    assert ag.max_unpool1d(y, places, 2, output_size=(3,)).tolist() == [[0, 2, 0]]
    assert ag.max_unpool1d(y, places, 2, output_size=(1, 3)).tolist() == [[0, 2, 0]]
    assert ag.max_unpool1d(y, places * 0, 3, 2, 1).tolist() == [[2]]


def test_the_last_one_stays_where_several_come(road):
    y = tensor([[1.0, 2.0]], device=road)
    assert ag.max_unpool1d(y, tensor([[1, 1]], device=road), 2).tolist() == [[0, 2, 0, 0]]


def test_what_does_not_fit_is_named():
    y, places = tensor(np.ones((1, 2))), tensor([[0, 7]])
    with pytest.raises(IndexError, match=r"max_unpool1d: an index leads out of a result of \(4,\)"):
        ag.max_unpool1d(y, places, 2)
    with pytest.raises(ValueError, match=r"indices \(1, 1\) must have the shape of input \(1, 2\)"):
        ag.max_unpool1d(y, places[:, :1], 2)
    with pytest.raises(ValueError, match=r"output_size \(6,\) must be less than a stride away"):
        ag.max_unpool1d(y, places, 2, output_size=(6,))
    with pytest.raises(TypeError, match="integers"):
        ag.max_unpool1d(y, y, 2)
