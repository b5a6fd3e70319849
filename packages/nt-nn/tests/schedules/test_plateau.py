"""ReduceLROnPlateau falls when nothing improves, and only then."""

import math

import pytest
from nt_nn import Parameter
from nt_nn.optim import SGD
from nt_nn.schedules import LinearWarmup, ReduceLROnPlateau


def sgd(*rates):
    return SGD([{"params": [Parameter([1.0])], "lr": rate} for rate in rates])


def walked(schedule, measures):
    rates = []
    for measure in measures:
        schedule.step(measure)
        rates.append(schedule.get_last_lr()[0])
    return rates


def test_the_rate_stays_while_the_measure_improves():
    losses = [1.0 * 0.9**t for t in range(50)]
    assert set(walked(ReduceLROnPlateau(sgd(0.5), patience=0), losses)) == {0.5}
    accuracies = [-loss for loss in losses]
    assert set(walked(ReduceLROnPlateau(sgd(0.5), "max", patience=0), accuracies)) == {0.5}


def test_it_falls_after_more_than_patience_bad_steps_and_again_after_as_many():
    rates = walked(ReduceLROnPlateau(sgd(1.0), factor=0.5, patience=2), [1.0] * 8)
    assert rates == [1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.25, 0.25]


def test_an_improvement_within_the_threshold_is_none():
    schedule = ReduceLROnPlateau(
        sgd(1.0), factor=0.5, patience=1, threshold=0.1, threshold_mode="abs"
    )
    assert walked(schedule, [1.0, 0.95, 0.91, 0.85]) == [1.0, 1.0, 0.5, 0.5]
    assert schedule.best == 0.85


def test_nan_never_improves():
    assert walked(ReduceLROnPlateau(sgd(1.0), factor=0.5, patience=1), [math.nan] * 4)[-1] == 0.25


def test_a_cooldown_is_not_counted():
    schedule = ReduceLROnPlateau(sgd(1.0), factor=0.5, patience=0, cooldown=2)
    assert walked(schedule, [1.0] * 6) == [1.0, 0.5, 0.5, 0.5, 0.25, 0.25]


def test_no_group_falls_below_the_floor_and_each_falls_by_its_own():
    optimizer = sgd(1.0, 0.2)
    schedule = ReduceLROnPlateau(optimizer, factor=0.1, patience=0, min_lr=0.15)
    walked(schedule, [1.0] * 3)
    assert schedule.get_last_lr() == [0.15, 0.15]


def test_a_resumed_plateau_goes_on():
    measures = [1.0, 0.9, 0.95, 0.93, 0.92, 0.91, 0.91]
    whole = ReduceLROnPlateau(sgd(1.0), factor=0.5, patience=2)
    expected = walked(whole, measures)
    first = ReduceLROnPlateau(sgd(1.0), factor=0.5, patience=2)
    rates = walked(first, measures[:4])
    second = ReduceLROnPlateau(first.optimizer, factor=0.5, patience=2)
    second.load_state_dict(first.state_dict())
    assert rates + walked(second, measures[4:]) == expected
    with pytest.raises(ValueError, match="no best"):
        second.load_state_dict({})


def test_bad_options_are_named():
    for options, message in (
        ({"mode": "least"}, r"mode \('least'\)"),
        ({"factor": 1.0}, r"factor \(1.0\) must be at least 0 and smaller than 1"),
        ({"patience": -1}, r"patience \(-1\)"),
        ({"threshold_mode": "sq"}, r"threshold_mode \('sq'\)"),
    ):
        with pytest.raises(ValueError, match=message):
            ReduceLROnPlateau(sgd(1.0), **options)
    with pytest.raises(TypeError, match="must be a Schedule"):
        LinearWarmup(ReduceLROnPlateau(sgd(1.0)), 3)
