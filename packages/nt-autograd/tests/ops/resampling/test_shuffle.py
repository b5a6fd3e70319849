"""Shuffles: every element against its index, inverses, both derivatives."""

import nt_autograd as ag
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nt_autograd import (
    channel_shuffle,
    gradcheck,
    gradgradcheck,
    pixel_shuffle,
    pixel_unshuffle,
    tensor,
)


@pytest.mark.parametrize("lead", [(), (2,), (2, 1), (0,)])
def test_channels_become_pixels(lead, road, agree, rng):
    x = rng.standard_normal((*lead, 18, 2, 5))
    y = pixel_shuffle(tensor(x), 3).numpy()
    assert y.shape == (*lead, 2, 6, 15)
    for c, i, j in np.ndindex(2, 6, 15):
        np.testing.assert_array_equal(
            y[..., c, i, j], x[..., c * 9 + i % 3 * 3 + j % 3, i // 3, j // 3]
        )
    agree(lambda t: pixel_shuffle(t, 3), x, device=road)
    agree(lambda t: pixel_unshuffle(t, 3), y, device=road)


@settings(max_examples=30, deadline=None)
@given(c=st.integers(1, 3), h=st.integers(1, 3), w=st.integers(1, 3), r=st.integers(1, 3))
def test_each_undoes_the_other(c, h, w, r):
    x = tensor(np.random.default_rng(0).standard_normal((2, c * r * r, h, w)))
    assert pixel_unshuffle(pixel_shuffle(x, r), r).tolist() == x.tolist()
    n = 2 * c
    deck = tensor(np.arange(n * 2.0).reshape(1, n, 2))
    assert channel_shuffle(channel_shuffle(deck, 2), c).tolist() == deck.tolist()


@pytest.mark.parametrize("places", [(4,), (2, 3), (1, 2, 2)])
def test_channels_are_dealt_out(places, road, agree, rng):
    x = rng.standard_normal((2, 6, *places))
    y = channel_shuffle(tensor(x), 3).numpy()
    for g, k in np.ndindex(3, 2):
        np.testing.assert_array_equal(y[:, k * 3 + g], x[:, g * 2 + k])
    agree(lambda t: channel_shuffle(t, 3), x, device=road)


def test_both_derivatives_agree_with_differences(rng):
    x = tensor(rng.standard_normal((1, 4, 2, 2)), requires_grad=True)
    for shuffle in (pixel_shuffle, pixel_unshuffle, channel_shuffle):
        assert gradcheck(lambda x, f=shuffle: f(x, 2), x)
        assert gradgradcheck(lambda x, f=shuffle: f(x * x, 2), x)


def test_integers_are_shuffled_too(road):
    assert pixel_shuffle(tensor([[[1]], [[2]], [[3]], [[4]]], device=road), 2).tolist() == [
        [[1, 2], [3, 4]]
    ]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: pixel_shuffle(x, 2), r"upscale_factor squared \(4\) must divide 6 channels"),
        (lambda x: pixel_shuffle(x, 0), r"upscale_factor \(0\) must be a positive integer"),
        (lambda x: pixel_unshuffle(x, 2), r"downscale_factor \(2\) must divide height and width"),
        (lambda x: pixel_unshuffle(x, 1.5), "must be a positive integer"),
        (lambda x: channel_shuffle(x, 4), r"groups \(4\) must divide 6 channels"),
        (lambda x: channel_shuffle(x[0, 0], 1), r"input \(3, 3\) must have at least 3 axes"),
    ],
)
def test_what_does_not_fit_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call(ag.ones(1, 6, 3, 3))
