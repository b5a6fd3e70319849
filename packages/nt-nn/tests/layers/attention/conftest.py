"""What the tests of attention share: the choice of compiled kernels."""

import nt_tensor
import pytest


@pytest.fixture
def with_jit():
    """nt_tensor.jit, whose choice is taken back after the test."""
    before = nt_tensor.jit()
    yield nt_tensor.jit
    nt_tensor.jit(before)
