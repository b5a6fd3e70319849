"""layer_norm: against mean and variance taken by hand, shifted, scaled, bare, twice derived."""

import math
import statistics

import numpy as np
import pytest
from nt_autograd import count_flops, grad, gradcheck, gradgradcheck, layer_norm, tensor

PARTS = ["weight and bias", "weight", "bias", "bare"]
each_form = pytest.mark.parametrize("form", PARTS)


def given(form, shape, rng):
    """The weight and bias that the form has."""
    return [rng.standard_normal(shape) + 1 if part in form else None for part in ("weight", "bias")]


def applied(form, shape, eps=1e-5):
    """The function of x and whichever of weight and bias there are."""

    def function(x, *parts):
        parts = list(parts)
        weight = parts.pop(0) if "weight" in form else None
        return layer_norm(x, shape, weight, parts.pop(0) if parts else None, eps)

    return function


@each_form
@pytest.mark.parametrize("shape", [(5,), (4, 5)])
def test_it_takes_the_mean_out_and_the_deviation(form, shape, rng):
    x = rng.standard_normal((3, 2, 4, 5)) * 3 + 2
    parts = given(form, shape, rng)
    y = layer_norm(tensor(x), shape, *(None if p is None else tensor(p) for p in parts), 1e-3)
    weight, bias = (parts[0], parts[1])
    for at in np.ndindex(x.shape[: x.ndim - len(shape)]):
        row = x[at].ravel().tolist()
        mean, variance = statistics.fmean(row), statistics.pvariance(row)
        expected = np.reshape([(e - mean) / math.sqrt(variance + 1e-3) for e in row], shape)
        expected = expected * (1 if weight is None else weight) + (0 if bias is None else bias)
        np.testing.assert_allclose(y.numpy()[at], expected, rtol=1e-10, atol=1e-12)


@each_form
@pytest.mark.parametrize("shape", [(5,), (2, 3)])
def test_both_derivatives_agree_with_differences(form, shape, bodies, rng):
    inputs = [rng.standard_normal((3, *shape)) + 2, *given(form, shape, rng)]
    xs = [tensor(a, requires_grad=True) for a in inputs if a is not None]
    assert gradcheck(applied(form, shape), *xs)
    assert gradgradcheck(applied(form, shape), *xs)


@each_form
@pytest.mark.parametrize("shape", [(7, 64), (3, 5, 130), (1, 1, 1)])
def test_every_library_goes_the_same_way(form, shape, road, agree, rng):
    x = rng.standard_normal(shape) * 3 + 2
    parts = [p for p in given(form, shape[-1:], rng) if p is not None]
    agree(applied(form, shape[-1]), x, *parts, device=road, limit=1e-5)
    agree(
        lambda x, *parts: applied(form, shape[:1])(x.transpose(0, -1), *parts),
        x,
        *[p for p in given(form, shape[:1], rng) if p is not None],
        device=road,
        limit=1e-4,
    )


@pytest.mark.parametrize("shift", [1e4, -1e4])
def test_a_shift_changes_nothing(shift, road, rng):
    x = (rng.integers(-64, 64, (9, 64)) / 16).astype(np.float32)  # x + 1e4 is exact in float32
    there = layer_norm(tensor(x + np.float32(shift), device=road), 64).numpy()
    np.testing.assert_allclose(there, layer_norm(tensor(x, device=road), 64).numpy(), atol=2e-3)


def test_a_small_variance_beside_a_large_mean_is_kept(bodies, rng):  # MLX's own kernel rounds
    steps = rng.integers(-8, 8, (9, 33)) * 2.0**-10  # exact beside 4096
    x = tensor(steps + 4096, dtype="float32")
    right = (steps - steps.mean(-1, keepdims=True)) / steps.std(-1, keepdims=True)
    np.testing.assert_allclose(layer_norm(x, 33, eps=0.0).numpy(), right, atol=1e-4)


def test_a_scale_changes_nothing_but_for_eps(road, rng):
    x = rng.standard_normal((9, 33)).astype(np.float32)
    there = layer_norm(tensor(x * 1024, device=road), 33, eps=0.0).numpy()
    np.testing.assert_allclose(
        there, layer_norm(tensor(x, device=road), 33, eps=0.0).numpy(), atol=1e-5
    )


