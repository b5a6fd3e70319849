"""maxout: the largest of neighbours, along any axis, with ties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nt_autograd import grad, gradcheck, gradgradcheck, maxout, relu, tensor


@pytest.mark.parametrize("dim", [0, 1, -1])
@pytest.mark.parametrize("k", [1, 2, 3])
def test_each_unit_is_the_largest_of_its_pieces(dim, k, road, rng):
    x = rng.standard_normal((6, 6, 12)).astype(np.float32)
    moved = np.moveaxis(x, dim, -1)
    pieces = [moved[..., i * k : (i + 1) * k].max(-1) for i in range(moved.shape[-1] // k)]
    expected = np.moveaxis(np.stack(pieces, -1), -1, dim)
    np.testing.assert_array_equal(maxout(tensor(x, device=road), k, dim).numpy(), expected)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 4), st.integers(1, 4), st.integers(0, 3), st.integers(0, 1))
def test_one_piece_is_the_identity_and_all_pieces_the_maximum(units, rows, other, dim):
    x = np.random.default_rng(units).standard_normal((rows, units * (other + 1)))
    t = tensor(x)
    assert maxout(t, 1, dim).tolist() == x.tolist()
    assert maxout(t, x.shape[dim], dim).tolist() == x.max(dim, keepdims=True).tolist()


def test_the_gradient_is_shared_among_the_largest(road):
    x = tensor([2.0, 2.0, 1.0, -3.0, -1.0, -1.0], device=road, requires_grad=True)
    assert grad(maxout(x, 3).sum(), x)[0].tolist() == [0.5, 0.5, 0, 0, 0.5, 0.5]


def test_derivatives_agree_with_differences(rng):
    x = tensor(rng.permutation(24).reshape(2, 3, 4) / 3.0, requires_grad=True)
    for k, dim in ((2, -1), (3, 1), (2, 0)):
        assert gradcheck(lambda x, k=k, dim=dim: maxout(x, k, dim), x)
        assert gradgradcheck(lambda x, k=k, dim=dim: maxout(x, k, dim), x)


def test_of_a_line_and_nothing_it_makes_a_rectifier(rng):
    x = rng.standard_normal(50)
    both = tensor(np.stack([x, np.zeros(50)], -1))
    assert maxout(both, 2)[:, 0].tolist() == relu(tensor(x)).tolist()


@pytest.mark.parametrize("shape", [(0, 4), (3, 0)])
def test_of_nothing_comes_nothing(shape, road):
    x = tensor(np.zeros(shape, np.float32), device=road, requires_grad=True)
    y = maxout(x, 2)
    assert y.shape == (shape[0], shape[1] // 2)


def test_what_does_not_fit_is_named():
    for k in (0, -1, 3):
        with pytest.raises(ValueError, match=rf"k \({k}\) must be positive and divide axis -1"):
            maxout(tensor(np.ones((2, 4))), k)
    with pytest.raises(ValueError, match=r"k \(1\)"):
        maxout(tensor(1.0), 1)
    with pytest.raises(IndexError, match=r"dim \(2\)"):
        maxout(tensor(np.ones((2, 4))), 2, 2)
