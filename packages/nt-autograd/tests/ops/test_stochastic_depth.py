"""stochastic_depth: samples go or are scaled, each by itself or all as one."""

import math

import numpy as np
import pytest
from nt_autograd import grad, gradcheck, gradgradcheck, ones, stochastic_depth, tensor
from nt_tensor import Generator


@pytest.mark.parametrize("p", [0.2, 0.5])
def test_a_row_goes_as_one_and_the_rest_is_scaled(p, road):
    x = tensor(np.full((2000, 2, 3), 3.0, np.float32), device=road)
    rows = stochastic_depth(x, p, "row", generator=Generator(0)).numpy().reshape(2000, 6)
    assert (rows == rows[:, :1]).all()
    kept = rows[:, 0] != 0
    np.testing.assert_allclose(rows[kept], 3 / (1 - p), rtol=1e-6)
    # within five standard deviations of the share
    assert abs(kept.mean() - (1 - p)) < 5 * math.sqrt(p * (1 - p) / kept.size)


def test_a_batch_goes_as_one(road):
    source, x = Generator(0), tensor(np.ones((3, 2), np.float32), device=road)
    found = [stochastic_depth(x, 0.25, "batch", generator=source).tolist() for _ in range(400)]
    dropped = found.count([[0.0] * 2] * 3)
    scaled = sum(np.allclose(y, 4 / 3) for y in found)
    assert dropped + scaled == 400
    assert abs(dropped - 100) < 5 * math.sqrt(400 * 0.25 * 0.75)


@pytest.mark.parametrize("mode", ["row", "batch"])
def test_the_mask_is_the_same_everywhere_and_on_the_way_back(mode, road):
    x = tensor(np.ones((40, 5), np.float32), device=road, requires_grad=True)
    y = stochastic_depth(x, 0.3, mode, generator=Generator(5))
    (g,) = grad(y.sum(), x)
    np.testing.assert_array_equal(g.numpy(), y.detach().numpy())
    on_numpy = stochastic_depth(ones(40, 5), 0.3, mode, generator=Generator(5))
    np.testing.assert_array_equal(y.detach().numpy(), on_numpy.numpy())


@pytest.mark.parametrize("mode", ["row", "batch"])
def test_both_derivatives_agree_with_differences(mode, rng):
    x = tensor(rng.standard_normal((4, 3)), requires_grad=True)
    assert gradcheck(lambda x: stochastic_depth(x, 0.4, mode, generator=Generator(1)), x)
    assert gradgradcheck(lambda x: stochastic_depth(x * x, 0.4, mode, generator=Generator(1)), x)


@pytest.mark.parametrize("mode", ["row", "batch"])
def test_at_rest_it_is_nothing_and_at_one_all_goes(mode):
    x = ones(3, 2)
    assert stochastic_depth(x, 0.5, mode, False) is x
    assert stochastic_depth(x, 0.0, mode) is x
    assert not stochastic_depth(x * math.inf, 1.0, mode).any()


def test_no_samples_and_no_axes():
    assert stochastic_depth(ones(0, 3), 0.5, "row").shape == (0, 3)
    assert stochastic_depth(ones(), 0.5, "batch").item() in (0.0, 2.0)
    with pytest.raises(ValueError, match="no axes has no rows"):
        stochastic_depth(ones(), 0.5, "row")


def test_what_does_not_fit_is_named():
    with pytest.raises(ValueError, match='mode must be "row" or "batch", got \'rows\''):
        stochastic_depth(ones(2, 2), 0.5, "rows")
    with pytest.raises(ValueError, match=r"stochastic_depth: p must lie in \[0, 1\], got 2"):
        stochastic_depth(ones(2, 2), 2, "row")
    with pytest.raises(TypeError, match="input must be floating-point, not int64"):
        stochastic_depth(tensor([[1, 2]]), 0.5, "row")
