"""dropout1d, dropout2d, dropout3d: whole channels go or are scaled, both ways with one mask."""

import math

import numpy as np
import pytest
from nt_autograd import (
    count_flops,
    dropout1d,
    dropout2d,
    dropout3d,
    grad,
    gradcheck,
    gradgradcheck,
    ones,
    tensor,
)
from nt_tensor import Generator, manual_seed

# the function, a shape, how many of its first axes are samples and channels
FORMS = [
    (dropout1d, (30, 40, 3), 2),
    (dropout1d, (900, 3), 1),
    (dropout2d, (30, 40, 2, 3), 2),
    (dropout2d, (30, 40, 3), 2),
    (dropout3d, (30, 40, 2, 1, 3), 2),
    (dropout3d, (900, 2, 1, 3), 1),
]
each = pytest.mark.parametrize(
    ("drop", "shape", "lead"), FORMS, ids=[f"{f.__name__} {s}" for f, s, _ in FORMS]
)


@each
@pytest.mark.parametrize("p", [0.2, 0.5])
def test_a_channel_goes_as_one_and_the_rest_is_scaled(drop, shape, lead, p, road):
    y = drop(tensor(np.full(shape, 3.0, np.float32), device=road), p, generator=Generator(0))
    channels = y.numpy().reshape(math.prod(shape[:lead]), -1)
    assert (channels == channels[:, :1]).all()
    kept = channels[:, 0] != 0
    np.testing.assert_allclose(channels[kept], 3 / (1 - p), rtol=1e-6)
    # within five standard deviations of the share
    assert abs(kept.mean() - (1 - p)) < 5 * math.sqrt(p * (1 - p) / kept.size)


@each
def test_the_mask_is_the_same_everywhere_and_on_the_way_back(drop, shape, lead, road):
    x = tensor(np.ones(shape, np.float32), device=road, requires_grad=True)
    y = drop(x, 0.3, generator=Generator(5))
    (g,) = grad(y.sum(), x)
    np.testing.assert_array_equal(g.numpy(), y.detach().numpy())
    on_numpy = drop(ones(*shape), 0.3, generator=Generator(5))
    np.testing.assert_array_equal(y.detach().numpy(), on_numpy.numpy())


@each
def test_both_derivatives_agree_with_differences(drop, shape, lead, rng):
    small = tuple(min(n, 3) for n in shape)
    x = tensor(rng.standard_normal(small), requires_grad=True)
    assert gradcheck(lambda x: drop(x, 0.4, generator=Generator(1)), x)
    assert gradgradcheck(lambda x: drop(x * x, 0.4, generator=Generator(1)), x)


@each
def test_at_rest_it_is_nothing_and_at_one_all_goes(drop, shape, lead):
    x = ones(*shape)
    assert drop(x, 0.5, False) is x
    assert drop(x, 0.0) is x
    assert not drop(x * math.inf, 1.0).any()


@pytest.mark.parametrize(("drop", "shape"), [(dropout1d, (0, 3, 2)), (dropout2d, (2, 0, 3, 3))])
def test_empty_ones_stay_empty(drop, shape, road):
    x = tensor(np.ones(shape, np.float32), device=road, requires_grad=True)
    y = drop(x)
    (g,) = grad(y.sum(), x)
    assert y.shape == g.shape == shape


def test_the_thread_s_own_stream_is_used_where_none_is_given():
    manual_seed(3)
    first = dropout2d(ones(20, 20, 1, 1)).tolist()
    assert dropout2d(ones(20, 20, 1, 1)).tolist() != first
    manual_seed(3)
    assert dropout2d(ones(20, 20, 1, 1)).tolist() == first


def test_counting_sees_it_both_ways():
    x = tensor(np.ones((3, 4, 2)), requires_grad=True)
    with count_flops() as count:
        dropout1d(x, 0.5).sum().backward()
    assert count.by_op["dropout"][:2] == (2, 48)


@pytest.mark.parametrize(
    ("drop", "shape", "fits"),
    [
        (dropout1d, (3,), "3 axes, or 2 without a batch"),
        (dropout1d, (2, 3, 4, 5), "3 axes, or 2 without a batch"),
        (dropout2d, (3, 4), r"\(N, C, H, W\) or \(N, C, L\)"),
        (dropout3d, (2, 3, 4), "5 axes, or 4 without a batch"),
    ],
)
def test_another_shape_is_refused(drop, shape, fits):
    with pytest.raises(ValueError, match=rf"{drop.__name__}: input must .*{fits}"):
        drop(ones(*shape))


@pytest.mark.parametrize("p", [-0.1, 1.5, math.nan])
def test_what_is_no_probability_is_refused(p):
    with pytest.raises(ValueError, match=rf"dropout1d: p must lie in \[0, 1\], got {p}"):
        dropout1d(ones(2, 3, 4), p)


def test_integers_are_refused():
    with pytest.raises(TypeError, match="input must be floating-point, not int64"):
        dropout2d(tensor(np.ones((1, 2, 3), np.int64)))
