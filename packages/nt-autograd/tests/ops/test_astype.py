"""astype, and the casts that are methods of a tensor."""

import numpy as np
import pytest
from nt_autograd import astype, gradcheck, gradgradcheck, tensor

CASTS = {"half": "float16", "float": "float32", "double": "float64", "short": "int16"}
CASTS |= {"int": "int32", "long": "int64", "bool": "bool"}


@pytest.mark.parametrize(("method", "dtype"), CASTS.items())
def test_every_cast_is_numpys(method, dtype, road):
    x = tensor([0.0, 1.5, -2.5], device=road)
    y = getattr(x, method)()
    assert str(y.dtype) == dtype
    np.testing.assert_array_equal(y.numpy(), x.numpy().astype(dtype))
    assert y.dtype == x.to(dtype).dtype == x.to(y).dtype == x.type_as(y).dtype


@pytest.mark.parametrize(("there", "back"), [("float16", "float64"), ("float64", "float32")])
def test_the_gradient_comes_back_in_the_dtype_that_left(there, back, road):
    x = tensor([1.0, 2.0], dtype=back, device=road, requires_grad=True)
    y = astype(x, there)
    y.backward(tensor([3.0, 4.0], dtype=there, device=road))
    assert str(x.grad.dtype) == back
    assert x.grad.tolist() == [3, 4]


def test_a_cast_to_integers_ends_the_graph():
    assert not tensor([1.0], requires_grad=True).long().requires_grad


def test_a_name_that_is_neither_dtype_nor_device_is_told():
    with pytest.raises(ValueError, match="device 'float99'"):
        tensor([1.0]).to("float99")
    with pytest.raises(TypeError, match="dtype"):
        tensor([1.0]).to(3.5)


def test_both_derivatives_go_through(rng):
    x = tensor(rng.standard_normal(3), requires_grad=True)
    assert gradcheck(lambda t: astype(t, "float64"), x)
    assert gradgradcheck(lambda t: astype(t * t, "float64"), x)
