"""Band matrices on the last axes: each is the other's way back, and both derivatives are linear."""

import numpy as np
import pytest
from nt_autograd import count_flops, grad, gradcheck, gradgradcheck, tensor
from nt_autograd.ops._bands import apply_bands
from nt_tensor.kernels import Band

ROWS = Band([[(0, 0.5), (2, -1.0)], [], [(1, 2.0)], [(3, 1.0), (4, 1.0)]], 5)
COLUMNS = Band([[(0, 1.0), (1, 0.5)], [(2, 3.0)]], 3)


@pytest.mark.parametrize("bands", [(ROWS, COLUMNS), (None, COLUMNS), (ROWS, None)])
@pytest.mark.parametrize("lead", [(), (2,), (2, 3), (0, 2)])
def test_gradients_come_back_through_the_transpose(bands, lead, road, agree, rng):
    agree(lambda x: apply_bands(x, bands), rng.standard_normal((*lead, 5, 3)), device=road)


def test_both_derivatives_agree_with_differences(bodies, rng):
    x = tensor(rng.standard_normal((2, 5, 3)), requires_grad=True)
    assert gradcheck(lambda x: apply_bands(x, (ROWS, COLUMNS)), x)
    assert gradgradcheck(lambda x: apply_bands(x * x, (ROWS, COLUMNS)), x)


def test_what_is_never_read_has_no_gradient():
    x = tensor(np.ones((1, 3)), requires_grad=True)
    (g,) = grad(apply_bands(x, (Band([[(1, 2.0)]], 3),)).sum(), [x])
    assert g.tolist() == [[0.0, 2.0, 0.0]]


def test_its_cost():
    x = tensor(np.ones((2, 5, 3)))
    with count_flops() as count:
        apply_bands(x, (ROWS, COLUMNS))
    assert count.by_op["apply_bands"][1] == 2 * 2 * 3 * 5 + 2 * 2 * 4 * 3


def test_integers_are_refused():
    with pytest.raises(TypeError, match="input must be floating-point, not int64"):
        apply_bands(tensor([[1, 2, 3]]), (COLUMNS,))
