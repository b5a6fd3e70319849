"""What holds for every schedule: formula and recursion agree, groups scale, a resume goes on."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nt_nn import Parameter
from nt_nn.optim import SGD, AdamW
from nt_nn.schedules import (
    ChainedScheduler,
    ConstantLR,
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    CyclicLR,
    ExponentialLR,
    InverseSqrtLR,
    LambdaLR,
    LinearLR,
    LinearWarmup,
    MultiStepLR,
    OneCycleLR,
    PolynomialLR,
    SequentialLR,
    StepLR,
    WarmupCosine,
    WarmupStableDecay,
)


def sgd(*rates):
    return SGD([{"params": [Parameter([1.0])], "lr": rate} for rate in rates], momentum=0.9)


MAKERS = {
    "ConstantLR": lambda o: ConstantLR(o, 0.25, 6),
    "LinearLR": lambda o: LinearLR(o, 0.1, 0.9, 8),
    "StepLR": lambda o: StepLR(o, 5, 0.5),
    "MultiStepLR": lambda o: MultiStepLR(o, [9, 3, 3], 0.5),
    "ExponentialLR": lambda o: ExponentialLR(o, 0.9),
    "PolynomialLR": lambda o: PolynomialLR(o, 11, 1.7),
    "CosineAnnealingLR": lambda o: CosineAnnealingLR(o, 13),
    "CosineAnnealingWarmRestarts": lambda o: CosineAnnealingWarmRestarts(o, 3, 2),
    "InverseSqrtLR": lambda o: InverseSqrtLR(o, 4),
    "LambdaLR": lambda o: LambdaLR(o, lambda t: 1 / (1 + t)),
    "WarmupCosine": lambda o: WarmupCosine(o, 3, 15),
    "WarmupStableDecay": lambda o: WarmupStableDecay(o, 3, 15, 5, decay="sqrt"),
    "LinearWarmup": lambda o: LinearWarmup(CosineAnnealingLR(o, 9), 4, 0.1),
    "SequentialLR": lambda o: SequentialLR(
        o, [LinearLR(o, 0.1, 1.0, 4), StepLR(o, 2, 0.5), ConstantLR(o, 0.1, 99)], [4, 10]
    ),
    "ChainedScheduler": lambda o: ChainedScheduler([ConstantLR(o, 0.5, 6), ExponentialLR(o, 0.9)]),
    "OneCycleLR": lambda o: OneCycleLR(o, 0.4, 18),
    "CyclicLR": lambda o: CyclicLR(o, 0.01, 0.2, 3, 5, mode="exp_range", gamma=0.95),
}
OWN_RATES = {"OneCycleLR", "CyclicLR"}  # they bring their rates and do not ask for the optimizer's
each = pytest.mark.parametrize("name", MAKERS)


def walked(schedule, steps):
    rates = []
    for _ in range(steps):
        rates.append(schedule.get_last_lr())
        schedule.step()
    return rates


@each
def test_a_step_by_step_walk_gives_the_formula_of_each_step(name):
    schedule = MAKERS[name](sgd(0.3))
    assert walked(schedule, 20) == [[schedule.lr_at(step, 0.3)] for step in range(20)]


@each
def test_rates_scale_with_the_base_rate_of_their_group(name):
    small, large = zip(*walked(MAKERS[name](sgd(0.05, 0.4)), 20), strict=True)
    factor = 1.0 if name in OWN_RATES else 8.0
    assert list(large) == pytest.approx([factor * rate for rate in small])
    assert all(rate >= 0 for rate in small)
    if name != "ConstantLR":
        assert len(set(small)) > 2


@each
def test_a_resumed_schedule_goes_on_as_if_it_had_not_stopped(name):
    optimizer = sgd(0.3)
    whole = MAKERS[name](optimizer)
    walked(whole, 7)
    saved, saved_optimizer = whole.state_dict(), optimizer.state_dict()
    fresh = sgd(0.999)
    resumed = MAKERS[name](fresh)
    fresh.load_state_dict({"state": {}, "param_groups": saved_optimizer["param_groups"]})
    resumed.load_state_dict(saved)
    assert walked(resumed, 12) == walked(whole, 12)
    assert fresh.param_groups[0]["momentum"] == optimizer.param_groups[0]["momentum"]


def test_linear_and_constant_and_polynomial_meet_where_they_are_one_formula():
    line = LinearLR(sgd(1.0), 1.0, 0.0, 10)
    power = PolynomialLR(sgd(1.0), 10, power=1.0)
    for step in range(15):
        assert line.lr_at(step, 0.7) == pytest.approx(power.lr_at(step, 0.7))
    exponential, stepped = ExponentialLR(sgd(1.0), 0.9), StepLR(sgd(1.0), 1, 0.9)
    every = MultiStepLR(sgd(1.0), range(1, 30), 0.9)
    for step in range(25):
        assert exponential.lr_at(step, 1.0) == pytest.approx(stepped.lr_at(step, 1.0))
        assert exponential.lr_at(step, 1.0) == pytest.approx(every.lr_at(step, 1.0))


@settings(max_examples=50, deadline=None)
@given(
    warmup=st.integers(0, 20),
    total=st.integers(1, 60),
    base=st.floats(1e-6, 10.0),
    step=st.integers(0, 100),
)
def test_warmup_cosine_is_a_warmup_in_front_of_a_cosine(warmup, total, base, step):
    whole = LinearWarmup(CosineAnnealingLR(sgd(base), total), warmup)
    rate = whole.lr_at(step, base)
    if step < warmup:
        assert rate == pytest.approx(base * step / warmup)
    elif step <= warmup + total:
        passed = (step - warmup) / total
        assert rate == pytest.approx(base * 0.5 * (1 + math.cos(math.pi * passed)), abs=1e-9 * base)


@settings(max_examples=50, deadline=None)
@given(first=st.integers(1, 9), times=st.integers(1, 3), step=st.integers(0, 200))
def test_restarts_are_cosines_laid_end_to_end(first, times, step):
    start, length = 0, first
    while step >= start + length:
        start, length = start + length, length * times
    restarts = CosineAnnealingWarmRestarts(sgd(1.0), first, times, eta_min=0.1)
    once = CosineAnnealingLR(sgd(1.0), length, eta_min=0.1)
    assert restarts.lr_at(step, 1.0) == pytest.approx(once.lr_at(step - start, 1.0))


def test_noams_rate_is_the_2017_papers():
    width, warmup = 512, 4000
    schedule = InverseSqrtLR(sgd(1.0), warmup)
    for step in (1, 17, 3999, 4000, 4001, 100_000):
        paper = width**-0.5 * min(step**-0.5, step * warmup**-1.5)
        assert schedule.lr_at(step, (width * warmup) ** -0.5) == pytest.approx(paper)


def test_one_cycle_rises_to_its_top_and_ends_at_its_floor_with_momentum_the_other_way():
    optimizer = sgd(0.1)
    schedule = OneCycleLR(optimizer, max_lr=1.0, total_steps=100, pct_start=0.2)
    rates, momenta = [], []
    for _ in range(100):
        rates += schedule.get_last_lr()
        momenta.append(optimizer.param_groups[0]["momentum"])
        schedule.step()
    assert max(rates) == pytest.approx(1.0)
    assert rates.index(max(rates)) == 19
    assert rates[0] == pytest.approx(1 / 25)
    assert rates[-1] == pytest.approx(1 / 25 / 1e4)
    assert momenta.index(min(momenta)) == 19
    assert (min(momenta), max(momenta)) == pytest.approx((0.85, 0.95))


def test_adams_first_beta_is_cycled_and_its_second_is_left_alone():
    optimizer = AdamW([Parameter([1.0])], betas=(0.5, 0.77))
    CyclicLR(optimizer, 0.01, 0.1, 4)
    assert optimizer.param_groups[0]["betas"] == (0.9, 0.77)


def test_the_stable_part_is_stable_and_all_three_decays_reach_the_floor():
    for decay in ("linear", "sqrt", "cosine"):
        schedule = WarmupStableDecay(sgd(1.0), 10, 100, 20, min_lr=0.05, decay=decay)
        assert {schedule.lr_at(step, 1.0) for step in range(10, 81)} == {1.0}
        falling = [schedule.lr_at(step, 1.0) for step in range(80, 101)]
        assert falling == sorted(falling, reverse=True)
        assert falling[-1] == pytest.approx(0.05)
        assert schedule.lr_at(10_000, 1.0) == pytest.approx(0.05)


def test_parts_are_asked_for_their_own_optimizer():
    one, other = sgd(0.1), sgd(0.1)
    with pytest.raises(ValueError, match=r"schedulers\[1\] belongs to another optimizer"):
        SequentialLR(one, [StepLR(one, 2), StepLR(other, 2)], [3])
    with pytest.raises(ValueError, match="at least one schedule"):
        ChainedScheduler([])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda o: StepLR(o, 0), r"step_size \(0\) must be larger than 0"),
        (lambda o: MultiStepLR(o, [3, -1]), r"milestones \(\[-1, 3\]\)"),
        (lambda o: ExponentialLR(o, -0.1), r"gamma \(-0.1\) must be at least 0"),
        (lambda o: ExponentialLR(o, math.nan), r"gamma \(nan\)"),
        (lambda o: LinearLR(o, 1.5), r"start_factor \(1.5\) must be between 0 and 1"),
        (lambda o: ConstantLR(o, -1.0), r"factor \(-1.0\) must be between 0 and 1"),
        (lambda o: PolynomialLR(o, 0), r"total_iters \(0\)"),
        (lambda o: CosineAnnealingLR(o, 0), r"T_max \(0\)"),
        (lambda o: CosineAnnealingWarmRestarts(o, 1, 0), r"T_mult \(0\)"),
        (lambda o: OneCycleLR(o, 1.0, 10, pct_start=2.0), r"pct_start \(2.0\)"),
        (lambda o: OneCycleLR(o, 1.0, 10, anneal_strategy="up"), "anneal_strategy"),
        (lambda o: CyclicLR(o, 0.2, 0.1), r"base_lr \(0.2\) must be between 0 and max_lr"),
        (lambda o: CyclicLR(o, 0.1, 0.2, mode="square"), r"mode \('square'\)"),
        (lambda o: InverseSqrtLR(o, 0), r"warmup_steps \(0\)"),
        (lambda o: WarmupStableDecay(o, 8, 10, 5), r"must not exceed total_steps \(10\)"),
        (lambda o: WarmupStableDecay(o, 1, 10, 5, decay="fast"), r"decay \('fast'\)"),
        (lambda o: LinearWarmup(StepLR(o, 1), -1), r"warmup_steps \(-1\)"),
        (lambda o: SequentialLR(o, [StepLR(o, 1)] * 2, [0]), r"milestones \(\[0\]\)"),
        (lambda o: SequentialLR(o, [StepLR(o, 1)] * 2, []), "one fewer than schedulers"),
    ],
)
def test_an_option_out_of_its_range_is_named_and_no_rate_is_changed(make, message):
    optimizer = sgd(0.125)
    with pytest.raises(ValueError, match=message):
        make(optimizer)
    assert optimizer.param_groups[0]["momentum"] == 0.9


def test_what_is_no_schedule_or_no_function_is_named():
    optimizer = sgd(0.1)
    with pytest.raises(TypeError, match=r"lr_lambda \(float\) must be a function"):
        LambdaLR(optimizer, 0.5)
    with pytest.raises(TypeError, match=r"schedule \(int\) must be a Schedule"):
        LinearWarmup(3, 4)
    with pytest.raises(ValueError, match="needs an optimizer with momentum or betas"):
        OneCycleLR(_WithoutMomentum(), 1.0, 10)


class _WithoutMomentum:
    param_groups = ({"lr": 0.1, "params": []},)
