"""frugal_attention: the plain one's value and gradients, in memory that grows with the time."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nt_autograd import (
    count_flops,
    frugal_attention,
    grad,
    gradcheck,
    gradgradcheck,
    scaled_dot_product_attention,
    tensor,
)


def inputs(rng, batch, t, s, width=4, values=3):
    return [rng.standard_normal((*batch, n, w)) for n, w in ((t, width), (s, width), (s, values))]


OPTIONS = [
    {},
    {"is_causal": True},
    {"is_causal": True, "offset": 50},
    {"sliding_window": 5},
    {"is_causal": True, "sliding_window": 5, "scale": 0.3},
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("size", [((2,), 1, 1), ((2, 2), 3, 70), ((), 300, 600)], ids=str)
def test_it_is_the_plain_one_on_every_library(options, size, road, agree, rng):
    arrays = inputs(rng, *size)

    def attend(*xs):
        return frugal_attention(*xs, **options)

    agree(attend, *arrays, device=road, limit=1e-5)
    agree(attend, *arrays, device=road, dtype="float16", limit=3e-2)
    xs = [tensor(a, dtype="float32", device=road) for a in arrays]
    plain = scaled_dot_product_attention(*xs, **options).numpy()
    np.testing.assert_allclose(attend(*xs).numpy(), plain, atol=2e-6)


@settings(max_examples=40, deadline=None)
@given(
    st.tuples(st.integers(0, 3), st.integers(1, 3)),
    st.integers(0, 300),
    st.integers(0, 700),
    st.integers(1, 3),
    st.sampled_from([None, "S", "TS", "HTS"]),
    st.booleans(),
    st.one_of(st.none(), st.integers(1, 400)),
    st.integers(-40, 400),
)
def test_it_is_the_plain_one_for_all_sizes(batch, t, s, groups, kind, causal, window, offset):
    rng = np.random.default_rng(0)
    q, k, v = inputs(rng, batch, t, s)
    q = np.repeat(q, groups, axis=1)
    arrays = [q, k, v]
    if kind is not None:
        lengths = {"H": q.shape[1], "T": t, "S": s}
        arrays.append(rng.standard_normal([lengths[n] for n in kind]))
    options = {
        "is_causal": causal,
        "enable_gqa": groups > 1,
        "sliding_window": window,
        "offset": offset,
    }
    found = []
    for attend in (frugal_attention, scaled_dot_product_attention):
        xs = [tensor(a, requires_grad=True) for a in arrays]
        y = attend(*xs, **options)
        found.append([y.detach(), *grad((y * y).sum(), xs)])
    for a, b in zip(*found, strict=True):
        assert a.shape == b.shape
        np.testing.assert_allclose(a.numpy(), b.numpy(), atol=1e-9)


@pytest.mark.parametrize("options", OPTIONS[:1] + OPTIONS[4:], ids=str)
def test_both_derivatives_agree_with_differences(options, rng):
    q = tensor(rng.standard_normal((4, 3, 2)), requires_grad=True)
    k, v = (tensor(rng.standard_normal((2, 3, 2)), requires_grad=True) for _ in range(2))
    bias = tensor(rng.standard_normal((4, 1, 3)), requires_grad=True)

    def attend(*xs):
        return frugal_attention(*xs, enable_gqa=True, **options)

    assert gradcheck(attend, q, k, v, bias)
    assert gradgradcheck(attend, q, k, v, bias)


def test_who_may_see_nothing_gets_zeros_and_moves_nothing(road, rng):
    arrays = inputs(rng, (2,), 3, 4)
    mask = np.array([[True] * 4, [False] * 4, [True, False, True, False]])
    xs = [tensor(a, dtype="float32", device=road, requires_grad=True) for a in arrays]
    y = frugal_attention(*xs, tensor(mask, device=road))
    assert (y.detach().numpy()[:, 1] == 0).all()
    gq, gk, gv = grad(y.sum(), xs)
    assert (gq.numpy()[:, 1] == 0).all()
    for g in (gq, gk, gv):
        assert np.isfinite(g.numpy()).all()


@pytest.mark.parametrize("shift", [1e4, -1e4, 60.0, -200.0])
def test_scores_however_large_or_small_lose_nothing(shift, road, rng):
    q, k, v = inputs(rng, (2,), 40, 40)
    q, k = np.round(q * 4) / 4, np.round(k * 4) / 4
    q = np.concatenate([q, np.full((2, 40, 1), shift)], -1)  # adds `shift` to every score
    k = np.concatenate([k, np.ones((2, 40, 1))], -1)
    expected = frugal_attention(*(tensor(a) for a in (q, k, v)), scale=1.0).numpy()
    xs = [tensor(a, dtype="float32", device=road, requires_grad=True) for a in (q, k, v)]
    y = frugal_attention(*xs, scale=1.0)
    np.testing.assert_allclose(
        y.detach().numpy(), expected, atol=2e-3 if abs(shift) > 1e3 else 1e-4
    )
    for g in grad(y.sum(), xs):
        assert np.isfinite(g.numpy()).all()


def peak_of(attend, xs, g):
    """The bytes beyond the inputs that a walk there and back holds at its worst."""
    grad(attend(*xs), xs, g)  # compiled, and scratch memory made
    tracemalloc.start()
    grad(attend(*xs), xs, g)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_it_never_holds_the_weights_of_two_thousand_positions(bodies, rng):
    def peaks(time, *functions, width=16):
        arrays = inputs(rng, (1, 1), time, time, width, width)
        xs = [tensor(a, dtype="float32", requires_grad=True) for a in arrays]
        g = tensor(rng.standard_normal((1, 1, time, width)), dtype="float32")
        return [peak_of(f, xs, g) for f in functions]

    time = 2048
    weights = 4 * time * time
    plain, frugal = peaks(time, scaled_dot_product_attention, frugal_attention)
    assert plain > weights
    assert frugal < weights / 8
    assert frugal < 2.3 * peaks(time // 2, frugal_attention)[0]  # twice the time, not four times


def test_its_cost_is_that_of_its_products(rng):
    xs = [tensor(a, requires_grad=True) for a in inputs(rng, (2, 3), 5, 7)]
    with count_flops() as count:
        y = frugal_attention(*xs)
    assert count.flops == 6 * 2 * 5 * 7 * (4 + 3)
    with count_flops() as count:
        y.backward(tensor(np.ones(y.shape)))
    assert count.by_op["frugal_attention_backward"][1] == 6 * 2 * 5 * 7 * (3 * 4 + 2 * 3)


def test_what_does_not_fit_is_named(rng):
    q, k, v = (tensor(a) for a in inputs(rng, (2,), 3, 4))
    with pytest.raises(ValueError, match="query and key must share their width, got 4 and 3"):
        frugal_attention(q, v, v)
    with pytest.raises(ValueError, match=r"attn_mask must broadcast to \(…, 3, 4\)"):
        frugal_attention(q, k, v, tensor(np.ones((4, 3), bool)))
    with pytest.raises(TypeError, match="query must be floating-point, not int64"):
        frugal_attention(tensor([[1]]), tensor([[1]]), tensor([[1]]))
