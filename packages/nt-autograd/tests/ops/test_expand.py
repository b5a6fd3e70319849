"""Repeating without copying."""

import numpy as np
import pytest
from nt_autograd import broadcast_to, expand, gradcheck, gradgradcheck, tensor, zeros

CASES = [
    ((2, 1, 3), (2, 4, 3)),
    ((3,), (2, 3)),
    ((), (2, 2)),
    ((1, 1), (5, 7)),
    ((1,), (0,)),
    ((2, 3), (2, 3)),
    ((3, 1), (4, 3, 0)),
]


@pytest.mark.parametrize(("small", "large"), CASES)
def test_the_way_back_of_repeating_is_summing(small, large, road, agree, rng):
    x = rng.standard_normal(small)
    np.testing.assert_array_equal(expand(tensor(x), large).numpy(), np.broadcast_to(x, large))
    agree(lambda t: expand(t, large), x, device=road)
    agree(lambda t: broadcast_to(t, large), x, device=road)


@pytest.mark.parametrize(("small", "large"), CASES)
def test_both_derivatives_agree_with_differences(small, large, rng):
    x = tensor(rng.standard_normal(small), requires_grad=True)
    assert gradcheck(lambda t: expand(t, large), x)
    assert gradgradcheck(lambda t: expand(t * t, large), x)


def test_minus_one_keeps_a_length():
    assert expand(zeros(3, 1), (2, -1, 4)).shape == (2, 3, 4)
    assert zeros(3, 1).expand(-1, 4).shape == (3, 4)
    assert zeros(1).expand_as(zeros(2, 5)).shape == (2, 5)


def test_nothing_is_copied():
    x = zeros(1, 3)
    assert np.shares_memory(expand(x, (1000, 3)).numpy(), x.numpy())


@pytest.mark.parametrize("shape", [(2, 2), (3,), (4, 3, 3)])
def test_a_shape_that_does_not_fit_is_told(shape, road):
    with pytest.raises(ValueError, match=r"expand\(x: float32 \(2, 3\)\)"):
        expand(zeros(2, 3, device=road), shape)
