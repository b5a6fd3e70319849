"""KVCache: what was stored comes back, once, in order, or an error says why not."""

import numpy as np
import pytest
from nt_autograd import Tensor, no_grad, ones, tensor, zeros
from nt_nn import KVCache
from nt_tensor import Generator


def normal(*shape, seed=0):
    return Tensor(Generator(seed).normal(shape))


def test_pieces_come_back_as_the_whole():
    keys, values = normal(2, 3, 9, 4), normal(2, 3, 9, 4, seed=1)
    cache = KVCache(2, 3, 10, 4)
    with no_grad():
        for begin, end in ((0, 5), (5, 6), (6, 9)):
            found = cache.append(keys[:, :, begin:end], values[:, :, begin:end])
    assert cache.length == 9
    assert np.array_equal(found[0].numpy(), keys.numpy())
    assert np.array_equal(found[1].numpy(), values.numpy())


def test_a_reset_forgets_and_reuses_the_memory():
    cache = KVCache(1, 1, 2, 1)
    with no_grad():
        cache.append(ones(1, 1, 2, 1), ones(1, 1, 2, 1))
        cache.reset()
        keys, _ = cache.append(zeros(1, 1, 1, 1), zeros(1, 1, 1, 1))
    assert keys.tolist() == [[[[0.0]]]]


def test_what_does_not_fit_is_refused_and_nothing_is_stored():
    cache = KVCache(1, 2, 4, 3)
    with no_grad():
        cache.append(ones(1, 2, 3, 3), ones(1, 2, 3, 3))
        with pytest.raises(ValueError, match="2 positions after 3 do not fit into a cache of 4"):
            cache.append(ones(1, 2, 2, 3), ones(1, 2, 2, 3))
        with pytest.raises(ValueError, match=r"must both be \(1, 2, new, 3\)"):
            cache.append(ones(2, 2, 1, 3), ones(2, 2, 1, 3))
        with pytest.raises(ValueError, match=r"must both be \(1, 2, new, 3\)"):
            cache.append(ones(1, 2, 1, 3), ones(1, 2, 2, 3))
    assert cache.length == 3
    with pytest.raises(ValueError, match="must be positive"):
        KVCache(1, 2, 0, 3)


def test_gradients_are_refused_and_not_lost():
    keys = ones(1, 1, 1, 1).requires_grad_()
    with pytest.raises(RuntimeError, match="no_grad"):
        KVCache(1, 1, 2, 1).append(keys, keys)


@pytest.mark.parametrize("rows", [[2, 0, 1], [1, 1, 1], [0], [2, 2, 0, 1, 0]])
def test_rows_are_taken_as_they_stood_and_go_on_growing(rows):
    keys, values = normal(3, 2, 6, 4), normal(3, 2, 6, 4, seed=1)
    cache = KVCache(3, 2, 6, 4)
    with no_grad():
        cache.append(keys[:, :, :4], values[:, :, :4])
        cache.reorder(tensor(rows))
        found = cache.append(keys[rows][:, :, 4:], values[rows][:, :, 4:])
    assert (cache.length, cache.capacity, cache.keys.shape[0]) == (6, 6, len(rows))
    assert np.array_equal(found[0].numpy(), keys.numpy()[rows])
    assert np.array_equal(found[1].numpy(), values.numpy()[rows])
    with pytest.raises(IndexError, match="7"):
        cache.reorder(tensor([0, 7]))
