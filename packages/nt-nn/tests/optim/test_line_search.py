"""strong_wolfe: what it returns satisfies the conditions, or is the best that was tried."""

import math

import pytest
from nt_nn.optim._line_search import Point, strong_wolfe


def line(loss, slope):
    tried = []

    def at(t):
        tried.append(t)
        return Point(t, loss(t), None, slope(t))

    return at, tried


LOSSES = {
    "bowl": (lambda t: (t - 3.0) ** 2, lambda t: 2 * (t - 3.0)),
    "steep": (lambda t: 1e6 * (t - 1e-3) ** 2, lambda t: 2e6 * (t - 1e-3)),
    "flat": (lambda t: 1e-3 * (t - 500.0) ** 2, lambda t: 2e-3 * (t - 500.0)),
    "waves": (
        lambda t: math.sin(5 * t) - t + 0.05 * t * t,
        lambda t: 5 * math.cos(5 * t) - 1 + 0.1 * t,
    ),
    "wall": (
        lambda t: -t + math.exp(min(20 * (t - 1), 600)),
        lambda t: -1 + 20 * math.exp(min(20 * (t - 1), 600)),
    ),
    "quartic": (lambda t: (t - 2.0) ** 4, lambda t: 4 * (t - 2.0) ** 3),
}


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("first", [1e-4, 1.0, 50.0])
def test_the_loss_is_lower_and_its_slope_flatter(name, first):
    loss, slope = LOSSES[name]
    if name == "waves":
        loss, slope = (
            (lambda t: LOSSES["waves"][0](-t) - 2 * t),
            (lambda t: -LOSSES["waves"][1](-t) - 2),
        )
    at, tried = line(loss, slope)
    start = Point(0.0, loss(0.0), None, slope(0.0))
    assert start.slope < 0
    point, count = strong_wolfe(at, start, first, 1.0, 1e-12, 40)
    assert count == len(tried)
    assert point.loss <= start.loss + 1e-4 * point.t * start.slope
    assert abs(point.slope) <= 0.9 * abs(start.slope)


def test_evaluations_are_counted_and_end():
    at, tried = line(lambda t: -t, lambda t: -1.0)  # ever downwards: no length is flat enough
    point, count = strong_wolfe(at, Point(0.0, 0.0, None, -1.0), 1.0, 1.0, 1e-9, 6)
    assert count == len(tried) == 7
    assert point.t == max(tried)


def test_an_interval_in_which_nothing_moves_is_left_alone():
    at, tried = line(lambda t: 1.0 if t > 0 else 0.0, lambda t: -1.0)  # a step upwards at 0
    point, _ = strong_wolfe(at, Point(0.0, 0.0, None, -1.0), 1.0, 1e-3, 1e-3, 50)
    assert len(tried) < 3
    assert point.t == 0.0


def test_a_loss_that_is_not_a_number_counts_as_too_high():
    def loss(t):
        return math.nan if t >= 2.0 else (t - 1.5) ** 2

    at, _ = line(loss, lambda t: math.nan if t >= 2.0 else 2 * (t - 1.5))
    point, _ = strong_wolfe(at, Point(0.0, loss(0.0), None, -3.0), 40.0, 1.0, 1e-12, 30)
    assert 0.0 < point.t < 2.0
    assert point.loss < loss(0.0)
