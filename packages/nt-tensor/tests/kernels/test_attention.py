"""Attention by blocks against the reference: every band, mask and grouping, on every library."""

import nt_tensor as nt
import numpy as np
import pytest
from nt_tensor import kernels

kernels.gelu(np.ones(1, np.float32))  # the first call loads the bodies
LIBRARIES = [name for name in ("numpy", "numba") if name in kernels.gelu.bodies]

FREE, CAUSAL = (None, None), (None, 0)
# (batch and heads, groups, T, S, band)
CASES = [
    ((2, 3), 1, 64, 64, CAUSAL),
    ((2, 3), 1, 100, 100, CAUSAL),
    ((1, 1), 1, 1, 1, CAUSAL),
    ((2,), 1, 7, 70, (None, 63)),  # after 63 earlier keys
    ((2, 3), 1, 1, 200, (None, 199)),
    ((2, 3), 1, 65, 130, FREE),
    ((), 1, 5, 9, FREE),
    ((), 1, 90, 5, CAUSAL),  # keys end before most queries
    ((2,), 1, 90, 40, (None, -50)),  # the first queries see nothing
    ((2,), 1, 40, 90, (60, None)),
    ((2,), 1, 90, 40, (20, 30)),  # whole blocks see nothing
    ((1, 2), 1, 150, 150, (-6, 0)),  # the last seven
    ((1, 2), 1, 150, 150, (-3, 3)),
    ((1, 2), 1, 150, 150, (-9, None)),
    ((2, 6), 3, 100, 100, CAUSAL),
    ((2, 4), 4, 20, 33, FREE),
    ((4,), 2, 1, 9, FREE),
    ((2, 4), 2, 150, 150, (-6, 0)),
    ((2,), 2, 1100, 9, FREE),
]
MASKS = [None, (), (1,), ("S",), ("T", 1), ("T", "S"), ("H", "T", "S"), ("H", 1, 1)]


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


def by_rows(q, k, v, mask, band, scale, groups):
    """One query at a time."""
    *batch, t, _ = q.shape
    y = np.zeros((*batch, t, v.shape[-1]))
    mask = np.broadcast_to(0.0 if mask is None else mask, (*batch, t, k.shape[-2]))
    for *at, i in np.ndindex(q.shape[:-1]):
        of = (*at[:-1], at[-1] // groups) if at else ()
        low, high = band
        seen = [
            j
            for j in range(k.shape[-2])
            if (low is None or low <= j - i) and (high is None or j - i <= high)
        ]
        scores = np.array(
            [k[of][j] @ q[tuple(at)][i] * scale + mask[tuple(at)][i, j] for j in seen]
        )
        if len(seen) and scores.max() > -np.inf:
            weights = np.exp(scores - scores.max())
            y[tuple(at)][i] = weights / weights.sum() @ v[of][seen]
    return y


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_reference_is_attention_row_by_row(case):
    batch, groups, t, s, band = case
    q, k, v, _ = inputs(batch, groups, t, s)
    mask = normal(t, s, seed=1)
    mask[0] = -np.inf
    found = kernels.attention.reference(q, k, v, mask, band, 0.3, groups)[0]
    np.testing.assert_allclose(found, by_rows(q, k, v, mask, band, 0.3, groups), atol=1e-12)


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("scale", [1.0, 30.0, 3000.0])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_attention_by_blocks_is_attention(library, scale, case):
    batch, groups, t, s, band = case
    q, k, v, g = inputs(batch, groups, t, s, scale)
    rest = (band, 0.3, groups)
    expected = kernels.attention.reference(q, k, v, None, *rest)
    back = kernels.attention_backward.reference(g, q, k, v, *expected, *rest, True)
    q, k, v, g = (a.astype("float32") for a in (q, k, v, g))
    kept = kernels.attention.bodies[library](q, k, v, None, *rest)
    bound = 2e-6 * max(scale, 1) + 1e-6
    assert abs(kept[0] - expected[0]).max() < bound
    found = kernels.attention_backward.bodies[library](g, q, k, v, *kept, *rest, True)
    for y, z in zip(found, back, strict=True):
        assert y.dtype == np.float32
        assert abs(y - z).max() < bound * max(1.0, abs(z).max()) * 10
    assert kernels.attention_backward.bodies[library](g, q, k, v, *kept, *rest, False)[3] is None


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("kind", MASKS, ids=str)
@pytest.mark.parametrize("case", [CASES[1], CASES[11], CASES[14], CASES[17]], ids=str)
def test_masks_of_every_shape_are_added_in_the_blocks(library, kind, case):
    batch, groups, t, s, band = case
    q, k, v, g = inputs(batch, groups, t, s)
    lengths = {"T": t, "S": s, "H": batch[-1]}
    mask = None
    if kind is not None:
        mask = normal(*(lengths.get(n, n) for n in kind), seed=1)
        mask = np.where(mask > 1, -np.inf, mask)
    rest = (band, 0.3, groups)
    expected = kernels.attention.reference(q, k, v, mask, *rest)
    back = kernels.attention_backward.reference(g, q, k, v, *expected, *rest, True)
    kept = kernels.attention.bodies[library](q, k, v, mask, *rest)
    np.testing.assert_allclose(kept[0], expected[0], atol=1e-12)
    found = kernels.attention_backward.bodies[library](g, q, k, v, *kept, *rest, True)
    for y, z in zip(found, back, strict=True):
        np.testing.assert_allclose(y, z, atol=1e-12)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_library_agrees_with_the_reference_in_float64(case, backend, device):
    batch, groups, t, s, band = case
    arrays = inputs(batch, groups, t, s)
    mask = normal(t, s, seed=1)
    rest = (band, 0.3, groups)
    expected = kernels.attention.reference(*arrays[:3], mask, *rest)
    back = kernels.attention_backward.reference(arrays[3], *arrays[:3], *expected, *rest, True)
    q, k, v, g, mask = (nt.asarray(a.astype("float32"), device=device) for a in (*arrays, mask))
    kept = kernels.attention(q, k, v, mask, *rest)
    found = kernels.attention_backward(g, q, k, v, *kept, *rest, True)
    for y, z in zip((kept[0], *found), (expected[0], *back), strict=True):
        np.testing.assert_allclose(nt.to_numpy(y), z, atol=5e-5 * max(1.0, abs(z).max()))


def test_a_query_that_may_see_nothing_gives_zeros(backend, device):
    q, k, v = (nt.asarray(a.astype("float32"), device=device) for a in inputs((), 1, 3, 4)[:3])
    mask = np.zeros((3, 4), "float32")
    mask[1] = -np.inf
    y, _, _ = kernels.attention(q, k, v, nt.asarray(mask, device=device), FREE, 1.0, 1)
    y = nt.to_numpy(y)
    assert not y[1].any()
    assert np.isfinite(y).all()
    assert y[[0, 2]].any()


@pytest.mark.parametrize("library", ["reference", *LIBRARIES])
@pytest.mark.parametrize("band", [FREE, CAUSAL, (-3, 0)], ids=str)
def test_nan_is_never_hidden_nor_spread(library, band):
    q, k, v, _ = (a.astype("float32") for a in inputs((2,), 1, 70, 70))
    q[1, 65, 3] = np.nan
    kernel = kernels.attention
    body = kernel.reference if library == "reference" else kernel.bodies[library]
    with np.errstate(all="ignore"):
        y = body(q, k, v, None, band, 0.3, 1)[0]
    bad = np.isnan(y).any(-1)
    assert bad[1, 65]
    assert bad.sum() == 1
