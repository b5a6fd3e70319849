"""The walk back: what it computes, keeps and frees, and what it says when it cannot."""

import gc
import sys
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from nt_autograd import (
    Tensor,
    add,
    exp,
    expand,
    grad,
    matmul,
    mul,
    no_grad,
    reshape,
    sin,
    split,
    sum,
    tanh,
    tensor,
    transpose,
)
from nt_autograd.op import OPS


def leaf(*values, device=None):
    return tensor(list(values), dtype="float32", device=device, requires_grad=True)


@pytest.fixture
def counted(monkeypatch):
    """How often each op's rule has been run."""
    counts = {}
    for name in ("mul", "add", "tanh", "sum", "matmul"):
        rule = OPS[name].rule

        def counting(*args, name=name, rule=rule):
            counts[name] = counts.get(name, 0) + 1
            return rule(*args)

        monkeypatch.setattr(OPS[name], "rule", counting)
    return counts


# What it computes.


def test_a_value_used_twice_collects_both_gradients(device):
    x = leaf(2.0, 3.0, device=device)
    y = x * x + x * 5 + x
    y.backward(tensor([1.0, 10.0], device=device))
    assert x.grad.tolist() == [10.0, 120.0]


def test_an_intermediate_used_often_is_walked_once(counted):
    x = leaf(2.0)
    y = x * x
    total = y
    for _ in range(9):
        total = total + y
    total.backward()
    assert x.grad.tolist() == [40.0]
    assert counted["mul"] == 1


def test_a_tower_of_residuals_costs_one_rule_an_op(counted):
    x = leaf(0.5)
    y = x
    for _ in range(200):
        y = y + tanh(y)  # paths double at every storey
    y.backward()
    assert counted == {"add": 200, "tanh": 200}


def test_leaves_collect_over_backwards_until_cleared(device):
    x = leaf(2.0, device=device)
    (x * x).backward()
    (x * 3).backward()
    assert x.grad.tolist() == [7.0]
    x.grad = None
    (x * 3).backward()
    assert x.grad.tolist() == [3.0]


def test_gradients_may_be_asked_of_intermediates_and_of_outputs():
    x = leaf(2.0)
    y = x * x
    z = y * 3
    gz, gy, gx = grad(z, (z, y, x))
    assert [g.tolist() for g in (gz, gy, gx)] == [[1.0], [3.0], [12.0]]


def test_an_intermediate_asked_for_does_not_stop_the_walk_to_its_origin():
    x = leaf(2.0)
    y = x * x
    gx, gy = grad(y * y, (x, y))
    assert gx.tolist() == [32.0]
    assert gy.tolist() == [8.0]


def test_several_outputs_are_summed_with_their_cotangents():
    x = leaf(2.0)
    y = x * x
    (g,) = grad((y, y * 3), x, (tensor([1.0]), tensor([10.0])))
    assert g.tolist() == [124.0]


def test_the_same_output_twice_counts_twice():
    x = leaf(2.0)
    y = x * x
    (g,) = grad((y, y), x)
    assert g.tolist() == [8.0]


def test_broadcasting_is_undone(device):
    x, b = leaf(1.0, 2.0, 3.0, device=device), leaf(1.0, device=device)
    y = reshape(x, (3, 1)) * tensor([1.0, 2.0], device=device) + b
    y.backward(tensor(np.ones((3, 2), np.float32), device=device))
    assert x.grad.tolist() == [3.0, 3.0, 3.0]
    assert b.grad.tolist() == [6.0]


def test_gradients_come_in_the_dtype_of_what_they_are_of():
    x = tensor([1.0, 2.0], dtype="float16", requires_grad=True)
    w = tensor([1.0, 2.0], dtype="float64", requires_grad=True)
    sum(x * w).backward()
    assert str(x.grad.dtype) == "float16"
    assert str(w.grad.dtype) == "float64"


def test_only_the_rules_on_the_way_are_run(counted):
    x, w = leaf(1.0), leaf(2.0)
    y = tanh(x * 2) * w
    (g,) = grad(y, w)
    assert g.tolist() == pytest.approx([np.tanh(2.0)])
    assert counted == {"mul": 1}


