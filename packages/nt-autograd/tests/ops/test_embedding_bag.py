"""embedding_bag: against loops over bags, derivatives, empty bags, padding, every library."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nt_autograd import embedding_bag, grad, gradcheck, gradgradcheck, tensor

MODES = ["sum", "mean", "max"]
each_mode = pytest.mark.parametrize("mode", MODES)


def by_hand(bags, weight, mode, padding=None, factors=None):
    """One bag after another."""
    found = np.zeros((len(bags), weight.shape[1]))
    for b, bag in enumerate(bags):
        rows = [weight[i] * (1 if factors is None else factors[b][k]) for k, i in enumerate(bag)]
        rows = [row for row, i in zip(rows, bag, strict=True) if i != padding]
        if rows:
            found[b] = {"sum": np.sum, "mean": np.mean, "max": np.max}[mode](rows, axis=0)
    return found


@each_mode
@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 4), max_size=6), min_size=1, max_size=5),
    st.sampled_from([None, 2]),
)
def test_bags_of_any_lengths_go_as_by_hand(mode, bags, padding):
    weight = np.random.default_rng(0).standard_normal((5, 3))
    ids = np.array([i for bag in bags for i in bag], np.int64)
    offsets = np.cumsum([0, *[len(bag) for bag in bags]])
    w = tensor(weight)
    expected = by_hand(bags, weight, mode, padding)
    for last in (False, True):
        given_offsets = tensor(offsets if last else offsets[:-1])
        y = embedding_bag(
            ids, w, given_offsets, mode=mode, include_last_offset=last, padding_idx=padding
        )
        np.testing.assert_allclose(y.numpy(), expected, atol=1e-14)


@each_mode
@pytest.mark.parametrize("padding", [None, 1])
def test_both_derivatives_agree_with_differences(mode, padding, rng):
    ids, offsets = tensor([0, 3, 3, 2, 0, 0]), tensor([0, 2, 2, 5])
    w = tensor(rng.standard_normal((4, 2)), requires_grad=True)

    def function(w):
        return embedding_bag(ids, w, offsets, mode=mode, padding_idx=padding)

    assert gradcheck(function, w)
    assert gradgradcheck(lambda w: function(w * w), w)


def test_weights_of_the_samples_have_both_derivatives_too(rng):
    ids = tensor([[0, 1], [1, 1]])
    w = tensor(rng.standard_normal((4, 2)), requires_grad=True)
    s = tensor(rng.standard_normal((2, 2)), requires_grad=True)

    def function(w, s):
        return embedding_bag(ids, w, mode="sum", per_sample_weights=s)

    np.testing.assert_allclose(
        function(w, s).detach().numpy(),
        by_hand([[0, 1], [1, 1]], w.detach().numpy(), "sum", None, s.detach().numpy()),
    )
    assert gradcheck(function, w, s)
    assert gradgradcheck(function, w, s)


@each_mode
@pytest.mark.parametrize("rows", [True, False])
def test_every_library_goes_the_same_way(mode, rows, road, agree, rng):
    ids = rng.integers(0, 7, (5, 4) if rows else (20,))
    offsets = None if rows else np.array([0, 0, 7, 19, 20])

    def function(w):
        device = w.device
        at = None if offsets is None else tensor(offsets, device=device)
        return embedding_bag(tensor(ids, device=device), w, at, mode=mode, padding_idx=3)

    agree(function, rng.standard_normal((7, 33)), device=road)
    agree(function, rng.standard_normal((7, 3)), device=road, dtype="float16", limit=1e-2)


@each_mode
@pytest.mark.parametrize("shape", [(0, 3), (2, 0), (0, 0)])
def test_no_bags_and_empty_ones_give_zeros_and_no_gradient(mode, shape, road):
    w = tensor(np.ones((4, 2), np.float32), device=road, requires_grad=True)
    y = embedding_bag(tensor(np.zeros(shape, np.int64), device=road), w, mode=mode)
    assert y.tolist() == [[0.0, 0.0]] * shape[0]
    (g,) = grad(y.sum(), w)
    assert not g.numpy().any()


def test_padding_that_is_not_a_number_does_not_leak():
    weight = np.ones((3, 1))
    weight[1] = np.nan
    w = tensor(weight, requires_grad=True)
    for mode in MODES:
        y = embedding_bag(tensor([[0, 1, 2]]), w, mode=mode, padding_idx=1)
        assert y.item() == (2.0 if mode == "sum" else 1.0)
        (g,) = grad(y, w)
        assert g[1].item() == 0.0
        assert np.isfinite(g.numpy()).all()


def test_a_tie_goes_to_the_first_and_frequencies_divide():
    w = tensor([[1.0], [1.0], [0.0]], requires_grad=True)
    (g,) = grad(embedding_bag(tensor([[2, 1, 0]]), w, mode="max"), w)
    assert g.tolist() == [[0.0], [1.0], [0.0]]
    y = embedding_bag(tensor([[0, 0, 1]]), w, scale_grad_by_freq=True, mode="sum")
    (g,) = grad(y, w)
    assert g.tolist() == [[1.0], [1.0], [0.0]]


def test_long_rows_are_shortened_first():
    w = tensor([[3.0, 4.0], [0.6, 0.8]])
    y = embedding_bag(tensor([[0, 1]]), w, max_norm=1.0, mode="sum")
    np.testing.assert_allclose(y.numpy(), [[1.2, 1.6]], rtol=1e-6)
    np.testing.assert_allclose(w.numpy(), [[0.6, 0.8]] * 2, rtol=1e-6)


def test_what_does_not_fit_is_named():
    w, ids = tensor(np.ones((3, 2))), tensor([0, 1, 2])
    with pytest.raises(ValueError, match=r"weight must be \(rows, width\)"):
        embedding_bag(ids, ids)
    with pytest.raises(ValueError, match=r'mode must be "sum", "mean" or "max", got \'prod\''):
        embedding_bag(ids, w, mode="prod")
    with pytest.raises(ValueError, match=r"input must be \(bags, ids\), or \(ids,\) with offsets"):
        embedding_bag(ids, w)
    with pytest.raises(ValueError, match=r"offsets are for an input of one axis"):
        embedding_bag(ids[None], w, tensor([0]))
    for wrong in ([1, 2], [0, 4], [0, 2, 1], []):
        with pytest.raises(ValueError, match=r"offsets must rise from 0 to at most the 3 ids"):
            embedding_bag(ids, w, tensor(np.array(wrong, np.int64)), include_last_offset=True)
    with pytest.raises(ValueError, match=r"the last offset \(2\) must be 3, the end"):
        embedding_bag(ids, w, tensor([0, 2]), include_last_offset=True)
    with pytest.raises(TypeError, match=r"offsets must be integers \(bags,\), not float32"):
        embedding_bag(ids, w, tensor([0.0]))
    with pytest.raises(ValueError, match=r'per_sample_weights need mode "sum", not "?\'mean\''):
        embedding_bag(ids[None], w, per_sample_weights=tensor(np.ones((1, 3))))
    with pytest.raises(ValueError, match=r"per_sample_weights have shape \(2,\)"):
        embedding_bag(ids[None], w, mode="sum", per_sample_weights=tensor([1.0, 2.0]))
    with pytest.raises(ValueError, match=r'scale_grad_by_freq does not go with mode "max"'):
        embedding_bag(ids[None], w, scale_grad_by_freq=True, mode="max")
    with pytest.raises(IndexError, match=r"embedding_bag: id 9 at 1 is out of range: 0 to 2"):
        embedding_bag(tensor([[0, 9]]), w)
    with pytest.raises(TypeError, match=r"embedding_bag: id must hold integers, not float32"):
        embedding_bag(tensor([[0.0]]), w)
