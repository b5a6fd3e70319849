"""prelu and rrelu: slopes that are learned, slopes that are drawn."""

import numpy as np
import pytest
from nt_autograd import grad, gradcheck, gradgradcheck, leaky_relu, prelu, rrelu, tensor
from nt_tensor import Generator


def away_from_zero(rng, *shape):
    return rng.uniform(0.1, 3, shape) * rng.choice([-1, 1], shape)


@pytest.mark.parametrize("shape", [(4, 3), (2, 3, 5), (2, 3, 4, 5)])
@pytest.mark.parametrize("count", [1, 3])
def test_each_channel_has_its_slope(shape, count, rng):
    x, weight = rng.standard_normal(shape), rng.uniform(-1, 2, count)
    y = prelu(tensor(x), tensor(weight)).numpy()
    for at in np.ndindex(shape):
        slope = weight[at[1] if count > 1 else 0]
        assert y[at] == (x[at] if x[at] > 0 else slope * x[at])


@pytest.mark.parametrize("shape", [(4, 3), (2, 3, 2, 2)])
@pytest.mark.parametrize("count", [1, 3])
def test_both_derivatives_agree_with_differences(shape, count, rng):
    x, weight = tensor(away_from_zero(rng, *shape), requires_grad=True), rng.uniform(0.1, 1, count)
    slopes = tensor(weight, requires_grad=True)
    assert gradcheck(prelu, x, slopes)
    assert gradgradcheck(prelu, x, slopes)


def test_every_library_goes_the_same_way(road, agree, rng):
    agree(prelu, rng.standard_normal((5, 7, 3)), rng.uniform(0, 1, 7), device=road, limit=1e-5)
    agree(prelu, rng.standard_normal((4, 70000)), np.array([0.2]), device=road, limit=2e-5)
    agree(
        lambda x, w: prelu(x.transpose(0, 2)[::2], w),
        rng.standard_normal((5, 7, 3)),
        rng.uniform(0, 1, 7),
        device=road,
        limit=1e-5,
    )


@pytest.mark.parametrize("shape", [(), (5,), (0, 3), (2, 3, 0)])
def test_any_shape(shape, road):
    x = tensor(-np.ones(shape, np.float32), device=road, requires_grad=True)
    weight = tensor([0.25], device=road, requires_grad=True)
    y = prelu(x, weight)
    g, slope = grad(y.sum(), [x, weight])
    assert (y.detach().numpy() == -0.25).all()
    assert (g.numpy() == 0.25).all()
    assert slope.tolist() == [-float(x.numel())]


def test_at_zero_the_slope_is_that_of_the_left(road):
    x, weight = (tensor(v, device=road, requires_grad=True) for v in ([0.0, -0.0], [0.25]))
    g, slope = grad(prelu(x, weight).sum(), [x, weight])
    assert g.tolist() == [0.25, 0.25]
    assert slope.tolist() == [0.0]


def test_a_slope_for_nothing_and_too_many_are_named():
    x = tensor(np.ones((2, 3)))
    for weight in (np.ones(2), np.ones((1, 3)), np.ones(0)):
        with pytest.raises(ValueError, match=r"weight must have shape \(1,\) or, for x of shape"):
            prelu(x, tensor(weight))
    with pytest.raises(ValueError, match=r"\(1,\); got \(3,\)"):
        prelu(tensor(np.ones(3)), tensor(np.ones(3)))


def test_without_training_the_slope_is_the_mean(road, rng):
    x = tensor(rng.standard_normal(50).astype(np.float32), device=road)
    assert rrelu(x, 0.1, 0.3).tolist() == leaky_relu(x, 0.2).tolist()


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_slopes_are_drawn_evenly_and_the_same_for_the_same_seed(dtype, road):
    x = tensor(-np.ones(20000), dtype=dtype, device=road, requires_grad=True)
    y, again = (rrelu(x, 0.25, 0.75, True, generator=Generator(3)) for _ in "ab")
    slopes = -y.detach().numpy().astype(np.float64)
    assert str(y.dtype) == dtype
    assert y.tolist() == again.tolist()
    assert slopes.min() >= 0.25
    assert slopes.max() <= 0.75
    np.testing.assert_allclose([slopes.mean(), slopes.std()], [0.5, 0.5 / 12**0.5], rtol=0.02)
    np.testing.assert_array_equal(grad(y.sum(), x)[0].numpy(), -y.detach().numpy())


def test_what_is_above_zero_passes_with_any_slope(road, rng):
    x = tensor(rng.uniform(0.1, 1, 30).astype(np.float32), device=road)
    assert rrelu(x, 0.1, 0.9, True).tolist() == x.tolist()


def test_rrelu_has_a_derivative_too(rng):
    x = tensor(away_from_zero(rng, 3, 4), requires_grad=True)
    assert gradcheck(lambda x: rrelu(x, training=True, generator=Generator(1)), x)
    with pytest.raises(ValueError, match=r"lower \(0.5\) must not be above upper \(0.25\)"):
        rrelu(x, 0.5, 0.25)
    with pytest.raises(TypeError, match="x must be floating-point"):
        rrelu(tensor([1]), training=True)
