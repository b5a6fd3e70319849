"""astype: the same values in another dtype."""

from __future__ import annotations

from typing import Any

import nt_tensor
from nt_tensor import DType, as_dtype

from ..cost import moved
from ..primitive import primitive
from ..tensor import Tensor

__all__ = ["astype"]


def astype(x: Any, dtype: DType | str) -> Any:
    """The values of `x` as `dtype`; the gradient comes back in the dtype of `x`.

    Example:
        >>> from nt_autograd import tensor
        >>> astype(tensor([1, 2]), "float64")
        tensor([1., 2.], dtype=float64)

    Source: array API standard, `astype`; PyTorch's `Tensor.to(dtype)`.
    """
    dtype = as_dtype(dtype)
    if isinstance(x, Tensor) and dtype.kind != "float":
        x = x.detach()  # integers and booleans have no gradient
    return _astype(x, dtype)


@primitive
def _astype(x: Any, /, dtype: DType) -> Any:
    return nt_tensor.astype(x, dtype)


@_astype.backward
def _(g: Any, x_dtype: DType) -> Any:
    return _astype(g, x_dtype)


_astype.cost(moved)
