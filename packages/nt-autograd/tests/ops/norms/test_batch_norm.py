"""batch_norm against its formula, PyTorch's answers and differences."""

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from nt_autograd import (
    batch_norm,
    count_flops,
    grad,
    gradcheck,
    gradgradcheck,
    no_grad,
    ones,
    sum,
    tensor,
    zeros,
)

SHAPES = [(7, 3), (5, 3, 4), (4, 2, 3, 5), (2, 3, 9, 9), (1, 2, 8, 9)]
each = pytest.mark.parametrize("shape", SHAPES, ids=str)


def case(shape, dtype=np.float64):
    rng = np.random.default_rng(0)
    x = rng.standard_normal(shape) * 3 + 5
    return [a.astype(dtype) for a in (x, *rng.standard_normal((2, shape[1])))]


def formula(x, w, b, mean=None, var=None, eps=1e-5):
    axes = (0, *range(2, x.ndim))
    wide = (1, -1, *(1,) * (x.ndim - 2))
    x = x.astype(np.float64)
    mean = x.mean(axes) if mean is None else mean
    var = x.var(axes) if var is None else var
    y = (x - mean.reshape(wide)) / np.sqrt(var.reshape(wide) + eps)
    return y * w.reshape(wide) + b.reshape(wide)


@each
def test_training_uses_the_batch(shape, device):
    x, w, b = case(shape, np.float32)
    c = shape[1]
    mean, var = zeros(c, device=device), ones(c, device=device)
    t = [tensor(a, device=device) for a in (x, w, b)]
    y = batch_norm(t[0], mean, var, t[1], t[2], training=True, momentum=0.3)
    np.testing.assert_allclose(y.numpy(), formula(x, w, b), rtol=1e-4, atol=1e-5)
    axes = (0, *range(2, x.ndim))
    np.testing.assert_allclose(mean.numpy(), 0.3 * x.mean(axes), rtol=1e-5)
    np.testing.assert_allclose(var.numpy(), 0.7 + 0.3 * x.var(axes, ddof=1), rtol=1e-5)


