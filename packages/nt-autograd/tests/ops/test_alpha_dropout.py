"""alpha_dropout and feature_alpha_dropout: mean and variance stay, what goes is SELU's lowest."""

import math

import numpy as np
import pytest
from nt_autograd import (
    alpha_dropout,
    feature_alpha_dropout,
    grad,
    gradcheck,
    gradgradcheck,
    ones,
    tensor,
)
from nt_tensor import Generator

LOWEST = -1.0507009873554805 * 1.6732632423543772  # -scale * alpha of SELU


def factors(p):
    a = ((1 - p) * (1 + p * LOWEST**2)) ** -0.5
    return a, -a * p * LOWEST


@pytest.mark.parametrize("p", [0.05, 0.3, 0.7])
@pytest.mark.parametrize("drop", [alpha_dropout, feature_alpha_dropout])
def test_mean_and_variance_stay(p, drop, road):
    n = 160_000
    x = np.random.default_rng(0).standard_normal((400, 400)).astype(np.float32)
    y = drop(tensor(x, device=road), p, True, generator=Generator(0)).numpy().astype(float)
    assert abs(y.mean()) < 5 / math.sqrt(n)
    spread = math.sqrt(((y**2 - (y**2).mean()) ** 2).mean() / n)  # of the mean of squares
    assert abs(y.var() - 1) < 5 * spread + 5e-3  # and that of the normal numbers themselves


@pytest.mark.parametrize("p", [0.2, 0.5])
@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_what_goes_is_the_lowest_value_and_all_is_scaled_and_shifted(p, dtype, road):
    a, b = factors(p)
    x = tensor(np.full((200, 300), 3.0), dtype=dtype, device=road)
    y = alpha_dropout(x, p, True, generator=Generator(0))
    assert y.dtype == x.dtype
    found = y.numpy().astype(float)
    kept = found > 0
    limit = 1e-3 if dtype == "float16" else 1e-6
    np.testing.assert_allclose(found[kept], 3 * a + b, rtol=limit)
    np.testing.assert_allclose(found[~kept], LOWEST * a + b, rtol=2 * limit)
    assert abs(kept.mean() - (1 - p)) < 5 * math.sqrt(p * (1 - p) / kept.size)


@pytest.mark.parametrize("shape", [(40, 30), (40, 30, 3), (20, 10, 2, 3)])
def test_a_channel_goes_as_one(shape, road):
    x = tensor(np.ones(shape, np.float32), device=road)
    y = feature_alpha_dropout(x, 0.5, True, generator=Generator(0)).numpy()
    channels = y.reshape(shape[0] * shape[1], -1)
    assert (channels == channels[:, :1]).all()
    assert len(np.unique(y)) == 2


@pytest.mark.parametrize("drop", [alpha_dropout, feature_alpha_dropout])
def test_the_mask_is_the_same_everywhere_and_the_gradient_is_the_mask_scaled(drop, road):
    x = tensor(np.zeros((40, 50), np.float32), device=road, requires_grad=True)
    y = drop(x, 0.3, True, generator=Generator(5))
    (g,) = grad(y.sum(), x)
    a, _ = factors(0.3)
    kept = y.detach().numpy() > 0  # of zeros: b > 0 where they stay
    np.testing.assert_allclose(g.numpy(), np.where(kept, a, 0), rtol=1e-6)
    on_numpy = drop(tensor(np.zeros((40, 50), np.float32)), 0.3, True, generator=Generator(5))
    np.testing.assert_allclose(y.detach().numpy(), on_numpy.numpy(), rtol=1e-6)


@pytest.mark.parametrize("drop", [alpha_dropout, feature_alpha_dropout])
def test_both_derivatives_agree_with_differences(drop, rng):
    x = tensor(rng.standard_normal((4, 5)), requires_grad=True)
    assert gradcheck(lambda x: drop(x, 0.4, True, generator=Generator(1)), x)
    assert gradgradcheck(lambda x: drop(x * x, 0.4, True, generator=Generator(1)), x)


@pytest.mark.parametrize("drop", [alpha_dropout, feature_alpha_dropout])
def test_at_rest_it_is_nothing_and_at_one_all_is_zero(drop, road):
    x = tensor(np.full((2, 3), math.inf, np.float32), device=road, requires_grad=True)
    assert drop(x, 0.5) is x  # as in PyTorch, at rest unless told
    assert drop(x, 0.0, True) is x
    y = drop(x, 1.0, True)
    (g,) = grad(y.sum(), x)
    assert y.tolist() == g.tolist() == [[0.0] * 3] * 2


def test_infinity_goes_without_a_trace(road):
    y = alpha_dropout(tensor(np.full(1000, math.inf, np.float32), device=road), 0.5, True).numpy()
    assert set(np.isfinite(y).tolist()) == {True, False}
    assert not np.isnan(y).any()


@pytest.mark.parametrize("shape", [(0, 3), (3, 0, 2)])
def test_empty_ones_stay_empty(shape, road):
    x = tensor(np.ones(shape, np.float32), device=road)
    assert feature_alpha_dropout(x, 0.5, True).shape == shape
    assert alpha_dropout(x, 0.5, True).shape == shape


def test_what_does_not_fit_is_named():
    with pytest.raises(ValueError, match=r"alpha_dropout: p must lie in \[0, 1\], got nan"):
        alpha_dropout(ones(2), math.nan)
    with pytest.raises(ValueError, match=r"feature_alpha_dropout: input must be \(N, C, …\)"):
        feature_alpha_dropout(ones(2))
    with pytest.raises(TypeError, match="input must be floating-point, not int64"):
        alpha_dropout(tensor([1, 2]))
