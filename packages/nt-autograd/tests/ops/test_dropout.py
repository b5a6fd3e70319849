"""dropout: what is kept is scaled, what is dropped is gone, both ways with one mask."""

import math

import numpy as np
import pytest
from nt_autograd import count_flops, dropout, grad, gradcheck, gradgradcheck, tensor
from nt_tensor import Generator, manual_seed


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_an_element_is_dropped_or_scaled(dtype, p, road, rng):
    if dtype == "float64" and road == "mlx":
        pytest.skip("MLX has no float64 on a GPU")
    x = tensor(np.full((200, 300), 3.0), dtype=dtype, device=road)
    y = dropout(x, p, generator=Generator(0))
    assert y.dtype == x.dtype
    found = y.numpy().astype(float)
    kept = found != 0
    np.testing.assert_allclose(found[kept], 3 / (1 - p), rtol=1e-3)
    # within five standard deviations of the share
    assert abs(kept.mean() - (1 - p)) < 5 * math.sqrt(p * (1 - p) / kept.size)


def test_the_mask_is_the_same_everywhere_and_on_the_way_back(road):
    x = tensor(np.ones((40, 50), np.float32), device=road, requires_grad=True)
    y = dropout(x, 0.3, generator=Generator(5))
    (g,) = grad(y.sum(), x)
    np.testing.assert_array_equal(g.numpy(), y.detach().numpy())
    on_numpy = dropout(tensor(np.ones((40, 50), np.float32)), 0.3, generator=Generator(5))
    np.testing.assert_array_equal(y.detach().numpy(), on_numpy.numpy())


def test_the_thread_s_own_stream_is_used_where_none_is_given():
    x = tensor(np.ones(1000))
    manual_seed(3)
    first, second = dropout(x), dropout(x)
    manual_seed(3)
    np.testing.assert_array_equal(first.numpy(), dropout(x).numpy())
    assert (first.numpy() != second.numpy()).any()


def test_both_derivatives_agree_with_differences(rng):
    x = tensor(rng.standard_normal((4, 5)), requires_grad=True)
    assert gradcheck(lambda x: dropout(x, 0.4, generator=Generator(1)), x)
    assert gradgradcheck(lambda x: dropout(x * x, 0.4, generator=Generator(1)), x)


def test_at_rest_it_is_nothing():
    x = tensor([1.0, 2.0])
    assert dropout(x, 0.5, training=False) is x
    assert dropout(x, 0.0) is x


def test_all_may_be_dropped(road):
    x = tensor([1.0, -2.0], device=road, requires_grad=True)
    y = dropout(x, 1.0)
    (g,) = grad(y.sum(), x)
    assert (y.detach().numpy() == 0).all()
    assert (g.numpy() == 0).all()


def test_infinity_is_dropped_without_a_trace(road):
    y = dropout(tensor(np.full(1000, np.inf, np.float32), device=road), 0.5).numpy()
    assert set(y.tolist()) == {0.0, math.inf}


def test_infinity_goes_without_a_trace_where_all_is_dropped(road):
    x = tensor(np.array([math.inf, -math.inf, math.nan, 1.0]), device=road, dtype="float32")
    assert dropout(x, 1.0).tolist() == [0.0] * 4


@pytest.mark.parametrize("p", [0.0, 1.0])
def test_nothing_is_drawn_where_nothing_is_left_to_chance(p):
    source = Generator(0)
    before = source.state_dict()
    dropout(tensor([1.0, 2.0]), p, generator=source)
    dropout(tensor([1.0, 2.0]), 0.5, False, generator=source)
    assert source.state_dict() == before


@pytest.mark.parametrize("shape", [(), (0,), (3, 0)])
def test_any_shape(shape, road):
    x = tensor(np.ones(shape, np.float32), device=road, requires_grad=True)
    y = dropout(x, 0.5)
    (g,) = grad(y.sum(), x)
    assert y.shape == g.shape == shape


def test_views_are_dropped_too(rng):
    x = rng.standard_normal((6, 8))
    y = dropout(tensor(x.T[::2]), 0.5, generator=Generator(0)).numpy()
    kept = y != 0
    np.testing.assert_allclose(y[kept], 2 * x.T[::2][kept])


def test_counting_sees_it_both_ways():
    x = tensor(np.ones((3, 4)), requires_grad=True)
    with count_flops() as count:
        dropout(x, 0.5).sum().backward()
    assert count.by_op["dropout"][:2] == (2, 24)


@pytest.mark.parametrize("p", [-0.1, 1.5, math.nan])
def test_what_is_no_probability_is_refused(p):
    with pytest.raises(ValueError, match=rf"p must lie in \[0, 1\], got {p}"):
        dropout(tensor([1.0]), p)


def test_integers_are_refused():
    with pytest.raises(TypeError, match="input must be floating-point, not int64"):
        dropout(tensor([1, 2]), 0.5)