def test_constant_rows_give_the_bias_and_finite_gradients(road):
    x = tensor(np.full((2, 8), 3.0, np.float32), device=road, requires_grad=True)
    w, b = (tensor(np.full(8, f, np.float32), device=road) for f in (2.0, 0.5))
    y = layer_norm(x, 8, w, b)
    assert y.tolist() == [[0.5] * 8] * 2
    y[:, :4].sum().backward()
    assert np.isfinite(x.grad.numpy()).all()


def test_float16_is_squared_in_float32(road, rng):
    x = rng.standard_normal((3, 64)) * 2000  # squares overflow float16
    t = tensor(x, dtype="float16", device=road, requires_grad=True)
    w = tensor(np.ones(64), dtype="float16", device=road, requires_grad=True)
    y = layer_norm(t, 64, w)
    expected = (x - x.mean(-1, keepdims=True)) / x.std(-1, keepdims=True)
    np.testing.assert_allclose(y.detach().numpy().astype(float), expected, atol=5e-3)
    y[:, 0].sum().backward()
    assert str(y.dtype) == str(t.grad.dtype) == str(w.grad.dtype) == "float16"
    np.testing.assert_allclose(w.grad.numpy()[0].astype(float), expected[:, 0].sum(), atol=1e-2)


def test_dtypes_meet_at_the_wider_one_and_gradients_return():
    x = tensor(np.ones((2, 3)), dtype="float16", requires_grad=True)
    w = tensor(np.ones(3), dtype="float32", requires_grad=True)
    y = layer_norm(x, 3, w)
    y.sum().backward()
    assert [str(t.dtype) for t in (y, x.grad, w.grad)] == ["float32", "float16", "float32"]


def test_an_empty_batch_has_zero_gradients(road):
    x = tensor(np.zeros((0, 2, 4), np.float32), device=road, requires_grad=True)
    w = tensor(np.ones(4, np.float32), device=road, requires_grad=True)
    b = tensor(np.ones(4, np.float32), device=road, requires_grad=True)
    y = layer_norm(x, 4, w, b)
    assert y.shape == (0, 2, 4)
    gx, gw, gb = grad(y.sum(), [x, w, b])
    assert gx.shape == (0, 2, 4)
    assert gw.tolist() == gb.tolist() == [0.0] * 4


def test_its_cost():
    x, w = tensor(np.ones((6, 4)), requires_grad=True), tensor(np.ones(4))
    with count_flops() as count:
        layer_norm(x, 4, w).sum().backward()
    assert count.by_op["layer_norm"][1] == 7 * 24
    assert count.by_op["layer_norm_backward"][1] == 14 * 24


def test_what_does_not_fit_is_named():
    x = tensor(np.ones((2, 3)))
    with pytest.raises(
        ValueError, match=r"layer_norm: input \(2, 3\) must end in normalized_shape \(2,\)"
    ):
        layer_norm(x, 2)
    with pytest.raises(ValueError, match=r"layer_norm: weight has shape \(2,\), not \(3,\)"):
        layer_norm(x, 3, tensor(np.ones(2)))
    with pytest.raises(ValueError, match=r"layer_norm: bias has shape \(1, 3\), not \(3,\)"):
        layer_norm(x, 3, None, tensor(np.ones((1, 3))))
    with pytest.raises(ValueError, match=r"normalized_shape \(0,\) holds no elements"):
        layer_norm(tensor(np.ones((2, 0))), 0)
    with pytest.raises(TypeError, match=r"layer_norm.*input must be floating-point, not int64"):
        layer_norm(tensor([[1, 2]]), 2)


@pytest.mark.parametrize(
    "case",
    [
        "layernorm",
        "layernorm_multi",
        "layernorm_nobias",
        "layernorm_noaffine",
        "layernorm_smallvar",
    ],
)
def test_it_is_pytorchs(goldens, case):
    about, arrays = goldens("norm")[case]
    names = ["input.x", *(f"param.{p}" for p in about["params"])]
    x, *parts = (tensor(arrays[n].astype(np.float64), requires_grad=True) for n in names)
    y = layer_norm(
        x, tuple(about["ctor"]["normalized_shape"]), *parts, eps=about["ctor"].get("eps", 1e-5)
    )
    y.backward(tensor(arrays["cotangent.0"].astype(np.float64)))
    np.testing.assert_allclose(y.detach().numpy(), arrays["output.0"], rtol=1e-9, atol=1e-10)
    for name, t in zip(names, (x, *parts), strict=True):
        np.testing.assert_allclose(t.grad.numpy(), arrays[f"grad.{name}"], rtol=1e-8, atol=1e-9)
