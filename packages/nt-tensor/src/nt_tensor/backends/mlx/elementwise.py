"""Element-wise functions of the standard that MLX lacks or means otherwise."""

from __future__ import annotations

from typing import Any

import mlx.core as mx

__all__ = ["FUNCTIONS"]

_SIGNED_OF_SIZE = {1: mx.int8, 2: mx.int16, 4: mx.int32, 8: mx.int64}


def _is_float(x: Any) -> bool:
    return mx.issubdtype(x.dtype, mx.floating)


def _bits(x: Any) -> Any:
    """Read the same bytes as signed integers; their sign is the float's, that of -0.0 too."""
    return mx.view(x, _SIGNED_OF_SIZE[x.dtype.size])


def _pair(x1: Any, x2: Any) -> tuple[Any, Any]:
    """Bring an array and a Python number to one dtype, and two arrays to one shape."""
    if not isinstance(x1, mx.array):
        x1 = mx.array(x1, x2.dtype)
    elif not isinstance(x2, mx.array):
        x2 = mx.array(x2, x1.dtype)
    x1, x2 = mx.broadcast_arrays(x1, x2)
    return x1, x2


def signbit(x: Any, /) -> Any:
    """True where a number carries a minus sign, -0.0 included."""
    return _bits(x) < 0 if _is_float(x) else x < 0


def copysign(x1: Any, x2: Any, /) -> Any:
    """The magnitude of `x1` with the sign of `x2`."""
    x1, x2 = _pair(x1, x2)
    return mx.where(signbit(x1) == signbit(x2), x1, -x1)


def hypot(x1: Any, x2: Any, /) -> Any:
    """The root of the sum of squares, without squaring what would overflow."""
    x1, x2 = _pair(x1, x2)
    x1, x2 = mx.abs(x1), mx.abs(x2)
    large, small = mx.maximum(x1, x2), mx.minimum(x1, x2)
    ratio = small / mx.where((large == 0) | mx.isinf(large), 1, large)
    length = large * mx.sqrt(1 + ratio * ratio)
    return mx.where(mx.isinf(x1) | mx.isinf(x2), float("inf"), length)  # even beside a NaN


def nextafter(x1: Any, x2: Any, /) -> Any:
    """The next number after `x1` on the way to `x2`."""
    x1, x2 = _pair(x1, x2)
    bits = _bits(x1)
    # Read as integers, positive floats count upwards and negative ones downwards from zero.
    away = (x2 > x1) == (x1 > 0)
    stepped = mx.view(mx.where(away, bits + 1, bits - 1), x1.dtype)
    smallest = mx.view(mx.ones_like(bits), x1.dtype)
    stepped = mx.where(x1 == 0, copysign(smallest, x2), stepped)
    stepped = mx.where(x1 == x2, x2, stepped)
    return mx.where(mx.isnan(x1) | mx.isnan(x2), float("nan"), stepped)


def floor_divide(x1: Any, x2: Any, /) -> Any:
    """The quotient rounded down, of the numbers as they are: MLX rounds to nearest before."""
    x1, x2 = _pair(x1, x2)
    multiple = x1 - mx.remainder(x1, x2)
    if not _is_float(multiple):
        return mx.floor_divide(multiple, x2)
    whole = mx.round(multiple / x2)
    return mx.where((x2 == 0) | mx.isinf(x2), mx.floor(x1 / x2), whole)


def sign(x: Any, /) -> Any:
    """Minus one, zero or one; NaN stays NaN (MLX says 0)."""
    return mx.where(mx.isnan(x), x, mx.sign(x)) if _is_float(x) else mx.sign(x)


def trunc(x: Any, /) -> Any:
    """The whole number next to `x` on the side of zero."""
    return mx.where(x < 0, mx.ceil(x), mx.floor(x)) if _is_float(x) else x


def clip(x: Any, /, min: Any = None, max: Any = None) -> Any:
    """`x` where it is inside of the bounds, the bound elsewhere; the dtype is that of `x`."""
    if min is not None:
        x = mx.maximum(x, min if isinstance(min, mx.array) else mx.array(min, x.dtype))
    if max is not None:
        x = mx.minimum(x, max if isinstance(max, mx.array) else mx.array(max, x.dtype))
    return x


def positive(x: Any, /) -> Any:
    """`x` as it is."""
    return x


_AS_IT_IS = """
    abs add ceil cos cosh divide equal exp expm1 floor greater greater_equal isfinite
    isinf isnan less less_equal log log10 log1p log2 logaddexp logical_and logical_not logical_or
    maximum minimum multiply negative not_equal reciprocal remainder round sin sinh sqrt square
    subtract tan tanh bitwise_and bitwise_invert bitwise_or bitwise_xor where
""".split()  # noqa: SIM905 (words read better than 50 quoted lines)

_UNDER_ANOTHER_NAME = {
    "acos": "arccos",
    "acosh": "arccosh",
    "asin": "arcsin",
    "asinh": "arcsinh",
    "atan": "arctan",
    "atan2": "arctan2",
    "atanh": "arctanh",
    "bitwise_left_shift": "left_shift",
    "bitwise_right_shift": "right_shift",
    "pow": "power",
}


def logical_xor(x1: Any, x2: Any, /) -> Any:
    """True where one of two is."""
    return mx.logical_not(x1) != mx.logical_not(x2)


FUNCTIONS = {
    **{name: getattr(mx, name) for name in _AS_IT_IS},
    **{name: getattr(mx, old) for name, old in _UNDER_ANOTHER_NAME.items()},
    **{
        f.__name__: f
        for f in (
            *(clip, copysign, floor_divide, hypot, logical_xor, nextafter, positive, sign),
            *(signbit, trunc),
        )
    },
}
"""The standard's element-wise functions."""
