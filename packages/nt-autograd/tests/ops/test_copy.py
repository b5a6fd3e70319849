"""clone, contiguous and to_device: the same values elsewhere."""

import numpy as np
import pytest
from nt_autograd import clone, contiguous, gradgradcheck, tensor, to_device, zeros


def test_a_clone_does_not_feel_what_is_written_into_its_original(road, agree, rng):
    x = tensor([1.0, 2.0], device=road)
    y = clone(x)
    x[0] = 9
    assert y.tolist() == [1, 2]
    agree(lambda t: clone(t) * t, rng.standard_normal((2, 3)), device=road)
    agree(clone, np.zeros((2, 0)), device=road)


def test_contiguous_copies_only_what_is_not(road, agree, rng):
    x = tensor(rng.standard_normal((3, 4)))
    assert np.shares_memory(contiguous(x).numpy(), x.numpy())
    turned = contiguous(x.T)
    assert turned.numpy().flags.c_contiguous
    np.testing.assert_array_equal(turned.numpy(), x.numpy().T)
    agree(lambda t: contiguous(t.T) * 3, rng.standard_normal((3, 4)), device=road)


def test_both_derivatives_go_through(rng):
    x = tensor(rng.standard_normal((2, 3)), requires_grad=True)
    assert gradgradcheck(lambda t: clone(t * t), x)
    assert gradgradcheck(lambda t: contiguous((t * t).T), x)


@pytest.mark.parametrize("dtype", ["float32", "float16", "int64", "bool"])
def test_the_values_travel_unchanged(dtype, road):
    x = tensor([[1, 0], [3, 4]], dtype=dtype)
    there = to_device(x, road)
    assert there.device.type == road
    assert str(there.dtype) == dtype
    np.testing.assert_array_equal(there.cpu().numpy(), x.numpy())


def test_the_gradient_comes_back_to_where_it_belongs(road):
    x = tensor([1.0, 2.0], requires_grad=True)
    y = (x.to(road) * tensor([3.0, 4.0], device=road)).sum()
    assert y.device.type == road
    y.backward()
    assert x.grad.device.type == "cpu"
    assert x.grad.tolist() == [3, 4]


def test_where_nothing_changes_the_tensor_itself_is_given():
    x = zeros(2, requires_grad=True)
    assert to_device(x, "cpu") is x
    assert x.to("cpu") is x.to("float32") is x.to(x) is x.float() is x
    assert x.to("float64", device="cpu") is not x
