"""group_norm and instance_norm against means by hand, each other, layer_norm and differences."""

import math
import statistics

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nt_autograd import (
    batch_norm,
    count_flops,
    grad,
    gradcheck,
    gradgradcheck,
    group_norm,
    instance_norm,
    layer_norm,
    ones,
    tensor,
    zeros,
)

SHAPES = [((3, 6), 2), ((2, 4, 5), 2), ((2, 6, 3, 7), 3), ((1, 2, 2, 3, 4), 1), ((2, 4, 20), 4)]
each = pytest.mark.parametrize(("shape", "groups"), SHAPES, ids=str)


def case(shape, dtype=np.float64):
    rng = np.random.default_rng(0)
    x = rng.standard_normal(shape) * 3 + 5
    return [a.astype(dtype) for a in (x, *rng.standard_normal((2, shape[1])))]


def by_hand(x, groups, w, b, eps=1e-5):
    y, inside = np.empty(x.shape), x.shape[1] // groups
    for n in range(len(x)):
        for group in range(groups):
            at = n, slice(group * inside, (group + 1) * inside)
            values = x[at].ravel().tolist()
            mean, var = statistics.fmean(values), statistics.pvariance(values)
            y[at] = (x[at] - mean) / math.sqrt(var + eps)
    wide = (-1, *(1,) * (x.ndim - 2))
    return y * w.reshape(wide) + b.reshape(wide)


@each
def test_each_group_is_normalised_by_itself(shape, groups, bodies):
    x, w, b = case(shape)
    y = group_norm(tensor(x), groups, tensor(w), tensor(b), 1e-3)
    np.testing.assert_allclose(y.numpy(), by_hand(x, groups, w, b, 1e-3), rtol=1e-10, atol=1e-12)


@each
@pytest.mark.parametrize("affine", [True, False])
def test_both_derivatives_agree_with_differences(shape, groups, affine, bodies):
    x, w, b = [tensor(a, requires_grad=True) for a in case(shape)]
    inputs = (x, w, b) if affine else (x,)
    assert gradcheck(lambda x, *parts: group_norm(x, groups, *parts), *inputs)
    if x.numel() < 60:
        assert gradgradcheck(lambda x, *parts: group_norm(x, groups, *parts), *inputs)


@each
def test_every_library_goes_the_same_way(shape, groups, road, agree):
    x, w, b = case(shape)
    agree(lambda x, w, b: group_norm(x, groups, w, b), x, w, b, device=road, limit=2e-5)
    agree(lambda x: group_norm(x, groups), x, device=road, limit=2e-5)
    agree(lambda x, b: group_norm(x[::-1], groups, bias=b), x, b, device=road, limit=2e-5)
    if len(shape) > 2:
        agree(lambda x, w: instance_norm(x, weight=w), x, w, device=road, limit=2e-5)


@pytest.mark.parametrize("shape", [(3, 6), (2, 4, 5), (2, 3, 4, 5)])
def test_one_group_is_layer_norm_over_all_that_a_sample_is(shape, bodies):
    x = tensor(case(shape)[0])
    whole = layer_norm(x, shape[1:])
    np.testing.assert_allclose(group_norm(x, 1).numpy(), whole.numpy(), rtol=1e-11)


