"""What losses share: reductions, shapes, signs and weights, refused by name; and `scaled`."""

import math

import numpy as np
import pytest
from nt_autograd import count_flops, l1_loss, mse_loss, tensor
from nt_autograd.ops.losses._reduction import (
    check_numbers,
    check_signs,
    reduced,
    scaled,
    share_of,
    weighted,
)
from nt_autograd.ops.losses.options import (
    check_alpha,
    check_between,
    check_margin_power,
    check_not_negative,
    check_positive,
    check_reduction,
)


def test_a_mean_is_over_all_or_over_a_divisor():
    losses = tensor([[1.0, 2.0], [3.0, 6.0]])
    assert reduced(losses, "none") is losses
    assert reduced(losses, "sum").item() == 12.0
    assert reduced(losses, "mean").item() == 3.0
    assert reduced(losses, "mean", divisor=2).item() == 6.0
    assert math.isnan(reduced(losses, "mean", divisor=0).item())
    assert share_of(4) == 0.25


@pytest.mark.parametrize("g", [1.0, -2.5])
def test_scaled_is_the_product(g, road):
    slope = tensor([[1.0, -3.0]], device=road).data
    found = tensor(scaled(slope, tensor(g, device=road).data))
    assert found.tolist() == [[g, -3.0 * g]]


def test_the_gradient_of_a_leaf_is_its_own():
    x = tensor([1.0, 2.0], requires_grad=True)
    y = mse_loss(x, tensor([0.0, 0.0]), reduction="sum")
    y.backward(retain_graph=True)
    x.grad.data[:] = 7.0  # whoever clips a gradient in place leaves the graph alone
    x.grad = None
    y.backward()
    assert x.grad.tolist() == [2.0, 4.0]


def test_the_way_back_costs_one_product():
    with count_flops() as count:
        mse_loss(tensor(np.ones((3, 4)), requires_grad=True), tensor(np.zeros((3, 4)))).backward()
    assert count.by_op["scaled"][1] == 12
    assert count.by_op["squared_error"][1] == 4 * 12


def test_weights_broadcast_to_the_losses_and_never_widen_them():
    losses = tensor(np.ones((2, 3), np.float32))
    found = weighted(losses, np.array([1.0, 2.0, 3.0]))
    assert str(found.dtype) == "float32"
    assert found.tolist() == [[1.0, 2.0, 3.0]] * 2
    for shape in ((2,), (2, 2, 3), (4, 3)):
        with pytest.raises(ValueError, match=r"w must broadcast to \(2, 3\), got \(.*\)"):
            weighted(losses, np.ones(shape), "w")
    with pytest.raises(TypeError, match="weight must be a tensor or an array, got a list"):
        weighted(losses, [1.0])


def test_signs_are_ones(road):
    check_signs(tensor([1, -1, 1], device=road))
    check_signs(tensor([1.0, -1.0], device=road))
    check_signs(tensor(np.zeros((0, 3), np.int64), device=road))
    for bad in ([1, 0], [1.0, 2.0], [-1, 255]):
        with pytest.raises(ValueError, match=rf"target must hold 1 and -1, got {bad[1]:g} at posi"):
            check_signs(tensor(bad, device=road))


def test_nothing_is_broadcast():
    x = tensor(np.ones((4, 1)))
    with pytest.raises(ValueError, match=r"target must have the shape of input, \(4, 1\), got \(4"):
        l1_loss(x, tensor(np.ones(4)))
    with pytest.raises(TypeError, match="target must be a tensor or an array, got a float"):
        l1_loss(x, 1.0)
    with pytest.raises(TypeError, match="input must be floating-point, not int64"):
        l1_loss(tensor([1]), tensor([1]))
    check_numbers("sum", a=x, b=x)


def test_options_out_of_range_are_named():
    with pytest.raises(ValueError, match='must be "batchmean", "mean", "sum" or "none", got \'x\''):
        check_reduction("x", "batchmean")
    with pytest.raises(ValueError, match=r"a must lie in \[0, 1\], got nan"):
        check_between("a", math.nan, 0, 1)
    with pytest.raises(ValueError, match="a must be positive, got 0"):
        check_positive("a", 0)
    with pytest.raises(ValueError, match="a must not be negative, got -1"):
        check_not_negative("a", -1)
    with pytest.raises(ValueError, match="p must be 1 or 2, got 3"):
        check_margin_power(3)
    with pytest.raises(ValueError, match=r"alpha must lie in \[0, 1\], got -0.5"):
        check_alpha(-0.5)
    check_alpha(-1)
    check_reduction("batchmean", "batchmean")
