"""index_select and index_add against loops over slices."""

import numpy as np
import pytest
from nt_autograd import grad, gradcheck, gradgradcheck, index_add, index_select, tensor

CASES = [((5,), 0), ((4, 3), 0), ((4, 3), 1), ((2, 3, 4), -2), ((2, 3, 4), 2)]
each = pytest.mark.parametrize(("shape", "dim"), CASES)


def case(shape, dim, dtype=np.float64):
    rng = np.random.default_rng(0)
    index = rng.integers(0, shape[dim], 6)
    source = list(shape)
    source[dim] = 6
    return (
        rng.standard_normal(shape).astype(dtype),
        index,
        rng.standard_normal(source).astype(dtype),
    )


@each
def test_slices_are_taken_in_order(shape, dim, device):
    x, index, _ = case(shape, dim, np.float32)
    y = index_select(tensor(x, device=device), dim, tensor(index, device=device))
    np.testing.assert_array_equal(y.numpy(), np.stack([x.take(i, dim) for i in index], dim))


@each
def test_slices_are_added(shape, dim, device):
    x, index, source = case(shape, dim, np.float32)
    expected = np.moveaxis(x.astype(np.float64), dim, 0).copy()
    for i, row in zip(index, np.moveaxis(source, dim, 0), strict=True):
        expected[i] += 0.5 * row
    args = [tensor(a, device=device) for a in (index, source)]
    y = index_add(tensor(x, device=device), dim, *args, alpha=0.5)
    np.testing.assert_allclose(y.numpy(), np.moveaxis(expected, 0, dim), rtol=1e-5, atol=1e-6)


@each
def test_the_ways_back_agree_with_differences(shape, dim):
    x, index, source = case(shape, dim)
    x, source = tensor(x, requires_grad=True), tensor(source, requires_grad=True)
    assert gradcheck(lambda x: index_select(x, dim, index), x)
    assert gradgradcheck(lambda x: index_select(x * x, dim, index), x)
    assert gradcheck(lambda x, s: index_add(x, dim, index, s, alpha=-2), x, source)
    assert gradgradcheck(lambda x, s: index_add(x * x, dim, index, s * s), x, source)


@each
def test_gradients_on_every_library(shape, dim, device):
    found = {}
    for where in ("cpu", device):
        x, index, source = [tensor(a, device=where) for a in case(shape, dim, np.float32)]
        x.requires_grad_(), source.requires_grad_()
        y = index_select(x, dim, index) * source
        z = index_add(x, dim, index, source) * x
        found[where] = [g.numpy() for g in grad(y.sum() + z.sum(), (x, source))]
    for a, b in zip(found["cpu"], found[device], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5)


def test_no_index_takes_nothing(device):
    x = tensor(np.zeros((3, 2), np.float32), device=device, requires_grad=True)
    y = index_select(x, 0, tensor(np.zeros(0, np.int64), device=device))
    assert y.shape == (0, 2)
    y.sum().backward()
    assert not x.grad.numpy().any()


def test_the_index_has_one_axis():
    with pytest.raises(ValueError, match=r"index must have one axis, not shape \(1, 1\)"):
        index_select(tensor([1.0]), 0, tensor([[0]]))
    with pytest.raises(ValueError, match="index must have one axis"):
        index_add(tensor([1.0]), 0, tensor([[0]]), tensor([1.0]))


def test_a_source_that_does_not_fit_is_refused():
    x, i = tensor(np.zeros((3, 2))), tensor([0, 1])
    with pytest.raises(ValueError, match=r"source has shape \(2, 3\), not \(2, 2\)"):
        index_add(x, 0, i, tensor(np.zeros((2, 3))))
    with pytest.raises(TypeError, match="source is float32, the input float64"):
        index_add(x, 0, i, tensor(np.zeros((2, 2), np.float32)))
