"""Writing over a value that a walk back still needs is noticed; every other write is free."""

import gc

import numpy as np
import pytest
from nt_autograd import exp, no_grad, split, sum, tensor, writes

MESSAGE = "a value of shape .* that the backward of {} needs was overwritten in place"


def leaf(*values):
    return tensor(list(values), requires_grad=True)


def test_overwriting_a_saved_input_is_noticed():
    x, w = leaf(1.0, 2.0), tensor([3.0, 4.0])
    y = sum(x * w)
    w.mul_(2)
    with pytest.raises(RuntimeError, match=MESSAGE.format("mul")):
        y.backward()


def test_overwriting_a_saved_output_is_noticed():
    x = leaf(1.0, 2.0)
    h = exp(x)
    y = sum(h)
    with no_grad():
        h.zero_()
    with pytest.raises(RuntimeError, match=MESSAGE.format("exp")):
        y.backward()


def test_a_write_through_a_view_is_noticed():
    x, w = leaf(1.0, 2.0), tensor([[3.0, 4.0], [5.0, 6.0]])
    y = sum(x * w[1])
    w[1, 0] = 0.0
    with pytest.raises(RuntimeError, match=MESSAGE.format("mul")):
        y.backward()


def test_a_write_beside_it_is_free():
    x, w = leaf(1.0, 2.0), tensor([[3.0, 4.0], [5.0, 6.0]])
    y = sum(x * w[1])
    w[0] = 0.0
    y.backward()
    assert x.grad.tolist() == [5.0, 6.0]


def test_a_write_before_the_op_is_free():
    x, w = leaf(1.0, 2.0), tensor([3.0, 4.0])
    w.mul_(2)
    sum(x * w).backward()
    assert x.grad.tolist() == [6.0, 8.0]


def test_a_write_over_what_no_rule_needs_is_free():
    x, w = leaf(1.0, 2.0), tensor([3.0, 4.0])
    y = sum(x + w)
    w.zero_()
    y.backward()
    assert x.grad.tolist() == [1.0, 1.0]


def test_a_copy_is_safe():
    x, w = leaf(1.0, 2.0), tensor([3.0, 4.0])
    y = sum(x * w.clone())
    w.zero_()
    y.backward()
    assert x.grad.tolist() == [3.0, 4.0]


def test_an_optimizer_step_between_forward_and_backward_is_noticed():
    w = leaf(1.0, 2.0)
    y = sum(w * w)
    with no_grad():
        w.sub_(0.1)
    with pytest.raises(RuntimeError, match=MESSAGE.format("mul")):
        y.backward()


def test_steps_between_whole_passes_are_free():
    w = leaf(1.0, 2.0)
    for _ in range(3):
        w.grad = None
        sum(w * w).backward()
        with no_grad():
            w.sub_(w.grad * 0.5)
    assert w.tolist() == [0.0, 0.0]


def test_outputs_of_an_op_with_several_are_no_obstacle():
    x, w = leaf(1.0, 2.0), tensor([1.0])
    a, b = split(x * 2, [1, 1])
    y = sum(a + b)
    w.zero_()  # a write after the nodes were made, elsewhere
    y.backward()
    assert x.grad.tolist() == [2.0, 2.0]


def test_immutable_arrays_keep_their_old_value():
    pytest.importorskip("mlx.core")
    x = tensor([1.0, 2.0], device="mlx", requires_grad=True)
    w = tensor([3.0, 4.0], device="mlx")
    y = sum(x * w)
    w.zero_()
    y.backward()
    assert x.grad.tolist() == [3.0, 4.0]
    assert w.tolist() == [0.0, 0.0]


def test_a_record_of_writes_dies_with_the_memory():
    gc.collect()
    before = len(writes._written)
    w = tensor(np.ones(3))
    w.zero_()
    assert len(writes._written) == before + 1
    del w
    assert len(writes._written) == before


def test_many_writes_into_one_array_leave_a_short_record():
    w = tensor(np.zeros(10_000, np.float32))
    for i in range(5_000):
        w[i] = 1.0
    owner = w.data
    while owner.base is not None:
        owner = owner.base
    assert len(writes._written[id(owner)][1]) < 200
    x = leaf(2.0)
    y = sum(x * w[4_000])
    w[9_999] = 1.0
    y.backward()
    y = sum(x * w[4_000])
    w[4_000] = 5.0
    with pytest.raises(RuntimeError, match="overwritten"):
        y.backward()
