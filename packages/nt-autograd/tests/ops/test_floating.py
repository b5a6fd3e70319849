"""check_floating: integers are refused where they would silently become float64."""

import numpy as np
import pytest
from nt_autograd.ops._floating import check_floating


@pytest.mark.parametrize("dtype", ["int64", "uint8", "bool"])
def test_what_is_not_floating_point_is_refused_by_name(dtype):
    with pytest.raises(TypeError, match=rf"x must be floating-point, not {dtype}.*say x.float\(\)"):
        check_floating("x", np.zeros(2, dtype))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_floats_pass(dtype):
    check_floating("x", np.zeros(2, dtype))
