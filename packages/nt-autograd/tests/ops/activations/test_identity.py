"""identity: nothing happens, to anything."""

import numpy as np
from nt_autograd import gradcheck, identity, tensor


def test_what_comes_in_goes_out(rng):
    x = tensor(rng.standard_normal(3), requires_grad=True)
    assert identity(x) is x
    assert identity(None) is None
    assert gradcheck(lambda x: identity(x) * 2, x)
    array = np.ones(2)
    assert identity(array) is array
