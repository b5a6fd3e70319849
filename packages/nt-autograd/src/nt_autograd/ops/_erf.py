"""The error function and its complement."""

from __future__ import annotations

import math
from typing import Any

from nt_tensor import kernels

from ..primitive import primitive
from ._exponential import exp

__all__ = ["erf"]


@primitive(promotes=True)
def erf(x: Any, /) -> Any:
    r"""Element-wise error function, $y = \frac{2}{\sqrt\pi} \int_0^x e^{-t^2} dt$.

    $y' = \frac{2}{\sqrt\pi} e^{-x^2}$. At most 1e-7 off in float32 and 1e-15 in float64.

    Example:
        >>> from nt_autograd import tensor
        >>> erf(tensor([0.0, 10.0]))
        tensor([0., 1.])

    Source: Abramowitz and Stegun, Handbook of Mathematical Functions (1964), 7.1.1; PyTorch's
        `torch.erf`.
    """
    return kernels.erf(x)


@erf.backward
def _(g: Any, x: Any) -> Any:
    return g * (exp(-x * x) * (2 / math.sqrt(math.pi)))
