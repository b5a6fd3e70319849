"""Attention: query by query by hand; masked, causal, cached, empty, hostile, derived twice."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nt_autograd import (
    attention_weights,
    count_flops,
    grad,
    gradcheck,
    gradgradcheck,
    scaled_dot_product_attention,
    tensor,
)
from nt_tensor import Generator

# (batch, T, S): single, square, a block's edge, several blocks, more keys than queries
SIZES = [
    ((2,), 1, 1),
    ((2, 3), 5, 5),
    ((2,), 64, 64),
    ((1, 2), 150, 150),
    ((2, 2), 3, 70),
    ((), 70, 100),
]


def by_hand(q, k, v, mask=None, causal=False, scale=None, window=None, offset=0):
    """One query at a time. `mask` is boolean, True where a query may see."""
    y = np.zeros((*q.shape[:-1], v.shape[-1]))
    s = k.shape[-2]
    see = (
        np.ones((*q.shape[:-1], s), bool)
        if mask is None
        else np.broadcast_to(mask, (*q.shape[:-1], s))
    )
    for at in np.ndindex(q.shape[:-1]):
        *batch, i = at
        i += offset
        seen = [j for j in range(s) if see[at][j] and not (causal and j > i)]
        seen = [j for j in seen if window is None or abs(i - j) < window]
        if not seen:
            continue
        scores = (
            k[tuple(batch)][seen] @ q[at] * (1 / math.sqrt(q.shape[-1]) if scale is None else scale)
        )
        weights = np.exp(scores - scores.max())
        y[at] = weights @ v[tuple(batch)][seen] / weights.sum()
    return y


def inputs(rng, batch, t, s, width=4, values=3):
    return [rng.standard_normal((*batch, n, w)) for n, w in ((t, width), (s, width), (s, values))]


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("causal", [False, True])
def test_every_query_reads_a_weighted_mean(size, causal, road, rng):
    arrays = inputs(rng, *size)
    expected = by_hand(*arrays, causal=causal)
    for dtype, limit in (("float64", 1e-12), ("float32", 3e-6)):
        if dtype == "float32" or road == "cpu":
            xs = [tensor(a, dtype=dtype, device=road) for a in arrays]
            y = scaled_dot_product_attention(*xs, is_causal=causal)
            assert str(y.dtype) == dtype
            np.testing.assert_allclose(y.numpy(), expected, atol=limit)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_every_library_goes_the_same_way(size, causal, road, agree, rng):
    arrays = inputs(rng, *size)

    def attend(q, k, v):
        return scaled_dot_product_attention(q, k, v, is_causal=causal)

    agree(attend, *arrays, device=road, limit=1e-5)

    def crossed(q, k, v):  # nothing lies in memory as it reads
        q, k, v = (x.transpose(-1, -2)[..., ::2, :].transpose(-1, -2) for x in (q, k, v))
        return scaled_dot_product_attention(q, k, v, is_causal=causal)

    agree(crossed, *inputs(rng, *size, 8, 6), device=road, limit=1e-5)
    agree(attend, *arrays, device=road, dtype="float16", limit=3e-2)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("size", [((2,), 3, 3), ((), 1, 1), ((2, 1), 2, 4)], ids=str)
def test_both_derivatives_agree_with_differences(size, causal, rng):
    xs = [tensor(a, requires_grad=True) for a in inputs(rng, *size, 2, 2)]
    assert gradcheck(lambda *xs: scaled_dot_product_attention(*xs, is_causal=causal), *xs)
    assert gradgradcheck(lambda *xs: scaled_dot_product_attention(*xs, is_causal=causal), *xs)


@pytest.mark.parametrize("shape", [(3, 4), (2, 3, 4), (1, 4), (4,), (2, 1, 4)])
def test_a_mask_has_derivatives_too(shape, rng):
    q, k, v = (tensor(a, requires_grad=True) for a in inputs(rng, (2,), 3, 4, 2, 2))
    mask = tensor(rng.standard_normal(shape), requires_grad=True)
    assert gradcheck(scaled_dot_product_attention, q, k, v, mask)
    assert gradgradcheck(scaled_dot_product_attention, q, k, v, mask)


def test_derivatives_across_blocks_agree_with_the_plain_ops(bodies, rng):
    arrays = inputs(rng, (2,), 130, 130)
    fused = [tensor(a, requires_grad=True) for a in arrays]
    plain = [tensor(a, requires_grad=True) for a in arrays]
    v = tensor(rng.standard_normal((2, 130, 3)))
    y = scaled_dot_product_attention(*fused, is_causal=True)
    z = attention_weights(*plain[:2], is_causal=True) @ plain[2]
    np.testing.assert_allclose(y.detach().numpy(), z.detach().numpy(), atol=1e-13)
    for g, h in zip(grad(y, fused, v), grad(z, plain, v), strict=True):
        np.testing.assert_allclose(g.numpy(), h.numpy(), atol=1e-12)


@pytest.mark.parametrize("shape", [(5, 7), (2, 5, 7), (1, 7), (7,)])
def test_boolean_and_additive_masks_say_the_same(shape, road, rng):
    arrays = inputs(rng, (2,), 5, 7)
    mask = rng.random(shape) < 0.6
    expected = by_hand(*arrays, mask=mask)
    xs = [tensor(a, dtype="float32", device=road) for a in arrays]
    boolean = scaled_dot_product_attention(*xs, tensor(mask, device=road))
    added = tensor(np.where(mask, 0, -np.inf).astype(np.float32), device=road)
    np.testing.assert_allclose(boolean.numpy(), expected, atol=3e-6)
    np.testing.assert_allclose(
        scaled_dot_product_attention(*xs, added).numpy(), expected, atol=3e-6
    )


def test_who_may_see_nothing_gets_zeros_and_moves_nothing(road, rng):
    arrays = inputs(rng, (2,), 3, 4)
    mask = np.array([[True] * 4, [False] * 4, [True, False, True, False]])
    for dropout in (0.0, 1e-9):  # through the fused op, and through plain ops
        q, k, v = (tensor(a, dtype="float32", device=road, requires_grad=True) for a in arrays)
        y = scaled_dot_product_attention(q, k, v, tensor(mask, device=road), dropout)
        gq, gk, gv = grad(y.sum(), [q, k, v])
        assert (y.detach().numpy()[:, 1] == 0).all()
        assert (gq.numpy()[:, 1] == 0).all()
        for g in (gq, gk, gv):
            assert np.isfinite(g.numpy()).all()
        np.testing.assert_allclose(y.detach().numpy(), by_hand(*arrays, mask=mask), atol=3e-6)
    weights = attention_weights(q, k, tensor(mask, device=road))
    np.testing.assert_allclose(weights.detach().numpy().sum(-1), [[1, 0, 1]] * 2, atol=1e-6)


def test_second_derivatives_pass_by_who_may_see_nothing(rng):
    mask = tensor(np.array([[True, True], [False, False]]))
    xs = [tensor(a, requires_grad=True) for a in inputs(rng, (), 2, 2, 2, 2)]
    assert gradcheck(lambda q, k, v: scaled_dot_product_attention(q, k, v, mask), *xs)
    assert gradgradcheck(lambda q, k, v: scaled_dot_product_attention(q, k, v, mask), *xs)


@pytest.mark.parametrize("t", [3, 70])
def test_a_negative_offset_leaves_the_first_queries_blind(t, road, rng):
    arrays = inputs(rng, (2,), t, 2)
    expected = by_hand(*arrays, causal=True, offset=2 - t)
    assert (expected[:, : t - 2] == 0).all()
    xs = [tensor(a, dtype="float32", device=road, requires_grad=True) for a in arrays]
    y = scaled_dot_product_attention(*xs, is_causal=True, offset=2 - t)
    np.testing.assert_allclose(y.detach().numpy(), expected, atol=3e-6)
    for g in grad(y.sum(), xs):
        assert np.isfinite(g.numpy()).all()


@pytest.mark.parametrize("split", [1, 40, 99])
def test_a_cache_of_keys_changes_nothing(split, road, rng):
    q, k, v = (tensor(a, dtype="float32", device=road) for a in inputs(rng, (2,), 100, 100))
    whole = scaled_dot_product_attention(q, k, v, is_causal=True).numpy()
    late = scaled_dot_product_attention(q[:, split:], k, v, is_causal=True, offset=split).numpy()
    np.testing.assert_allclose(late, whole[:, split:], atol=1e-6)


def test_the_future_is_not_seen(road, rng):
    q, k, v = inputs(rng, (2,), 100, 100)
    before = scaled_dot_product_attention(
        *(tensor(a, dtype="float32", device=road) for a in (q, k, v)), is_causal=True
    ).numpy()
    k[:, 70:], v[:, 70:] = 1e3, -1e3
    after = scaled_dot_product_attention(
        *(tensor(a, dtype="float32", device=road) for a in (q, k, v)), is_causal=True
    ).numpy()
    np.testing.assert_allclose(before[:, :70], after[:, :70], atol=1e-6)


@pytest.mark.parametrize("t", [1, 5, 100])
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("shift", [1e4, -1e4, 60.0, -200.0])
def test_scores_however_large_or_small_lose_nothing(t, causal, shift, road, rng):
    q, k, v = inputs(rng, (2,), t, t)
    q, k = np.round(q * 4) / 4, np.round(k * 4) / 4
    # a further feature adds `shift` to every score of a row
    q = np.concatenate([q, np.full((2, t, 1), shift)], -1)
    k = np.concatenate([k, np.ones((2, t, 1))], -1)
    arrays = (q, k, v)
    expected = by_hand(*arrays, causal=causal, scale=1.0)
    xs = [tensor(a, dtype="float32", device=road, requires_grad=True) for a in arrays]
    y = scaled_dot_product_attention(*xs, is_causal=causal, scale=1.0)
    np.testing.assert_allclose(
        y.detach().numpy(), expected, atol=2e-3 if abs(shift) > 1e3 else 1e-4
    )
    for g in grad(y.sum(), xs):
        assert np.isfinite(g.numpy()).all()


def test_rows_of_very_different_size_keep_their_own_shift(road):
    q = np.array([[[100.0], [-100.0], [1.0]]], np.float32)
    k = np.array([[[1.0], [-1.0], [0.5]]], np.float32)
    v = np.array([[[1.0], [2.0], [4.0]]], np.float32)
    y = scaled_dot_product_attention(
        *(tensor(a, device=road) for a in (q, k, v)), scale=1.0
    ).numpy()
    np.testing.assert_allclose(y, by_hand(q, k, v, scale=1.0), rtol=1e-5)


def test_float16_scores_do_not_overflow(road, rng):
    q, k, v = inputs(rng, (1,), 4, 4, width=64)
    arrays = [np.float64(np.float16(a)) for a in (q * 60, k * 60, v)]  # scores beyond 65504
    xs = [tensor(a, dtype="float16", device=road) for a in arrays]
    y = scaled_dot_product_attention(*xs, scale=1.0)
    assert str(y.dtype) == "float16"
    np.testing.assert_allclose(y.numpy().astype(float), by_hand(*arrays, scale=1.0), atol=2e-3)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize(
    "size", [((0,), 3, 3), ((2,), 0, 3), ((2,), 3, 0), ((0, 2), 0, 0)], ids=str
)
def test_of_nothing_come_zeros(size, causal, road, rng):
    xs = [tensor(a, dtype="float32", device=road, requires_grad=True) for a in inputs(rng, *size)]
    y = scaled_dot_product_attention(*xs, is_causal=causal)
    assert y.shape == (*size[0], size[1], 3)
    assert (y.detach().numpy() == 0).all()
    for g, x in zip(grad(y.sum(), xs), xs, strict=True):
        assert g.shape == x.shape
        assert (g.numpy() == 0).all()


def test_one_set_of_keys_serves_many_queries(road, agree, rng):
    q, k, v = inputs(rng, (3,), 4, 5)
    agree(scaled_dot_product_attention, q, k[:1], v[:1], device=road, limit=1e-5)
    agree(scaled_dot_product_attention, q[0], k, v, device=road, limit=1e-5)


def test_dropout_drops_weights_and_repeats_with_its_seed(road, rng):
    q, k, v = (tensor(a, dtype="float32", device=road) for a in inputs(rng, (400,), 4, 4))

    def run(seed, p=0.5):
        return scaled_dot_product_attention(q, k, v, dropout_p=p, generator=Generator(seed)).numpy()

    np.testing.assert_array_equal(run(1), run(1))
    assert (run(1) != run(2)).any()
    whole = scaled_dot_product_attention(q, k, v).numpy()
    mean = np.mean([run(seed) for seed in range(200)], axis=0)
    assert abs(mean - whole).mean() < 0.1
    np.testing.assert_allclose(run(1, p=1.0), 0)


def test_dropout_has_both_derivatives(rng):
    xs = [tensor(a, requires_grad=True) for a in inputs(rng, (), 3, 3, 2, 2)]

    def drop(q, k, v):
        return scaled_dot_product_attention(
            q, k, v, dropout_p=0.5, is_causal=True, generator=Generator(0)
        )

    assert gradcheck(drop, *xs)
    assert gradgradcheck(drop, *xs)


def test_dtypes_meet_at_the_wider_one_and_gradients_return(rng):
    q, k, v = (tensor(a, dtype="float32", requires_grad=True) for a in inputs(rng, (), 3, 3))
    mask = tensor(np.zeros((3, 3)), requires_grad=True)
    y = scaled_dot_product_attention(q, k, v, mask)
    gradients = grad(y.sum(), [q, k, v, mask])
    assert [str(t.dtype) for t in (y, *gradients)] == [
        "float64",
        "float32",
        "float32",
        "float32",
        "float64",
    ]


def test_its_cost_is_that_of_its_products(rng):
    q, k, v = (tensor(a, requires_grad=True) for a in inputs(rng, (2, 3), 5, 7))
    with count_flops() as count:
        y = scaled_dot_product_attention(q, k, v)
    assert count.flops == 6 * 2 * 5 * 7 * (4 + 3)
    with count_flops() as count:
        y.backward(tensor(np.ones(y.shape)))
    assert count.by_op["attention_backward"][1] == 2 * 6 * 2 * 5 * 7 * (4 + 3)


def test_what_does_not_fit_is_named(rng):
    q, k, v = (tensor(a) for a in inputs(rng, (2,), 3, 4))
    attend = scaled_dot_product_attention
    with pytest.raises(ValueError, match=r"query must be \(…, time, width\), got shape \(4,\)"):
        attend(q[0, 0], k, v)
    with pytest.raises(ValueError, match="query and key must share their width, got 4 and 3"):
        attend(q, v, v)
    with pytest.raises(ValueError, match="key and value must share their time, got 4 and 3"):
        attend(q, k, v[:, :3])
    with pytest.raises(
        ValueError, match=r"attn_mask must broadcast to \(…, 3, 4\), got shape \(4, 3\)"
    ):
        attend(q, k, v, tensor(np.ones((4, 3), bool)))
    with pytest.raises(TypeError, match="attn_mask must be boolean or floating-point, not int64"):
        attend(q, k, v, tensor(np.ones((3, 4), int)))
    with pytest.raises(ValueError, match="sliding_window must be 1 or more, got 0"):
        attend(q, k, v, sliding_window=0)
    with pytest.raises(ValueError, match=r"enable_gqa needs .* \(…, heads, time, width\)"):
        attend(q[0], k[0], v[0], enable_gqa=True)
    with pytest.raises(ValueError, match=r"heads of key \(2\) must divide those of query \(3\)"):
        attend(tensor(np.ones((3, 3, 4))), k, v, enable_gqa=True)
    with pytest.raises(ValueError, match=r"enable_gqa: all axes .* value \(1, 4, 3\)"):
        attend(q, k, v[:1], enable_gqa=True)
    with pytest.raises(ValueError, match=r"dropout_p must be 0 where memory_efficient .* got 0.1"):
        attend(q, k, v, dropout_p=0.1, memory_efficient=True)
    with pytest.raises(TypeError, match="query must be floating-point, not int64"):
        attend(tensor([[1]]), tensor([[1]]), tensor([[1]]))
    with pytest.raises(ValueError, match="a width of at least 1, got 0"):
        attend(q[..., :0], k[..., :0], v)
    with pytest.raises(ValueError, match=r"p must lie in \[0, 1\], got 1.5"):
        attend(q, k, v, dropout_p=1.5)
    with pytest.raises(
        ValueError, match=r"attention\(q: float64 \(2, 3, 4\), k: float64 \(3, 4, 4\)"
    ):
        attend(q, tensor(np.ones((3, 4, 4))), tensor(np.ones((3, 4, 3))))


@pytest.mark.parametrize("window", [1, 3, 200])
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("size", [((2,), 5, 5), ((2,), 1, 9), ((), 150, 150), ((), 70, 100)])
def test_a_sliding_window_is_its_mask(window, causal, size, road, agree, rng):
    arrays, offset = inputs(rng, *size), size[2] - size[1]
    xs = [tensor(a, dtype="float32", device=road) for a in arrays]
    options = {"is_causal": causal, "sliding_window": window, "offset": offset}
    y = scaled_dot_product_attention(*xs, **options)
    expected = by_hand(*arrays, causal=causal, window=window, offset=offset)
    np.testing.assert_allclose(y.numpy(), expected, atol=3e-6)
    place = np.arange(size[1])[:, None] + offset - np.arange(size[2])
    mask = (abs(place) < window) & ((place >= 0) | (not causal))
    masked = scaled_dot_product_attention(*xs, tensor(mask, device=road))
    np.testing.assert_allclose(masked.numpy(), expected, atol=3e-6)
    agree(
        lambda *xs: scaled_dot_product_attention(*xs, **options), *arrays, device=road, limit=1e-5
    )
    weights = attention_weights(*xs[:2], **options).numpy()
    assert (weights != 0).any(-1).all()
    assert not weights[..., ~mask].any()


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("heads", [(4, 1), (4, 2), (4, 4)], ids=str)
def test_shared_keys_are_repeated_keys(heads, causal, road, agree, rng):
    many, few = heads
    q = rng.standard_normal((2, many, 70, 4))
    k, v = rng.standard_normal((2, few, 90, 4)), rng.standard_normal((2, few, 90, 3))
    wide = [np.repeat(x, many // few, axis=1) for x in (k, v)]
    expected = by_hand(q, *wide, causal=causal)
    options = {"enable_gqa": True, "is_causal": causal}

    def attend(*xs):
        return scaled_dot_product_attention(*xs, **options)

    xs = [tensor(a, dtype="float32", device=road) for a in (q, k, v)]
    np.testing.assert_allclose(attend(*xs).numpy(), expected, atol=3e-6)
    agree(attend, q, k, v, device=road, limit=1e-5)
    repeated = attention_weights(
        xs[0], tensor(wide[0], dtype="float32", device=road), is_causal=causal
    )
    np.testing.assert_allclose(
        attention_weights(*xs[:2], **options).numpy(), repeated.numpy(), atol=1e-6
    )
    whole = [tensor(a, requires_grad=True) for a in (q, k, v)]
    parts = [tensor(a, requires_grad=True) for a in (q, *wide)]
    gradients = grad(attend(*whole).sum(), whole)
    apart = grad(scaled_dot_product_attention(*parts, is_causal=causal).sum(), parts)
    np.testing.assert_allclose(gradients[0].numpy(), apart[0].numpy(), atol=1e-12)
    for g, h in zip(gradients[1:], apart[1:], strict=True):
        summed = h.numpy().reshape(2, few, many // few, *h.shape[2:]).sum(2)
        np.testing.assert_allclose(g.numpy(), summed, atol=1e-11)


def test_masks_causality_and_windows_are_all_obeyed(road, rng):
    arrays = inputs(rng, (2,), 90, 90)
    mask = rng.random((2, 90, 90)) < 0.7
    expected = by_hand(*arrays, mask=mask, causal=True, window=9)
    xs = [tensor(a, dtype="float32", device=road) for a in arrays]
    options = {"is_causal": True, "sliding_window": 9}
    y = scaled_dot_product_attention(*xs, tensor(mask, device=road), **options)
    np.testing.assert_allclose(y.numpy(), expected, atol=3e-6)
    frugal = scaled_dot_product_attention(
        *xs, tensor(mask, device=road), **options, memory_efficient=True
    )
    np.testing.assert_allclose(frugal.numpy(), expected, atol=3e-6)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.integers(0, 2), max_size=2),
    st.integers(1, 3),
    st.integers(1, 3),
    st.integers(0, 9),
    st.integers(0, 9),
    st.booleans(),
    st.booleans(),
    st.one_of(st.none(), st.integers(1, 10)),
    st.integers(-10, 10),
    st.integers(0, 99),
)
def test_it_is_attention_by_hand_for_all_sizes(
    batch, shared, groups, t, s, masked, causal, window, offset, seed
):
    rng = np.random.default_rng(seed)
    q, k, v = inputs(rng, (*batch, shared), t, s)
    q = rng.standard_normal((*batch, shared * groups, t, 4))
    wide = [np.repeat(x, groups, axis=-3) for x in (k, v)]
    mask = rng.random((*batch, shared * groups, t, s)) < 0.7 if masked else None
    for strided in (False, True):
        xs = [tensor(x) for x in (q, k, v)]
        if strided:
            xs = [tensor(x.swapaxes(-1, -3).copy()).transpose(-1, -3) for x in (q, k, v)]
        y = scaled_dot_product_attention(
            *xs,
            None if mask is None else tensor(mask),
            is_causal=causal,
            enable_gqa=True,
            sliding_window=window,
            offset=offset,
        )
        expected = by_hand(q, *wide, mask, causal, None, window, offset)
        np.testing.assert_allclose(y.numpy(), expected, atol=1e-12)


@pytest.mark.parametrize("options", [{}, {"is_causal": True}, {"sliding_window": 2}], ids=str)
def test_shared_keys_windows_and_biases_have_both_derivatives(options, rng):
    q = tensor(rng.standard_normal((4, 3, 2)), requires_grad=True)
    k, v = (tensor(rng.standard_normal((2, 3, 2)), requires_grad=True) for _ in range(2))
    bias = tensor(rng.standard_normal((4, 3, 3)), requires_grad=True)

    def attend(*xs):
        return scaled_dot_product_attention(*xs, enable_gqa=True, **options)

    assert gradcheck(attend, q, k, v, bias)
    assert gradgradcheck(attend, q, k, v, bias)


def test_queries_in_another_order_are_answered_in_that_order_and_keys_have_none(road, rng):
    q, k, v = inputs(rng, (2,), 9, 7)
    one, other = rng.permutation(9), rng.permutation(7)

    def attend(*arrays):
        return scaled_dot_product_attention(
            *(tensor(a, dtype="float32", device=road) for a in arrays)
        ).numpy()

    np.testing.assert_allclose(
        attend(q[:, one], k[:, other], v[:, other]), attend(q, k, v)[:, one], atol=1e-6
    )


@pytest.mark.parametrize(
    "case",
    [
        "sdpa",
        "sdpa_bool",
        "sdpa_float",
        "sdpa_causal_square",
        "sdpa_causal_rect",
        "sdpa_scale",
        "sdpa_gqa",
    ],
)
@pytest.mark.parametrize("frugal", [False, True])
def test_it_is_pytorchs(goldens, case, frugal):
    about, arrays = goldens("attention")[case]
    xs = [tensor(arrays[f"input.{n}"].astype(np.float64), requires_grad=True) for n in "qkv"]
    mask = arrays.get("input.attn_mask")
    if mask is not None:
        mask = tensor(mask if mask.dtype == bool else mask.astype(np.float64))
    options = {"memory_efficient": frugal, **about.get("kwargs", {})}
    y = scaled_dot_product_attention(*xs, mask, **options)
    y.backward(tensor(arrays["cotangent.0"].astype(np.float64)))
    np.testing.assert_allclose(y.detach().numpy(), arrays["output.0"], rtol=1e-9, atol=1e-12)
    for name, x in zip("qkv", xs, strict=True):
        np.testing.assert_allclose(
            x.grad.numpy(), arrays[f"grad.input.{name}"], rtol=1e-9, atol=1e-12
        )


@pytest.mark.parametrize("cap", [0.3, 50.0])
def test_a_capped_score_stays_within_its_cap_and_changes_nothing_where_it_is_small(
    cap, agree, road
):
    """Against the formula; a cap far above all scores is none."""
    rng = np.random.default_rng(4)
    q, k, v = (rng.normal(size=(2, 4, 3)) for _ in range(3))
    scores = cap * np.tanh(q @ k.transpose(0, 2, 1) / np.sqrt(3) / cap)
    e = np.where(np.tri(4, dtype=bool), np.exp(scores), 0.0)
    want = e / e.sum(-1, keepdims=True) @ v
    options = {"is_causal": True, "softcap": cap}
    tensors = [tensor(x, requires_grad=True) for x in (q, k, v)]
    got = scaled_dot_product_attention(*tensors, **options)
    np.testing.assert_allclose(got.detach().numpy(), want, rtol=1e-12)
    weights = attention_weights(*tensors[:2], **options)
    np.testing.assert_allclose((weights @ tensors[2]).detach().numpy(), want, rtol=1e-12)
    assert gradcheck(lambda *x: scaled_dot_product_attention(*x, **options), *tensors)
    agree(lambda *x: scaled_dot_product_attention(*x, **options), q, k, v, device=road, limit=1e-5)
    huge = scaled_dot_product_attention(*tensors, is_causal=True, softcap=1e9)
    plain = scaled_dot_product_attention(*tensors, is_causal=True)
    np.testing.assert_allclose(huge.detach().numpy(), plain.detach().numpy(), rtol=1e-12)
    with pytest.raises(ValueError, match="softcap must be None where memory_efficient"):
        scaled_dot_product_attention(*tensors, memory_efficient=True, **options)
