"""Gated units: the second half opens the first, along any axis."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nt_autograd import (
    cat,
    geglu,
    gelu,
    glu,
    grad,
    gradcheck,
    gradgradcheck,
    reglu,
    relu,
    sigmoid,
    swiglu,
    tensor,
)

GATES = {"glu": (glu, sigmoid), "geglu": (geglu, gelu), "reglu": (reglu, relu)}
GATES["swiglu"] = (swiglu, lambda b: b * sigmoid(b))
each = pytest.mark.parametrize(("fn", "gate"), GATES.values(), ids=list(GATES))


def along(fn, dim):
    """Of a tensor; swiglu's second argument is another tensor."""
    return lambda x: fn(x, dim=dim)


@each
@pytest.mark.parametrize("dim", [0, 1, 2, -1, -2])
def test_the_second_half_lets_the_first_one_through(fn, gate, dim, rng):
    x = rng.standard_normal((4, 2, 6)) * 3
    value, opened = np.split(x, 2, dim)
    expected = value * gate(tensor(opened)).numpy()
    np.testing.assert_allclose(fn(tensor(x), dim=dim).numpy(), expected, rtol=1e-12)


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(sorted(GATES)),
    st.lists(st.integers(0, 4), min_size=1, max_size=3),
    st.integers(0, 2),
)
def test_halves_that_are_put_together_come_apart_again(name, shape, dim):
    fn, gate = GATES[name]
    dim = dim % len(shape)
    a, b = (tensor(v) for v in np.random.default_rng(len(shape)).standard_normal((2, *shape)))
    y = fn(cat([a, b], dim), dim=dim)
    np.testing.assert_allclose(y.numpy(), (a * gate(b)).numpy(), rtol=1e-12)


@each
def test_equal_halves_give_a_number_times_its_own_gate(fn, gate, road, rng):
    a = rng.standard_normal((3, 5)).astype(np.float32)
    x, half = (tensor(v, device=road) for v in (np.concatenate([a, a], -1), a))
    np.testing.assert_allclose(fn(x).numpy(), (half * gate(half)).numpy(), rtol=2e-6, atol=1e-7)


@each
def test_every_library_goes_the_same_way(fn, gate, road, agree, rng):
    agree(along(fn, -1), rng.standard_normal((5, 8)) * 3, device=road)
    agree(along(fn, 1), rng.standard_normal((3, 4, 5)) * 3, device=road)
    agree(lambda x: fn(x.transpose(0, 1)[::2], dim=-1), rng.standard_normal((6, 5)), device=road)
    agree(along(fn, -1), rng.standard_normal((2, 140000)), device=road)


@each
@pytest.mark.parametrize("dim", [-1, 0])
def test_both_derivatives_agree_with_differences(fn, gate, dim, rng):
    x = rng.uniform(0.1, 3, (4, 2)) * rng.choice([-1, 1], (4, 2))
    assert gradcheck(along(fn, dim), tensor(x, requires_grad=True))
    assert gradgradcheck(along(fn, dim), tensor(x, requires_grad=True))


@each
def test_a_shut_gate_lets_nothing_through(fn, gate, road):
    x = tensor([3.0, -2.0, -1e4, -1e4], device=road, requires_grad=True)
    y = fn(x)
    assert np.abs(y.detach().numpy()).max() == 0
    assert np.abs(grad(y.sum(), x)[0].numpy()[:2]).max() == 0


@each
@pytest.mark.parametrize("shape", [(0,), (3, 0), (0, 2)])
def test_of_nothing_comes_nothing(fn, gate, shape, road):
    x = tensor(np.zeros(shape, np.float32), device=road, requires_grad=True)
    y = fn(x)
    assert y.shape == (*shape[:-1], shape[-1] // 2)
    assert grad(y.sum(), x)[0].shape == shape


def test_geglu_knows_both_forms_of_gelu(rng):
    x = rng.standard_normal(8)
    rough = geglu(tensor(x), approximate="tanh").numpy()
    np.testing.assert_allclose(rough, x[:4] * gelu(tensor(x[4:]), "tanh").numpy(), rtol=1e-12)
    assert 0 < np.abs(rough - geglu(tensor(x)).numpy()).max() < 1e-2


@each
def test_what_does_not_fit_is_named(fn, gate):
    with pytest.raises(ValueError, match=r"glu halves axis -1 of x.*must be even.*\(2, 3\)"):
        fn(tensor(np.ones((2, 3))))
    with pytest.raises(ValueError, match="glu halves axis -1"):
        fn(tensor(1.0))
    with pytest.raises(IndexError, match=r"dim \(2\) is not an axis"):
        fn(tensor(np.ones((2, 4))), dim=2)


def test_it_is_pytorchs(goldens):
    _, arrays = goldens("activations")["glu"]
    x = tensor(arrays["input.x"].astype(np.float64), requires_grad=True)
    y = glu(x)
    y.backward(tensor(arrays["cotangent.0"].astype(np.float64)))
    np.testing.assert_allclose(y.detach().numpy(), arrays["output.0"], rtol=1e-9, atol=1e-13)
    np.testing.assert_allclose(x.grad.numpy(), arrays["grad.input.x"], rtol=1e-9, atol=1e-13)
