"""conv1d, conv2d and conv3d against loops over every element, against PyTorch and differences."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from nt_autograd import (
    conv1d,
    conv2d,
    conv3d,
    count_flops,
    grad,
    gradcheck,
    gradgradcheck,
    sum,
    tensor,
)

CONV = {3: conv1d, 4: conv2d, 5: conv3d}  # by how many axes the input has

# input, weight, stride, padding, dilation, groups
CASES = {
    "plain": ((2, 3, 5, 6), (4, 3, 3, 3), 1, 0, 1, 1),
    "one by one": ((2, 3, 4, 4), (2, 3, 1, 1), 1, 0, 1, 1),
    "one by one, strided": ((2, 3, 5, 4), (2, 3, 1, 1), 2, 1, 1, 1),
    "stride that leaves a rest": ((1, 2, 6, 7), (3, 2, 3, 2), (2, 3), 0, 1, 1),
    "padding": ((2, 2, 4, 3), (3, 2, 3, 3), 1, (1, 2), 1, 1),
    "more padding than kernel": ((1, 1, 2, 2), (1, 1, 1, 2), 1, (2, 3), 1, 1),
    "dilation": ((1, 2, 7, 6), (2, 2, 3, 2), 1, 1, (2, 3), 1),
    "groups": ((2, 4, 4, 4), (6, 2, 3, 3), 1, 1, 1, 2),
    "depthwise": ((2, 3, 5, 4), (6, 1, 3, 3), 2, 1, 1, 3),
    "everything": ((2, 4, 9, 8), (4, 2, 3, 2), (2, 1), (2, 1), (2, 3), 2),
    "patches": ((2, 3, 8, 8), (5, 3, 4, 4), 4, 0, 1, 1),
    "the whole image": ((2, 3, 4, 5), (2, 3, 4, 5), 1, 0, 1, 1),
    "no image": ((0, 2, 4, 4), (3, 2, 3, 3), 1, 0, 1, 1),
    "one pixel": ((1, 1, 1, 1), (1, 1, 1, 1), 1, 0, 1, 1),
    "one pixel in the middle": ((1, 2, 1, 1), (2, 2, 3, 3), 1, 1, 1, 1),
    "stride beyond kernel": ((2, 2, 7, 8), (3, 2, 2, 2), (3, 4), 0, 1, 1),
    "tall": ((1, 2, 9, 3), (2, 2, 7, 1), 1, (3, 0), 1, 1),
    "signals": ((2, 3, 8), (4, 3, 3), 1, 1, 1, 1),
    "signals with everything": ((2, 4, 11), (6, 2, 3), 2, 3, 2, 2),
    "depthwise signals": ((2, 3, 6), (3, 1, 4), 1, 3, 1, 3),
    "volumes": ((2, 2, 3, 4, 3), (3, 2, 2, 3, 2), 1, (1, 0, 1), 1, 1),
    "volumes with everything": ((1, 2, 5, 4, 6), (2, 1, 2, 2, 3), (2, 1, 2), 1, (1, 2, 1), 2),
}
each = pytest.mark.parametrize("name", CASES)


def case(name, dtype=np.float64):
    rng = np.random.default_rng(0)
    x, w, *geometry = CASES[name]
    arrays = [rng.standard_normal(shape).astype(dtype) for shape in (x, w, w[:1])]
    return arrays, geometry


@each
def test_it_is_the_sum_over_the_window(name, road, loops):
    (x, w, b), geometry = case(name, np.float32)
    y = CONV[x.ndim](*[tensor(a, device=road) for a in (x, w, b)], *geometry)
    np.testing.assert_allclose(y.numpy(), loops(x, w, b, *geometry), rtol=1e-4, atol=1e-5)
    assert str(y.dtype) == "float32"


@each
def test_its_derivatives_agree_with_differences(name):
    arrays, geometry = case(name)
    x, w, b = [tensor(a, requires_grad=True) for a in arrays]
    assert gradcheck(lambda x, w, b: CONV[x.ndim](x, w, b, *geometry), x, w, b)


TWICE = [
    "plain",
    "more padding than kernel",
    "depthwise",
    "no image",
    "signals with everything",
    "volumes with everything",
]


@pytest.mark.parametrize("name", TWICE)
def test_its_second_derivatives_agree_with_differences(name):
    arrays, geometry = case(name)
    x, w, b = [tensor(a, requires_grad=True) for a in arrays]
    assert gradgradcheck(lambda x, w, b: CONV[x.ndim](x, w, b, *geometry), x, w, b)


@each
def test_every_library_goes_the_same_way(name, road, agree):
    arrays, geometry = case(name)
    agree(lambda x, w, b: CONV[x.ndim](x, w, b, *geometry), *arrays, device=road, limit=1e-5)


def test_what_is_not_contiguous_goes_the_same_way(road, agree, rng):
    x, w, b = (rng.standard_normal(shape) for shape in ((5, 6, 4, 2), (3, 3, 4, 6), (6, 2)))
    agree(
        lambda x, w, b: conv2d(
            x.permute(3, 2, 0, 1)[:, ::2], w.permute(3, 2, 0, 1)[:, 1::2], b[:, 0], 1, 1
        ),
        *(x, w, b),
        device=road,
        limit=1e-5,
    )
    wide = rng.standard_normal((1, 3, 1, 1))  # the same pixel everywhere, without a copy of it
    agree(
        lambda x, w: conv2d(x.expand(2, 3, 4, 5), w.permute(3, 2, 0, 1)[:, ::2][:, [0, 1, 1]]),
        *(wide, w),
        device=road,
        limit=1e-5,
    )


def test_scales_pass_through(road, rng):
    x, w = rng.standard_normal((2, 4, 6, 6)), rng.standard_normal((4, 4, 3, 3))
    small, large = (
        conv2d(*[tensor(a.astype(np.float32), device=road) for a in (x * s, w / s)], None, 1, 1)
        for s in (2.0**-60, 2.0**60)
    )
    np.testing.assert_allclose(small.numpy(), large.numpy(), rtol=1e-5, atol=1e-5)


@st.composite
def geometries(draw):
    """An input, a weight and options that fit, over one, two or three axes."""
    rank = draw(st.integers(1, 3))
    most = {1: 9, 2: 6, 3: 4}[rank]

    def each(low, high):
        return tuple(draw(st.integers(low, high)) for _ in range(rank))

    groups = draw(st.integers(1, 3))
    channels, outputs = groups * draw(st.integers(1, 2)), groups * draw(st.integers(1, 2))
    size, kernel = each(1, most), each(1, 3)
    stride, padding, dilation = each(1, 3), each(0, 3), each(1, 2)
    reach = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
    assume(all(n + 2 * p >= r for n, p, r in zip(size, padding, reach, strict=True)))
    shapes = (
        (draw(st.integers(0, 2)), channels, *size),
        (outputs, channels // groups, *kernel),
        (outputs,),
    )
    return shapes, (stride, padding, dilation, groups)


@settings(max_examples=50, deadline=None)
@given(geometry=geometries())
def test_every_geometry_is_the_sum_over_the_window_and_linear(loops, geometry):
    shapes, options = geometry
    rng = np.random.default_rng(0)
    arrays = [rng.integers(-4, 5, shape).astype(np.float32) for shape in shapes]
    x, w, b = [tensor(a, requires_grad=True) for a in arrays]
    y = CONV[x.ndim](x, w, b, *options)
    np.testing.assert_allclose(y.detach().numpy(), loops(*arrays, *options), atol=1e-3)
    # The form is linear in each argument: <g, y> is what each gradient gives with its argument.
    g = rng.integers(-4, 5, y.shape).astype(np.float32)
    form = float(
        (g * (y.detach().numpy() - b.detach().numpy().reshape(-1, *(1,) * (x.ndim - 2)))).sum()
    )
    for array, found in zip(arrays[:2], grad(y, (x, w), tensor(g)), strict=True):
        assert abs(float((array * found.numpy()).sum()) - form) <= 1e-5 * (abs(form) + 1e3)


NAMES = [
    "conv1d",
    "conv1d_full",
    "conv1d_causal_like",
    "conv2d",
    "conv2d_stride_pad",
    "conv2d_dilated_grouped",
    "conv2d_depthwise",
    "conv2d_1x1",
    "conv2d_patchify",
    "conv2d_same",
    "conv2d_valid",
    "conv3d",
    "conv3d_grouped",
]


@pytest.mark.parametrize("name", NAMES)
def test_it_is_pytorchs(goldens, name):
    described, arrays = goldens("conv")[name]
    made = described["ctor"]
    keys = ("stride", "padding", "dilation", "groups")
    options = {k: tuple(v) if isinstance(v, list) else v for k, v in made.items() if k in keys}
    x, w, b = [
        tensor(arrays[k].astype(np.float64), requires_grad=True) if k in arrays else None
        for k in ("input.x", "param.weight", "param.bias")
    ]
    y = CONV[x.ndim](x, w, b, **options)
    np.testing.assert_allclose(y.detach().numpy(), arrays["output.0"], rtol=1e-10, atol=1e-12)
    y.backward(tensor(arrays["cotangent.0"].astype(np.float64)))
    for leaf, key in ((x, "grad.input.x"), (w, "grad.param.weight"), (b, "grad.param.bias")):
        if leaf is not None:
            np.testing.assert_allclose(leaf.grad.numpy(), arrays[key], rtol=1e-10, atol=1e-12)


def test_images_too_large_for_the_cache_are_cut_into_lines(loops):
    rng = np.random.default_rng(0)
    wide = 4000  # one line of columns: 8 * 9 * 4000 elements
    x, w = rng.standard_normal((2, 8, 7, wide)), rng.standard_normal((3, 8, 3, 3))
    x, w = tensor(x, requires_grad=True), tensor(w, requires_grad=True)
    v = rng.standard_normal((2, 3, 4, wide))
    whole = conv2d(x, w, None, (2, 1), 1)
    found = grad(whole, (x, w), tensor(v))
    # A convolution of the halves, with one column of overlap at the cut, is the same.
    middle = wide // 2
    parts = [
        conv2d(x[..., : middle + 1], w, None, (2, 1), 1)[..., :middle],
        conv2d(x[..., middle - 1 :], w, None, (2, 1), 1)[..., 1:],
    ]
    np.testing.assert_allclose(whole.data[..., :middle], parts[0].data, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(whole.data[..., middle:], parts[1].data, rtol=1e-9, atol=1e-9)
    halves = grad(parts, (x, w), [tensor(v[..., :middle]), tensor(v[..., middle:])])
    for a, b in zip(found, halves, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-9, atol=1e-9)
    lines = loops(x.data[:1, :, :, :6], w.data, np.zeros(3), (2, 1), 1, 1, 1)
    np.testing.assert_allclose(whole.data[:1, :, :, :5], lines[..., :5], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", ["plain", "groups", "one by one"])
def test_half_precision_is_summed_in_single(name, loops):
    arrays, geometry = case(name)
    half = [a.astype(np.float16) for a in arrays]
    expected = loops(*[a.astype(np.float64) for a in half], *geometry)
    x, w, b = [tensor(a, requires_grad=True) for a in half]
    y = conv2d(x, w, b, *geometry)
    assert str(y.dtype) == "float16"
    np.testing.assert_allclose(y.detach().numpy(), expected, rtol=2e-3, atol=2e-3)
    for g in grad(sum(y), (x, w, b)):
        assert str(g.dtype) == "float16"


def test_a_single_image_needs_no_batch():
    (x, w, b), geometry = case("padding")
    x, w, b = tensor(x[0], requires_grad=True), tensor(w), tensor(b)
    y = conv2d(x, w, b, *geometry)
    np.testing.assert_array_equal(
        y.detach().numpy(), conv2d(x.detach()[None], w, b, *geometry)[0].numpy()
    )
    assert gradcheck(lambda x: conv2d(x, w, b, *geometry), x)


def test_a_constant_image_costs_no_gradient(monkeypatch):
    from nt_tensor import kernels

    def refuse(*args):
        raise AssertionError("nobody asked for the gradient of the image")

    (x, w, _), _ = case("plain")
    w = tensor(w, requires_grad=True)
    y = conv2d(tensor(x), w)
    monkeypatch.setattr(kernels, "convolution_input", refuse)
    sum(y).backward()
    assert w.grad.shape == w.shape


WRONG = {
    "groups .3. must divide 4 and 6 channels": ((1, 4, 3, 3), (6, 2, 1, 1), {"groups": 3}),
    "takes 6 channels, the input .* has 4": ((1, 4, 3, 3), (6, 3, 1, 1), {"groups": 2}),
    "does not fit into an input": ((1, 1, 3, 3), (1, 1, 2, 2), {"dilation": 3}),
    "stride must be one or two numbers from 1, not 0": ((1, 1, 3, 3), (1, 1, 1, 1), {"stride": 0}),
    "padding must be one or two numbers from 0": ((1, 1, 3, 3), (1, 1, 1, 1), {"padding": -1}),
    'padding must be numbers, "same"': ((1, 1, 3, 3), (1, 1, 1, 1), {"padding": "full"}),
    '"same" goes with stride 1': ((1, 1, 3, 3), (1, 1, 2, 2), {"padding": "same", "stride": 2}),
    "must be .N, C, H, W.": ((3, 3), (1, 1, 1, 1), {}),
    "and weight .1, 1, 1. .O, C, kh, kw.": ((1, 1, 3, 3), (1, 1, 1), {}),
    "stride must be one or two numbers from 1, not .1, 2, 3.": (
        (1, 1, 3, 3),
        (1, 1, 1, 1),
        {"stride": (1, 2, 3)},
    ),
    "a kernel of .4, 1. .* does not fit into an input of .3, 3.": ((2, 1, 3, 3), (1, 1, 4, 1), {}),
    "a kernel of .1, 0. .* does not fit": ((2, 1, 3, 3), (1, 1, 1, 0), {}),
    "does not fit into an input of .0, 3.": ((2, 1, 0, 3), (1, 1, 1, 1), {}),
    "groups .0. must divide": ((1, 1, 3, 3), (1, 1, 1, 1), {"groups": 0}),
}


@pytest.mark.parametrize("message", WRONG)
def test_what_does_not_fit_is_named(message):
    x, w, options = WRONG[message]
    with pytest.raises(ValueError, match=f"conv2d: .*{message}"):
        conv2d(tensor(np.zeros(x)), tensor(np.zeros(w)), None, **options)


def test_what_does_not_fit_is_named_by_the_function_that_was_called():
    with pytest.raises(ValueError, match=r"conv1d: input \(3, 3, 3, 3\) must be \(N, C, L\)"):
        conv1d(tensor(np.zeros((3, 3, 3, 3))), tensor(np.zeros((1, 1, 1))))
    with pytest.raises(ValueError, match=r"conv3d: stride must be one or three numbers from 1"):
        conv3d(tensor(np.zeros((1, 1, 3, 3, 3))), tensor(np.zeros((1, 1, 1, 1, 1))), stride=(1, 2))


def test_a_bias_that_does_not_fit_is_named():
    with pytest.raises(ValueError, match=r"conv2d: bias has shape \(2,\), not \(1,\)"):
        conv2d(tensor(np.zeros((1, 1, 2, 2))), tensor(np.zeros((1, 1, 1, 1))), tensor([1.0, 2.0]))


def test_dtypes_meet_at_the_wider_one_and_integers_are_refused():
    x = tensor(np.ones((1, 1, 2, 2), np.float16), requires_grad=True)
    w = tensor(np.ones((1, 1, 1, 1), np.float32), requires_grad=True)
    y = conv2d(x, w)
    assert str(y.dtype) == "float32"
    assert [str(g.dtype) for g in grad(sum(y), (x, w))] == ["float16", "float32"]
    with pytest.raises(TypeError, match="float"):
        conv2d(tensor(np.ones((1, 1, 2, 2), np.int64)), tensor(np.ones((1, 1, 1, 1), np.int64)))


def test_its_cost_is_that_of_the_products():
    (x, w, b), geometry = case("groups")
    x, w, b = [tensor(a, requires_grad=True) for a in (x, w, b)]
    with count_flops() as count:
        y = conv2d(x, w, b, *geometry)
    products = 2 * y.numel() * 2 * 3 * 3
    assert count.flops == products + y.numel()
    with count_flops() as count:
        grad(sum(y), (x, w))
    assert count.by_op["convolution_backward"][1] == 2 * products
    for leaf, op in ((x, "convolution_input"), (w, "convolution_weight")):
        y = conv2d(*(a if a is leaf else a.detach() for a in (x, w)), None, *geometry)
        with count_flops() as count:
            grad(sum(y), (leaf,))
        assert count.by_op[op][1] == products
