"""Anomaly mode names the first op that makes a NaN or an infinity, and where it ran."""

import threading

import numpy as np
import pytest
from nt_autograd import (
    AnomalyError,
    checkpoint,
    detect_anomaly,
    exp,
    gather,
    grad,
    log,
    matmul,
    primitive,
    split,
    sqrt,
    sum,
    tensor,
)
from nt_autograd.anomaly import inside
from nt_autograd.op import OPS


def leaf(*values, device=None):
    return tensor(list(values), device=device, requires_grad=True)


def test_the_op_and_what_came_are_named(device):
    x = tensor([1.0, 0.0, 0.0], device=device)
    with (
        detect_anomaly(),
        pytest.raises(AnomalyError, match=r"^log made 2 infinite values out of 3, from x: float32"),
    ):
        log(x)


def test_the_module_is_named():
    with detect_anomaly(), inside("GPT2"), inside("blocks.0"):
        exp(tensor([1.0]))
        with pytest.raises(AnomalyError, match=r"log made 1 NaN value .* in module GPT2.blocks.0$"):
            log(tensor([-1.0]))


def test_only_the_first_op_is_blamed():
    with detect_anomaly():
        exp(tensor([float("nan"), 1.0]))  # it was there before
        exp(tensor([float("-inf")]))
        with pytest.raises(AnomalyError, match="mul made 1 infinite value"):
            tensor([1e30]) * tensor([1e30]) + float("nan")


def test_a_rule_that_makes_one_is_named_with_its_module():
    x = leaf(0.0, 1.0)
    with detect_anomaly(), pytest.raises(AnomalyError) as caught:  # noqa: PT012
        with inside("head"):
            y = sqrt(x)
        with inside("loss"):
            total = sum(y)
        total.backward()
    assert str(caught.value) == (
        "the backward rule of sqrt made 1 infinite value out of 2 "
        "in the gradient of x in module head"
    )


def test_a_gradient_that_came_infinite_is_not_its_fault():
    x = leaf(1.0, 2.0)
    with detect_anomaly():
        (x * 2).backward(tensor([float("inf"), 1.0]))


def test_higher_derivatives_are_watched_too():
    x = leaf(0.0)
    with detect_anomaly(), pytest.raises(AnomalyError, match=r"(div|mul|rsqrt|sqrt|pow)"):
        grad(sqrt(x) * 2, x, create_graph=True)


def test_ops_with_several_inputs_outputs_and_checkpoints_are_watched():
    x = leaf(1.0, 4.0)
    with detect_anomaly():
        a, b = split(x * 2, [1, 1])
        y = checkpoint(lambda a, b: matmul(a, b), a, b)
        y.backward()
        gather(x, 0, tensor([1]))
    assert x.grad.tolist() == [16.0, 4.0]


def test_a_rule_of_several_outputs_is_watched():
    before = dict(OPS)

    @primitive(outputs=True)
    def halves(x, /):
        return x[:1], x[1:]

    @halves.backward
    def _(g, x):
        return x * np.float32(np.inf)

    x = leaf(1.0, 2.0)
    with detect_anomaly(), pytest.raises(AnomalyError, match="rule of halves made 2 infinite"):
        sum(halves(x)[0]).backward()
    OPS.clear()
    OPS.update(before)


def test_outside_of_it_nothing_is_checked():
    with detect_anomaly():
        pass
    with np.errstate(divide="ignore"):
        assert log(tensor([0.0])).item() == float("-inf")


def test_blocks_may_lie_inside_of_each_other():
    with detect_anomaly():
        with detect_anomaly():
            pass
        with pytest.raises(AnomalyError):
            log(tensor([0.0]))


def test_modules_belong_to_a_thread():
    said = []

    def work():
        try:
            log(tensor([0.0]))
        except AnomalyError as error:
            said.append(str(error))

    with detect_anomaly(), inside("main"):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert len(said) == 1
    assert "module" not in said[0]
