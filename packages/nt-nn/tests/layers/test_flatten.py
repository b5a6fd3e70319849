"""Flatten and Unflatten give NumPy's reshape, undo each other, and pass gradients through."""

import numpy as np
import pytest
from nt_autograd import tensor
from nt_nn import Flatten, Linear, Sequential, Unflatten

X = np.arange(120.0).reshape(2, 3, 4, 5)


@pytest.mark.parametrize(
    ("start", "end", "shape"),
    [(1, -1, (2, 60)), (0, -1, (120,)), (1, 2, (2, 12, 5)), (-2, -1, (2, 3, 20)), (3, 3, X.shape)],
)
def test_flatten_is_a_reshape(start: int, end: int, shape: tuple[int, ...]) -> None:
    assert np.array_equal(Flatten(start, end)(tensor(X)).numpy(), X.reshape(shape))


def test_unflatten_undoes_flatten() -> None:
    back = Sequential(Flatten(1, 2), Unflatten(1, (3, -1)))(tensor(X))
    assert np.array_equal(back.numpy(), X)


def test_an_empty_batch_stays_one() -> None:
    assert Flatten()(tensor(X[:0])).shape == (0, 60)


def test_gradients_come_back_in_the_shape_of_the_input() -> None:
    x = tensor(X, requires_grad=True)
    layer = Linear(60, 1, dtype="float64")
    Sequential(Flatten(), layer)(x).sum().backward()
    wanted = np.broadcast_to(layer.weight.detach().numpy().reshape(1, 3, 4, 5), X.shape)
    assert np.array_equal(x.grad.numpy(), wanted)


def test_what_does_not_fit_is_named() -> None:
    with pytest.raises(ValueError, match="start_dim"):
        Flatten(2, 1)(tensor(X))
    with pytest.raises(ValueError, match="do not fill dim 1"):
        Unflatten(1, (2, 2))(tensor(X))
    with pytest.raises(IndexError):
        Flatten(7)(tensor(X))
