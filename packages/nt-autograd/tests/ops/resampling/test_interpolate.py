"""interpolate: every mode against formulas in plain Python, laws, scales, options that clash."""

import math

import nt_autograd as ag
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nt_autograd import gradcheck, gradgradcheck, interpolate, tensor

SHAPES = {1: (2, 3, 7), 2: (2, 2, 5, 6), 3: (1, 2, 3, 5, 4)}
LINEAR = {1: "linear", 2: "bilinear", 3: "trilinear"}


def hat(t):
    return max(1 - abs(t), 0)


def keys(a):
    """Keys' kernel, as his paper writes it."""

    def kernel(t):
        t = abs(t)
        if t < 1:
            return (a + 2) * t**3 - (a + 3) * t**2 + 1
        return a * t**3 - 5 * a * t**2 + 8 * a * t - 4 * a if t < 2 else 0

    return kernel


def matrix(n, size, kernel, align, step=None):
    """Weights (size, n): the kernel around each place, elements beyond the edge moved onto it."""
    found = np.zeros((size, n))
    for o in range(size):
        if align:
            at = o * (n - 1) / (size - 1) if size > 1 else 0
        else:
            at = (o + 0.5) * (step or n / size) - 0.5
        for i in range(math.floor(at) - 2, math.floor(at) + 4):
            found[o, min(max(i, 0), n - 1)] += kernel(at - i)
    return found


def smooth(n, size, kernel, reach):
    """Weights of antialiasing: the kernel as wide as a place of the result."""
    step = n / size
    width = max(step, 1)
    found = np.zeros((size, n))
    for o in range(size):
        centre = (o + 0.5) * step - 0.5
        for i in range(n):
            if abs(i - centre) < reach * width:
                found[o, i] = kernel((i - centre) / width)
    return found / found.sum(1, keepdims=True)


def along_axes(x, matrices):
    for axis, m in enumerate(matrices, 2):
        x = np.moveaxis(np.tensordot(m, x, (1, axis)), 0, axis)
    return x


@pytest.mark.parametrize("align", [False, True])
@pytest.mark.parametrize("size", [1, 3, 7, 11])
@pytest.mark.parametrize("count", LINEAR)
def test_linear_modes_weigh_the_two_around(count, size, align, road, agree, rng):
    x = rng.standard_normal(SHAPES[count])
    run = lambda t: interpolate(t, size, mode=LINEAR[count], align_corners=align)  # noqa: E731
    right = along_axes(x, [matrix(n, size, hat, align) for n in x.shape[2:]])
    np.testing.assert_allclose(run(tensor(x)).numpy(), right, rtol=1e-10, atol=1e-12)
    agree(run, x, device=road)


@pytest.mark.parametrize("align", [False, True])
@pytest.mark.parametrize("size", [1, (3, 7), (11, 4)])
def test_the_cubic_mode_is_keys_convolution(size, align, road, agree, rng):
    x = rng.standard_normal(SHAPES[2])
    run = lambda t: interpolate(t, size, mode="bicubic", align_corners=align)  # noqa: E731
    sizes = (size, size) if size == 1 else size
    right = along_axes(
        x, [matrix(n, o, keys(-0.75), align) for n, o in zip(x.shape[2:], sizes, strict=True)]
    )
    np.testing.assert_allclose(run(tensor(x)).numpy(), right, rtol=1e-10, atol=1e-12)
    agree(run, x, device=road)


@pytest.mark.parametrize(
    ("mode", "kernel", "reach"), [("bilinear", hat, 1), ("bicubic", keys(-0.5), 2)]
)
def test_antialiasing_spreads_the_weights(mode, kernel, reach, road, agree, rng):
    x = rng.standard_normal((1, 2, 9, 12))
    run = lambda t: interpolate(t, (4, 5), mode=mode, antialias=True)  # noqa: E731
    right = along_axes(x, [smooth(9, 4, kernel, reach), smooth(12, 5, kernel, reach)])
    np.testing.assert_allclose(run(tensor(x)).numpy(), right, rtol=1e-10, atol=1e-12)
    agree(run, x, device=road)
    larger = interpolate(tensor(x), (20, 24), mode=mode, antialias=True)
    assert np.isfinite(larger.numpy()).all()


