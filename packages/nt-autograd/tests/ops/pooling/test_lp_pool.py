"""lp_pool against loops; sums, signs, zeros, both derivatives."""

import nt_autograd as ag
import numpy as np
import pytest
from nt_autograd import gradcheck, gradgradcheck, tensor

SHAPES = {1: (2, 3, 9), 2: (2, 3, 7, 6), 3: (1, 2, 4, 5, 6)}
POOLS = {1: ag.lp_pool1d, 2: ag.lp_pool2d, 3: ag.lp_pool3d}


@pytest.mark.parametrize(("p", "size", "stride"), [(1, 2, None), (2, 3, 2), (3, 2, 1), (0.5, 2, 3)])
@pytest.mark.parametrize("count", POOLS)
def test_it_is_the_norm_of_each_window(count, p, size, stride, naive, road, agree, rng):
    x = rng.uniform(0.1, 2.0, SHAPES[count])
    axes = [naive.windows(n, size, stride or size)[0] for n in x.shape[-count:]]
    right = naive.pooled(x, axes, lambda values, _: sum(v**p for v in values) ** (1 / p))
    y = POOLS[count](tensor(x), p, size, stride)
    np.testing.assert_allclose(y.numpy(), right, rtol=1e-11)
    agree(lambda t: POOLS[count](t, p, size, stride), x, device=road, limit=1e-5)


def test_a_window_over_the_end_is_stretched_as_if_it_were_whole():
    y = ag.lp_pool1d(tensor([[2.0, 2.0, 2.0]]), 1, 2, ceil_mode=True)
    assert y.tolist() == [[4.0, 4.0]]


@pytest.mark.parametrize("count", POOLS)
def test_both_derivatives_agree_with_differences(count, rng):
    x = tensor(rng.uniform(0.5, 2.0, (1, *SHAPES[count][2:])), requires_grad=True)
    for p in (1, 2, 2.5):
        assert gradcheck(lambda x, p=p: POOLS[count](x, p, 2), x)
        assert gradgradcheck(lambda x, p=p: POOLS[count](x, p, 2), x)


def test_at_zero_there_is_no_gradient_but_zero(road):
    x = tensor(np.zeros((1, 4), np.float32), device=road, requires_grad=True)
    y = ag.lp_pool1d(x, 2, 2)
    y.sum().backward()
    assert y.tolist() == [[0.0, 0.0]]
    assert x.grad.tolist() == [[0.0] * 4]


def test_an_odd_power_keeps_the_signs_and_a_negative_sum_is_zero(road):
    y = ag.lp_pool1d(tensor([[-1.0, 2.0, -2.0, 1.0]], device=road), 3, 2)
    np.testing.assert_allclose(y.numpy(), [[7 ** (1 / 3), 0.0]], rtol=1e-6)


@pytest.mark.parametrize("p", [0, -1, float("inf"), float("nan")])
def test_a_norm_that_is_none_is_refused(p):
    with pytest.raises(
        ValueError, match=r"lp_pool2d: norm_type \(.*\) must be positive and finite"
    ):
        ag.lp_pool2d(tensor(np.ones((1, 2, 2))), p, 2)
