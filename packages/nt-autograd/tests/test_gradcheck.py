"""gradcheck finds what is wrong by a millionth, and nothing where all is right."""

import numpy as np
import pytest
from nt_autograd import (
    GradcheckError,
    abs,
    astype,
    div,
    dropout,
    exp,
    gradcheck,
    gradgradcheck,
    log,
    primitive,
    relu,
    sin,
    softmax,
    split,
    sqrt,
    sum,
    tensor,
)
from nt_autograd.op import OPS


@pytest.fixture(autouse=True)
def forget():
    before = dict(OPS)
    yield
    OPS.clear()
    OPS.update(before)


def leaf(*values):
    return tensor(list(values), dtype="float64", requires_grad=True)


def wrong_by(factor):
    """x^2, whose rule is off by a factor."""

    @primitive
    def square(x, /):
        return x * x

    @square.backward
    def _(g, x):
        return g * x * (2 * factor)

    return square


@pytest.mark.parametrize("error", [1e-1, 1e-4, 2e-6, -2e-6])
@pytest.mark.parametrize("scale", [1e-8, 1.0, 1e8])
def test_a_relative_error_above_a_millionth_is_found(error, scale):
    with pytest.raises(GradcheckError):
        gradcheck(wrong_by(1 + error), leaf(scale, -scale), atol=0.0)


@pytest.mark.parametrize("scale", [1e-8, 1e-3, 1.0, 1e3, 1e8])
def test_a_right_rule_passes_at_every_scale(scale):
    assert gradcheck(wrong_by(1.0), leaf(scale, -scale), atol=0.0)


EXTREMES = {
    "log near 0": (log, [1e-9, 1e-3]),
    "sqrt near 0": (sqrt, [1e-10, 1e-5]),
    "a pole": (lambda x: div(1.0, x), [1e-9, -1e-6, 1e12]),
    "a steep exponential": (exp, [-30.0, 300.0]),
    "near a kink": (relu, [1e-5, -1e-5, 3e-4]),
    "near another": (abs, [1e-7, -2e-4]),
    "fast waves": (lambda x: sin(x * 1e4), [0.3, 2.0]),
    "a small slope on a large value": (lambda x: x + 1e6, [1.0]),
    "hardly any slope": (softmax, [0.0, 40.0]),
}


@pytest.mark.parametrize("name", EXTREMES)
def test_extremes_are_measured(name):
    fn, values = EXTREMES[name]
    assert gradcheck(fn, leaf(*values))


def test_on_a_kink_there_is_no_slope_to_agree_with():
    with pytest.raises(GradcheckError):
        gradcheck(relu, leaf(0.0))


def test_the_message_names_input_index_and_both_values():
    @primitive
    def product(a, b, /):
        return a * b

    @product.backward
    def _(g, a, b):
        return g * b, g * a * 3

    a = tensor(np.array([[0.0, 1.0]]), requires_grad=True)  # the first error times 0 is none
    b = tensor(np.ones((1, 2)), requires_grad=True)
    with pytest.raises(
        GradcheckError, match=r"^inputs\[1\] at \(0, 1\): the rules give .*, finite"
    ):
        gradcheck(product, a, b)


def test_a_wrong_shape_or_dtype_is_found():
    x = leaf(1.0, 2.0)

    @primitive
    def narrow(x, /):
        return x * 1.0

    @narrow.backward
    def _(g):
        return astype(g, "float32")

    with pytest.raises(
        GradcheckError, match=r"inputs\[0\] is float64 \(2,\), its gradient float32"
    ):
        gradcheck(narrow, x)


def test_an_op_that_falls_to_single_precision_is_found():
    with pytest.raises(GradcheckError, match="output 0 of fn is float32, though its inputs are"):
        gradcheck(lambda x: astype(x, "float32"), leaf(1.0))


def test_chance_is_found():
    with pytest.raises(GradcheckError, match="fn is not deterministic"):
        gradcheck(lambda x: dropout(x, 0.5), tensor(np.ones(100), requires_grad=True))


def test_a_rule_that_writes_into_its_gradient_is_found():
    @primitive
    def double(x, /):
        return x * 2

    @double.backward
    def _(g):
        g *= 2
        return g

    with pytest.raises(ValueError, match="read-only"):
        gradcheck(double, leaf(1.0))


def test_a_body_that_overwrites_its_input_is_found():
    @primitive
    def double(x, /):
        x *= 2
        return x + 0

    @double.backward
    def _(g):
        return g * 2

    with pytest.raises(GradcheckError, match=r"inputs\[0\] was overwritten"):
        gradcheck(double, leaf(1.0))


def test_every_input_and_every_output_counts():
    a, b = leaf(1.0, 2.0), leaf(3.0)
    assert gradcheck(lambda a, k, b: (a * b, split(a, [1, 1]), a > 0)[0::2], a, 3, b)
    assert gradcheck(lambda a: split(a, [1, 1]), a)

    @primitive(outputs=True)
    def two(x, /):
        return x * 2, x * 3

    @two.backward
    def _(g):
        return g[0] * 2 + g[1] * 4

    with pytest.raises(GradcheckError):
        gradcheck(two, a)


def test_an_input_without_influence_has_a_zero_gradient():
    assert gradcheck(lambda a, b: a * 2, leaf(1.0), leaf(2.0))
    assert gradcheck(lambda a: tensor([1.0], dtype="float64"), leaf(1.0))


def test_constants_are_left_alone():
    x = leaf(1.0)
    assert gradcheck(lambda x, c: x * c, x, tensor([2.0], dtype="float64"))
    assert x.grad is None


@pytest.mark.parametrize("shape", [(), (0,), (2, 0), (2, 1, 2)])
def test_inputs_of_any_shape(shape):
    assert gradcheck(lambda x: x * x, tensor(np.ones(shape), requires_grad=True))


def test_memory_order_does_not_matter():
    x = tensor(np.asfortranarray(np.random.default_rng(0).standard_normal((3, 4))))
    assert gradcheck(lambda x: x * x, x.requires_grad_())


def test_only_float64_on_the_cpu_is_exact_enough():
    with pytest.raises(TypeError, match=r"inputs\[0\] is float32 on cpu"):
        gradcheck(exp, tensor([1.0], requires_grad=True))
    with pytest.raises(ValueError, match="no input requires gradients"):
        gradcheck(exp, tensor([1.0], dtype="float64"))
    with pytest.raises(TypeError, match="output 0 of fn is a float, not a Tensor"):
        gradcheck(lambda x: 1.0, leaf(1.0))


def test_other_libraries_are_refused():
    pytest.importorskip("mlx.core")
    x = tensor([1.0], dtype="float64", device="mlx", requires_grad=True)
    with pytest.raises(TypeError, match=r"inputs\[0\] is float64 on mlx"):
        gradcheck(exp, x)


def test_gradgradcheck_finds_a_wrong_second_derivative():
    @primitive
    def square(x, /):
        return x * x

    @square.backward
    def _(g, x):
        return g * 2 * getattr(x, "detach", lambda: x)()  # right once, a constant the second time

    x = leaf(1.0, 2.0)
    assert gradcheck(square, x)
    with pytest.raises(GradcheckError, match=r"inputs\[0\] at \(0,\): the rules give 0.0"):
        gradgradcheck(square, x)


def test_gradgradcheck_of_a_linear_function_is_right():
    assert gradgradcheck(lambda x: x * 3 + sum(x), leaf(1.0, 2.0))
