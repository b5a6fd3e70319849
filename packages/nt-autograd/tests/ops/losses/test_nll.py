"""nll_loss, poisson_nll_loss, gaussian_nll_loss: by hand, against the densities, at the edges."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nt_autograd import (
    cross_entropy,
    gaussian_nll_loss,
    grad,
    gradcheck,
    gradgradcheck,
    log_softmax,
    nll_loss,
    poisson_nll_loss,
    tensor,
)

REDUCTIONS = ["mean", "sum", "none"]
each_reduction = pytest.mark.parametrize("reduction", REDUCTIONS)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 4),
    st.integers(1, 5),
    st.lists(st.integers(1, 3), max_size=2),
    st.sampled_from(REDUCTIONS),
    st.booleans(),
    st.sampled_from(["int64", "int32", "int8"]),
)
def test_behind_log_softmax_it_is_cross_entropy(n, classes, rest, reduction, weighted, dtype):
    rng = np.random.default_rng([n, classes, *rest])
    x = tensor(rng.standard_normal((n, classes, *rest)) * 5, requires_grad=True)
    target = rng.integers(0, classes, (n, *rest))
    target.flat[0] = -100 if target.size > 1 else 0
    w = tensor(rng.uniform(0.5, 2, classes)) if weighted else None
    y = tensor(target.astype(dtype))
    found = nll_loss(log_softmax(x, 1), y, w, reduction=reduction)
    right = cross_entropy(x, y, w, reduction=reduction)
    np.testing.assert_allclose(found.detach().numpy(), right.detach().numpy(), rtol=1e-10)
    for g, h in zip(grad(found.sum(), [x]), grad(right.sum(), [x]), strict=True):
        np.testing.assert_allclose(g.numpy(), h.numpy(), rtol=1e-8, atol=1e-12)


@each_reduction
@pytest.mark.parametrize("weighted", [False, True])
def test_it_picks_what_the_target_names(reduction, weighted, road, rng):
    x, target = -rng.uniform(size=(5, 4)), np.array([3, 0, -1, 2, 2])
    w = rng.uniform(0.5, 2, 4)
    counts = np.where(target < 0, 0, w[target] if weighted else 1.0)
    losses = np.array([-x[i, c] * k for i, (c, k) in enumerate(zip(target, counts, strict=True))])
    right = {"none": losses, "sum": losses.sum(), "mean": losses.sum() / counts.sum()}[reduction]
    t = tensor(x, dtype="float32", device=road)
    weight = tensor(w, device=road, dtype="float32") if weighted else None
    found = nll_loss(t, tensor(target, device=road), weight, -1, reduction)
    np.testing.assert_allclose(found.numpy(), right, rtol=1e-6)


def test_classes_that_count_nothing_may_be_impossible(road):
    x = tensor([[-math.inf, 0.0], [0.0, -math.inf]], device=road, requires_grad=True)
    target = tensor([0, -100], device=road)
    w = tensor([0.0, 1.0], device=road)
    y = nll_loss(x, target, w, reduction="sum")
    assert y.item() == 0.0
    assert grad(y, x)[0].tolist() == [[0.0, 0.0], [0.0, 0.0]]
    assert math.isnan(nll_loss(x, target, w).item())
    assert nll_loss(x, target, reduction="none").tolist() == [math.inf, 0.0]


@each_reduction
def test_images_and_single_rows(reduction, derivatives, road, rng):
    x, target = rng.standard_normal((2, 3, 2, 2)), rng.integers(0, 3, (2, 2, 2))
    derivatives(lambda x, reduction: nll_loss(x, tensor(target), reduction=reduction), x)
    y = nll_loss(
        tensor(x, device=road, dtype="float32"), tensor(target, device=road), reduction="none"
    )
    right = [[[-x[n, target[n, i, j], i, j] for j in (0, 1)] for i in (0, 1)] for n in (0, 1)]
    np.testing.assert_allclose(y.numpy(), right, rtol=1e-6)
    one = nll_loss(tensor([-1.0, -2.0], device=road), tensor(1, device=road), reduction=reduction)
    assert one.tolist() == 2.0


@pytest.mark.parametrize("log_input", [False, True])
def test_poisson_is_the_log_of_the_probability(log_input, road, rng):
    rate, count = rng.uniform(0.5, 20, 30), rng.integers(0, 40, 30)
    right = [r - k * math.log(r) + math.lgamma(k + 1) for r, k in zip(rate, count, strict=True)]
    x = tensor(np.log(rate) if log_input else rate, dtype="float32", device=road)
    y = tensor(count.astype(np.float32), device=road)
    found = poisson_nll_loss(x, y, log_input, full=True, eps=0.0, reduction="none").numpy()
    np.testing.assert_allclose(found, right, atol=0.09)  # Stirling is 0.08 off at 1
    np.testing.assert_allclose(found[count > 20], np.array(right)[count > 20], atol=0.005)
    bare = poisson_nll_loss(x, y, log_input, eps=0.0, reduction="none").numpy()
    np.testing.assert_allclose(bare, rate - count * np.log(rate), rtol=1e-4, atol=1e-4)


def test_no_counts_at_no_rate_are_certain():
    zero = tensor([0.0], requires_grad=True)
    loss = poisson_nll_loss(zero, tensor([0.0]), log_input=False)
    assert loss.item() == 0.0
    assert grad(loss, zero)[0].tolist() == [1.0]


def test_gaussian_is_the_log_of_the_density(road, rng):
    x, y, var = (
        rng.standard_normal((3, 4)),
        rng.standard_normal((3, 4)),
        rng.uniform(0.1, 3, (3, 4)),
    )
    density = np.exp(-((x - y) ** 2) / (2 * var)) / np.sqrt(2 * np.pi * var)
    where = {"dtype": "float32", "device": road}
    args = [tensor(a, **where) for a in (x, y, var)]
    found = gaussian_nll_loss(*args, full=True, reduction="none")
    np.testing.assert_allclose(found.numpy(), -np.log(density), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("shape", [(3, 4), (3, 1), (1, 4), (3,)])
def test_variances_may_be_shared(shape, rng):
    x, y, var = rng.standard_normal((3, 4)), rng.standard_normal((3, 4)), rng.uniform(1, 2, shape)
    wide = np.broadcast_to(var[:, None] if len(shape) == 1 else var, (3, 4)).copy()
    found = gaussian_nll_loss(tensor(x), tensor(y), tensor(var))
    assert found.item() == pytest.approx(
        gaussian_nll_loss(tensor(x), tensor(y), tensor(wide)).item(), rel=1e-12
    )
    assert gradcheck(gaussian_nll_loss, *(tensor(a, requires_grad=True) for a in (x, y, var)))
    for bad in ((4,), (1, 1), (3, 4, 1), (2, 4)):
        with pytest.raises(ValueError, match=r"var must have the shape of input, \(3, 4\)"):
            gaussian_nll_loss(tensor(x), tensor(y), tensor(np.ones(bad)))


def test_small_variances_are_held_and_can_come_back(road):
    x, y = tensor([1.0, 1.0], device=road), tensor([1.0, 3.0], device=road)
    var = tensor([0.0, 1e-9], device=road, requires_grad=True)
    loss = gaussian_nll_loss(x, y, var, eps=0.5, reduction="none")
    np.testing.assert_allclose(
        loss.detach().numpy(), [math.log(0.5) / 2, math.log(0.5) / 2 + 4], rtol=1e-6
    )
    (g,) = grad(loss.sum(), var)
    np.testing.assert_allclose(g.numpy(), [1.0, 1.0 - 8.0], rtol=1e-6)  # that at eps
    assert gaussian_nll_loss(x, y, 2.0).item() == pytest.approx(math.log(2) / 2 + 0.5)


def test_reductions_and_derivatives(reduces, derivatives, rng):
    x, y, var = rng.standard_normal((3, 2)), rng.uniform(1.5, 3, (3, 2)), rng.uniform(1, 2, (3, 2))
    for fn, args in (
        (poisson_nll_loss, (x, y)),
        (gaussian_nll_loss, (x, y, var)),
        (
            lambda x, y, reduction="mean": poisson_nll_loss(x, y, True, True, 1e-8, reduction),
            (x, y),
        ),
        (
            lambda x, reduction="mean": poisson_nll_loss(x, x * 0 + 2, False, reduction=reduction),
            (y,),
        ),
    ):
        reduces(fn, *args, limit=1e-4)
        derivatives(fn, *args)


@each_reduction
def test_every_library_goes_the_same_way(reduction, road, agree, rng):
    x, y, var = rng.standard_normal((6, 5)), rng.uniform(0, 3, (6, 5)), rng.uniform(1, 2, (6, 5))
    target = rng.integers(0, 5, 6)

    def picked(x):
        return nll_loss(x, tensor(target, device=x.device), reduction=reduction)

    agree(picked, x, device=road)
    agree(picked, x, device=road, dtype="float16", limit=1e-2)
    agree(lambda *a: poisson_nll_loss(*a, full=True, reduction=reduction), x, y, device=road)
    agree(lambda *a: gaussian_nll_loss(*a, reduction=reduction), x, y, var, device=road, limit=1e-5)


def test_what_does_not_fit_is_named(road):
    x = tensor(np.zeros((2, 3), np.float32), device=road)
    y = tensor(np.array([0, 1]), device=road)
    with pytest.raises(ValueError, match=r"target must have shape \(2,\) for input \(2, 3\), got"):
        nll_loss(x, tensor(np.array([0]), device=road))
    with pytest.raises(IndexError, match="target 3 at position 1 is no class"):
        nll_loss(x, tensor(np.array([0, 3]), device=road))
    with pytest.raises(TypeError, match="target must hold integers"):
        nll_loss(x, y * 1.0)
    with pytest.raises(ValueError, match=r"weight must have shape \(3,\), got \(2,\)"):
        nll_loss(x, y, tensor([1.0, 1.0], device=road))
    with pytest.raises(ValueError, match="reduction must be"):
        nll_loss(x, y, reduction="batchmean")
    with pytest.raises(ValueError, match="var must not be negative, got -1"):
        gaussian_nll_loss(x, x, x - 1.0)
    with pytest.raises(ValueError, match="eps must be positive, got 0"):
        gaussian_nll_loss(x, x, x, eps=0)
    with pytest.raises(ValueError, match="eps must not be negative, got -1"):
        poisson_nll_loss(x, x, eps=-1)
    assert gradgradcheck(
        lambda x: nll_loss(x, tensor([0])),
        tensor([[1.0, 2.0]], dtype="float64", requires_grad=True),
    )


@each_reduction
@pytest.mark.parametrize("kind", ["nll", "nll_weight", "poisson_nll", "gaussian_nll"])
def test_it_is_pytorchs(kind, reduction, is_pytorchs):
    is_pytorchs(f"{kind}_{reduction}")
