"""max_pool and adaptive_max_pool against loops; ties, NaN, -inf, places, strange windows."""

import nt_autograd as ag
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nt_autograd import count_flops, grad, gradcheck, gradgradcheck, tensor

SHAPES = {1: (2, 3, 11), 2: (2, 3, 7, 8), 3: (2, 2, 5, 4, 6)}
SLIDING = {1: ag.max_pool1d, 2: ag.max_pool2d, 3: ag.max_pool3d}
ADAPTIVE = {1: ag.adaptive_max_pool1d, 2: ag.adaptive_max_pool2d, 3: ag.adaptive_max_pool3d}
# kernel_size, stride, padding, dilation, ceil_mode
OPTIONS = [
    (2, None, 0, 1, False),
    (3, 2, 1, 1, False),
    (3, 2, 1, 1, True),
    (2, 3, 0, 2, True),
    (4, 1, 2, 1, False),
    (1, 2, 0, 1, False),
]


def by_loop(naive, x, count, size, stride, padding, dilation, ceil_mode):
    axes = [
        naive.windows(n, size, stride or size, padding, dilation, ceil_mode)[0]
        for n in x.shape[-count:]
    ]
    return naive.pooled(x, axes, lambda values, _: max(values))


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("count", SLIDING)
def test_it_is_the_largest_in_each_window(count, options, naive, road, agree, rng):
    x = rng.permutation(np.prod(SHAPES[count])).reshape(SHAPES[count]) / 7.0  # no two are equal
    y = SLIDING[count](tensor(x), *options)
    np.testing.assert_array_equal(y.numpy(), by_loop(naive, x, count, *options))
    agree(lambda t: SLIDING[count](t, *options), x, device=road)
    agree(lambda t: SLIDING[count](t, *options), x[0], device=road)  # a single one


@pytest.mark.parametrize("size", [1, 2, 3, 4, None, 9])
@pytest.mark.parametrize("count", ADAPTIVE)
def test_adaptive_windows_cover_everything(count, size, naive, road, agree, rng):
    x = rng.permutation(np.prod(SHAPES[count])).reshape(SHAPES[count]) / 7.0
    axes = [naive.adaptive(n, size or n) for n in x.shape[-count:]]
    y = ADAPTIVE[count](tensor(x), size)
    np.testing.assert_array_equal(y.numpy(), naive.pooled(x, axes, lambda values, _: max(values)))
    agree(lambda t: ADAPTIVE[count](t, size), x, device=road)


def inside(length, size, stride, padding, dilation, ceil_mode):
    """The elements in each window along an axis: all windows that begin before the end."""
    starts = [o * stride - padding for o in range(length + 2 * padding)]
    reach = dilation * (size - 1)
    if ceil_mode:
        starts = [s for s in starts if s < length and s + reach < length + padding + stride - 1]
    else:
        starts = [s for s in starts if s + reach < length + padding]
    return [[i for i in range(s, s + reach + 1, dilation) if 0 <= i < length] for s in starts]


