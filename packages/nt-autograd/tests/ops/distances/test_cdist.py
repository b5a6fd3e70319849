"""cdist: every pair by a loop, in parts, at no distance, of points that lie close together."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nt_autograd import cdist, count_flops, grad, gradcheck, gradgradcheck, tensor
from nt_autograd.ops.distances import _cdist

INF = float("inf")
each_p = pytest.mark.parametrize("p", [0.0, 0.5, 1.0, 2.0, 3.0, INF])


def by_loops(a, b, p):
    return np.array([[np.linalg.norm(x - y, p) for y in b] for x in a]).reshape(len(a), len(b))


@each_p
def test_by_loops(p, road, rng):
    a, b = rng.standard_normal((4, 5)), rng.standard_normal((3, 5))
    b[0] = a[1]
    where = {"dtype": "float32", "device": road}
    found = cdist(tensor(a, **where), tensor(b, **where), p).numpy()
    right = by_loops(*(x.astype(np.float32).astype(float) for x in (a, b)), p)
    np.testing.assert_allclose(found, right, rtol=1e-5, atol=1e-6)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 4), st.integers(0, 4), st.integers(1, 3), st.sampled_from([1.0, 2.0, 3.0]))
def test_of_any_shape_there_and_back(rows, columns, width, p):
    rng = np.random.default_rng([rows, columns, width])
    a, b = rng.standard_normal((rows, width)), rng.standard_normal((columns, width))
    xs = [tensor(x, requires_grad=True) for x in (a, b)]
    y = cdist(*xs, p)
    np.testing.assert_allclose(y.detach().numpy(), by_loops(a, b, p), rtol=1e-12)
    ga, gb = grad(y.sum(), xs)
    assert (ga.shape, gb.shape) == (a.shape, b.shape)
    assert gradcheck(lambda a, b: cdist(a, b, p), *xs)


@each_p
def test_derivatives(p, rng):
    xs = [tensor(rng.standard_normal(s), requires_grad=True) for s in ((2, 3, 3), (2, 2, 3))]
    assert gradcheck(lambda a, b: cdist(a, b, p), *xs)
    if p != 0:
        assert gradgradcheck(lambda a, b: cdist(a, b, p), *xs)


@pytest.mark.parametrize(
    "shapes", [((1, 4, 3), (5, 2, 3)), ((4, 3), (5, 2, 3)), ((5, 4, 3), (2, 3))]
)
def test_axes_in_front_broadcast(shapes, rng):
    a, b = (rng.standard_normal(s) for s in shapes)
    wide = [np.broadcast_to(x, (5, *x.shape[-2:])) for x in (a, b)]
    right = [by_loops(x, y, 2) for x, y in zip(*wide, strict=True)]
    np.testing.assert_allclose(cdist(tensor(a), tensor(b)).numpy(), right, rtol=1e-12)
    assert gradcheck(cdist, *(tensor(x, requires_grad=True) for x in (a, b)))


@each_p
def test_equal_points_stand_still(p, road):
    a = tensor([[1.0, 2.0], [3.0, 4.0]], device=road, requires_grad=True)
    y = cdist(a, a.detach() * 1.0, p)
    assert [y[0, 0].item(), y[1, 1].item()] == [0.0, 0.0]
    assert grad(y[0, 0] + y[1, 1], a)[0].tolist() == [[0.0, 0.0], [0.0, 0.0]]
    (g,) = grad(cdist(a, a, p).sum(), a)
    np.testing.assert_allclose(g.numpy().sum(0), 0.0, atol=1e-6)  # the middle does not move


def test_near_points_far_out_lose_no_digits(road):
    a = tensor([[1e4, 1e4]], device=road)
    b = tensor([[1e4 + 2**-6, 1e4]], device=road)
    assert cdist(a, b).item() == 2**-6  # products would give 0 or 8


def test_distances_obey_the_triangle(rng):
    x = tensor(rng.standard_normal((12, 4)))
    for p in (1.0, 2.0, INF):
        d = cdist(x, x, p).numpy()
        np.testing.assert_array_equal(d, d.T)
        assert (d[:, None] <= d[:, :, None] + d[None] + 1e-12).all()


@each_p
def test_in_parts_it_is_the_same(p, monkeypatch, road, rng):
    a, b = rng.standard_normal((7, 5)), rng.standard_normal((6, 5))
    where = {"dtype": "float32", "device": road, "requires_grad": True}
    results = []
    for block in (1 << 18, 64, 1):
        monkeypatch.setattr(_cdist, "BLOCK", block)
        xs = [tensor(x, **where) for x in (a, b)]
        y = cdist(*xs, p)
        results.append([z.detach().numpy() for z in (y, *grad((y * y).sum(), xs))])
    for found in results[1:]:
        for y, z in zip(found, results[0], strict=True):
            np.testing.assert_allclose(y, z, rtol=1e-5, atol=1e-5)


@each_p
def test_every_library_goes_the_same_way(p, road, agree, rng):
    a, b = rng.standard_normal((9, 6)), rng.standard_normal((8, 6))
    agree(lambda a, b: cdist(a, b, p), a, b, device=road, limit=2e-5)
    agree(lambda a, b: cdist(a.mT, b.mT, p), a.T.copy(), b.T.copy(), device=road, limit=2e-5)


def test_half_precision_is_squared_in_float32(road):
    a = tensor([[300.0, 400.0]], dtype="float16", device=road, requires_grad=True)
    y = cdist(a, a.detach() * 0)
    assert y.item() == 500.0
    (g,) = grad(y.sum(), a)
    np.testing.assert_allclose(g.numpy().astype(float), [[0.6, 0.8]], rtol=1e-3)


def test_its_cost():
    with count_flops() as count:
        cdist(
            tensor(np.ones((4, 5)), requires_grad=True), tensor(np.zeros((3, 5)))
        ).sum().backward()
    assert count.by_op["cdist"][1] == 3 * 4 * 3 * 5
    assert count.by_op["cdist_backward"][1] == 5 * 4 * 3 * 5


def test_what_does_not_fit_is_named():
    x = tensor(np.ones((2, 3)))
    with pytest.raises(ValueError, match=r"x2 must have two axes or more, got \(3,\)"):
        cdist(x, x[0])
    with pytest.raises(ValueError, match=r"must agree in their last axis, got \(2, 3\) and \(2, 2"):
        cdist(x, x[:, :2])
    with pytest.raises(ValueError, match="p must not be negative, got -1"):
        cdist(x, x, -1)
    with pytest.raises(TypeError, match="x1 must be floating-point, not int64"):
        cdist(tensor([[1]]), tensor([[1]]))


def test_it_is_pytorchs(goldens):
    about, arrays = goldens("loss")["cdist"]
    xs = [tensor(arrays[f"input.{n}"].astype(np.float64), requires_grad=True) for n in "xy"]
    y = cdist(*xs, **about["kwargs"])
    np.testing.assert_allclose(y.detach().numpy(), arrays["output.0"], rtol=1e-9, atol=1e-12)
    found = grad(y, xs, tensor(arrays["cotangent.0"].astype(np.float64)))
    for g, n in zip(found, "xy", strict=True):
        np.testing.assert_allclose(g.numpy(), arrays[f"grad.input.{n}"], rtol=1e-9, atol=1e-12)
