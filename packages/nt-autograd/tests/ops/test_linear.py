"""linear: against sums of products, in any number of axes, with and without a bias."""

import numpy as np
import pytest
from nt_autograd import count_flops, grad, gradcheck, gradgradcheck, linear, tensor
from nt_autograd.ops._linear import column_sums

SHAPES = [(3,), (4, 3), (2, 5, 3), (2, 1, 4, 3)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("bias", [False, True])
def test_it_is_sums_of_products(shape, bias, rng):
    x, w, b = rng.standard_normal(shape), rng.standard_normal((2, 3)), rng.standard_normal(2)
    y = linear(tensor(x), tensor(w), tensor(b) if bias else None)
    expected = np.einsum("...i,oi->...o", x, w) + (b if bias else 0)
    np.testing.assert_allclose(y.numpy(), expected, rtol=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
def test_both_derivatives_agree_with_differences(shape, rng):
    x, w, b = (tensor(rng.standard_normal(s), requires_grad=True) for s in (shape, (2, 3), (2,)))
    assert gradcheck(linear, x, w, b)
    assert gradgradcheck(linear, x, w, b)
    assert gradgradcheck(lambda x, w: linear(x, w, None), x, w)


@pytest.mark.parametrize("dtype", ["float16", "float32"])
@pytest.mark.parametrize("shape", [(3,), (7, 3), (4, 5, 3)])
def test_every_library_goes_the_same_way(shape, dtype, road, agree, rng):
    w, b = rng.integers(-4, 5, (6, 3)) / 4, rng.integers(-4, 5, 6) / 4
    limit = 2e-6 if dtype == "float32" else 2e-3
    agree(linear, rng.integers(-8, 9, shape) / 8, w, b, device=road, dtype=dtype, limit=limit)
    agree(
        lambda x, w: linear(x.transpose(0, -1), w[:, ::2].T),
        rng.integers(-8, 9, (3, *shape[1:], 4)[: len(shape) + 1]) / 8,
        rng.integers(-4, 5, (3, 4)) / 4,
        device=road,
        dtype=dtype,
        limit=limit,
    )


@pytest.mark.parametrize(
    ("x", "w"),
    [
        ((0, 3), (2, 3)),
        ((5, 0), (2, 0)),
        ((0, 2, 3), (4, 3)),
        ((5, 2, 0), (3, 0)),
        ((5, 3), (0, 3)),
    ],
)
def test_of_nothing_come_zeros_and_the_bias(x, w, road):
    xs = tensor(np.ones(x, np.float32), device=road, requires_grad=True)
    ws = tensor(np.ones(w, np.float32), device=road, requires_grad=True)
    b = tensor(np.full(w[0], 2.0, np.float32), device=road, requires_grad=True)
    y = linear(xs, ws, b)
    assert y.shape == (*x[:-1], w[0])
    assert (y.detach().numpy() == 2.0 + x[-1]).all()
    gx, gw, gb = grad(y.sum(), [xs, ws, b])
    assert (gx.shape, gw.shape) == (x, w)
    assert gb.tolist() == [float(np.prod(x[:-1]))] * w[0]


def test_dtypes_meet_at_the_wider_one_and_gradients_return():
    x = tensor(np.ones((2, 3)), dtype="float16", requires_grad=True)
    w = tensor(np.ones((1, 3)), dtype="float32", requires_grad=True)
    y = linear(x, w)
    y.sum().backward()
    assert [str(t.dtype) for t in (y, x.grad, w.grad)] == ["float32", "float16", "float32"]


def test_only_wanted_gradients_are_made(rng):
    x, w = tensor(rng.standard_normal((64, 32))), tensor(rng.standard_normal((16, 32)))
    for wanted, share in ((("x",), 1), (("w",), 1), (("x", "w"), 2)):
        a, b = x.detach(), w.detach()
        y = linear(a.requires_grad_("x" in wanted), b.requires_grad_("w" in wanted))
        with count_flops() as count:
            y.backward(tensor(np.ones((64, 16))))
        assert count.by_op["matmul"][1] == share * 2 * 64 * 32 * 16


def test_its_cost_is_that_of_the_product_and_the_bias():
    with count_flops() as count:
        linear(tensor(np.ones((2, 4, 3))), tensor(np.ones((5, 3))), tensor(np.ones(5)))
    assert count.flops == 2 * 8 * 3 * 5 + 8 * 5
    with count_flops() as count:
        linear(tensor(np.ones((8, 3))), tensor(np.ones((5, 3))))
    assert count.flops == 2 * 8 * 3 * 5


def test_what_does_not_fit_is_named():
    x, w = tensor(np.ones((4, 3))), tensor(np.ones((2, 5)))
    with pytest.raises(ValueError, match=r"linear.*must share in, got \(4, 3\) and \(2, 5\)"):
        linear(x, w)
    with pytest.raises(ValueError, match=r"linear.*bias must have shape \(2,\), got \(1,\)"):
        linear(tensor(np.ones((4, 5))), w, tensor(np.ones(1)))
    with pytest.raises(ValueError, match=r"must share in, got \(\) and \(2, 5\)"):
        linear(tensor(1.0), w.float())


def test_sums_of_columns(road, rng):
    x = rng.standard_normal((100, 7)).astype(np.float32)
    found = column_sums(tensor(x, device=road)).numpy()
    np.testing.assert_allclose(found, x.astype(float).sum(0), atol=1e-5)
    assert gradgradcheck(column_sums, tensor(x[:3].astype(float), requires_grad=True))
