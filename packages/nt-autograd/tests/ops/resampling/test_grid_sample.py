"""grid_sample and affine_grid against a pixel-by-pixel formula; edges, NaN, laws, derivatives."""

from itertools import product
from math import floor, prod

import numpy as np
import pytest
from nt_autograd import (
    affine_grid,
    grad,
    gradcheck,
    gradgradcheck,
    grid_sample,
    interpolate,
    tensor,
)

SHAPES = {2: ((2, 3, 4, 5), (2, 3, 2, 2)), 3: ((2, 2, 3, 4, 5), (2, 2, 3, 2, 3))}
PADDINGS = ["zeros", "border", "reflection"]
options = [
    pytest.mark.parametrize("align", [False, True]),
    pytest.mark.parametrize("padding", PADDINGS),
    pytest.mark.parametrize("mode", ["bilinear", "nearest"]),
    pytest.mark.parametrize("count", SHAPES),
]


def each_option(test):
    for mark in options:
        test = mark(test)
    return test


def reflected(t, low, high):
    """Folded back and forth until it lies inside."""
    if low == high:
        return 0.0
    while not low <= t <= high:
        t = 2 * low - t if t < low else 2 * high - t
    return t


def by_loop(x, grid, mode, padding, align):
    lengths = x.shape[2:]
    y = np.zeros((*x.shape[:2], *grid.shape[1:-1]))
    for n, *at in np.ndindex(grid.shape[:-1]):
        places = []
        for u, length in zip(grid[(n, *at)][::-1], lengths, strict=True):
            t = (u + 1) / 2 * (length - 1) if align else ((u + 1) * length - 1) / 2
            if padding == "reflection":
                t = reflected(t, 0, length - 1) if align else reflected(t, -0.5, length - 0.5)
            places.append(t if padding == "zeros" else min(max(t, 0), length - 1))
        for side in product((0, 1), repeat=len(lengths)):
            if mode == "nearest":
                pixel = [round(t) for t in places]
                weight = float(not any(side))
            else:
                pixel = [floor(t) + s for t, s in zip(places, side, strict=True)]
                weight = prod(1 - abs(t - p) for t, p in zip(places, pixel, strict=True))
            if all(0 <= p < length for p, length in zip(pixel, lengths, strict=True)):
                y[(n, slice(None), *at)] += weight * x[(n, slice(None), *pixel)]
    return y


def data(count, rng):
    x, grid = SHAPES[count]
    return rng.standard_normal(x), rng.uniform(-1.8, 1.8, (*grid[:-1], count))


@each_option
def test_it_takes_the_pixels_around_each_place(count, mode, padding, align, rng):
    x, grid = data(count, rng)
    y = grid_sample(tensor(x), tensor(grid), mode, padding, align)
    np.testing.assert_allclose(y.numpy(), by_loop(x, grid, mode, padding, align), atol=1e-12)


@each_option
def test_every_library_goes_the_same_way(count, mode, padding, align, road, agree, rng):
    x, grid = data(count, rng)
    if mode == "bilinear":
        agree(
            lambda x, g: grid_sample(x, g, mode, padding, align), x, grid, device=road, limit=1e-5
        )
    agree(
        lambda x: grid_sample(
            x, tensor(grid, dtype=x.dtype, device=x.device), mode, padding, align
        ),
        x,
        device=road,
        limit=1e-5,
    )


@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("count", SHAPES)
def test_both_derivatives_agree_with_differences(count, padding, rng):
    x, grid = data(count, rng)
    xs = [tensor(x[:1, :1], requires_grad=True), tensor(grid[:1, :1], requires_grad=True)]
    assert gradcheck(lambda x, g: grid_sample(x, g, padding_mode=padding), *xs)
    assert gradgradcheck(lambda x, g: grid_sample(x, g, padding_mode=padding), *xs)
    assert gradcheck(lambda x: grid_sample(x, xs[1].detach(), "nearest", padding), xs[0])


@pytest.mark.parametrize("align", [False, True])
@pytest.mark.parametrize("count", SHAPES)
def test_the_identity_map_takes_the_image_itself(count, align, road, rng):
    x = rng.standard_normal(SHAPES[count][0]).astype(np.float32)
    theta = tensor(np.eye(count, count + 1)[None].repeat(2, 0), dtype="float32", device=road)
    y = grid_sample(tensor(x, device=road), affine_grid(theta, x.shape, align), align_corners=align)
    np.testing.assert_allclose(y.numpy(), x, atol=2e-6)


