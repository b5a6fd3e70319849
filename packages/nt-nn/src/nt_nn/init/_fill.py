"""Put values into a tensor in place, and count a weight's inputs and outputs."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeVar

from nt_autograd import Tensor, no_grad
from nt_tensor import Array, asarray

from .._skeleton import sketching

T = TypeVar("T", bound=Tensor)


def fill(tensor: T, values: Callable[[], Array]) -> T:
    """Overwrite a tensor, which keeps its dtype and device, and give it back.

    Inside of a `skeleton()` there is nothing to overwrite, and no values are made.
    """
    if sketching():
        return tensor
    with no_grad():
        tensor.copy_(Tensor(asarray(values(), tensor.dtype, tensor.device)))
    return tensor


def fans(tensor: Tensor) -> tuple[int, int]:
    """How many inputs an output sums, and how many outputs an input reaches."""
    if tensor.ndim < 2:
        raise ValueError(f"the tensor must be (out, in, …), not of shape {tensor.shape}")
    field = math.prod(tensor.shape[2:])
    return tensor.shape[1] * field, tensor.shape[0] * field
