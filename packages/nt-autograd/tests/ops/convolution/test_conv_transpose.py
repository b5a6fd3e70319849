"""conv_transpose1d, 2d, 3d against kernels laid down one by one, PyTorch and differences."""

import itertools

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from nt_autograd import (
    conv2d,
    conv_transpose1d,
    conv_transpose2d,
    conv_transpose3d,
    count_flops,
    grad,
    gradcheck,
    gradgradcheck,
    sum,
    tensor,
)

CONV = {3: conv_transpose1d, 4: conv_transpose2d, 5: conv_transpose3d}

# input, weight; stride, padding, output_padding, groups, dilation
CASES = {
    "plain": ((2, 3, 3, 4), (3, 2, 3, 3), 1, 0, 0, 1, 1),
    "stride": ((2, 3, 3, 4), (3, 2, 3, 2), (2, 3), 1, (1, 2), 1, 1),
    "stride beyond kernel": ((1, 2, 3, 2), (2, 2, 2, 1), 4, 0, 3, 1, 1),
    "patches": ((2, 4, 2, 2), (4, 3, 4, 4), 4, 0, 0, 1, 1),
    "padding that cuts": ((1, 2, 3, 3), (2, 2, 2, 2), 1, 1, 0, 1, 1),
    "dilation": ((1, 2, 3, 3), (2, 2, 3, 2), 1, (1, 0), (0, 1), 1, (2, 2)),
    "groups": ((2, 4, 3, 3), (4, 3, 2, 2), 2, 0, 0, 2, 1),
    "depthwise": ((2, 3, 4, 3), (3, 1, 3, 3), 2, 1, 1, 3, 1),
    "one pixel": ((1, 2, 1, 1), (2, 3, 1, 1), 1, 0, 0, 1, 1),
    "no image": ((0, 2, 3, 3), (2, 3, 3, 3), 2, 1, 1, 1, 1),
    "signals": ((2, 4, 5), (4, 2, 3), 2, 1, 1, 2, 2),
    "volumes": ((1, 2, 3, 2, 3), (2, 2, 2, 3, 2), (2, 1, 2), (0, 1, 1), (1, 0, 0), 1, 1),
}
each = pytest.mark.parametrize("name", CASES)


def case(name, dtype=np.float64):
    rng = np.random.default_rng(0)
    x, w, *options = CASES[name]
    shapes = (x, w, (w[1] * options[3],))
    return [rng.standard_normal(shape).astype(dtype) for shape in shapes], options


