"""swiglu: against sigmoids by hand, far out, empty, twice derived."""

import math

import numpy as np
import pytest
from nt_autograd import count_flops, grad, gradcheck, gradgradcheck, silu, swiglu, tensor


def test_it_is_a_gate_times_a_value(road, rng):
    gate, value = rng.standard_normal((2, 50)) * 4
    expected = [a / (1 + math.exp(-a)) * b for a, b in zip(gate, value, strict=True)]
    if road == "cpu":
        np.testing.assert_allclose(
            swiglu(tensor(gate), tensor(value)).numpy(), expected, rtol=1e-12, atol=1e-14
        )
    y = swiglu(*(tensor(a, dtype="float32", device=road) for a in (gate, value)))
    np.testing.assert_allclose(y.numpy(), expected, atol=2e-6)


def test_every_library_goes_the_same_way(road, agree, rng):
    arrays = rng.standard_normal((2, 9, 70)) * 3
    agree(swiglu, *arrays, device=road)
    agree(lambda a, b: swiglu(a.transpose(0, 1)[::2], b.transpose(0, 1)[::2]), *arrays, device=road)
    agree(swiglu, *np.round(arrays * 8) / 8, device=road, dtype="float16", limit=2e-3)


def test_both_derivatives_agree_with_differences(rng):
    xs = [tensor(a, requires_grad=True) for a in rng.standard_normal((2, 3, 4)) * 3]
    assert gradcheck(swiglu, *xs)
    assert gradgradcheck(swiglu, *xs)


def test_it_is_silu_of_the_gate(road, rng):
    gate, value = (tensor(a, dtype="float32", device=road) for a in rng.standard_normal((2, 99)))
    np.testing.assert_allclose(swiglu(gate, value).numpy(), (silu(gate) * value).numpy(), atol=1e-6)


def test_far_out_the_gate_is_open_or_shut(road):
    gate = tensor([1e4, -1e4, 0.0], device=road, requires_grad=True)
    value = tensor([3.0, 3.0, 3.0], device=road, requires_grad=True)
    y = swiglu(gate, value)
    a, b = grad(y.sum(), [gate, value])
    assert y.tolist() == [3e4, 0.0, 0.0]
    assert a.tolist() == [3.0, 0.0, 1.5]
    assert b.tolist() == [1e4, 0.0, 0.0]


@pytest.mark.parametrize("shape", [(), (0,), (2, 0)])
def test_any_shape(shape, road):
    xs = [tensor(np.zeros(shape, np.float32), device=road, requires_grad=True) for _ in "ab"]
    for g in grad(swiglu(*xs).sum(), xs):
        assert g.shape == shape


def test_dtypes_meet_at_the_wider_one_and_gradients_return():
    gate = tensor(np.ones(2), dtype="float16", requires_grad=True)
    value = tensor(np.ones(2), dtype="float32", requires_grad=True)
    y = swiglu(gate, value)
    y.sum().backward()
    assert [str(t.dtype) for t in (y, gate.grad, value.grad)] == ["float32", "float16", "float32"]


def test_one_tensor_is_halved_and_its_second_half_is_the_gate(road, rng):
    up, gate = rng.standard_normal((2, 4, 3)).astype(np.float32)
    both = tensor(np.concatenate([up, gate], -1), device=road)
    apart = swiglu(tensor(gate, device=road), tensor(up, device=road))
    np.testing.assert_allclose(swiglu(both).numpy(), apart.numpy(), rtol=1e-6)


def test_its_cost():
    gate = tensor(np.ones((3, 4)), requires_grad=True)
    with count_flops() as count:
        swiglu(gate, gate).sum().backward()
    assert count.by_op["swiglu"][1] == 12
    assert count.by_op["swiglu_backward"][1] == 8 * 12


def test_what_does_not_fit_is_named():
    with pytest.raises(ValueError, match=r"swiglu.*must have one shape, got \(2,\) and \(1,\)"):
        swiglu(tensor([1.0, 2.0]), tensor([1.0]))
    with pytest.raises(TypeError, match="gate must be floating-point, not int64"):
        swiglu(tensor([1]), tensor([1]))
