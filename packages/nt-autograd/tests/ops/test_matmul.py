"""Matrix products: against sums written out, for every mix of vectors, matrices and stacks."""

import math

import numpy as np
import pytest
from nt_autograd import bmm, dot, gradcheck, gradgradcheck, matmul, mm, mv, outer, tensor, zeros

SHAPES = [
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((3,), (3, 4)),
    ((2, 3), (3, 4)),
    ((5, 2, 3), (3, 4)),
    ((2, 5, 2, 3), (3, 4)),
    ((5, 2, 3), (3,)),
    ((3,), (5, 3, 4)),
    ((2, 3), (5, 3, 4)),
    ((5, 2, 3), (5, 3, 4)),
    ((5, 1, 2, 3), (4, 3, 2)),
    ((1, 2, 3), (5, 3, 4)),
    ((1, 1), (1, 1)),
]
EMPTY = [((0, 3), (3, 4)), ((2, 0), (0, 4)), ((5, 0, 3), (3, 4)), ((2, 3), (3, 0)), ((0,), (0,))]


def written_out(a, b):
    """The product, one element after the other."""
    rows = a[None] if a.ndim == 1 else a
    columns = b[:, None] if b.ndim == 1 else b
    batch = np.broadcast_shapes(rows.shape[:-2], columns.shape[:-2])
    rows = np.broadcast_to(rows, batch + rows.shape[-2:])
    columns = np.broadcast_to(columns, batch + columns.shape[-2:])
    found = np.zeros((*batch, rows.shape[-2], columns.shape[-1]))
    for index in np.ndindex(found.shape):
        at, i, j = index[:-2], index[-2], index[-1]
        pairs = zip(rows[(*at, i)], columns[(*at, slice(None), j)], strict=True)
        found[index] = math.fsum(x * y for x, y in pairs)
    if b.ndim == 1:
        found = found[..., 0]
    return (
        found[..., 0, :] if a.ndim == 1 and b.ndim > 1 else found[..., 0] if a.ndim == 1 else found
    )


@pytest.mark.parametrize(("left", "right"), SHAPES + EMPTY)
def test_every_element_is_a_sum_of_products(left, right, road, agree, rng):
    a, b = rng.standard_normal(left), rng.standard_normal(right)
    found = matmul(tensor(a), tensor(b)).numpy()
    expected = written_out(a, b)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-14)
    agree(matmul, a, b, device=road)
    agree(lambda x, y: x @ y, a, b, device=road)


@pytest.mark.parametrize(("left", "right"), SHAPES)
def test_both_derivatives_agree_with_differences(left, right, rng):
    a, b = (tensor(rng.standard_normal(s), requires_grad=True) for s in (left, right))
    assert gradcheck(matmul, a, b)
    if a.numel() + b.numel() < 60:
        assert gradgradcheck(lambda x, y: matmul(x * x, y), a, b)


@pytest.mark.parametrize(("left", "right"), SHAPES)
def test_only_the_gradient_that_is_wanted_is_made(left, right, rng):
    for first in (True, False):
        a = tensor(rng.standard_normal(left), requires_grad=first)
        b = tensor(rng.standard_normal(right), requires_grad=not first)
        assert gradcheck(matmul, a, b)


def test_turned_and_sliced_operands_give_the_same(road, agree, rng):
    a, b = rng.standard_normal((6, 4, 8)), rng.standard_normal((5, 8))
    agree(lambda x, y: x @ y.T, a, b, device=road)
    agree(lambda x, y: x[::2] @ y.T, a, b, device=road)
    agree(lambda x, y: x.transpose(0, 1) @ y.T, a, b, device=road)
    agree(lambda x: x @ x.mT, a, device=road)


def test_integers_multiply_too(road):
    a = tensor([[1, 2], [3, 4]], device=road)
    assert (a @ a).tolist() == [[7, 10], [15, 22]]
    assert (a @ a[0]).tolist() == [5, 11]


def test_named_products_are_the_general_one(road, agree, rng):
    a, b, v = (rng.standard_normal(s) for s in ((2, 3), (3, 4), (3,)))
    np.testing.assert_array_equal(mm(tensor(a), tensor(b)).numpy(), a @ b)
    np.testing.assert_array_equal(mv(tensor(a), tensor(v)).numpy(), a @ v)
    np.testing.assert_array_equal(bmm(tensor(a[None]), tensor(b[None])).numpy(), (a @ b)[None])
    assert dot(tensor(v), tensor(v)).item() == v @ v
    np.testing.assert_array_equal(outer(tensor(v), tensor(a[0])).numpy(), np.outer(v, a[0]))
    agree(outer, v, a[0], device=road)
    x, y = tensor(v, requires_grad=True), tensor(a[0], requires_grad=True)
    assert gradgradcheck(outer, x, y)
    assert gradgradcheck(dot, x, y)


@pytest.mark.parametrize(
    ("fn", "message"),
    [
        (lambda: matmul(zeros(2, 3), zeros(2, 3)), r"matmul\(a: float32 \(2, 3\), b: float32"),
        (lambda: matmul(zeros(2, 2, 3), zeros(2, 3)), r"matmul\(a: float32 \(2, 2, 3\)"),
        (lambda: matmul(tensor(1.0), zeros(2)), "matmul"),
        (lambda: mm(zeros(2), zeros(2, 3)), "mm takes tensors of 2 and 2 axes"),
        (lambda: mv(zeros(2, 3), zeros(3, 1)), "mv takes tensors of 2 and 1 axes"),
        (lambda: bmm(zeros(2, 1, 3), zeros(3, 3, 1)), "batches of 2 and 3"),
        (lambda: bmm(zeros(2, 3), zeros(3, 3, 1)), "bmm takes tensors of 3 and 3 axes"),
        (lambda: dot(zeros(2, 1), zeros(2)), "dot takes tensors of 1 and 1 axes"),
        (lambda: outer(zeros(2, 1), zeros(2)), "outer takes two vectors"),
    ],
)
def test_what_does_not_fit_is_told(fn, message):
    with pytest.raises(ValueError, match=message):
        fn()


def test_two_dtypes_do_not_multiply(road):
    with pytest.raises(TypeError, match=r"matmul\(a: float32 .*dtypes must be the same"):
        zeros(2, 2, device=road) @ zeros(2, 2, dtype="float16", device=road)
