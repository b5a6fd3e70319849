"""The switch that says whether ops record belongs to a thread, and is put back whatever happens."""

import threading

import pytest
from nt_autograd import enable_grad, exp, is_grad_enabled, no_grad, split, tensor


def leaf():
    return tensor([1.0, 2.0], requires_grad=True)


def test_nothing_is_recorded_under_no_grad():
    x = leaf()
    with no_grad():
        y = exp(x) * 2
        a, _ = split(x, [1, 1])
    for t in (y, a):
        assert not t.requires_grad
        assert t.is_leaf
    assert exp(x).requires_grad


def test_blocks_may_lie_inside_of_each_other():
    seen = []
    with no_grad():
        with enable_grad():
            with no_grad():
                seen.append(is_grad_enabled())
            seen.append(is_grad_enabled())
        seen.append(is_grad_enabled())
    seen.append(is_grad_enabled())
    assert seen == [False, True, False, True]


def test_an_error_puts_the_switch_back():
    with pytest.raises(KeyError), no_grad():
        raise KeyError
    assert is_grad_enabled()


def test_both_are_decorators_that_work_again_and_again():
    @no_grad()
    def f(x):
        return x * 2

    @enable_grad()
    def g(x):
        return x * 2

    x = leaf()
    for _ in range(2):
        assert not f(x).requires_grad
        with no_grad():
            assert g(x).requires_grad


def test_no_grad_in_one_thread_is_not_felt_in_another():
    x = leaf()
    inside, done = threading.Event(), threading.Event()
    seen = {}

    def quiet():
        with no_grad():
            inside.set()
            done.wait(5)
            seen["quiet"] = exp(x).requires_grad

    thread = threading.Thread(target=quiet)
    thread.start()
    inside.wait(5)
    seen["main"] = exp(x).requires_grad
    done.set()
    thread.join()
    assert seen == {"quiet": False, "main": True}


def test_a_new_thread_records_though_its_maker_does_not():
    seen = []
    with no_grad():
        thread = threading.Thread(target=lambda: seen.append(is_grad_enabled()))
        thread.start()
        thread.join()
    assert seen == [True]


def test_a_leaf_made_under_no_grad_is_a_leaf_all_the_same():
    with no_grad():
        x = leaf()
    (x * x).backward(tensor([1.0, 1.0]))
    assert x.grad.tolist() == [2.0, 4.0]
