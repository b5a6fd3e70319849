"""Powers: whole exponents by products, the others by the library's power."""

from __future__ import annotations

from typing import Any

from nt_tensor import dtype_of, namespace

from ..cost import each_input
from ..primitive import primitive
from ..tensor import Tensor
from ._exponential import log
from ._promote import number_like
from ._where import where
from ._zeros_of import zeros_of

__all__ = ["float_power", "pow", "square"]


def pow(input: Any, exponent: Any) -> Any:
    r"""Element-wise power, $y = x^p$, broadcasting.

    $\partial y/\partial x = p\,x^{p-1}$ and $\partial y/\partial p = y \ln x$. $0^0 = 1$, where
    both derivatives are 0; a negative base with a fractional exponent is NaN.

    Args:
        input: $x$, a tensor or a number.
        exponent: $p$, a number (small whole ones are computed by products) or a tensor.

    Raises:
        ValueError: an integer tensor with a negative whole exponent.

    Example:
        >>> from nt_autograd import tensor
        >>> pow(tensor([1.0, 2.0, 3.0]), 3)
        tensor([ 1.,  8., 27.])

    Source: PyTorch's `torch.pow`.
    """
    kind = type(exponent)
    if (kind is int or kind is float) and not isinstance(input, int | float):
        if kind is float and isinstance(input, Tensor) and input.dtype.kind != "float":
            input = input * 1.0
        return _pow_number(input, exponent)
    if isinstance(input, int | float) and isinstance(exponent, Tensor):
        input = number_like(input, exponent.data)
    return _pow_tensor(input, exponent)


def float_power(input: Any, exponent: Any) -> Any:
    """Element-wise power of floats: integers become float32 before they are raised.

    Example:
        >>> from nt_autograd import tensor
        >>> float_power(tensor([1, 2]), -1)
        tensor([1. , 0.5])

    Source: PyTorch's `torch.float_power`, which computes in float64.
    """
    return pow(input * 1.0, exponent)


@primitive
def _pow_number(x: Any, p: Any, /) -> Any:
    if (
        0 < abs(p) <= 8 and float(p).is_integer()
    ):  # a library's power is 30 times slower than products
        y = _by_squaring(x, abs(int(p)))
        if p > 0:
            return y
        if dtype_of(x).kind != "float":
            raise ValueError(f"an integer tensor has no power {p}; make it float first")
        return 1 / y
    if abs(p) == 0.5:
        root = namespace(x).sqrt(x)
        return root if p > 0 else 1 / root
    return x**p


@_pow_number.backward
def _(g: Any, x: Any, p: Any) -> Any:
    if p == 0:
        return zeros_of(g), None
    if p == 2:
        return g * (x + x), None
    return g * (p * pow(x, p - 1)), None


_pow_number.cost(each_input)


@primitive(promotes=True)
def _pow_tensor(x: Any, p: Any, /) -> Any:
    return x**p


@_pow_tensor.backward
def _(g: Any, x: Any, p: Any, y: Any, needs: tuple[bool, bool]) -> Any:
    gx = gp = None
    if needs[0]:  # at p = 0 the power is constant, though x ** -1 may be infinite
        one = where(p == 0, 1, p)
        gx = g * where(p == 0, 0, p * pow(x, one - 1))
    if needs[1]:  # at x = 0 the power is constant to the right of p = 0
        flat = (x == 0) & (p >= 0)
        gp = g * where(flat, 0, y * log(where(flat, 1, x)))
    return gx, gp


def square(x: Any) -> Any:
    """Element-wise square, $y = x^2$.

    Example:
        >>> from nt_autograd import tensor
        >>> square(tensor([1.0, -3.0]))
        tensor([1., 9.])

    Source: PyTorch's `torch.square`.
    """
    return x * x


def _by_squaring(x: Any, n: int) -> Any:
    if n == 1:
        return x * 1
    half = x * x if n < 4 else _by_squaring(x * x, n // 2)
    return half * x if n % 2 else half
