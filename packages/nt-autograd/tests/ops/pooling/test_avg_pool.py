"""avg_pool and adaptive_avg_pool against loops; divisors, padding, laws, infinities in place."""

from math import prod

import nt_autograd as ag
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nt_autograd import count_flops, gradcheck, gradgradcheck, tensor

SHAPES = {1: (2, 3, 11), 2: (2, 3, 7, 8), 3: (2, 2, 5, 4, 6)}
SLIDING = {1: ag.avg_pool1d, 2: ag.avg_pool2d, 3: ag.avg_pool3d}
ADAPTIVE = {1: ag.adaptive_avg_pool1d, 2: ag.adaptive_avg_pool2d, 3: ag.adaptive_avg_pool3d}
# kernel_size, stride, padding, ceil_mode, count_include_pad
OPTIONS = [
    (2, None, 0, False, True),
    (3, 2, 1, False, True),
    (3, 2, 1, False, False),
    (3, 2, 1, True, True),
    (3, 2, 1, True, False),
    (2, 3, 1, True, True),
    (4, 1, 2, False, True),
]


def by_loop(naive, x, count, size, stride, padding, ceil_mode, with_pad, whole=None):
    found = [
        naive.windows(n, size, stride or size, padding, 1, ceil_mode) for n in x.shape[-count:]
    ]
    padded = [each[1] for each in found]

    def mean(values, here):
        share = prod(p[o] for p, o in zip(padded, here, strict=True)) if with_pad else len(values)
        return sum(values) / (whole or share)

    return naive.pooled(x, [each[0] for each in found], mean)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("count", SLIDING)
def test_it_is_the_average_of_each_window(count, options, naive, road, agree, rng):
    x = rng.standard_normal(SHAPES[count])
    y = SLIDING[count](tensor(x), *options)
    np.testing.assert_allclose(
        y.numpy(), by_loop(naive, x, count, *options), rtol=1e-11, atol=1e-13
    )
    agree(lambda t: SLIDING[count](t, *options), x, device=road)
    agree(lambda t: SLIDING[count](t, *options), x[0], device=road)  # a single one


@pytest.mark.parametrize("count", [2, 3])
def test_the_divisor_may_be_given(count, naive, road, agree, rng):
    x = rng.standard_normal(SHAPES[count])
    y = SLIDING[count](tensor(x), 3, 2, 1, True, False, divisor_override=5)
    right = by_loop(naive, x, count, 3, 2, 1, True, False, 5)
    np.testing.assert_allclose(y.numpy(), right, rtol=1e-11, atol=1e-13)
    agree(lambda t: SLIDING[count](t, 2, divisor_override=-3), x, device=road)


@pytest.mark.parametrize("size", [1, 2, 3, 4, None, 9])
@pytest.mark.parametrize("count", ADAPTIVE)
def test_adaptive_windows_cover_everything(count, size, naive, road, agree, rng):
    x = rng.standard_normal(SHAPES[count])
    axes = [naive.adaptive(n, size or n) for n in x.shape[-count:]]
    y = ADAPTIVE[count](tensor(x), size)
    right = naive.pooled(x, axes, lambda values, _: sum(values) / len(values))
    np.testing.assert_allclose(y.numpy(), right, rtol=1e-11, atol=1e-13)
    agree(lambda t: ADAPTIVE[count](t, size), x, device=road)


