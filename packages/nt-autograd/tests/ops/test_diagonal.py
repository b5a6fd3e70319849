"""Triangles and diagonals against NumPy's, off the middle and of flat matrices too."""

import numpy as np
import pytest
from nt_autograd import (
    diag,
    diag_embed,
    diagonal,
    gradcheck,
    gradgradcheck,
    tensor,
    trace,
    tril,
    triu,
    zeros,
)

SHAPES = [(3, 3), (2, 4), (4, 2), (2, 3, 3)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("k", [0, 1, -1, 2, -2, 9, -9])
def test_triangles_are_numpys(shape, k, road, agree, rng):
    x = rng.standard_normal(shape)
    np.testing.assert_array_equal(tril(tensor(x), k).numpy(), np.tril(x, k))
    np.testing.assert_array_equal(triu(tensor(x), k).numpy(), np.triu(x, k))
    agree(lambda t: tril(t, k) * 2 + triu(t * t, k), x, device=road)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("k", [0, 1, -1, 2, -2, 9, -9])
def test_diagonals_are_numpys(shape, k, road, agree, rng):
    x = rng.standard_normal(shape)
    found = diagonal(tensor(x), k, -2, -1).numpy()
    np.testing.assert_array_equal(found, np.diagonal(x, k, -2, -1))
    np.testing.assert_array_equal(diagonal(tensor(x), k).numpy(), np.diagonal(x, k))
    agree(lambda t: diagonal(t, k, 1, 0), x, device=road)
    if len(shape) == 2:
        np.testing.assert_array_equal(diag(tensor(x), k).numpy(), np.diag(x, k))


@pytest.mark.parametrize("k", [0, 1, -1, 3])
def test_a_vector_becomes_a_diagonal(k, road, agree, rng):
    x = rng.standard_normal(3)
    np.testing.assert_array_equal(diag(tensor(x), k).numpy(), np.diag(x, k))
    stack = diag_embed(tensor(rng.standard_normal((2, 3))), k)
    np.testing.assert_array_equal(stack[1].numpy(), np.diag(diagonal(stack[1], k).numpy(), k))
    agree(lambda t: diag_embed(t, k), rng.standard_normal((2, 3)), device=road)


@pytest.mark.parametrize(
    "fn",
    [
        tril,
        lambda t: triu(t, 1),
        lambda t: diagonal(t, -1),
        lambda t: diag_embed(t, 1),
        diag,
        trace,
    ],
)
def test_both_derivatives_agree_with_differences(fn, rng):
    x = tensor(rng.standard_normal((3, 2)), requires_grad=True)
    assert gradcheck(fn, x)
    assert gradgradcheck(lambda t: fn(t * t), x)


def test_the_trace_is_the_sum_of_the_diagonal(road, agree, rng):
    x = rng.standard_normal((4, 4))
    assert np.isclose(trace(tensor(x)).item(), np.trace(x))
    agree(trace, x, device=road)


def test_what_lies_outside_of_a_triangle_does_not_matter(road):
    x = tensor([[1.0, np.nan], [2.0, np.inf]], device=road)
    assert tril(x, -1).tolist() == [[0, 0], [2, 0]]
    assert diag_embed(tensor([np.inf, 1.0], device=road)).tolist() == [[np.inf, 0], [0, 1]]


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (2, 0, 3)])
def test_empty_matrices_have_empty_diagonals(shape, road, agree):
    agree(lambda t: tril(t), np.zeros(shape), device=road)
    agree(lambda t: diagonal(t, 0, -2, -1), np.zeros(shape), device=road)
    assert diagonal(zeros(0, 3)).shape == (0,)


def test_integers_and_booleans_keep_their_dtype(road):
    for dtype in ("int64", "bool"):
        x = tensor([[1, 1], [1, 1]], dtype=dtype, device=road)
        assert str(tril(x).dtype) == str(diagonal(x).dtype) == str(diag(x[0]).dtype) == dtype


@pytest.mark.parametrize(
    ("fn", "message"),
    [
        (lambda: tril(zeros(3)), "a triangle needs two axes"),
        (lambda: triu(zeros(3)), "a triangle needs two axes"),
        (lambda: diagonal(zeros(3, 3), 0, 1, -1), "are the same"),
        (lambda: diag(zeros(2, 2, 2)), "a vector or a matrix"),
        (lambda: trace(zeros(3)), "trace takes a matrix"),
    ],
)
def test_what_does_not_fit_is_told(fn, message):
    with pytest.raises(ValueError, match=message):
        fn()
