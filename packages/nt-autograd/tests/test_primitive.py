"""Ops of one's own: what a body and its rule may ask for, and what they are told when they err."""

import numpy as np
import pytest
from nt_autograd import exp, grad, gradcheck, gradgradcheck, mul, no_grad, primitive, sum, tensor
from nt_autograd.op import OPS


@pytest.fixture(autouse=True)
def forget():
    """Ops made in a test are not part of the vocabulary afterwards."""
    before = dict(OPS)
    yield
    OPS.clear()
    OPS.update(before)


def leaf(*values):
    return tensor(list(values), dtype="float64", requires_grad=True)


def test_a_rule_gets_what_it_names_and_nothing_else():
    seen = {}

    @primitive
    def scale(x, w, /, power=2, shift=0.0):
        return x * w**power + shift

    @scale.backward
    def _(g, y, power, w, x_shape, x_dtype, needs):
        seen.update(y=y, power=power, w=w, x_shape=x_shape, x_dtype=x_dtype, needs=needs)
        return g * w**power, None

    x, w = leaf(1.0, 2.0), tensor([3.0, 4.0], dtype="float64")
    y = scale(x, w, shift=1.0)
    assert y.tolist() == [10.0, 33.0]
    sum(y).backward()
    assert x.grad.tolist() == [9.0, 16.0]
    np.testing.assert_array_equal(seen["y"], [10.0, 33.0])
    np.testing.assert_array_equal(seen["w"], [3.0, 4.0])
    assert seen["power"] == 2
    assert seen["x_shape"] == (2,)
    assert str(seen["x_dtype"]) == "float64"
    assert seen["needs"] == (True, False)


def test_a_rule_in_plain_ops_has_every_derivative():
    @primitive
    def cube(x, /):
        return x * x * x

    @cube.backward
    def _(g, x):
        return g * x * x * 3

    x = leaf(1.0, -2.0)
    assert gradcheck(cube, x)
    assert gradgradcheck(cube, x)
    assert gradgradcheck(lambda x: grad(sum(cube(x)), x, create_graph=True)[0], x)


def test_a_fused_op_keeps_what_it_likes_and_takes_higher_derivatives_from_its_plain_form():
    runs = []

    @primitive(keeps=("e",))
    def fused(x, w, /, factor=1.0):
        runs.append("fused")
        e = np.exp(x)
        return e * w * factor, e

    @fused.backward
    def _(g, e, w, factor):
        runs.append("rule")
        return g * e * w * factor, g * e * factor

    @fused.composed
    def _(x, w, factor):
        runs.append("composed")
        return exp(x) * w * factor

    x, w = leaf(0.5, 1.0), leaf(2.0, 3.0)
    grad(sum(fused(x, w, factor=2.0)), (x, w))
    assert runs == ["fused", "rule"]
    runs.clear()
    grad(sum(fused(x, w, 2.0)), (x, w), create_graph=True)
    assert runs == ["fused", "composed"]
    assert gradcheck(lambda x, w: fused(x, w, 2.0), x, w)
    assert gradgradcheck(lambda x, w: fused(x, w, factor=3.0), x, w)
    # an input that needs nothing, and one that is an intermediate
    assert gradgradcheck(lambda x: fused(x * x, tensor([1.0, 2.0], dtype="float64")), x)


def test_a_fused_op_without_a_plain_form_says_where_its_derivatives_end():
    @primitive(keeps=("e",))
    def fused(x, /):
        e = np.exp(x)
        return e, e

    @fused.backward
    def _(g, e):
        return g * e

    x = leaf(1.0)
    grad(fused(x), x)
    with pytest.raises(RuntimeError, match="fused has no second derivative: it keeps e"):
        grad(fused(x), x, create_graph=True)


def test_an_op_may_have_several_outputs():
    @primitive(outputs=True)
    def both(x, /):
        return x * 2, x * x, np.arange(len(x))

    @both.backward
    def _(g, x):
        double, square, count = g
        assert count.shape == (2,)
        return double * 2 + square * x * 2

    x = leaf(1.0, 3.0)
    double, square, count = both(x)
    assert not count.requires_grad
    assert double.grad_fn.op.name == "pick_one"
    (g,) = grad(sum(square), x)
    assert g.tolist() == [2.0, 6.0]
    assert gradcheck(lambda x: both(x)[:2], x)
    with no_grad():
        assert not both(x)[0].requires_grad


