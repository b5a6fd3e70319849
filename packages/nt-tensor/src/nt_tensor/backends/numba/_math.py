"""What LLVM can vectorise: exp and the normal distribution function in float32, as polynomials.

Numba calls the C library for `exp` and `tanh`, one element at a time. These are straight-line code,
so the compiler turns a loop over them into vector instructions. All arithmetic is float32: a stray
float64 constant would halve the vector width, hence the named constants.

Compiled code is cached beside each file, and Numba does not see that a function of another file has
changed: after an edit here, delete the `*.nbi` and `*.nbc` files in the `__pycache__` folders.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from nt_tensor.backends.numpy._gelu import CDF

__all__ = ["exp32", "fast", "largest32", "normal_cdf32"]

F = np.float32

fast = njit(cache=True, fastmath={"contract", "reassoc", "nsz"}, error_model="numpy", nogil=True)
"""Compile with sums reordered, so that they vectorise; NaN and infinity keep their meaning."""


def _power_of_two_code(typing_context: Any, exponent: Any) -> Any:
    """2**exponent for an int32 in [-126, 127], by writing the exponent field of a float32."""

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        biased = builder.add(args[0], ir.Constant(ir.IntType(32), 127))
        return builder.bitcast(builder.shl(biased, ir.Constant(ir.IntType(32), 23)), ir.FloatType())

    return types.float32(types.int32), code


_power_of_two: Any = intrinsic(_power_of_two_code)


LOG2E, LN2_HIGH, LN2_LOW = F(1.44269504088896341), F(0.693359375), F(-2.12194440e-4)
LOWEST, HIGHEST = F(-87.0), F(88.37)  # the exponents for which 2**n below is a normal number
HALF, ZERO, ONE, INFINITE = F(0.5), F(0.0), F(1.0), F(np.inf)
E0, E1, E2 = F(1.9875691500e-4), F(1.3981999507e-3), F(8.3334519073e-3)
E3, E4, E5 = F(4.1665795894e-2), F(1.6666665459e-1), F(5.0000001201e-1)


@fast
def exp32(x: Any) -> Any:
    """exp(x) in float32, within 3e-7; 0 below -87 and infinity above 88.37.

    x = n ln 2 + r with |r| <= ln 2 / 2; exp(r) by Cephes' polynomial (Moshier, expf.c).
    """
    clipped = min(max(x, LOWEST), HIGHEST)
    n = np.floor(clipped * LOG2E + HALF)
    r = clipped - n * LN2_HIGH - n * LN2_LOW
    p = E0
    p = p * r + E1
    p = p * r + E2
    p = p * r + E3
    p = p * r + E4
    p = p * r + E5
    y = (p * r * r + r + ONE) * _power_of_two(np.int32(n))
    y = INFINITE if x > HIGHEST else y
    return ZERO if x < LOWEST else y  # NaN stays NaN


SIGN, REST, LEAST = np.int32(31), np.int32(0x7FFFFFFF), np.int32(-0x80000000)


def _float_of_bits_code(typing_context: Any, bits: Any) -> Any:
    """The float32 whose bits an int32 has."""

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.FloatType())

    return types.float32(types.int32), code


_float_of_bits: Any = intrinsic(_float_of_bits_code)


@fast
def largest32(bits: np.ndarray) -> Any:
    """The maximum of a row of float32, given as int32 by `view`; of NaNs in it, one or none.

    A maximum of floats does not become vector instructions here, one of integers does: with the
    bits of a negative number (but its sign) turned over, integers are ordered as floats are. That
    is 8 times faster. (The view is the caller's, of the whole array: one takes 20 ns.)
    """
    top = LEAST
    for j in range(bits.size):
        key = np.int32(bits[j] ^ ((bits[j] >> SIGN) & REST))
        top = key if key > top else top
    return _float_of_bits(np.int32(top ^ ((top >> SIGN) & REST)))


C0, C1, C2, C3, C4, C5, C6 = (F(c) for c in CDF)
TWO = F(2.0)


@fast
def normal_cdf32(x: Any) -> Any:
    """The normal distribution function in float32: 1 / (1 + exp(-2 q)) with q = x P(x^2)."""
    s = x * x
    q = x * ((((((C6 * s + C5) * s + C4) * s + C3) * s + C2) * s + C1) * s + C0)
    return ONE / (ONE + exp32(-TWO * q))