@pytest.mark.parametrize("size", [1, 3, 7, 11, 14])
@pytest.mark.parametrize("count", SHAPES)
def test_nearest_modes_take_what_lies_under_a_place(count, size, road, agree, rng):
    x = rng.standard_normal(SHAPES[count])
    for mode, twice in (("nearest", 0), ("nearest-exact", 1)):
        places = [[(2 * o + twice) * n // (2 * size) for o in range(size)] for n in x.shape[2:]]
        right = x[(slice(None), slice(None), *np.ix_(*places))]
        np.testing.assert_array_equal(interpolate(tensor(x), size, mode=mode).numpy(), right)
        agree(lambda t, mode=mode: interpolate(t, size, mode=mode), x, device=road)


def test_nearest_takes_integers_and_infinities_as_they_are(road):
    x = tensor([[[1, 2, 3]]], device=road)
    assert interpolate(x, 6).tolist() == [[[1, 1, 2, 2, 3, 3]]]
    assert str(interpolate(x, 2).dtype) == "int64"
    y = interpolate(tensor([[[np.inf, 0.0]]], device=road), 4)
    assert y.tolist() == [[[np.inf, np.inf, 0.0, 0.0]]]


def test_places_that_fall_on_edges_belong_to_the_next_element():
    x = tensor(np.arange(2.0).reshape(1, 1, 2))
    for size in range(1, 130):  # 24.5 * (2 / 49), say, is 0.99999 in floating point
        assert interpolate(x, size).sum().item() == size // 2
        assert interpolate(x, size, mode="nearest-exact").sum().item() == (size + 1) // 2


@pytest.mark.parametrize("count", SHAPES)
def test_area_is_adaptive_average_pooling(count, rng):
    x = tensor(rng.standard_normal(SHAPES[count]))
    pool = {1: ag.adaptive_avg_pool1d, 2: ag.adaptive_avg_pool2d, 3: ag.adaptive_avg_pool3d}[count]
    assert interpolate(x, 2, mode="area").tolist() == pool(x, 2).tolist()


@pytest.mark.parametrize(
    ("mode", "align"),
    [
        ("nearest", None),
        ("nearest-exact", None),
        ("bilinear", False),
        ("bilinear", True),
        ("bicubic", False),
    ],
)
def test_scale_one_is_the_identity_even_of_infinities(mode, align, road):
    x = np.array([[[[1.0, np.inf], [-np.inf, 4.0]]]], np.float32)
    y = interpolate(tensor(x, device=road), scale_factor=1.0, mode=mode, align_corners=align)
    np.testing.assert_array_equal(y.numpy(), x)


@settings(max_examples=40, deadline=None)
@given(n=st.integers(1, 9), size=st.integers(1, 20), align=st.booleans(), data=st.data())
def test_a_constant_stays_and_a_ramp_stays_a_ramp(n, size, align, data):
    mode = data.draw(st.sampled_from(["bilinear", "bicubic"]))
    flat = interpolate(
        tensor(np.full((1, 1, n, 1), 3.0)), (size, 2), mode=mode, align_corners=align
    )
    np.testing.assert_allclose(flat.numpy(), 3.0, rtol=1e-12)
    if align and mode == "bilinear" and size > 1:
        ramp = np.arange(n * 1.0).reshape(1, 1, n, 1)
        y = interpolate(tensor(ramp), (size, 1), mode=mode, align_corners=True)
        np.testing.assert_allclose(y.numpy()[0, 0, :, 0], np.linspace(0, n - 1, size), atol=1e-12)


def test_a_scale_tells_sizes_and_how_far_places_lie_apart(road, agree, rng):
    x = rng.standard_normal((1, 2, 5, 6))
    run = lambda t: interpolate(t, scale_factor=(2.3, 0.7), mode="bilinear")  # noqa: E731
    y = run(tensor(x)).numpy()
    assert y.shape == (1, 2, 11, 4)
    right = along_axes(x, [matrix(5, 11, hat, False, 1 / 2.3), matrix(6, 4, hat, False, 1 / 0.7)])
    np.testing.assert_allclose(y, right, rtol=1e-10, atol=1e-12)
    agree(run, x, device=road)
    again = interpolate(
        tensor(x), scale_factor=(2.3, 0.7), mode="bilinear", recompute_scale_factor=True
    )
    assert again.tolist() == interpolate(tensor(x), (11, 4), mode="bilinear").tolist()


@pytest.mark.parametrize("count", LINEAR)
def test_both_derivatives_agree_with_differences(count, bodies, rng):
    x = tensor(rng.standard_normal((1, 1, *SHAPES[count][2:])), requires_grad=True)
    for mode in ("nearest", LINEAR[count], *(["bicubic"] if count == 2 else [])):
        assert gradcheck(lambda x, mode=mode: interpolate(x, 4, mode=mode), x)
        assert gradgradcheck(lambda x, mode=mode: interpolate(x * x, 4, mode=mode), x)


def test_half_precision_and_empty_batches_stay(road, agree):
    y = interpolate(tensor([[[1.0, 3.0]]], dtype="float16", device=road), 4, mode="linear")
    assert str(y.dtype) == "float16"
    assert y.tolist() == [[[1.0, 1.5, 2.5, 3.0]]]
    agree(lambda t: interpolate(t, 4, mode="linear"), np.zeros((0, 2, 3)), device=road)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, r"one of size \(None\) and scale_factor \(None\) must be given"),
        ({"size": 2, "scale_factor": 2.0}, "one of size"),
        ({"size": 2, "mode": "cubic"}, "mode .'cubic'. must be one of nearest"),
        (
            {"size": 2, "mode": "linear"},
            r"mode 'linear' is for inputs of 3 axes, not \(1, 2, 4, 4\)",
        ),
        ({"size": 2, "align_corners": False}, "align_corners is for linear and cubic modes"),
        ({"size": 2, "antialias": True}, "antialias is for bilinear and bicubic"),
        ({"size": (2, 2, 2)}, "size must be one or two numbers"),
        ({"size": 0}, "size must be"),
        ({"scale_factor": 0.1}, r"scale_factor \(0.1\) must be .* and leave something of \(4, 4\)"),
        ({"scale_factor": (1.0, 2.0, 3.0)}, "scale_factor"),
        ({"size": 2, "recompute_scale_factor": True}, "recompute_scale_factor is for a scale"),
    ],
)
def test_what_does_not_fit_is_named(options, message):
    with pytest.raises(ValueError, match=message):
        interpolate(tensor(np.ones((1, 2, 4, 4))), **options)


@pytest.mark.parametrize("shape", [(2, 3), (1, 1, 0), (1, 1, 2, 2, 2, 2)])
def test_inputs_that_are_no_images_are_refused(shape):
    with pytest.raises(ValueError, match=r"interpolate: input .* must be \(N, C, L\)"):
        interpolate(tensor(np.ones(shape)), 2)


@pytest.mark.parametrize(
    "case",
    [
        "nearest_None",
        "nearest-exact_None",
        "bilinear_False",
        "bilinear_True",
        "bicubic_False",
        "bicubic_True",
        "area_None",
        "scale",
        "antialias",
        "linear",
    ],
)
def test_it_is_pytorchs(as_pytorch, case):
    as_pytorch(f"interpolate_{case}")
