"""zeros_of: the gradient of what moves in steps."""

import numpy as np
from nt_autograd import tensor
from nt_autograd.ops._zeros_of import zeros_of


def test_zeros_of_infinities_are_zeros_and_constant(road):
    x = tensor([np.inf, np.nan, 1.0], dtype="float16", device=road, requires_grad=True)
    y = zeros_of(x)
    assert y.tolist() == [0, 0, 0]
    assert str(y.dtype) == "float16"
    assert not y.requires_grad
