"""A checkpoint changes no number; it changes what is kept, and when it is computed."""

import tracemalloc

import numpy as np
import pytest
from nt_autograd import (
    checkpoint,
    dropout,
    grad,
    gradcheck,
    gradgradcheck,
    matmul,
    no_grad,
    sum,
    tanh,
    tensor,
    zeros,
)
from nt_tensor import current_device, default_generator, manual_seed, use_device

RNG = np.random.default_rng(0)


def leaf(*shape, device=None):
    return tensor(RNG.standard_normal(shape), device=device, requires_grad=True)


def block(x, w):
    return tanh(matmul(x, w)) * x


def test_value_and_gradients_are_those_of_the_function(device):
    x = tensor(RNG.standard_normal((4, 3)).astype(np.float32), device=device, requires_grad=True)
    w = tensor(RNG.standard_normal((3, 3)).astype(np.float32), device=device, requires_grad=True)
    plain, kept = block(x, w), checkpoint(block, x, w)
    np.testing.assert_array_equal(kept.detach().numpy(), plain.detach().numpy())
    v = tensor(RNG.standard_normal((4, 3)).astype(np.float32), device=device)
    for a, b in zip(grad(plain, (x, w), v), grad(kept, (x, w), v), strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())


def test_what_the_function_uses_from_outside_gets_its_gradient():
    x, w = leaf(4, 3), leaf(3, 3)
    hidden = w * 2  # no leaf either
    checkpoint(lambda x: block(x, hidden), x).backward(tensor(np.ones((4, 3))))
    found = x.grad.numpy(), w.grad.numpy()
    x.grad = w.grad = None
    block(x, w * 2).backward(tensor(np.ones((4, 3))))
    np.testing.assert_array_equal(found[0], x.grad.numpy())
    np.testing.assert_array_equal(found[1], w.grad.numpy())


def test_the_first_layer_needs_no_input_with_gradients():
    w = leaf(3, 3)
    constant = tensor(RNG.standard_normal((2, 3)))
    (g,) = grad(sum(checkpoint(lambda x: matmul(x, w), constant)), w)
    np.testing.assert_allclose(g.numpy(), constant.numpy().T @ np.ones((2, 3)))


def test_dropout_draws_the_same_mask_again():
    x = tensor(np.ones(1000), requires_grad=True)
    manual_seed(3)
    y = checkpoint(lambda x: dropout(x, 0.5), x)
    after = default_generator().state_dict()
    default_generator().normal((100,))  # the program goes on drawing
    y.backward(tensor(np.ones(1000)))
    np.testing.assert_array_equal(x.grad.numpy(), y.detach().numpy())
    manual_seed(3)
    dropout(x, 0.5)
    assert default_generator().state_dict() == after


def test_running_again_draws_nothing_from_the_programs_stream():
    x = leaf(10)
    y = sum(checkpoint(lambda x: dropout(x, 0.5), x))
    before = default_generator().state_dict()
    y.backward()
    assert default_generator().state_dict() == before


def test_it_is_run_again_on_the_same_device():
    pytest.importorskip("mlx.core")
    seen = []

    def fn(x):
        seen.append(str(current_device()))
        return x + zeros(2)

    x = tensor([1.0, 2.0], device="mlx", requires_grad=True)
    with use_device("mlx"):
        y = sum(checkpoint(fn, x))
    y.backward()
    assert seen == ["mlx", "mlx"]


def test_both_derivatives_agree_with_differences():
    x, w = leaf(2, 3), leaf(3, 3)
    assert gradcheck(lambda x, w: checkpoint(block, x, w), x, w)
    assert gradgradcheck(lambda x, w: checkpoint(block, x, w), x, w)


def test_checkpoints_may_lie_inside_of_each_other():
    x, w = leaf(2, 3), leaf(3, 3)
    calls = []

    def inner(x):
        calls.append("inner")
        return block(x, w)

    def outer(x):
        calls.append("outer")
        return checkpoint(inner, checkpoint(inner, x))

    y = checkpoint(outer, x)
    assert calls == ["outer", "inner", "inner"]
    (gx, gw) = grad(sum(y * y), (x, w))
    expected = grad(sum(block(block(x, w), w) * block(block(x, w), w)), (x, w))
    np.testing.assert_allclose(gx.numpy(), expected[0].numpy(), rtol=1e-12)
    np.testing.assert_allclose(gw.numpy(), expected[1].numpy(), rtol=1e-12)
    # once forward, once when outer is run again, once more for each inner's own way back
    assert calls.count("outer") == 2
    assert calls.count("inner") == 6
    assert gradcheck(lambda x: checkpoint(outer, x), x)