@each
def test_otherwise_the_running_statistics_stand_for_it(shape, device):
    x, w, b = case(shape, np.float32)
    mean, var = np.abs(case(shape, np.float32)[1]), np.abs(case(shape, np.float32)[2]) + 0.1
    args = [tensor(a, device=device) for a in (x, mean, var, w, b)]
    y = batch_norm(*args)
    np.testing.assert_allclose(y.numpy(), formula(x, w, b, mean, var), rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(args[1].numpy(), mean)


@each
@pytest.mark.parametrize("affine", [True, False])
def test_derivatives_agree_with_differences(shape, affine, bodies):
    x, w, b = [tensor(a, requires_grad=True) for a in case(shape)]
    if affine:
        assert gradcheck(lambda x, w, b: batch_norm(x, None, None, w, b, True), x, w, b)
        mean, var = tensor(np.ones(shape[1])), tensor(np.full(shape[1], 2.0))
        assert gradcheck(lambda x, w, b: batch_norm(x, mean, var, w, b), x, w, b)
    else:
        assert gradcheck(lambda x: batch_norm(x, None, None, training=True), x)


@pytest.mark.parametrize("shape", [(4, 2), (3, 2, 4), (2, 2, 3, 6)], ids=str)
def test_second_derivatives_agree_with_differences(shape, bodies):
    x, w, b = [tensor(a, requires_grad=True) for a in case(shape)]
    mean, var = tensor(np.ones(2)), tensor(np.full(2, 2.0))
    assert gradgradcheck(lambda x, w, b: batch_norm(x, mean, var, w, b), x, w, b)
    assert gradgradcheck(lambda x, w, b: batch_norm(x, None, None, w, b, True), x, w, b)
    assert gradgradcheck(lambda x: batch_norm(x, None, None, training=True), x)


@each
@pytest.mark.parametrize("training", [True, False])
def test_every_library_goes_the_same_way(shape, training, road, agree):
    def normed(x, w, b):
        mean, var = (
            tensor(np.full(shape[1], v), dtype=x.dtype, device=x.device) for v in (4.0, 9.0)
        )
        return batch_norm(x, mean, var, w, b, training)

    x, w, b = case(shape)
    agree(normed, x, w, b, device=road, limit=2e-5)
    agree(
        lambda x, w, b: normed(x[::-1].transpose(0, -1).transpose(0, -1), w, b),
        x,
        w,
        b,
        device=road,
        limit=2e-5,
    )
    agree(lambda x: batch_norm(x, None, None, training=True), x, device=road, limit=2e-5)


NAMES = ["1d_2d_train", "1d_3d_train", "2d_train", "2d_noaffine_train", "2d_notrack_train"]
NAMES += ["2d_smallvar_train", "1d_2d_eval", "1d_3d_eval", "2d_eval", "2d_noaffine_eval"]


@pytest.mark.parametrize("name", NAMES)
def test_it_is_pytorchs(goldens, name):
    described, arrays = goldens("norm")[f"batchnorm{name}"]
    made = described["ctor"]
    x, w, b = [
        tensor(arrays[k].astype(np.float64), requires_grad=True) if k in arrays else None
        for k in ("input.x", "param.weight", "param.bias")
    ]
    mean, var = [
        tensor(arrays[k].astype(np.float64)) if k in arrays else None
        for k in ("param.running_mean", "param.running_var")
    ]
    options = {k: made[k] for k in ("momentum", "eps") if k in made}
    y = batch_norm(x, mean, var, w, b, described["train"] or mean is None, **options)
    np.testing.assert_allclose(y.detach().numpy(), arrays["output.0"], rtol=1e-8, atol=1e-9)
    y.backward(tensor(arrays["cotangent.0"].astype(np.float64)))
    for leaf, key in ((x, "grad.input.x"), (w, "grad.param.weight"), (b, "grad.param.bias")):
        if leaf is not None:
            np.testing.assert_allclose(leaf.grad.numpy(), arrays[key], rtol=1e-6, atol=1e-8)
    for value, key in ((mean, "running_mean"), (var, "running_var")):
        if f"buffer_after.{key}" in arrays:
            np.testing.assert_allclose(value.numpy(), arrays[f"buffer_after.{key}"], rtol=1e-6)


@each
@pytest.mark.parametrize("shift", [1e4, -1e4])
def test_a_shift_of_the_input_changes_nothing(shape, shift, road):
    x = np.random.default_rng(0).integers(-64, 64, shape) / 16  # x + 1e4 is exact in float32
    there = batch_norm(tensor(x + shift, dtype="float32", device=road), None, None, training=True)
    right = formula(x, np.ones(shape[1]), np.zeros(shape[1]))
    np.testing.assert_allclose(there.numpy(), right, atol=2e-3)


@each
def test_a_small_variance_beside_a_large_mean_is_kept(shape, road):
    steps = np.random.default_rng(0).integers(-8, 8, shape) * 2.0**-10  # exact beside 4096
    x = tensor(steps + 4096, dtype="float32", device=road)
    mean, var = zeros(shape[1], device=road), zeros(shape[1], device=road)
    y = batch_norm(x, mean, var, training=True, momentum=1.0, eps=0.0)
    axes = (0, *range(2, len(shape)))
    np.testing.assert_allclose(var.numpy(), steps.var(axes, ddof=1), rtol=2e-3)
    right = formula(steps, np.ones(shape[1]), np.zeros(shape[1]), eps=0.0)
    np.testing.assert_allclose(y.numpy(), right, atol=5e-4)


def test_a_scale_of_the_input_changes_nothing_but_for_eps(road):
    x = case((4, 3, 5, 5), np.float32)[0]
    found = [
        batch_norm(tensor(x * f, device=road), None, None, training=True, eps=0.0).numpy()
        for f in (np.float32(1), np.float32(2**20), np.float32(2**-20))
    ]
    np.testing.assert_allclose(found[1], found[0], atol=1e-5)
    np.testing.assert_allclose(found[2], found[0], atol=1e-5)


def test_a_constant_channel_gives_the_bias_and_finite_gradients(road):
    x = tensor(np.full((3, 2, 20), 1e4, np.float32), device=road, requires_grad=True)
    b = tensor(np.array([0.5, -1.0], np.float32), device=road)
    y = batch_norm(x, None, None, None, b, True)
    assert y.tolist() == [[[0.5] * 20, [-1.0] * 20]] * 3
    y[:, :, :3].sum().backward()
    assert np.isfinite(x.grad.numpy()).all()


def test_nan_and_infinity_stay_in_their_channel(road):
    x = case((2, 4, 20), np.float32)[0]
    x[1, 1, 7], x[0, 2, 3] = np.nan, np.inf
    with np.errstate(invalid="ignore"):
        y = batch_norm(tensor(x, device=road), None, None, training=True).numpy()
    assert np.isnan(y[:, 1]).all()
    assert np.isnan(y[:, 2]).any()
    assert np.isfinite(y[:, [0, 3]]).all()


def test_an_empty_batch_is_normalised_by_given_statistics(road):
    x = tensor(np.zeros((0, 2, 20), np.float32), device=road, requires_grad=True)
    w = tensor(np.ones(2, np.float32), device=road, requires_grad=True)
    y = batch_norm(x, zeros(2, device=road), ones(2, device=road), w)
    gx, gw = grad(sum(y), [x, w])
    assert y.shape == gx.shape == (0, 2, 20)
    assert gw.tolist() == [0.0, 0.0]


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 5), st.integers(1, 4), st.lists(st.integers(1, 6), max_size=3), st.booleans())
def test_any_shape_is_the_formula_and_sums_of_gradients_vanish(n, c, rest, turned):
    shape = (n, c, *rest)
    assume(n * math.prod(rest) > 1)
    rng = np.random.default_rng(0)
    x, g, (w, b) = *rng.standard_normal((2, *shape)), rng.standard_normal((2, c))
    if turned:  # channels last in memory
        x, g = (np.moveaxis(np.moveaxis(a, 1, -1).copy(), -1, 1) for a in (x, g))
    t = tensor(x, requires_grad=True)
    y = batch_norm(t, None, None, tensor(w), tensor(b), True)
    np.testing.assert_allclose(y.detach().numpy(), formula(x, w, b), rtol=1e-9, atol=1e-9)
    y.backward(tensor(g))
    found = t.grad.numpy()  # the output does not change with a shift of a channel or its scale
    axes = (0, *range(2, len(shape)))
    limit = 1e-9 * abs(found).max() * found.size + 1e-12
    assert abs(found.sum(axes)).max() < limit