def test_an_op_may_take_any_number_of_tensors():
    @primitive
    def total(*xs, scale=1.0):
        y = xs[0] * scale
        for x in xs[1:]:
            y = y + x * scale
        return y

    @total.backward
    def _(g, xs_shape, scale):
        return tuple(g * scale for _ in xs_shape)

    a, b = leaf(1.0, 2.0), leaf(3.0)
    y = total(a, tensor([1.0], dtype="float64"), b, scale=2.0)
    ga, gb = grad(sum(y), (a, b))
    assert ga.tolist() == [2.0, 2.0]
    assert gb.tolist() == [4.0]
    assert gradcheck(lambda a, b: total(a, b, a), a, b)


def test_trailing_inputs_may_be_left_out():
    @primitive
    def affine(x, w, b=None, /):
        y = x * w
        return y if b is None else y + b

    @affine.backward
    def _(g, x, w, needs):
        return g * w, g * x, g if needs[2] else None

    x, w, b = leaf(1.0), leaf(2.0), leaf(3.0)
    assert gradcheck(affine, x, w, b)
    assert gradcheck(affine, x, w)
    assert gradcheck(lambda x, w: affine(x, w, None), x, w)


def test_without_a_rule_nothing_is_recorded():
    @primitive
    def sign_bit(x, /):
        return x < 0

    assert not sign_bit(leaf(1.0)).requires_grad


def test_without_tensors_it_is_the_body():
    @primitive
    def double(x, /):
        return x * 2

    assert isinstance(double(np.ones(2)), np.ndarray)
    assert double(3.0) == 6.0


def test_an_op_carries_its_bodys_name_and_docstring():
    @primitive
    def _hidden(x, /):
        """What it does."""
        return x

    assert _hidden.__doc__ == "What it does."
    assert _hidden.op.name == "hidden"
    assert OPS["hidden"] is _hidden.op


def test_what_a_rule_cannot_ask_for_is_listed():
    @primitive
    def double(x, /, times=2):
        return x * times

    with pytest.raises(
        TypeError, match=r"rule of double asks for \['z'\]; known are .*'times', 'x'"
    ):

        @double.backward
        def _(g, z):
            return g


def test_tensor_arguments_come_before_a_slash():
    with pytest.raises(TypeError, match="op double: put a slash after its tensor arguments"):

        @primitive
        def double(x):
            return x * 2


@pytest.mark.parametrize("gradients", [(), (1.0, 2.0, 3.0)])
def test_a_rule_gives_one_gradient_an_input(gradients):
    @primitive
    def pair(a, b, /):
        return a + b

    @pair.backward
    def _(g):
        return tuple(g * each for each in gradients)

    with pytest.raises(RuntimeError, match=f"rule of pair gave {len(gradients)} gradients for 2"):
        pair(leaf(1.0), leaf(2.0)).backward()


def test_an_error_in_a_body_names_the_op_and_its_inputs():
    @primitive
    def join(a, b, /):
        return np.concatenate([a, b], axis=1)

    with pytest.raises(IndexError, match=r"join\(a: float64 \(1,\), b: 3.0\): "):
        join(leaf(1.0), 3.0)


def test_promotion_meets_at_the_wider_dtype_and_each_gradient_comes_back_in_its_own():
    @primitive(promotes=True)
    def product(a, b, c, /):
        return a * b * c

    @product.backward
    def _(g, a, b, c):
        return g * b * c, g * a * c, g * a * b

    a = tensor([2.0], dtype="float16", requires_grad=True)
    b = tensor([3.0], requires_grad=True)
    y = product(a, b, 2)
    assert str(y.dtype) == "float32"
    ga, gb = grad(y, (a, b))
    assert (str(ga.dtype), ga.tolist()) == ("float16", [6.0])
    assert (str(gb.dtype), gb.tolist()) == ("float32", [4.0])


def test_numbers_never_widen(device):
    x = tensor([1.0, 2.0], device=device, requires_grad=True)
    for y in (x * 2.5, 2.5 * x, x + 1, mul(x, True), x - 2):
        assert str(y.dtype) == "float32"
    i = tensor([1, 2], device=device)
    assert str((i * 2).dtype) == "int64"
    assert str((i * 2.5).dtype) == "float32"
