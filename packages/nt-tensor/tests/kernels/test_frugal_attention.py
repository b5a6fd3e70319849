"""Attention in tiles against attention: every band, mask and grouping, on every library."""

import nt_tensor as nt
import numpy as np
import pytest
from nt_tensor import kernels

kernels.gelu(np.ones(1, np.float32))  # the first call loads the bodies
LIBRARIES = ["reference", *(n for n in ("numpy", "numba") if n in kernels.gelu.bodies)]

FREE, CAUSAL = (None, None), (None, 0)
# (batch and heads, groups, T, S, band); tiles have up to 256 queries and 512 keys
CASES = [
    ((2, 3), 1, 100, 100, CAUSAL),
    ((1, 1), 1, 1, 1, CAUSAL),
    ((2,), 1, 7, 70, (None, 63)),
    ((), 1, 300, 1100, FREE),
    ((2,), 1, 300, 1100, (None, 800)),
    ((), 1, 90, 5, CAUSAL),
    ((2,), 1, 600, 40, (None, -550)),  # the first queries see nothing
    ((2,), 1, 40, 1090, (600, None)),  # the first tile is not seen
    ((2,), 1, 400, 40, (20, 30)),
    ((1, 2), 1, 700, 700, (-6, 0)),
    ((1, 2), 1, 700, 700, (-300, 300)),
    ((2, 6), 3, 300, 300, CAUSAL),
    ((2, 4), 4, 20, 33, FREE),
    ((4,), 2, 1, 9, FREE),
    ((2, 4), 2, 550, 550, (-6, 0)),
]
MASKS = [(), (1,), ("S",), ("T", 1), ("T", "S"), ("H", "T", "S"), ("H", 1, 1), (2, 1, 1, "S")]


def normal(*shape, scale=1.0, seed=0):
    return np.random.default_rng([seed, *shape]).standard_normal(shape) * scale


def inputs(batch, groups, t, s, scale=1.0):
    fewer = (*batch[:-1], batch[-1] // groups) if batch else ()
    return (
        normal(*batch, t, 8, scale=scale),
        normal(*fewer, s, 8),
        normal(*fewer, s, 6),
        normal(*batch, t, 6),
    )


def plainly(q, k, v, g, mask, *rest):
    """Value and gradients of the attention that holds all weights; the mask's in its shape."""
    kept = kernels.attention.reference(q, k, v, mask, *rest)
    gq, gk, gv, gs = kernels.attention_backward.reference(g, q, k, v, *kept, *rest, True)
    if mask is None:
        return kept[0], gq, gk, gv, None
    gs = gs.sum(tuple(range(gs.ndim - mask.ndim)))
    for axis, n in enumerate(mask.shape):
        gs = gs.sum(axis, keepdims=True) if n == 1 else gs
    return kept[0], gq, gk, gv, gs


def body(kernel, library):
    return kernel.reference if library == "reference" else kernel.bodies[library]


def frugally(library, q, k, v, g, mask, *rest):
    y, lse = body(kernels.frugal_attention, library)(q, k, v, mask, *rest)
    back = body(kernels.frugal_attention_backward, library)
    return y, *back(g, q, k, v, mask, y, lse, *rest, mask is not None)


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize(
    ("dtype", "scale"), [("float64", 30.0), ("float32", 1.0), ("float32", 300.0)]
)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_tiles_give_what_the_whole_gives(library, dtype, scale, case):
    batch, groups, t, s, band = case
    q, k, v, g = inputs(batch, groups, t, s, scale)
    expected = plainly(q, k, v, g, None, band, 0.3, groups)
    given = (a.astype(dtype) for a in (q, k, v, g))
    found = frugally(library, *given, None, band, 0.3, groups)
    bound = 1e-11 if dtype == "float64" else 1e-5 * scale
    assert found[-1] is None
    for y, z in zip(found[:4], expected[:4], strict=True):
        assert y.dtype == dtype
        assert abs(y - z).max() < bound * max(1.0, abs(z).max())


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("kind", MASKS, ids=str)
@pytest.mark.parametrize("case", [CASES[0], CASES[10], CASES[11], CASES[14]], ids=str)
def test_masks_of_every_shape_are_added_and_get_their_gradient(library, kind, case):
    batch, groups, t, s, band = case
    if kind[:1] == (2,) and batch[0] != 2:
        kind = kind[1:]
    lengths = {"T": t, "S": s, "H": batch[-1]}
    mask = normal(*(lengths.get(n, n) for n in kind), seed=1)
    mask = np.where(mask > 1, -np.inf, mask)
    given = (*inputs(batch, groups, t, s), mask, band, 0.3, groups)
    expected, found = plainly(*given), frugally(library, *given)
    for y, z in zip(found, expected, strict=True):
        assert y.shape == z.shape
        np.testing.assert_allclose(y, z, atol=1e-10)


@pytest.mark.parametrize("library", LIBRARIES)
def test_scores_that_climb_from_tile_to_tile_lose_nothing(library):
    q, k, v, g = (a.astype("float32") for a in inputs((2,), 1, 40, 1600))
    q[..., 0], k[..., 0] = 1, np.linspace(-500, 500, 1600)  # each tile's best beats all before
    expected = plainly(*(a.astype("float64") for a in (q, k, v, g)), None, FREE, 1.0, 1)
    for y, z in zip(frugally(library, q, k, v, g, None, FREE, 1.0, 1)[:4], expected, strict=False):
        np.testing.assert_allclose(y, z, atol=1e-3 * abs(z).max())


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_library_agrees_with_the_reference_in_float64(case, backend, device):
    batch, groups, t, s, band = case
    arrays = inputs(batch, groups, t, s)
    mask = normal(t, s, seed=1)
    mask[0] = -np.inf
    expected = plainly(*arrays, mask, band, 0.3, groups)
    q, k, v, g, mask = (nt.asarray(a.astype("float32"), device=device) for a in (*arrays, mask))
    y, lse = kernels.frugal_attention(q, k, v, mask, band, 0.3, groups)
    found = kernels.frugal_attention_backward(g, q, k, v, mask, y, lse, band, 0.3, groups, True)
    for x, z in zip((y, *found), expected, strict=True):
        assert nt.to_numpy(x).dtype == np.float32
        np.testing.assert_allclose(nt.to_numpy(x), z, atol=5e-5 * max(1.0, abs(z).max()))


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("band", [FREE, CAUSAL, (-3, 0)], ids=str)
def test_nan_is_never_hidden_nor_spread(library, band):
    q, k, v, g = (a.astype("float32") for a in inputs((2,), 1, 70, 70))
    q[1, 65, 3] = np.nan
    with np.errstate(all="ignore"):
        y, gq, *_ = frugally(library, q, k, v, g, None, band, 0.3, 1)
    for found in (y, gq):
        bad = np.isnan(found).any(-1)
        assert bad[1, 65]
        assert bad.sum() == 1
