"""The ops: every function on tensors, one family a file, the way back directly under the way there."""

# arithmetic, comparison, functions of one number
from ._alias import alias
from ._arithmetic import add, div, mul, neg, sub
from ._astype import astype
from ._comparison import eq, ge, gt, le, lt, ne
from ._erf import erf

# shapes
from ._expand import expand
from ._exponential import exp, exp2, expm1, log, log1p, log2, log10, reciprocal, rsqrt, sqrt
from ._hyperbolic import acosh, asinh, atanh, cosh, sinh, tanh

# products
from ._matmul import bmm, dot, matmul, mm, mv, outer
from ._permute import movedim, mT, permute, swapaxes, t, transpose
from ._power import float_power, pow, square
from ._reshape import flatten, reshape, squeeze, unflatten, unsqueeze, view
from ._sigmoid import sigmoid, silu

# reductions
from ._sum import mean, sum
from ._sum_to import sum_to
from ._where import masked_fill, where

__all__ = [
    "acosh",
    "add",
    "alias",
    "asinh",
    "astype",
    "atanh",
    "bmm",
    "cosh",
    "div",
    "dot",
    "eq",
    "erf",
    "exp",
    "exp2",
    "expand",
    "expm1",
    "flatten",
    "float_power",
    "ge",
    "gt",
    "le",
    "log",
    "log1p",
    "log2",
    "log10",
    "lt",
    "mT",
    "masked_fill",
    "matmul",
    "mean",
    "mm",
    "movedim",
    "mul",
    "mv",
    "ne",
    "neg",
    "outer",
    "permute",
    "pow",
    "reciprocal",
    "reshape",
    "rsqrt",
    "sigmoid",
    "silu",
    "sinh",
    "sqrt",
    "square",
    "squeeze",
    "sub",
    "sum",
    "sum_to",
    "swapaxes",
    "t",
    "tanh",
    "transpose",
    "unflatten",
    "unsqueeze",
    "view",
    "where",
]
