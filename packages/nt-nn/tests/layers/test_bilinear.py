"""Bilinear: a form for every output, its initial values, PyTorch's numbers."""

import numpy as np
import pytest
from nt_autograd import ones, tensor
from nt_nn import Bilinear, Parameter
from nt_tensor import Generator


def test_it_is_the_form_of_its_weight():
    layer = Bilinear(2, 3, 1)
    layer.weight = Parameter([[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]])
    layer.bias = Parameter([0.5])
    assert layer(tensor([1.0, 10.0]), tensor([1.0, 0.0, -1.0])).tolist() == [-21.5]


def test_initial_values_are_uniform_and_come_from_the_generator():
    one, other = (Bilinear(16, 20, 5, generator=Generator(0)) for _ in range(2))
    assert one.weight.tolist() == other.weight.tolist()
    assert abs(one.weight.detach().numpy()).max() <= 0.25
    assert one.weight.detach().numpy().std() == pytest.approx(0.25 / 3**0.5, rel=0.1)
    assert [n for n, _ in Bilinear(2, 3, 4, bias=False).named_parameters()] == ["weight"]


def test_what_does_not_fit_is_named():
    with pytest.raises(ValueError, match=r"in2_features \(0\).*must be positive"):
        Bilinear(2, 0, 1)
    with pytest.raises(ValueError, match=r"must share in1 and in2, got \(5, 2\), \(5, 4\)"):
        Bilinear(2, 3, 1)(ones(5, 2), ones(5, 4))


@pytest.mark.goldens("conv", "bilinear")
@pytest.mark.parametrize(("dtype", "limit"), [("float64", 1e-9), ("float32", 1e-5)])
def test_it_agrees_with_pytorch(golden, agree, dtype, limit):
    layer = Bilinear(**golden.about["ctor"]).to(dtype)
    for name in golden.about["params"]:
        setattr(layer, name, Parameter(golden.tensor(f"param.{name}", dtype)))
    one, two = (golden.leaf(f"input.{name}", dtype) for name in ("x1", "x2"))
    y = layer(one, two)
    agree(y, golden.arrays["output.0"], limit)
    (y * golden.tensor("cotangent.0", dtype)).sum().backward()
    for name, x in (
        ("input.x1", one),
        ("input.x2", two),
        *[("param." + n, p) for n, p in layer.named_parameters()],
    ):
        agree(x.grad, golden.arrays[f"grad.{name}"], limit * 10)
    np.testing.assert_array_equal(y.shape, golden.arrays["output.0"].shape)
