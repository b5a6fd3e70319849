"""And, or, not; and the questions whose answer is yes or no. Nothing here has a gradient."""

from __future__ import annotations

from typing import Any

from nt_tensor import dtype_of, is_array, namespace

from ..primitive import primitive
from ..tensor import Tensor

__all__ = [
    "allclose",
    "bitwise_and",
    "bitwise_not",
    "bitwise_or",
    "bitwise_xor",
    "isclose",
    "isfinite",
    "isinf",
    "isnan",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
]


@primitive(promotes=True)
def bitwise_and(a: Any, b: Any, /) -> Any:
    """The operator `&`: of booleans whether both hold, of integers the bits that both have.

    Example:
        >>> from nt_autograd import tensor
        >>> bitwise_and(tensor([True, False]), True)
        tensor([ True, False])

    Source: PyTorch's `torch.bitwise_and`.
    """
    return b & a if type(a) is int else a & b  # MLX takes no number on the left


@primitive(promotes=True)
def bitwise_or(a: Any, b: Any, /) -> Any:
    """The operator `|`: of booleans whether one holds, of integers the bits that one has.

    Example:
        >>> from nt_autograd import tensor
        >>> bitwise_or(tensor([5, 2]), 1)
        tensor([5, 3])

    Source: PyTorch's `torch.bitwise_or`.
    """
    return b | a if type(a) is int else a | b  # MLX takes no number on the left


@primitive(promotes=True)
def bitwise_xor(a: Any, b: Any, /) -> Any:
    """The operator `^`: of booleans whether just one holds, of integers the bits that just one has.

    Example:
        >>> from nt_autograd import tensor
        >>> bitwise_xor(tensor([True, False]), True)
        tensor([False,  True])

    Source: PyTorch's `torch.bitwise_xor`.
    """
    return b ^ a if type(a) is int else a ^ b  # MLX takes no number on the left


@primitive
def bitwise_not(x: Any, /) -> Any:
    """The operator `~`: of booleans the opposite, of integers all bits turned.

    Example:
        >>> from nt_autograd import tensor
        >>> bitwise_not(tensor([True, False]))
        tensor([False,  True])

    Source: PyTorch's `torch.bitwise_not`.
    """
    return namespace(x).bitwise_invert(x)


@primitive
def logical_and(a: Any, b: Any, /) -> Any:
    """Whether both are true, element by element; numbers are true where they are not 0.

    Example:
        >>> from nt_autograd import tensor
        >>> logical_and(tensor([1.0, 0.0]), tensor([True, True]))
        tensor([ True, False])

    Source: PyTorch's `torch.logical_and`.
    """
    return (a != 0) & (b != 0)


@primitive
def logical_or(a: Any, b: Any, /) -> Any:
    """Whether one is true, element by element; numbers are true where they are not 0.

    Example:
        >>> from nt_autograd import tensor
        >>> logical_or(tensor([1.0, 0.0]), tensor([False, False]))
        tensor([ True, False])

    Source: PyTorch's `torch.logical_or`.
    """
    return (a != 0) | (b != 0)


@primitive
def logical_xor(a: Any, b: Any, /) -> Any:
    """Whether just one is true, element by element; numbers are true where they are not 0.

    Example:
        >>> from nt_autograd import tensor
        >>> logical_xor(tensor([1.0, 0.0]), tensor([True, True]))
        tensor([False,  True])

    Source: PyTorch's `torch.logical_xor`.
    """
    return (a != 0) != (b != 0)


@primitive
def logical_not(x: Any, /) -> Any:
    """Whether it is false, element by element; numbers are false where they are 0.

    Example:
        >>> from nt_autograd import tensor
        >>> logical_not(tensor([1.0, 0.0]))
        tensor([False,  True])

    Source: PyTorch's `torch.logical_not`.
    """
    return x == 0


@primitive
def isnan(x: Any, /) -> Any:
    """Whether a number is NaN, element by element.

    Example:
        >>> from nt_autograd import tensor
        >>> isnan(tensor([1.0, float("nan")]))
        tensor([False,  True])

    Source: PyTorch's `torch.isnan`.
    """
    return x != x


@primitive
def isinf(x: Any, /) -> Any:
    """Whether a number is infinite, element by element.

    Example:
        >>> from nt_autograd import tensor
        >>> isinf(tensor([1.0, float("-inf")]))
        tensor([False,  True])

    Source: PyTorch's `torch.isinf`.
    """
    if dtype_of(x).kind != "float":
        return x != x
    return namespace(x).isinf(x)


@primitive
def isfinite(x: Any, /) -> Any:
    """Whether a number is neither infinite nor NaN, element by element.

    Example:
        >>> from nt_autograd import tensor
        >>> isfinite(tensor([1.0, float("nan")]))
        tensor([ True, False])

    Source: PyTorch's `torch.isfinite`.
    """
    if dtype_of(x).kind != "float":
        return x == x
    return namespace(x).isfinite(x)


@primitive
def isclose(
    a: Any, b: Any, /, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Any:
    r"""Whether $|a - b| \le \mathrm{atol} + \mathrm{rtol}\,|b|$, element by element, broadcasting.

    Args:
        a: floats or integers.
        b: what `a` should be.
        rtol: relative tolerance.
        atol: absolute tolerance.
        equal_nan: whether two NaN are close.

    Example:
        >>> from nt_autograd import tensor
        >>> isclose(tensor([1.0, 2.0]), tensor([1.000001, 2.1]))
        tensor([ True, False])

    Source: PyTorch's `torch.isclose`.
    """
    xp = namespace(a if is_array(a) else b)
    a, b = xp.asarray(a), xp.asarray(b)
    finite = (xp.abs(a) < float("inf")) & (xp.abs(b) < float("inf"))  # inf - inf would be NaN
    apart = xp.abs(xp.where(finite, a, 0) - xp.where(finite, b, 0))
    close = (a == b) | (finite & (apart <= atol + rtol * xp.abs(xp.where(finite, b, 0))))
    return close | ((a != a) & (b != b)) if equal_nan else close


def allclose(
    a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> bool:
    """Whether `isclose` holds everywhere, as a Python bool.

    Example:
        >>> from nt_autograd import tensor
        >>> allclose(tensor([1.0, 2.0]), tensor([1.000001, 2.0]))
        True

    Source: PyTorch's `torch.allclose`.
    """
    close = isclose(a, b, rtol, atol, equal_nan)
    return bool((close.data if isinstance(close, Tensor) else close).all())