@pytest.mark.parametrize("shape", [(2, 4, 5), (2, 3, 4, 5)])
def test_a_group_a_channel_is_instance_norm_and_that_is_batch_norm_of_every_sample(shape, bodies):
    x, w, b = [tensor(a) for a in case(shape)]
    y = instance_norm(x, weight=w, bias=b)
    np.testing.assert_array_equal(group_norm(x, shape[1], w, b).numpy(), y.numpy())
    for i in range(shape[0]):
        alone = batch_norm(x[i : i + 1], None, None, w, b, True)
        np.testing.assert_allclose(y[i : i + 1].numpy(), alone.numpy(), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("shift", [1e4, -1e4])
@each
def test_a_shift_changes_nothing(shape, groups, shift, road):
    x = np.random.default_rng(0).integers(-64, 64, shape) / 16  # x + 1e4 is exact in float32
    there = group_norm(tensor(x + shift, dtype="float32", device=road), groups)
    right = by_hand(x, groups, np.ones(shape[1]), np.zeros(shape[1]))
    np.testing.assert_allclose(there.numpy(), right, atol=2e-3)


@each
def test_a_small_variance_beside_a_large_mean_is_kept(shape, groups, road):
    steps = np.random.default_rng(0).integers(-8, 8, shape) * 2.0**-10  # exact beside 4096
    x = tensor(steps + 4096, dtype="float32", device=road)
    right = by_hand(steps, groups, np.ones(shape[1]), np.zeros(shape[1]), 0.0)
    np.testing.assert_allclose(group_norm(x, groups, eps=0.0).numpy(), right, atol=5e-4)


@each
def test_a_scale_changes_nothing_but_for_eps(shape, groups, road):
    x = case(shape, np.float32)[0]
    found = [
        group_norm(tensor(x * np.float32(f), device=road), groups, eps=0.0).numpy()
        for f in (1, 2**20, 2**-20)
    ]
    np.testing.assert_allclose(found[1], found[0], atol=1e-5)
    np.testing.assert_allclose(found[2], found[0], atol=1e-5)


def test_float16_is_squared_in_float32(road):
    x = np.random.default_rng(0).standard_normal((2, 4, 32)) * 2000  # squares overflow float16
    t = tensor(x, dtype="float16", device=road, requires_grad=True)
    w = tensor(np.ones(4), dtype="float16", device=road, requires_grad=True)
    y = group_norm(t, 2, w)
    right = by_hand(x, 2, np.ones(4), np.zeros(4))
    np.testing.assert_allclose(y.detach().numpy().astype(float), right, atol=5e-3)
    y[:, :, 0].sum().backward()
    assert str(y.dtype) == str(t.grad.dtype) == str(w.grad.dtype) == "float16"
    np.testing.assert_allclose(w.grad.numpy().astype(float), right[:, :, 0].sum(0), atol=1e-2)


def test_constant_groups_give_the_bias_and_finite_gradients(road):
    x = tensor(np.full((2, 2, 20), 1e4, np.float32), device=road, requires_grad=True)
    b = tensor(np.array([0.5, -1.0], np.float32), device=road)
    y = group_norm(x, 1, None, b)
    assert y.tolist() == [[[0.5] * 20, [-1.0] * 20]] * 2
    y[:, :, :3].sum().backward()
    assert np.isfinite(x.grad.numpy()).all()


def test_nan_stays_in_its_group(road):
    x = case((2, 4, 20), np.float32)[0]
    x[1, 1, 7] = np.nan
    y = group_norm(tensor(x, device=road), 2).numpy()
    assert np.isnan(y[1, :2]).all()
    assert np.isfinite(y[0]).all()
    assert np.isfinite(y[1, 2:]).all()


def test_an_empty_batch_has_zero_gradients(road):
    x = tensor(np.zeros((0, 4, 20), np.float32), device=road, requires_grad=True)
    w = tensor(np.ones(4, np.float32), device=road, requires_grad=True)
    mean, var = zeros(4, device=road), ones(4, device=road)
    for y in (group_norm(x, 2, w), instance_norm(x, mean, var, w)):
        gx, gw = grad(y.sum(), [x, w])
        assert y.shape == gx.shape == (0, 4, 20)
        assert gw.tolist() == [0.0] * 4
    assert mean.tolist() == [0.0] * 4  # nothing was seen
    assert var.tolist() == [1.0] * 4


@settings(max_examples=30, deadline=None)
@given(
    st.integers(1, 4),
    st.integers(1, 3),
    st.integers(1, 3),
    st.lists(st.integers(1, 6), max_size=3),
    st.booleans(),
)
def test_any_shape_is_as_by_hand(n, groups, inside, rest, turned):
    shape = (n, groups * inside, *rest)
    x, w, b = case(shape)
    if turned:  # channels last in memory
        x = np.moveaxis(np.moveaxis(x, 1, -1).copy(), -1, 1)
    y = group_norm(tensor(x), groups, tensor(w), tensor(b))
    np.testing.assert_allclose(y.numpy(), by_hand(x, groups, w, b), rtol=1e-9, atol=1e-9)


def test_instance_norm_moves_running_statistics_to_the_mean_over_samples(road):
    x = case((3, 2, 4, 5), np.float32)[0]
    mean, var = zeros(2, device=road), ones(2, device=road)
    instance_norm(tensor(x, device=road), mean, var, momentum=0.3)
    np.testing.assert_allclose(mean.numpy(), 0.3 * x.mean((2, 3)).mean(0), rtol=1e-5)
    right = 0.7 + 0.3 * x.var((2, 3), ddof=1).mean(0)
    np.testing.assert_allclose(var.numpy(), right, rtol=1e-5)


def test_running_statistics_stand_for_the_input_s_own(bodies):
    x, w, b = [tensor(a) for a in case((2, 3, 4))]
    mean, var = tensor(np.arange(3.0)), tensor(np.arange(3.0) + 1)
    y = instance_norm(x, mean, var, w, b, use_input_stats=False)
    np.testing.assert_array_equal(y.numpy(), batch_norm(x, mean, var, w, b).numpy())
    assert mean.tolist() == [0.0, 1.0, 2.0]


def test_dtypes_meet_at_the_wider_one_and_gradients_return():
    x = tensor(np.arange(8.0).reshape(1, 4, 2), dtype="float16", requires_grad=True)
    w = tensor(np.ones(4), dtype="float32", requires_grad=True)
    y = group_norm(x, 2, w)
    (y * y * y).sum().backward()
    assert [str(t.dtype) for t in (y, x.grad, w.grad)] == ["float32", "float16", "float32"]


def test_its_cost():
    x = tensor(np.ones((6, 4)), requires_grad=True)
    with count_flops() as count:
        group_norm(x, 2).sum().backward()
    assert count.by_op["group_norm"][1] == 8 * 24
    assert count.by_op["group_norm_backward"][1] == 14 * 24


def test_what_does_not_fit_is_named():
    x = tensor(np.ones((2, 4, 3)))
    with pytest.raises(ValueError, match=r"num_groups \(3\) must divide 4 channels"):
        group_norm(x, 3)
    with pytest.raises(ValueError, match=r"num_groups \(0\) must divide 4 channels"):
        group_norm(x, 0)
    with pytest.raises(ValueError, match=r"group_norm: weight has shape \(3,\), not \(4,\)"):
        group_norm(x, 2, ones(3))
    with pytest.raises(ValueError, match=r"instance_norm: running_mean has shape \(3,\)"):
        instance_norm(x, zeros(3), ones(3))
    with pytest.raises(ValueError, match=r"something to normalise, not \(2, 4, 0\)"):
        group_norm(tensor(np.ones((2, 4, 0))), 2)
    with pytest.raises(ValueError, match=r"\(N, C, …\) with something to normalise, not \(4,\)"):
        group_norm(ones(4), 2)
    with pytest.raises(ValueError, match=r"one place a channel.*\(2, 4\)"):
        instance_norm(ones(2, 4))
    with pytest.raises(ValueError, match="come together or not at all"):
        instance_norm(x, None, ones(4))
    with pytest.raises(ValueError, match="use_input_stats can only be True"):
        instance_norm(x, use_input_stats=False)
    with pytest.raises(TypeError, match="input must be floating-point, not int64"):
        group_norm(tensor(np.ones((2, 4), np.int64)), 2)
