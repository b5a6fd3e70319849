"""FLOPs and bytes: counted exactly, forward and back, in all threads, and only while asked."""

import threading

import pytest
from nt_autograd import (
    count_flops,
    einsum,
    exp,
    grad,
    linear,
    log_softmax,
    ones,
    primitive,
    scaled_dot_product_attention,
    tensor,
    watch,
    zeros,
)
from nt_autograd.cost import Cost
from nt_autograd.op import OPS


def cost(fn):
    with count_flops() as count:
        fn()
    return count


@pytest.mark.parametrize(
    ("left", "right", "products"),
    [
        ((2, 3), (3, 4), 2 * 3 * 4),
        ((5, 2, 3), (3, 4), 5 * 2 * 3 * 4),
        ((5, 1, 2, 3), (7, 3, 4), 5 * 7 * 2 * 3 * 4),
        ((3,), (3,), 3),
        ((2, 3), (3,), 6),
        ((2, 0), (0, 4), 0),
    ],
)
def test_a_product_of_matrices_is_twice_its_multiplications(left, right, products, device):
    a, b = zeros(left, device=device), zeros(right, device=device)
    assert cost(lambda: a @ b).flops == 2 * products


def test_linear_and_attention_are_their_products():
    x, w = zeros(7, 2, 3), zeros(4, 3)
    assert cost(lambda: linear(x, w)).flops == 2 * 7 * 2 * 3 * 4
    q, k, v = zeros(2, 4, 5, 8), zeros(2, 4, 6, 8), zeros(2, 4, 6, 8)
    count = cost(lambda: scaled_dot_product_attention(q, k, v))
    assert count.flops == 2 * (2 * 4) * (5 * 6 * 8 + 5 * 6 * 8)


def test_the_way_back_of_a_product_is_two_products():
    a, b = zeros(2, 3, requires_grad=True), zeros(3, 4, requires_grad=True)
    y = a @ b
    assert cost(lambda: y.backward(ones(2, 4))).by_op["matmul"][:2] == (2, 2 * 48)
    y = a.detach() @ b
    assert cost(lambda: y.backward(ones(2, 4))).by_op["matmul"][:2] == (1, 48)


def test_counting_changes_no_gradient(device):
    def gradients():
        x = tensor([[0.5, -1.0, 2.0]], device=device, requires_grad=True)
        w = tensor([[1.0, 2.0, 3.0], [0.0, 1.0, 0.5]], device=device, requires_grad=True)
        y = log_softmax(linear(x, w).exp().chunk(2, 1)[0] * x.sum(), 0)
        return [g.tolist() for g in grad((y * x).sum(), (x, w))]

    plain = gradients()
    with count_flops():
        assert gradients() == plain


def test_derivatives_of_derivatives_are_counted():
    x = tensor([1.0, 2.0], requires_grad=True)

    def twice():
        (g,) = grad(exp(x).sum(), x, create_graph=True)
        grad(g.sum(), x)

    assert cost(twice).by_op["mul"][0] >= 2


def test_one_number_one_operation():
    x = zeros(4, 1)
    assert cost(lambda: x + zeros(3)).flops == 12
    assert cost(lambda: exp(x)).flops == 4
    assert cost(lambda: x.sum()).flops == 4


def test_moving_is_no_operation_and_a_view_moves_nothing():
    x = zeros(3, 4)
    count = cost(lambda: x.reshape(4, 3).T)
    assert (count.calls, count.flops, count.bytes) == (2, 0, 0)
    count = cost(lambda: x.flip(0))
    assert (count.flops, count.bytes) == (0, 2 * 48)


def test_bytes_are_what_goes_in_and_what_comes_out():
    a, b = zeros(2, 3), zeros(3, 4, dtype="float32")
    assert cost(lambda: a @ b).bytes == 4 * (6 + 12 + 8)
    assert cost(lambda: a.double()).bytes == 6 * (4 + 8)


def test_ops_are_told_apart_by_name():
    count = cost(lambda: einsum("ab,bc->ac", zeros(2, 3), zeros(3, 4)) + 1)
    assert count.by_op["matmul"] == (1, 48, 104)
    assert count.by_op["add"][:2] == (1, 8)
    assert count.calls == sum(calls for calls, _, _ in count.by_op.values())


def test_all_threads_are_counted_and_nothing_after_the_end():
    x = zeros(10, 10)
    with count_flops() as count:
        threads = [threading.Thread(target=lambda: [x @ x for _ in range(50)]) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with count_flops() as inner:
            x @ x
    x @ x
    assert count.by_op["matmul"][:2] == (201, 201 * 2000)
    assert inner.flops == 2000
    assert watch.watchers == ()


def test_nobody_looks_on_after_an_error():
    with pytest.raises(ValueError, match="matmul"), count_flops():
        zeros(2) @ zeros(3)
    assert watch.watchers == ()


def test_ones_own_op_tells_its_own_cost():
    @primitive
    def blur(x, /, times=3):
        return x

    @blur.cost
    def _(x_shape, y_shape, times):
        return Cost(times * x_shape[0], y_shape[0])

    count = cost(lambda: blur(zeros(5)))
    assert (count.flops, count.bytes) == (15, 5)
    with pytest.raises(TypeError, match=r"the cost of blur asks for \['z_shape'\]"):
        blur.cost(lambda z_shape: 0)
    del OPS["blur"]