def test_threads_that_move_one_statistic_do_so_one_after_the_other():
    mean, var = zeros(3), ones(3)
    x = tensor(np.full((2, 3, 4), 5.0, np.float32) + np.arange(4, dtype=np.float32))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: batch_norm(x, mean, var, training=True), range(200)))
    alone = zeros(3), ones(3)
    for _ in range(200):
        batch_norm(x, *alone, training=True)
    np.testing.assert_allclose(mean.numpy(), alone[0].numpy(), rtol=1e-6)
    np.testing.assert_allclose(var.numpy(), alone[1].numpy(), rtol=1e-6)


def test_no_gradient_flows_into_running_statistics():
    mean, var = zeros(2).requires_grad_(), ones(2).requires_grad_()
    assert not batch_norm(zeros(3, 2), mean, var).requires_grad


def test_its_cost():
    x = tensor(np.ones((6, 4)), requires_grad=True)
    with count_flops() as count:
        batch_norm(x, None, None, training=True).sum().backward()
    assert count.by_op["batch_norm"][1] == 8 * 24
    assert count.by_op["batch_norm_backward"][1] == 9 * 24


def test_half_precision_sums_do_not_overflow():
    x = np.full((64, 1, 9, 9), 300.0, np.float16)
    x[::2] = 400
    t = tensor(x, requires_grad=True)
    y = batch_norm(t, None, None, training=True)
    assert str(y.dtype) == "float16"
    np.testing.assert_allclose(np.abs(y.detach().numpy()), 1.0, rtol=1e-3)
    (g,) = grad(sum(y * y), t)
    assert str(g.dtype) == "float16"
    assert np.isfinite(g.numpy()).all()


def test_statistics_that_move_later_do_not_change_a_gradient():
    mean, var = zeros(2), ones(2)
    x = tensor(np.arange(6.0, dtype=np.float32).reshape(3, 2), requires_grad=True)
    y = batch_norm(x, mean, var, eps=0.0)
    with no_grad():
        batch_norm(x, mean, var, training=True)
    (g,) = grad(sum(y), x)
    np.testing.assert_array_equal(g.numpy(), np.ones((3, 2)))


@pytest.mark.parametrize("shape", [(1, 3), (1, 3, 1, 1)])
def test_one_value_has_no_variance(shape):
    with pytest.raises(ValueError, match="one value a channel has no variance"):
        batch_norm(zeros(*shape), None, None, training=True)


def test_what_does_not_fit_is_named():
    x = zeros(4, 3)
    with pytest.raises(ValueError, match=r"input must be \(N, C, …\), not \(4,\)"):
        batch_norm(zeros(4), None, None, training=True)
    with pytest.raises(ValueError, match=r"weight has shape \(2,\), not \(3,\)"):
        batch_norm(x, None, None, ones(2), training=True)
    with pytest.raises(ValueError, match="without running statistics it can only be training"):
        batch_norm(x, None, None)
    with pytest.raises(ValueError, match="come together or not at all"):
        batch_norm(x, zeros(3), None, training=True)


def test_dtypes_meet_at_the_wider_one_and_integers_are_refused():
    x = tensor(np.random.default_rng(0).standard_normal((5, 3)).astype(np.float16)).requires_grad_()
    w = ones(3).requires_grad_()
    y = batch_norm(x, None, None, w, training=True)
    assert str(y.dtype) == "float32"
    assert [str(g.dtype) for g in grad(sum(y * y), (x, w))] == ["float16", "float32"]
    with pytest.raises(TypeError, match="float"):
        batch_norm(tensor(np.ones((2, 3), np.int64)), None, None, training=True)