@pytest.mark.parametrize("align", [False, True])
def test_the_identity_map_of_another_size_is_interpolation(align, rng):
    x = tensor(rng.standard_normal((1, 2, 4, 5)))
    theta = tensor(np.eye(2, 3)[None])
    found = grid_sample(x, affine_grid(theta, (1, 2, 7, 9), align), "bilinear", "border", align)
    right = interpolate(x, (7, 9), mode="bilinear", align_corners=align)
    np.testing.assert_allclose(found.numpy(), right.numpy(), atol=1e-12)


@pytest.mark.parametrize("align", [False, True])
@pytest.mark.parametrize("size", [(2, 3, 4, 5), (2, 3, 1, 1), (2, 3, 2, 3, 4)])
def test_an_affine_grid_holds_the_images_of_the_places(size, align, road, agree, rng):
    count = len(size) - 2
    theta = rng.standard_normal((2, count, count + 1))
    grid = affine_grid(tensor(theta), size, align).numpy()
    for n, *at in np.ndindex(grid.shape[:-1]):
        place = [
            (2 * i / (m - 1) - 1 if m > 1 else 0) if align else (2 * i + 1) / m - 1
            for i, m in zip(at, size[2:], strict=True)
        ]
        np.testing.assert_allclose(
            grid[(n, *at)], theta[n] @ np.array([*place[::-1], 1.0]), atol=1e-12
        )
    agree(lambda t: affine_grid(t, size, align), theta, device=road)


def test_both_derivatives_of_an_affine_grid(rng):
    theta = tensor(rng.standard_normal((2, 2, 3)), requires_grad=True)
    assert gradcheck(lambda t: affine_grid(t, (2, 1, 2, 3)), theta)
    assert gradgradcheck(lambda t: affine_grid(t * t, (2, 1, 2, 3)), theta)


def test_what_lies_outside_counts_nothing_not_even_an_infinity(road):
    x = tensor(np.array([[[[np.inf, 1.0], [2.0, 3.0]]]], np.float32), device=road)
    grid = tensor(
        np.array([[[[9.0, 9.0], [np.nan, 0.0]]]], np.float32), device=road, requires_grad=True
    )
    y = grid_sample(x, grid)
    assert y.tolist() == [[[[0.0, 0.0]]]]
    (g,) = grad(y.sum(), [grid])
    assert g.numpy()[0, 0, 0].tolist() == [0.0, 0.0]


def test_from_the_border_on_the_grid_has_no_gradient():
    x = tensor(np.arange(4.0).reshape(1, 1, 2, 2))
    grid = tensor(np.array([[[[0.1, 3.0]]]]), requires_grad=True)
    (g,) = grad(grid_sample(x, grid, padding_mode="border").sum(), [grid])
    assert g.numpy()[0, 0, 0].tolist() == [1.0, 0.0]


def test_an_empty_batch_stays_empty(road, agree):
    agree(grid_sample, np.zeros((0, 3, 4, 5)), np.zeros((0, 2, 2, 2)), device=road)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mode": "bicubic"}, 'mode must be "bilinear" or "nearest", not \'bicubic\''),
        ({"padding_mode": "wrap"}, "padding_mode must be one of zeros, border, reflection"),
        ({"grid": np.ones((1, 2, 2, 3))}, r"with grid \(1, 2, 2, 3\)"),
        ({"grid": np.ones((2, 2, 2, 2))}, "must be"),
        ({"input": np.ones((1, 1, 0, 3))}, "not empty"),
    ],
)
def test_what_does_not_fit_is_named(change, message):
    given = {"input": np.ones((1, 1, 3, 3)), "grid": np.ones((1, 2, 2, 2)), **change}
    arrays = {k: tensor(v) if isinstance(v, np.ndarray) else v for k, v in given.items()}
    with pytest.raises(ValueError, match=message):
        grid_sample(**arrays)


def test_affine_maps_that_do_not_fit_and_integers_are_named():
    with pytest.raises(ValueError, match=r"affine_grid: theta \(1, 2, 3\) must be \(N, 2, 3\)"):
        affine_grid(tensor(np.ones((1, 2, 3))), (2, 1, 3, 3))
    with pytest.raises(ValueError, match="size positive"):
        affine_grid(tensor(np.ones((1, 2, 3))), (1, 1, 0, 3))
    with pytest.raises(TypeError, match="grid_sample: grid must be floating-point"):
        grid_sample(tensor(np.ones((1, 1, 2, 2))), tensor(np.ones((1, 1, 1, 2), int)))
    with pytest.raises(TypeError, match="affine_grid: theta must be floating-point"):
        affine_grid(tensor(np.ones((1, 2, 3), int)), (1, 1, 2, 2))


@pytest.mark.parametrize("case", ["grid_sample", "affine_grid"])
def test_they_are_pytorchs(as_pytorch, case):
    as_pytorch(case)
