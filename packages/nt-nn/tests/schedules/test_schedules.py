"""Schedules equal their formula at every step, for every group, also after a resume."""

import math

import pytest
from nt_nn import Parameter
from nt_nn.optim import SGD, AdamW
from nt_nn.schedules import ConstantLR, Schedule, WarmupCosine


def optimizer(*rates):
    return SGD([{"params": [Parameter([1.0])], "lr": rate} for rate in rates])


def nanogpt(it, learning_rate, warmup_iters, lr_decay_iters, min_lr):
    """nanoGPT's train.py, get_lr, as published (commit 3adf61e)."""
    if it < warmup_iters:
        return learning_rate * (it + 1) / (warmup_iters + 1)
    if it > lr_decay_iters:
        return min_lr
    decay_ratio = (it - warmup_iters) / (lr_decay_iters - warmup_iters)
    coeff = 0.5 * (1.0 + math.cos(math.pi * decay_ratio))
    return min_lr + coeff * (learning_rate - min_lr)


@pytest.mark.parametrize(("warmup", "total"), [(0, 1), (0, 50), (10, 50), (49, 50), (100, 2000)])
def test_warmup_cosine_is_nanogpts_formula_at_every_step_in_every_group(warmup, total):
    held = optimizer(1e-3, 0.5)
    schedule = WarmupCosine(held, warmup, total, min_lr=1e-4)
    for step in range(total + 20):
        want = [nanogpt(step, rate, warmup, total, 1e-4) for rate in (1e-3, 0.5)]
        assert schedule.get_last_lr() == pytest.approx(want, rel=1e-12)
        assert [group["lr"] for group in held.param_groups] == schedule.get_last_lr()
        schedule.step()


def test_warmup_cosine_rises_then_falls_then_stays():
    schedule = WarmupCosine(optimizer(1.0), 5, 30, min_lr=0.25)
    rates = []
    for _ in range(40):
        rates += schedule.get_last_lr()
        schedule.step()
    assert rates[:6] == sorted(rates[:6])
    assert rates[5] == 1.0
    assert rates[5:31] == sorted(rates[5:31], reverse=True)
    assert set(rates[30:]) == {0.25}
    assert rates[0] > 0


def test_constant_stays():
    schedule = ConstantLR(optimizer(0.3, 0.7), factor=1.0)
    for _ in range(10):
        assert schedule.get_last_lr() == [0.3, 0.7]
        schedule.step()


def test_a_resumed_schedule_goes_on_bit_for_bit_with_the_rate_it_began_with():
    held = AdamW([Parameter([1.0])], lr=0.1)
    whole = WarmupCosine(held, 3, 20)
    for _ in range(7):
        whole.step()
    saved, state = held.state_dict(), whole.state_dict()
    again = AdamW([Parameter([1.0])], lr=9.0)
    resumed = WarmupCosine(again, 3, 20)
    again.load_state_dict(saved)
    resumed.load_state_dict(state)
    for _ in range(15):
        assert resumed.get_last_lr() == whole.get_last_lr()
        whole.step()
        resumed.step()


def test_a_group_that_comes_later_follows_from_then_on():
    held = optimizer(1.0)
    schedule = WarmupCosine(held, 0, 10)
    schedule.step()
    held.add_param_group({"params": [Parameter([1.0])], "lr": 0.5})
    schedule.step()
    one, half = schedule.get_last_lr()
    assert half == pytest.approx(one / 2)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((-1, 10), r"warmup_steps \(-1\)"),
        ((10, 10), r"smaller than total_steps \(10\)"),
        ((0, 10, -0.1), r"min_lr \(-0.1\)"),
    ],
)
def test_what_makes_no_schedule_is_named(arguments, said):
    with pytest.raises(ValueError, match=said):
        WarmupCosine(optimizer(1.0), *arguments)


def test_a_state_that_is_none_is_refused():
    schedule = ConstantLR(optimizer(1.0), factor=1.0)
    for state in ({}, {"last_step": -1}, {"last_step": "3"}):
        with pytest.raises(ValueError, match="last_step"):
            schedule.load_state_dict(state)


def test_a_schedule_of_ones_own_is_one_method():
    class Root(Schedule):
        def lr_at(self, step, base_lr):
            return base_lr / (step + 1) ** 0.5

    schedule = Root(optimizer(1.0))
    for _ in range(3):
        schedule.step()
    assert schedule.get_last_lr() == [0.5]
    with pytest.raises(NotImplementedError, match="Schedule defines no lr_at"):
        Schedule(optimizer(1.0))