def test_several_outputs_of_which_some_are_used():
    x = leaf(5)

    def fn(x):
        return x * x, x > 0, tanh(x)

    a, mask, b = checkpoint(fn, x)
    assert mask.requires_grad is False
    (g,) = grad(sum(a) + sum(b), x, retain_graph=True)
    np.testing.assert_allclose(
        g.numpy(), 2 * x.detach().numpy() + 1 - np.tanh(x.detach().numpy()) ** 2
    )
    (g,) = grad(sum(b), x)
    np.testing.assert_allclose(g.numpy(), 1 - np.tanh(x.detach().numpy()) ** 2)
    assert gradcheck(lambda x: checkpoint(fn, x), x)
    assert gradgradcheck(lambda x: checkpoint(fn, x), x)


def test_arguments_may_be_anything():
    x = leaf(3)

    def fn(x, options, none, *, scale=2):
        assert none is None
        return x * options["factor"] * scale

    (g,) = grad(sum(checkpoint(fn, x, {"factor": 3.0}, None)), x)
    assert g.tolist() == [6.0] * 3


def test_an_intermediate_input_passes_its_gradient_on():
    x = leaf(3)
    y = x * x
    z = checkpoint(tanh, y) + y  # y is used inside and outside
    h = tanh(x * x) + x * x
    for a, b in zip(grad(sum(z), (x, y)), (grad(sum(h), x)[0], None), strict=True):
        if b is not None:
            np.testing.assert_allclose(a.numpy(), b.numpy())


def test_only_what_leads_to_the_input_asked_for_gets_gradients():
    x, w = leaf(2, 3), leaf(3, 3)
    y = checkpoint(lambda x: block(x, w), x)
    (g,) = grad(sum(y), w)
    assert g.shape == (3, 3)
    assert x.grad is None
    other = leaf(1)
    assert grad(sum(checkpoint(lambda x: block(x, w), x)), other, allow_unused=True) == (None,)


def test_walking_twice_needs_retain_graph():
    x = leaf(3)
    y = sum(checkpoint(tanh, x))
    (first,) = grad(y, x, retain_graph=True)
    (second,) = grad(y, x)
    np.testing.assert_array_equal(first.numpy(), second.numpy())
    with pytest.raises(RuntimeError, match="freed by an earlier backward"):
        grad(y, x)


def test_under_no_grad_it_is_the_function_itself():
    x = leaf(3)
    with no_grad():
        y = checkpoint(tanh, x)
    assert not y.requires_grad


def test_overwriting_an_input_is_noticed():
    x = tensor([1.0, 2.0])
    w = tensor([3.0, 4.0], requires_grad=True)
    y = sum(checkpoint(lambda x, w: x * w, x, w))
    x.zero_()
    with pytest.raises(RuntimeError, match="overwritten in place"):
        y.backward()


def test_doing_something_else_the_second_time_is_noticed():
    x = leaf(4)
    sizes = iter([4, 2])
    y = checkpoint(lambda x: x[: next(sizes)], x)
    with pytest.raises(RuntimeError, match=r"shapes \[\(4,\)\] at first and \[\(2,\)\]"):
        sum(y).backward()


@pytest.mark.parametrize("wrong", [None, 3.0, [1]])
def test_only_tensors_are_returned(wrong):
    with pytest.raises(TypeError, match=f"checkpoint: fn returned a {type(wrong).__name__}"):
        checkpoint(lambda x: wrong, leaf(2))


def deep(x, layers, wrap):
    for _ in range(layers):
        x = wrap(lambda x: tanh(tanh(tanh(tanh(x)))), x)
    return sum(x)


def memory(layers, wrap):
    """(what is kept after forward, the peak of both passes), in arrays of x's size."""
    x = tensor(np.full(50_000, 0.1), requires_grad=True)
    tracemalloc.start()
    y = deep(x, layers, wrap)
    kept = tracemalloc.get_traced_memory()[0]
    y.backward()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return kept / x.data.nbytes, peak / x.data.nbytes


def test_values_inside_are_not_kept():
    plain = memory(8, lambda fn, x: fn(x))
    less = memory(8, checkpoint)
    assert plain[0] == pytest.approx(32, abs=1)  # four values in each of eight layers
    assert less[0] == pytest.approx(8, abs=1)  # one input each
    assert plain[1] > 32
    assert less[1] < 8 + 4 + 4  # the inputs, one layer's values, the gradients on their way
