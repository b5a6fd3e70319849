"""Scalings of rotary frequencies: their formulas by another road, and what they leave alone."""

import math

import numpy as np
import pytest
from nt_nn import (
    DynamicNTKRopeScaling,
    LinearRopeScaling,
    Llama3RopeScaling,
    LongRopeScaling,
    RopeScaling,
    YarnRopeScaling,
)

DIM, BASE = 64, 10000.0
PLAIN = BASE ** (-np.arange(0, DIM, 2) / DIM)


def frequencies(scaling, length=16, dim=DIM, base=BASE):
    return np.array(scaling.frequencies(dim, base, length))


def test_unscaled_frequencies_are_powers_of_the_base():
    np.testing.assert_allclose(frequencies(RopeScaling()), PLAIN, rtol=1e-14)
    assert RopeScaling().magnitude() == 1


def test_linear_scaling_brings_positions_closer():
    np.testing.assert_allclose(frequencies(LinearRopeScaling(8.0)) * 8, PLAIN, rtol=1e-14)


def test_dynamic_scaling_begins_where_training_ended():
    scaling = DynamicNTKRopeScaling(4.0, original_length=100)
    for length in (1, 100):
        np.testing.assert_allclose(frequencies(scaling, length), PLAIN, rtol=1e-13)
    longer = frequencies(scaling, 300)
    assert longer[0] == 1  # the fastest pair stays
    grown = BASE * (4 * 300 / 100 - 3) ** (DIM / (DIM - 2))
    np.testing.assert_allclose(longer, grown ** (-np.arange(0, DIM, 2) / DIM), rtol=1e-12)
    # the slowest is divided by exactly the growth
    assert PLAIN[-1] / longer[-1] == pytest.approx(9, rel=1e-12)
    assert scaling.frequencies(2, BASE, 300) == [1.0]


def test_yarn_interpolates_slow_pairs_and_leaves_fast_ones():
    scaling = YarnRopeScaling(16.0, original_length=4096)
    found = frequencies(scaling)
    turns = 4096 * PLAIN / (2 * math.pi)
    np.testing.assert_allclose(found[turns > 40], PLAIN[turns > 40], rtol=1e-13)
    np.testing.assert_allclose(found[turns < 0.7], PLAIN[turns < 0.7] / 16, rtol=1e-13)
    share = (found - PLAIN / 16) / (PLAIN - PLAIN / 16)
    assert (np.diff(share) <= 1e-12).all()
    ramp = share[(share > 1e-9) & (share < 1 - 1e-9)]
    np.testing.assert_allclose(np.diff(ramp), np.diff(ramp)[0], rtol=1e-6)  # a straight line
    assert scaling.magnitude() == pytest.approx(0.1 * math.log(16) + 1)
    assert YarnRopeScaling(1.0, 64).magnitude() == 1
    assert YarnRopeScaling(16.0, 64, attention_factor=0.5).magnitude() == 0.5
    assert YarnRopeScaling(40.0, 64, mscale=1.0, mscale_all_dim=1.0).magnitude() == 1
    deep = YarnRopeScaling(40.0, 64, mscale=0.707, mscale_all_dim=1.0).magnitude()
    assert deep == pytest.approx((0.0707 * math.log(40) + 1) / (0.1 * math.log(40) + 1))


def test_yarns_ramp_may_end_between_pairs():
    whole = frequencies(YarnRopeScaling(16.0, original_length=4096))
    between = frequencies(YarnRopeScaling(16.0, original_length=4096, truncate=False))
    assert (between >= whole - 1e-15).any()
    assert not np.allclose(between, whole)
    low = DIM * math.log(4096 / (32 * 2 * math.pi)) / (2 * math.log(BASE))
    high = DIM * math.log(4096 / (2 * math.pi)) / (2 * math.log(BASE))
    ramp = np.clip((np.arange(DIM // 2) - low) / (high - low), 0, 1)
    np.testing.assert_allclose(between, PLAIN / 16 * ramp + PLAIN * (1 - ramp), rtol=1e-12)


def test_llama3_sorts_by_wavelength():
    base, original, factor, low, high = 500000.0, 8192, 8.0, 1.0, 4.0
    found = frequencies(Llama3RopeScaling(factor, low, high, original), dim=128, base=base)
    for i, theta in enumerate(base ** (-np.arange(0, 128, 2) / 128)):
        wavelength = 2 * math.pi / theta
        if wavelength < original / high:
            expected = theta
        elif wavelength > original / low:
            expected = theta / factor
        else:
            smooth = (original / wavelength - low) / (high - low)
            expected = (1 - smooth) * theta / factor + smooth * theta
        assert found[i] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: LinearRopeScaling(0.5), r"factor \(0.5\) must be 1 or more"),
        (lambda: DynamicNTKRopeScaling(2.0, 0), r"original_length \(0\) must be positive"),
        (lambda: YarnRopeScaling(2.0, 8, 1.0, 2.0), r"beta_fast \(1.0\) must be above"),
        (lambda: Llama3RopeScaling(2.0, 4.0, 1.0, 8), r"high_freq_factor \(1.0\) must be above"),
    ],
)
def test_what_does_not_fit_is_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_longrope_has_factors_of_its_own_for_longer_sequences():
    short, long = (tuple(1 + i / k for i in range(DIM // 2)) for k in (16, 4))
    scaling = LongRopeScaling(short, long, original_length=100, factor=8.0)
    for length, factors in ((1, short), (100, short), (101, long)):
        np.testing.assert_allclose(frequencies(scaling, length) * factors, PLAIN, rtol=1e-14)
    assert scaling.magnitude() == pytest.approx(math.sqrt(1 + math.log(8) / math.log(100)))
    assert LongRopeScaling(short, long, 100, 1.0).magnitude() == 1
    assert LongRopeScaling(short, long, 100, 8.0, attention_factor=0.5).magnitude() == 0.5
    with pytest.raises(ValueError, match="short_factor has 32 numbers for 2 pairs"):
        scaling.frequencies(4, BASE, 8)
    with pytest.raises(ValueError, match=r"long_factor .* must be positive"):
        LongRopeScaling((1.0,), (0.0,), 8, 1.0)
