"""gather and scatter against loops over every element."""

import itertools

import numpy as np
import pytest
from nt_autograd import (
    argsort,
    gather,
    grad,
    gradcheck,
    gradgradcheck,
    scatter,
    scatter_add,
    take_along_dim,
    tensor,
)

CASES = [((5,), (7,), 0), ((3, 4), (3, 2), 1), ((3, 4), (2, 4), 0), ((3, 4), (5, 3), 0)]
CASES += [((2, 3, 4), (2, 1, 3), -2), ((2, 3, 4), (1, 2, 9), 2), ((3, 4), (0, 4), 0), ((), (), 0)]
each = pytest.mark.parametrize(("shape", "index_shape", "dim"), CASES)


def case(shape, index_shape, dim, dtype=np.float64):
    rng = np.random.default_rng(0)
    x = rng.standard_normal(shape).astype(dtype)
    index = rng.integers(0, shape[dim] if shape else 1, index_shape)
    src = rng.standard_normal(index_shape).astype(dtype)
    return x, index, src


def places(index, dim):
    """(where in the index, where in the input) for every element."""
    for at in itertools.product(*map(range, index.shape)):
        to = list(at)
        if to:
            to[dim] = index[at]
        yield at, tuple(to)


@each
def test_gather_takes_one_by_one(shape, index_shape, dim, device):
    x, index, _ = case(shape, index_shape, dim, np.float32)
    expected = np.zeros(index_shape, np.float32)
    for at, to in places(index, dim):
        expected[at] = x[to]
    y = gather(tensor(x, device=device), dim, tensor(index, device=device))
    np.testing.assert_array_equal(y.numpy(), expected)


@each
def test_scatter_add_puts_one_by_one(shape, index_shape, dim, device):
    x, index, src = case(shape, index_shape, dim, np.float32)
    expected = x.astype(np.float64)
    for at, to in places(index, dim):
        expected[to] += src[at]
    y = scatter_add(
        *[tensor(x, device=device), dim], *[tensor(a, device=device) for a in (index, src)]
    )
    np.testing.assert_allclose(y.numpy(), expected, rtol=1e-6, atol=1e-6)


@each
def test_scatter_leaves_the_last_that_comes_to_a_place(shape, index_shape, dim, device):
    x, index, src = case(shape, index_shape, dim, np.float32)
    expected = x.copy()
    for at, to in places(index, dim):
        expected[to] = src[at]
    y = scatter(*[tensor(x, device=device), dim], *[tensor(a, device=device) for a in (index, src)])
    np.testing.assert_array_equal(y.numpy(), expected)


@each
def test_the_ways_back_agree_with_differences(shape, index_shape, dim):
    x, index, src = case(shape, index_shape, dim)
    x, src = tensor(x, requires_grad=True), tensor(src, requires_grad=True)
    for op in (scatter_add, scatter):
        assert gradcheck(
            lambda x, src, op=op: op(x, dim, index, src) * op(x, dim, index, src), x, src
        )
        assert gradgradcheck(lambda x, src, op=op: op(x * x, dim, index, src * src), x, src)
    if src.numel():
        assert gradcheck(lambda x: gather(x, dim, index), x)
        assert gradgradcheck(lambda x: gather(x * x * x, dim, index), x)


@each
def test_gradients_on_every_library(shape, index_shape, dim, device):
    found = {}
    for where in ("cpu", device):
        x, index, src = [tensor(a, device=where) for a in case(shape, index_shape, dim, np.float32)]
        x.requires_grad_(), src.requires_grad_()
        y = gather(x, dim, index) * src
        z = scatter_add(x, dim, index, src) * scatter(x, dim, index, src)
        found[where] = [g.numpy() for g in grad(y.sum() + z.sum(), (x, src))]
    for a, b in zip(found["cpu"], found[device], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5)


def test_a_lost_value_never_touches_what_stays():
    x = tensor(np.zeros(2), requires_grad=True)
    src = tensor(np.array([np.nan, np.inf, 3.0]), requires_grad=True)
    y = scatter(x, 0, tensor([1, 1, 1]), src)
    assert y.tolist() == [0.0, 3.0]
    gx, gsrc = grad(y.sum(), (x, src))
    assert gx.tolist() == [1.0, 0.0]
    assert gsrc.tolist() == [0.0, 0.0, 1.0]


def test_scatter_takes_a_number():
    y = scatter(tensor(np.zeros((2, 3), np.float32)), 1, tensor([[2], [0]]), 5)
    assert y.tolist() == [[0.0, 0.0, 5.0], [5.0, 0.0, 0.0]]
    assert str(y.dtype) == "float32"


def test_a_longer_source_is_cut():
    y = scatter_add(tensor([0.0, 0.0]), 0, tensor([1]), tensor([5.0, 100.0]))
    assert y.tolist() == [0.0, 5.0]


def test_take_along_dim_broadcasts_and_flattens(device):
    x = np.arange(12.0, dtype=np.float32).reshape(3, 4)
    t = tensor(x, device=device)
    i = tensor([[1, 0]], device=device)
    np.testing.assert_array_equal(take_along_dim(t, i, 1).numpy(), x[:, [1, 0]])
    np.testing.assert_array_equal(
        take_along_dim(t, tensor([[7], [2]], device=device)).numpy(), [[7.0], [2.0]]
    )
    np.testing.assert_array_equal(
        take_along_dim(t[:1], tensor([[3], [0]], device=device), 1).numpy(), [[3.0], [0.0]]
    )


def test_take_along_dim_undoes_argsort():
    x = tensor(np.random.default_rng(3).standard_normal((4, 9)), requires_grad=True)
    y = take_along_dim(x, argsort(x, 1), 1)
    np.testing.assert_array_equal(y.detach().numpy(), np.sort(x.detach().numpy(), 1))
    assert gradcheck(lambda x: take_along_dim(x, argsort(x, 1), 1), x)


@pytest.mark.parametrize("op", [scatter, scatter_add])
def test_a_source_of_another_dtype_is_refused(op):
    with pytest.raises(TypeError, match=f"{op.__name__}: src is float64, the input float32"):
        op(tensor([0.0]), 0, tensor([0]), tensor([1.0], dtype="float64"))


@pytest.mark.parametrize(
    ("index", "src"), [((2, 2), (2, 2)), ((3,), (3,)), ((1, 3), (1, 2)), ((1, 3, 1), (1, 3, 1))]
)
def test_shapes_that_do_not_fit_are_refused(index, src):
    x = tensor(np.zeros((1, 3)))
    with pytest.raises(ValueError, match="index"):
        scatter_add(x, 1, tensor(np.zeros(index, np.int64)), tensor(np.zeros(src)))


def test_gather_refuses_an_index_longer_than_the_input():
    with pytest.raises(ValueError, match=r"gather.*index \(2, 3\) must have as many axes"):
        gather(tensor(np.zeros((1, 3))), 1, tensor(np.zeros((2, 3), np.int64)))


def test_the_index_may_not_change_before_the_way_back():
    index = tensor([0, 1])
    x = tensor([1.0, 2.0], requires_grad=True)
    y = gather(x, 0, index)
    index[0] = 1
    with pytest.raises(RuntimeError, match="overwritten in place"):
        y.sum().backward()


def test_it_is_a_method_too():
    x = tensor([[3.0, 1.0]])
    assert x.take_along_dim(x.argsort(1), 1).tolist() == [[1.0, 3.0]]
    assert x.gather(1, tensor([[1]])).tolist() == [[1.0]]
