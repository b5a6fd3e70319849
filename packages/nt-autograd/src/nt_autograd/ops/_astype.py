"""astype: the same values in another dtype."""

from __future__ import annotations

from typing import Any

import nt_tensor
from nt_tensor import DType, as_dtype

from ..cost import moved
from ..primitive import primitive

__all__ = ["astype"]


@primitive
def astype(x: Any, /, dtype: DType | str = "float32") -> Any:
    """The values of `x` as `dtype`; the gradient comes back in the dtype of `x`.

    Example:
        >>> from nt_autograd import tensor
        >>> astype(tensor([1, 2]), "float64")
        tensor([1., 2.], dtype=float64)

    Source: array API standard, `astype`; PyTorch's `Tensor.to(dtype)`.
    """
    return nt_tensor.astype(x, as_dtype(dtype))


@astype.backward
def _(g: Any, x_dtype: DType) -> Any:
    return astype(g, x_dtype)


astype.cost(moved)
