"""sum_to: what undoes every broadcast."""

import numpy as np
import pytest
from nt_autograd import gradcheck, gradgradcheck, sum_to, tensor, zeros

CASES = [
    ((2, 1, 3), (2, 4, 3)),
    ((3,), (2, 3)),
    ((), (2, 2)),
    ((1, 1), (5, 3)),
    ((1,), (0,)),
    ((2, 3), (2, 3)),
]


@pytest.mark.parametrize(("small", "large"), CASES)
def test_it_sums_what_was_repeated(small, large, road, agree, rng):
    x = rng.standard_normal(large)
    padded = (1,) * (len(large) - len(small)) + small
    axes = tuple(i for i, (n, m) in enumerate(zip(padded, large, strict=True)) if n == 1 != m)
    expected = x.sum(axis=axes, keepdims=True).reshape(small)
    np.testing.assert_allclose(sum_to(tensor(x), small).numpy(), expected, rtol=1e-13)
    agree(lambda t: sum_to(t, small), x, device=road)
    t = tensor(x, requires_grad=True)
    assert gradcheck(lambda t: sum_to(t, small), t)
    assert gradgradcheck(lambda t: sum_to(t * t, small), t)


def test_it_refuses_what_no_broadcast_made():
    with pytest.raises(ValueError, match=r"\(2,\) does not broadcast to \(3,\)"):
        sum_to(zeros(3), (2,))