@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_any_window_that_fits(data):
    count = data.draw(st.integers(1, 3), "axes")
    draw = [data.draw(st.integers(1, 7), "length") for _ in range(count)]
    size, stride = data.draw(st.integers(1, 4), "kernel"), data.draw(st.integers(1, 4), "stride")
    dilation, ceil = data.draw(st.integers(1, 3), "dilation"), data.draw(st.booleans(), "ceil")
    padding = data.draw(st.integers(0, (dilation * (size - 1) + 1) // 2), "padding")
    x = np.random.default_rng(0).integers(0, 4, (2, *draw)).astype(float)  # ties
    padded = np.pad(x, [(0, 0)] + [(padding, padding + stride)] * count, constant_values=-np.inf)
    options = (size, stride, padding, dilation, ceil)
    rows = [row for n in draw for row in inside(n, *options)]
    if [] in rows or any(not inside(n, *options) for n in draw):  # none fits, or one holds nothing
        with pytest.raises(ValueError, match=r"does not fit into|holds none of"):
            SLIDING[count](tensor(x), *options)
        return
    y = SLIDING[count](tensor(x), *options)
    assert y.shape[1:] == tuple([len(inside(n, *options)) for n in draw])
    for at in np.ndindex(y.shape):
        cut = [slice(o * stride, o * stride + dilation * size, dilation) for o in at[1:]]
        assert y.numpy()[at] == padded[(at[0], *cut)].max()


@pytest.mark.parametrize("count", SLIDING)
def test_both_derivatives_agree_with_differences(count, bodies, rng):
    shape = (2, *SHAPES[count][2:])
    x = tensor(rng.permutation(np.prod(shape)).reshape(shape) / 7.0, requires_grad=True)
    assert gradcheck(lambda x: SLIDING[count](x, 3, 2, 1), x)
    assert gradgradcheck(lambda x: SLIDING[count](x * x, 3, 2, 1), x)
    assert gradcheck(lambda x: ADAPTIVE[count](x, 3), x)
    assert gradgradcheck(lambda x: ADAPTIVE[count](x * x, 3, True)[0], x)


def test_of_equal_elements_the_first_gets_the_gradient(road):
    x = tensor(np.zeros((1, 1, 4, 4), np.float32), device=road, requires_grad=True)
    (g,) = grad(ag.max_pool2d(x, 2, 1).sum(), [x])
    assert g.numpy()[0, 0].tolist() == [[1, 1, 1, 0]] * 3 + [[0] * 4]


def test_nan_wins_and_minus_infinity_is_found(road):
    x = np.full((1, 2, 4), -np.inf, np.float32)
    x[0, 1, 2] = np.nan
    y, places = ag.max_pool1d(tensor(x, device=road), 2, return_indices=True)
    np.testing.assert_array_equal(y.numpy(), [[[-np.inf, -np.inf], [-np.inf, np.nan]]])
    assert places.tolist() == [[[0, 2], [0, 2]]]


@pytest.mark.parametrize("count", SLIDING)
def test_places_name_the_maxima(count, road, rng):
    x = rng.standard_normal(SHAPES[count]).astype(np.float32)
    options = {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}
    for y, places in (
        SLIDING[count](tensor(x, device=road), **options, return_indices=True),
        ADAPTIVE[count](tensor(x, device=road), 3, return_indices=True),
    ):
        assert str(places.dtype) == "int64"
        assert places.shape == y.shape
        flat = places.numpy().reshape(*x.shape[:2], -1)
        picked = np.take_along_axis(x.reshape(*x.shape[:2], -1), flat, 2)
        np.testing.assert_array_equal(picked.reshape(y.shape), y.numpy())


def test_an_axis_may_have_its_own_options(naive, rng):
    x = rng.standard_normal((1, 2, 7, 8))
    y = ag.max_pool2d(tensor(x), (3, 2), (2, 1), (1, 0), (1, 2))
    axes = [naive.windows(7, 3, 2, 1, 1)[0], naive.windows(8, 2, 1, 0, 2)[0]]
    np.testing.assert_array_equal(y.numpy(), naive.pooled(x, axes, lambda values, _: max(values)))
    kept = ag.adaptive_max_pool2d(tensor(x), (None, 2))
    np.testing.assert_array_equal(kept.numpy(), x.reshape(1, 2, 7, 2, 4).max(-1))


def test_views_and_broadcast_inputs_are_read_as_they_are(road, agree, rng):
    x = rng.permutation(6 * 8 * 7).reshape(6, 8, 7) / 7.0
    agree(lambda t: ag.max_pool2d(t.transpose(0, 2)[:, ::2], 3, 2, 1), x, device=road)
    y = ag.max_pool2d(tensor(np.arange(4.0), device=road).expand((2, 3, 4, 4)), 2)
    assert y.tolist() == [[[[1.0, 3.0]] * 2] * 3] * 2


def test_an_empty_batch_stays_empty(road, agree):
    agree(lambda t: ag.max_pool2d(t, 2), np.zeros((0, 3, 4, 4)), device=road)


def test_integers_and_half_precision_stay(road):
    for dtype in ("int32", "float16"):
        y = ag.max_pool1d(tensor([[1, 5, 2, 4]], dtype=dtype, device=road), 2)
        assert str(y.dtype) == dtype
        assert y.tolist() == [[5, 4]]


def test_its_cost():
    x = tensor(np.ones((2, 3, 8, 8)), requires_grad=True)
    with count_flops() as count:
        ag.max_pool2d(x, 2).sum().backward()
    assert count.by_op["max_pool"][1] == 2 * 3 * 4 * 4 * 4
    assert count.by_op["scatter_planes"][1] == 2 * 3 * 4 * 4


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: ag.max_pool2d(x, 0), r"max_pool2d: kernel_size must be .* from 1, not 0"),
        (lambda x: ag.max_pool2d(x, (2, 2, 2)), "kernel_size must be one or two numbers"),
        (lambda x: ag.max_pool2d(x, 2, 0), "stride must be"),
        (lambda x: ag.max_pool2d(x, 2, padding=2), "padding 2 must be at most half of the window"),
        (lambda x: ag.max_pool2d(x, 5), "a window of 5 with dilation 1 does not fit into 4"),
        (lambda x: ag.max_pool2d(x, 2, dilation=4), "a window of 2 with dilation 4 does not fit"),
        (lambda x: ag.max_pool1d(x, 2), r"input \(1, 2, 4, 4\) must be \(N, C, L\) or \(C, L\)"),
        (lambda x: ag.max_pool2d(x[:, :, :0], 1), "with none of H, W zero"),
        (lambda x: ag.max_pool2d(x[:, :, :1], 2, 1, 1, 2), "holds none of the 1 elements"),
        (lambda x: ag.adaptive_max_pool2d(x, 0), "output_size must be"),
        (lambda x: ag.adaptive_max_pool2d(x, (1, 2, 3)), "output_size must be one or two"),
    ],
)
def test_what_does_not_fit_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call(tensor(np.ones((1, 2, 4, 4))))


def test_booleans_are_no_numbers():
    with pytest.raises(TypeError, match="input must hold numbers, not bool"):
        ag.max_pool1d(tensor([[True, False]]), 2)
