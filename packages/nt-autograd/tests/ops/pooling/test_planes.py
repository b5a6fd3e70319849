"""scatter_planes and take_planes: each is the other's way back."""

import numpy as np
from nt_autograd import count_flops, gradcheck, gradgradcheck, tensor
from nt_autograd.ops.pooling._planes import scatter_planes, take_planes

INDEX = np.array([[[5, 0]], [[2, 2]]])  # one place named twice


def test_elements_are_taken_by_their_number_and_brought_back(road, agree, rng):
    x = rng.standard_normal((2, 2, 3))
    y = take_planes(tensor(x), tensor(INDEX), 2)
    assert y.numpy().tolist() == [[[x[0, 1, 2], x[0, 0, 0]]], [[x[1, 0, 2], x[1, 0, 2]]]]
    agree(lambda x: take_planes(x, tensor(INDEX, device=x.device), 2), x, device=road)
    agree(
        lambda g: scatter_planes(g, tensor(INDEX, device=g.device), (2, 3)), y.numpy(), device=road
    )


def test_both_derivatives_agree_with_differences(bodies, rng):
    index = tensor(INDEX)
    x = tensor(rng.standard_normal((2, 2, 3)), requires_grad=True)
    g = tensor(rng.standard_normal((2, 1, 2)), requires_grad=True)
    assert gradcheck(lambda x: take_planes(x, index, 2), x)
    assert gradgradcheck(lambda x: take_planes(x * x, index, 2), x)
    assert gradcheck(lambda g: scatter_planes(g, index, (2, 3)), g)
    assert gradgradcheck(lambda g: scatter_planes(g * g, index, (2, 3)), g)


def test_their_cost():
    with count_flops() as count:
        g = take_planes(tensor(np.ones((2, 2, 3))), tensor(INDEX), 2)
        scatter_planes(g, tensor(INDEX), (2, 3))
    assert count.by_op["take_planes"][1] == 0
    assert count.by_op["scatter_planes"][1] == 4