def laid_down(x, w, b, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
    """Every element of the input adds its kernel to the output, in float64."""
    rank = x.ndim - 2
    stride, padding, more, dilation = (
        (v,) * rank if isinstance(v, int) else v
        for v in (stride, padding, output_padding, dilation)
    )
    c, o, *kernel = w.shape
    whole = [
        (n - 1) * s + d * (k - 1) + 1 + m
        for n, s, d, k, m in zip(x.shape[2:], stride, dilation, kernel, more, strict=True)
    ]
    y = np.zeros((len(x), o * groups, *whole))
    for n, k, *at in itertools.product(*map(range, x.shape)):
        first = k // (c // groups) * o
        cut = [
            slice(i * s, i * s + d * (length - 1) + 1, d)
            for i, s, d, length in zip(at, stride, dilation, kernel, strict=True)
        ]
        y[(n, slice(first, first + o), *cut)] += float(x[(n, k, *at)]) * w[k]
    inner = [slice(p, n - p) for p, n in zip(padding, whole, strict=True)]
    return y[(slice(None), slice(None), *inner)] + b.reshape(-1, *(1,) * rank)


@each
def test_every_element_lays_a_scaled_kernel_down(name, road):
    (x, w, b), options = case(name, np.float32)
    y = CONV[x.ndim](*[tensor(a, device=road) for a in (x, w, b)], *options)
    np.testing.assert_allclose(y.numpy(), laid_down(x, w, b, *options), rtol=1e-4, atol=1e-5)
    assert str(y.dtype) == "float32"


@each
def test_both_derivatives_agree_with_differences(name):
    arrays, options = case(name)
    x, w, b = [tensor(a, requires_grad=True) for a in arrays]
    assert gradcheck(lambda x, w, b: CONV[x.ndim](x, w, b, *options), x, w, b)
    if x.numel() < 40:
        assert gradgradcheck(lambda x, w, b: CONV[x.ndim](x, w, b, *options), x, w, b)


@each
def test_every_library_goes_the_same_way(name, road, agree):
    arrays, options = case(name)
    agree(lambda x, w, b: CONV[x.ndim](x, w, b, *options), *arrays, device=road, limit=1e-5)


def test_what_is_not_contiguous_goes_the_same_way(road, agree, rng):
    x, w = rng.standard_normal((5, 6, 4, 2)), rng.standard_normal((3, 3, 4, 2))
    agree(
        lambda x, w: conv_transpose2d(
            x.permute(3, 2, 0, 1)[:, ::2], w.permute(3, 2, 0, 1)[:, 1::2], None, 2, 1
        ),
        *(x, w),
        device=road,
        limit=1e-5,
    )


def test_it_is_the_way_back_of_conv2d(rng):
    x = tensor(rng.standard_normal((2, 3, 8, 7)), requires_grad=True)
    w = tensor(rng.standard_normal((4, 3, 3, 3)))
    y = conv2d(x, w, None, 2, 1)
    g = tensor(rng.standard_normal(y.shape))
    (gx,) = grad(y, [x], g)
    back = conv_transpose2d(g, w, None, 2, 1, output_padding=(1, 0))
    np.testing.assert_allclose(back.numpy(), gx.numpy(), rtol=1e-12)


@st.composite
def geometries(draw):
    """An input, a weight and options that fit, over one, two or three axes."""
    rank = draw(st.integers(1, 3))

    def each(low, high):
        return tuple(draw(st.integers(low, high)) for _ in range(rank))

    groups = draw(st.integers(1, 2))
    size, kernel = each(1, {1: 7, 2: 4, 3: 3}[rank]), each(1, 3)
    stride, padding, dilation = each(1, 3), each(0, 2), each(1, 2)
    more = tuple(draw(st.integers(0, max(s, d) - 1)) for s, d in zip(stride, dilation, strict=True))
    lengths = zip(size, kernel, stride, padding, dilation, more, strict=True)
    assume(all((n - 1) * s - 2 * p + d * (k - 1) + m >= 0 for n, k, s, p, d, m in lengths))
    outputs = draw(st.integers(1, 2))
    channels = groups * draw(st.integers(1, 2))
    shapes = (
        (draw(st.integers(0, 2)), channels, *size),
        (channels, outputs, *kernel),
        (outputs * groups,),
    )
    return shapes, (stride, padding, more, groups, dilation)


@settings(max_examples=50, deadline=None)
@given(geometries())
def test_every_geometry_lays_kernels_down_and_is_linear(geometry):
    shapes, options = geometry
    rng = np.random.default_rng(0)
    arrays = [rng.integers(-4, 5, shape).astype(np.float32) for shape in shapes]
    x, w, _ = [tensor(a, requires_grad=True) for a in arrays]
    y = CONV[x.ndim](x, w, None, *options)
    expected = laid_down(*arrays[:2], np.zeros(1), *options)
    np.testing.assert_allclose(y.detach().numpy(), expected, atol=1e-3)
    g = rng.integers(-4, 5, y.shape).astype(np.float32)
    form = float((g * expected).sum())
    for array, found in zip(arrays, grad(y, (x, w), tensor(g)), strict=False):
        assert abs(float((array * found.numpy()).sum()) - form) <= 1e-5 * (abs(form) + 1e3)


@pytest.mark.parametrize("name", ["convT1d", "convT2d", "convT2d_full", "convT3d"])
def test_it_is_pytorchs(goldens, name):
    described, arrays = goldens("conv")[name]
    keys = ("stride", "padding", "output_padding", "groups", "dilation")
    options = {k: v for k, v in described["ctor"].items() if k in keys}
    x, w, b = leaves = [
        tensor(arrays[k].astype(np.float64), requires_grad=True)
        for k in ("input.x", "param.weight", "param.bias")
    ]
    y = CONV[x.ndim](x, w, b, **options)
    np.testing.assert_allclose(y.detach().numpy(), arrays["output.0"], rtol=1e-10, atol=1e-12)
    y.backward(tensor(arrays["cotangent.0"].astype(np.float64)))
    for leaf, key in zip(leaves, ("input.x", "param.weight", "param.bias"), strict=True):
        np.testing.assert_allclose(leaf.grad.numpy(), arrays[f"grad.{key}"], rtol=1e-10, atol=1e-12)


def test_a_single_image_needs_no_batch():
    (x, w, b), options = case("stride")
    y = conv_transpose2d(tensor(x[0]), tensor(w), tensor(b), *options)
    whole = conv_transpose2d(tensor(x[:1]), tensor(w), tensor(b), *options)
    np.testing.assert_array_equal(y.numpy(), whole[0].numpy())


def test_float16_is_summed_in_float32(road):
    x = tensor(np.full((1, 64, 2), 32.0), dtype="float16", device=road, requires_grad=True)
    w = tensor(np.full((64, 1, 1), 31.0), dtype="float16", device=road)
    y = conv_transpose1d(x, w)
    assert str(y.dtype) == "float16"
    assert y.tolist() == [[[63488.0, 63488.0]]]
    (g,) = grad(y, [x], tensor(np.ones((1, 1, 2)), dtype="float16", device=road))
    assert str(g.dtype) == "float16"


def test_dtypes_meet_at_the_wider_one_and_integers_are_refused():
    x = tensor(np.ones((1, 1, 2), np.float16), requires_grad=True)
    w = tensor(np.ones((1, 1, 1), np.float32), requires_grad=True)
    y = conv_transpose1d(x, w, tensor(np.ones(1, np.float32)))
    assert str(y.dtype) == "float32"
    assert [str(g.dtype) for g in grad(sum(y), (x, w))] == ["float16", "float32"]
    with pytest.raises(TypeError, match="input must be floating-point, not int64"):
        conv_transpose1d(tensor(np.ones((1, 1, 2), np.int64)), tensor(np.ones((1, 1, 1), np.int64)))


def test_its_cost_is_that_of_the_products():
    (x, w, b), options = case("groups")
    x, w, b = [tensor(a, requires_grad=True) for a in (x, w, b)]
    products = 2 * x.numel() * 3 * 2 * 2
    with count_flops() as count:
        y = conv_transpose2d(x, w, b, *options)
    assert count.by_op["convolution_input"][1] == products
    with count_flops() as count:
        grad(sum(y), (x, w))
    assert count.by_op["convolution"][1] == count.by_op["convolution_weight"][1] == products


WRONG = {
    "groups .3. must divide 4 and 6 channels": ((1, 4, 3, 3), (4, 2, 1, 1), {"groups": 3}),
    "takes 6 channels, the input .* has 4": ((1, 4, 3, 3), (6, 3, 1, 1), {}),
    "output_padding .2, 2. must be smaller than stride .2, 2. or dilation .1, 1.": (
        (1, 1, 3, 3),
        (1, 1, 1, 1),
        {"stride": 2, "output_padding": 2},
    ),
    "padding .2, 2. and dilation .1, 1. leave an output of .0, 0.": (
        (1, 1, 2, 2),
        (1, 1, 3, 3),
        {"padding": 2},
    ),
    "an input of .0, 2. and a kernel": ((1, 1, 0, 2), (1, 1, 3, 3), {}),
    "a kernel of .0, 2. ": ((1, 1, 2, 2), (1, 1, 0, 2), {}),
    "padding must be one or two numbers from 0, not 'same'": (
        (1, 1, 2, 2),
        (1, 1, 3, 3),
        {"padding": "same"},
    ),
    "input .3, 3. must be .N, C, H, W. and weight .1, 1, 1, 1. .C, O, kh, kw.": (
        (3, 3),
        (1, 1, 1, 1),
        {},
    ),
    "stride must be one or two numbers from 1, not 0": ((1, 1, 3, 3), (1, 1, 1, 1), {"stride": 0}),
}


@pytest.mark.parametrize("message", WRONG)
def test_what_does_not_fit_is_named(message):
    x, w, options = WRONG[message]
    with pytest.raises(ValueError, match=f"conv_transpose2d: .*{message}"):
        conv_transpose2d(tensor(np.zeros(x)), tensor(np.zeros(w)), None, **options)
    with pytest.raises(ValueError, match=r"conv_transpose1d: bias has shape \(2,\), not \(1,\)"):
        conv_transpose1d(*(tensor(np.zeros(s)) for s in ((1, 1, 2), (1, 1, 1), (2,))))