@settings(max_examples=40, deadline=None)
@given(
    lengths=st.lists(st.integers(1, 6), min_size=1, max_size=3),
    size=st.integers(1, 4),
    stride=st.integers(1, 3),
    data=st.data(),
)
def test_without_padding_it_is_a_depthwise_convolution_with_equal_weights(
    lengths, size, stride, data
):
    count = len(lengths)
    size = min(size, *lengths)
    padding = data.draw(st.integers(0, size // 2))
    x = np.random.default_rng(0).standard_normal((2, 3, *lengths))
    weight = np.full((3, 1, *[size] * count), 1 / size**count)
    conv = {1: ag.conv1d, 2: ag.conv2d, 3: ag.conv3d}[count]
    right = conv(tensor(x), tensor(weight), None, stride, padding, groups=3)
    y = SLIDING[count](tensor(x), size, stride, padding)
    np.testing.assert_allclose(y.numpy(), right.numpy(), rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("count", SLIDING)
def test_adaptive_windows_of_a_divisor_are_plain_ones(count, rng):
    x = tensor(rng.standard_normal((2, 3, *[6, 12, 4][:count])))
    found = ADAPTIVE[count](x, 2).numpy()
    right = SLIDING[count](x, tuple([n // 2 for n in x.shape[2:]])).numpy()
    np.testing.assert_allclose(found, right, rtol=1e-12)


@pytest.mark.parametrize("count", SLIDING)
def test_both_derivatives_agree_with_differences(count, bodies, rng):
    x = tensor(rng.standard_normal((1, *SHAPES[count][2:])), requires_grad=True)
    assert gradcheck(lambda x: SLIDING[count](x, 3, 2, 1, True, False), x)
    assert gradgradcheck(lambda x: SLIDING[count](x * x, 3, 2, 1), x)
    assert gradcheck(lambda x: ADAPTIVE[count](x, 3), x)
    assert gradgradcheck(lambda x: ADAPTIVE[count](x * x, 1), x)


def test_infinity_stays_in_its_windows(road):
    x = np.zeros((1, 1, 9), np.float32)
    x[0, 0, 4] = np.inf
    y = ag.avg_pool1d(tensor(x, device=road), 3, 2, 1)
    assert y.tolist() == [[[0.0, 0.0, np.inf, 0.0, 0.0]]]
    assert ag.adaptive_avg_pool1d(tensor(x, device=road), 4).tolist() == [[[0, np.inf, np.inf, 0]]]


@pytest.mark.parametrize(
    "pool", [lambda x: ag.avg_pool1d(x, 4096), lambda x: ag.adaptive_avg_pool1d(x, 1)]
)
def test_half_precision_is_summed_in_single(pool, road):
    y = pool(tensor(np.full((1, 4096), 40.0), dtype="float16", device=road))
    assert str(y.dtype) == "float16"
    assert y.tolist() == [[40.0]]  # their sum is no float16


def test_views_are_read_as_they_are(road, agree, rng):
    x = rng.standard_normal((6, 8, 7))
    agree(lambda t: ag.avg_pool2d(t.transpose(0, 2)[:, ::2], 3, 2, 1), x, device=road)
    agree(lambda t: ag.adaptive_avg_pool2d(t.expand((2, *t.shape)), 1), x, device=road)


def test_an_empty_batch_stays_empty(road, agree):
    agree(lambda t: ag.avg_pool2d(t, 2), np.zeros((0, 3, 4, 4)), device=road)
    agree(lambda t: ag.adaptive_avg_pool2d(t, 1), np.zeros((0, 3, 4, 4)), device=road)


def test_its_cost():
    with count_flops() as count:
        ag.avg_pool2d(tensor(np.ones((2, 3, 8, 8))), 2)
    assert count.by_op["apply_bands"][1] == 2 * (2 * 3 * 8 * 8) + 2 * (2 * 3 * 4 * 8)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: ag.avg_pool2d(x, 3, padding=2), "padding 2 must be at most half of the window"),
        (lambda x: ag.avg_pool2d(x, 5), "a window of 5 .* does not fit into 4 elements"),
        (lambda x: ag.avg_pool2d(x, 2, divisor_override=0), "divisor_override must not be zero"),
        (lambda x: ag.avg_pool3d(x[0, 0], 2), r"input \(4, 4\) must be \(N, C, D, H, W\)"),
        (lambda x: ag.adaptive_avg_pool2d(x, (0, 1)), "output_size must be"),
    ],
)
def test_what_does_not_fit_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call(tensor(np.ones((1, 2, 4, 4))))


@pytest.mark.parametrize(
    "pool", [lambda x: ag.avg_pool1d(x, 2), lambda x: ag.adaptive_avg_pool1d(x, 1)]
)
def test_integers_have_no_average(pool):
    with pytest.raises(TypeError, match="int64"):
        pool(tensor([[1, 2]]))