def test_some_outputs_of_an_op_may_be_used():
    x = leaf(1.0, 2.0, 3.0, 4.0)
    a, _, c = split(x, [1, 2, 1])
    (a * 10 + c).backward()
    assert x.grad.tolist() == [10.0, 0.0, 0.0, 1.0]


# Depth.


def test_a_chain_of_50000_ops_is_walked_and_freed():
    x = leaf(1.0)
    y = x
    for _ in range(50_000):
        y = y * 1.0
    y.backward()
    assert x.grad.tolist() == [1.0]
    del y


def test_a_chain_of_50000_ops_is_freed_without_a_walk():
    x = leaf(1.0)
    y = x
    for _ in range(50_000):
        y = y + x
    died = weakref.ref(y.data)
    del y
    assert died() is None


def test_a_chain_of_50000_ops_gives_its_gradient_by_name():
    x = leaf(1.0)
    y = x
    for _ in range(50_000):
        y = y + x
    (g,) = grad(y, x)
    assert g.tolist() == [50_001.0]
    assert sys.getrecursionlimit() < 50_000


# What is kept, what is freed.


def watch(t):
    """A reference to the tensor's array that does not keep it alive."""
    return weakref.ref(t.data)


@pytest.fixture
def no_collector():
    """What is freed here is freed by counting references alone."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def test_only_what_a_rule_names_is_kept_alive(no_collector):
    x = leaf(1.0, 2.0)
    a = x + 1  # add names nothing
    b = exp(a)  # exp names its output
    c = b * 3  # mul names both, and there is only one array
    d = sin(c)  # sin names its input
    alive = {name: watch(t) for name, t in (("a", a), ("b", b), ("c", c), ("d", d))}
    y = sum(d)
    del a, b, c, d
    assert {name for name, ref in alive.items() if ref() is not None} == {"b", "c"}
    del y
    assert not [name for name, ref in alive.items() if ref() is not None]


def test_backward_frees_what_was_kept_while_the_output_lives_on(no_collector):
    x = leaf(1.0, 2.0)
    b = exp(x)
    kept = watch(b)
    y = sum(b * b)
    del b
    assert kept() is not None
    y.backward()
    assert kept() is None
    assert y.item() > 0


def test_values_are_freed_while_the_walk_goes_on(no_collector):
    x = leaf(1.0, 2.0)
    first = tanh(x)
    third = tanh(tanh(first))
    seen = []
    late = watch(third)
    first.register_hook(lambda g: seen.append(late()))
    y = sum(third)
    del third
    y.backward()
    assert seen == [None]


@pytest.mark.parametrize(
    "walk", ["backward", "grad", "create_graph", "hooks", "retain_grad", "none"]
)
def test_a_graph_is_no_cycle(no_collector, walk):
    x = leaf(1.0, 2.0)
    h = exp(x)
    a, b = split(h * h, [1, 1])
    y = sum(a * b)
    kept = [watch(t) for t in (h, a, b)] + [weakref.ref(t) for t in (h, a, b, y)]
    if walk == "hooks":
        h.register_hook(lambda g: g * 2)
    if walk in ("hooks", "retain_grad"):
        h.retain_grad()
    if walk in ("backward", "hooks", "retain_grad"):
        y.backward()
    elif walk == "grad":
        grad(y, x)
    elif walk == "create_graph":
        (g,) = grad(y, x, create_graph=True)
        grad(sum(g), x)
        del g
    del h, a, b, y
    x.grad = None
    assert [ref() for ref in kept] == [None] * 7


def test_an_error_on_the_way_leaves_no_cycle(no_collector):
    x = leaf(1.0, 2.0)
    h = exp(x)
    kept = watch(h)

    def fail(g):
        raise KeyError("stop")

    h.register_hook(fail)
    y = sum(h)
    with pytest.raises(KeyError):
        y.backward()
    del h, y, fail
    assert kept() is None


def test_nothing_is_kept_of_what_needs_no_gradient(no_collector):
    x = tensor([1.0, 2.0])
    h = exp(x)
    kept = watch(h)
    y = exp(h)
    del h
    assert kept() is None
    assert y.grad_fn is None


def test_a_leafs_gradient_shares_memory_with_nothing():
    a, b, c = leaf(1.0, 2.0), leaf(3.0, 4.0), leaf(5.0, 6.0)
    v = tensor([1.0, 1.0])
    y = reshape(a, (2,)) + reshape(b, (2, 1))[:, 0] + c
    y.backward(v)
    arrays = [t.grad.data for t in (a, b, c)] + [v.data, a.data, b.data, c.data]
    for i, one in enumerate(arrays):
        for other in arrays[i + 1 :]:
            assert not np.shares_memory(one, other)


def test_a_leafs_gradient_can_be_written():
    x = leaf(1.0, 2.0)
    sum(x).backward()  # the rule of sum gives a view of one number
    x.grad.mul_(3)
    assert x.grad.tolist() == [3.0, 3.0]
    s = tensor(2.0, requires_grad=True)
    (s * s).backward()
    s.grad.mul_(3)
    assert s.grad.item() == 12.0


def test_a_rule_that_gives_one_array_twice_gives_two_gradients():
    a, b = leaf(1.0), leaf(2.0)
    (a + b).backward()
    a.grad.zero_()
    assert b.grad.tolist() == [1.0]


def test_the_cotangent_is_not_written_into():
    x = leaf(1.0, 2.0)
    v = tensor([1.0, 1.0])
    y = x * 1 + x * 2 + x * 3
    y.backward(v)
    assert v.tolist() == [1.0, 1.0]
    assert x.grad.tolist() == [6.0, 6.0]


# Walking twice.


def test_a_second_backward_says_that_the_graph_was_freed():
    x = leaf(1.0)
    y = exp(x) * 2
    y.backward()
    with pytest.raises(
        RuntimeError, match=r"freed by an earlier backward .*mul.*retain_graph=True"
    ):
        y.backward()


def test_retain_graph_allows_it():
    x = leaf(1.0)
    y = x * x
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad.tolist() == [4.0]
    with pytest.raises(RuntimeError, match="freed"):
        y.backward()


def test_a_shared_part_that_was_freed_is_named():
    x, w = leaf(1.0), leaf(1.0)
    trunk = exp(x)
    (trunk * 2).backward()
    head = trunk * w
    with pytest.raises(RuntimeError, match=r"freed .*exp"):
        head.backward()


def test_a_freed_part_off_the_way_does_no_harm():
    x, w = leaf(1.0), leaf(2.0)
    trunk = exp(x)
    (trunk * 2).backward()
    (g,) = grad(trunk * w, w)
    assert g.tolist() == pytest.approx([np.e])


@pytest.mark.parametrize("allow_unused", [True, False])
def test_behind_a_freed_part_nothing_is_called_unused(allow_unused):
    x, w = leaf(1.0), leaf(2.0)
    trunk = exp(x)
    (trunk * 2).backward()
    with pytest.raises(RuntimeError, match="freed by an earlier backward"):
        grad(trunk * w, (x, w), allow_unused=allow_unused)


# Derivatives of derivatives.


def test_create_graph_records_the_walk(device):
    x = leaf(2.0, device=device)
    y = x * x * x
    (first,) = grad(y, x, create_graph=True)
    (second,) = grad(first, x, create_graph=True)
    (third,) = grad(second, x)
    assert [g.tolist() for g in (first, second, third)] == [[12.0], [12.0], [6.0]]


def test_backward_with_create_graph_leaves_a_gradient_with_a_graph():
    x = leaf(2.0)
    (x * x * x).backward(create_graph=True)
    assert x.grad.requires_grad
    (g,) = grad(x.grad, x)
    assert g.tolist() == [12.0]


def test_create_graph_works_under_no_grad():
    x = leaf(2.0)
    y = x * x * x
    with no_grad():
        (g,) = grad(y, x, create_graph=True)
    assert g.requires_grad


def test_a_penalty_on_the_gradient_reaches_the_parameters():
    w, x = leaf(3.0), leaf(2.0)
    (g,) = grad(w * x * x, x, create_graph=True)  # 2 w x
    (g * g).backward()  # 4 w^2 x^2
    assert w.grad.tolist() == [96.0]
    assert x.grad.tolist() == [144.0]


def test_several_outputs_have_second_derivatives():
    x = leaf(1.0, 2.0)
    a, b = split(x, [1, 1])
    (g,) = grad(a * a * b, x, create_graph=True)
    (h,) = grad(sum(g), x)
    assert h.tolist() == [2 * 2.0 + 2 * 1.0, 2 * 1.0]


def test_an_unrecorded_walk_gives_constants():
    x = leaf(2.0)
    (g,) = grad(x * x, x)
    assert not g.requires_grad
    (x * x).backward()
    assert not x.grad.requires_grad


# Hooks.


def test_a_hook_sees_the_whole_gradient_once_and_may_replace_it(device):
    x = leaf(1.0, 2.0, device=device)
    seen = []
    h = x * 2
    h.register_hook(lambda g: seen.append(g.tolist()))
    h.register_hook(lambda g: g * 10)
    (h * 1 + h * 2).backward(tensor([1.0, 1.0], device=device))
    assert seen == [[3.0, 3.0]]
    assert x.grad.tolist() == [60.0, 60.0]


def test_hooks_on_leaves_change_what_is_collected():
    x = leaf(1.0)
    remove = x.register_hook(lambda g: g * 10)
    (x * 2).backward()
    assert x.grad.tolist() == [20.0]
    remove()
    remove()  # twice is once
    (x * 2).backward()
    assert x.grad.tolist() == [22.0]


def test_the_same_hook_twice_is_removed_one_by_one():
    x = leaf(1.0)

    def double(g):
        return g * 2

    first = x.register_hook(double)
    x.register_hook(double)
    first()
    (x * 1).backward()
    assert x.grad.tolist() == [2.0]


def test_a_hook_may_remove_itself_while_it_runs():
    x = leaf(1.0)
    calls = []

    def once(g):
        calls.append("once")
        remove()

    remove = x.register_hook(once)
    x.register_hook(lambda g: calls.append("always"))
    (x * 1).backward()
    (x * 1).backward()
    assert calls == ["once", "always", "always"]


def test_hooks_are_recorded_with_create_graph():
    x = leaf(3.0)
    h = x * x
    h.register_hook(lambda g: g * g)
    (g,) = grad(h * 5, x, create_graph=True)
    assert g.tolist() == [25.0 * 6.0]
    assert g.requires_grad


def test_what_a_hook_returns_must_fit():
    x = leaf(1.0, 2.0)
    h = x * 2
    remove = h.register_hook(lambda g: g[:1])
    with pytest.raises(ValueError, match=r"float32 \(1,\) for a tensor of float32 \(2,\)"):
        sum(h).backward(retain_graph=True)
    remove()
    remove = h.register_hook(lambda g: g.to("float64"))
    with pytest.raises(ValueError, match=r"float64 .* for a tensor of float32"):
        sum(h * 2).backward(retain_graph=True)
    remove()
    h.register_hook(lambda g: 3.0)
    with pytest.raises(TypeError, match="a hook returned a float, not a Tensor or None"):
        sum(h * 3).backward()


def test_retain_grad_keeps_what_comes_to_an_intermediate():
    x = leaf(1.0)
    h = x * 2
    h.retain_grad()
    h.retain_grad()
    assert h.grad is None
    (h * h).backward(retain_graph=True)
    assert h.grad.tolist() == [4.0]
    (h * 1).backward()
    assert h.grad.tolist() == [5.0]  # it collects, as a leaf does
    x.retain_grad()  # nothing to ask for


def test_retain_grad_sees_what_hooks_before_it_made():
    x = leaf(1.0)
    h = x * 2
    h.register_hook(lambda g: g * 10)
    h.retain_grad()
    (h * 1).backward()
    assert h.grad.tolist() == [10.0]


def test_backward_may_collect_for_some_only():
    x, w = leaf(1.0), leaf(2.0)
    h = x * w
    (h * h).backward(inputs=[w, h])
    assert x.grad is None
    assert w.grad.tolist() == [4.0]
    assert h.grad.tolist() == [4.0]


# What it refuses.


def test_outputs_that_need_no_gradient_are_refused():
    with pytest.raises(RuntimeError, match=r"output 0 \(shape \(1,\)\) does not require gradients"):
        tensor([1.0]).backward()
    x = leaf(1.0)
    with no_grad():
        y = x * 2
    with pytest.raises(RuntimeError, match="made under no_grad"):
        y.backward()


def test_a_cotangent_is_needed_for_more_than_one_element():
    x = leaf(1.0, 2.0)
    with pytest.raises(ValueError, match=r"output 0 has shape \(2,\): give its gradient"):
        (x * 2).backward()


def test_cotangents_must_fit():
    x = leaf(1.0, 2.0)
    with pytest.raises(
        ValueError, match=r"gradient of output 0 has shape \(1,\), the output \(2,\)"
    ):
        (x * 2).backward(tensor([1.0]))
    with pytest.raises(
        TypeError, match="gradient of output 0 has dtype float64, the output float32"
    ):
        (x * 2).backward(tensor([1.0, 1.0], dtype="float64"))
    with pytest.raises(ValueError, match="grad_outputs has 2 entries for 1 outputs"):
        grad(x * 2, x, [x, x])


def test_unused_inputs_are_named_or_allowed():
    x, w = leaf(1.0), leaf(2.0, 3.0)
    with pytest.raises(RuntimeError, match=r"inputs\[1\] \(shape \(2,\)\) was not used"):
        grad(x * 2, (x, w))
    g, none = grad(x * 2, (x, w), allow_unused=True)
    assert g.tolist() == [2.0]
    assert none is None


def test_inputs_that_need_no_gradient_are_named():
    x = leaf(1.0)
    with pytest.raises(RuntimeError, match=r"inputs\[0\] \(shape \(1,\)\) does not require"):
        grad(x * 2, tensor([1.0]))
    with pytest.raises(RuntimeError, match=r"inputs\[0\] \(shape \(1,\)\) does not require"):
        (x * 2).backward(inputs=[tensor([1.0])])


def test_gradients_end_where_a_tensor_was_detached():
    x = leaf(2.0)
    (x * x.detach()).backward()
    assert x.grad.tolist() == [2.0]


# Threads.


def loss(w, x):
    h = tanh(matmul(x, w))
    for _ in range(5):
        h = h + tanh(matmul(h, w))
    return sum(h * h)


def test_threads_walk_at_once_over_shared_leaves():
    rng = np.random.default_rng(0)
    w = tensor(rng.standard_normal((8, 8)) * 0.1, requires_grad=True)
    batches = [tensor(rng.standard_normal((4, 8))) for _ in range(24)]
    expected = [grad(loss(w, x), w)[0].numpy() for x in batches]
    start = threading.Barrier(4)

    def work(part):
        start.wait()
        return [[grad(loss(w, x), w)[0].numpy() for x in part] for _ in range(10)]

    with ThreadPoolExecutor(4) as pool:
        parts = [batches[i::4] for i in range(4)]
        for i, rounds in enumerate(pool.map(work, parts)):
            for found in rounds:
                for a, b in zip(found, expected[i::4], strict=True):
                    np.testing.assert_array_equal(a, b)
    assert w.grad is None


def test_a_graph_made_in_one_thread_is_walked_in_another():
    x = leaf(2.0)
    y = x * x * x
    with ThreadPoolExecutor(1) as pool:
        (g,) = pool.submit(grad, y, x).result()
    assert g.tolist() == [12.0]


# The engine and the ops keep the same vocabulary.


def test_an_op_without_tensors_computes_on_arrays():
    a = np.array([1.0, 2.0])
    assert isinstance(add(a, a), np.ndarray)
    assert isinstance(mul(a, 2.0), np.ndarray)
    assert not isinstance(expand(a, (3, 2)), Tensor)


def test_arrays_of_two_libraries_do_not_meet():
    pytest.importorskip("mlx.core")
    with pytest.raises(TypeError, match=r"mul got arrays of mlx and numpy; move them with"):
        tensor([1.0]) * tensor([1.0], device="mlx")


def test_an_ops_error_names_it_and_what_came():
    with pytest.raises(ValueError, match=r"matmul\(a: float32 \(2, 3\), b: float32 \(2, 3\)\)"):
        matmul(tensor(np.ones((2, 3), np.float32)), tensor(np.ones((2, 3), np.float32)))


def test_a_walk_through_transposed_memory_gives_each_gradient_its_own_shape():
    w = tensor(np.arange(6.0).reshape(2, 3), requires_grad=True)
    y = matmul(tensor(np.ones((4, 3))), transpose(w, 0, 1))
    sum(y).backward()
    assert w.grad.shape == (2, 3)
    np.testing.assert_array_equal(w.grad.numpy(), np.full((2, 3), 4.0))
