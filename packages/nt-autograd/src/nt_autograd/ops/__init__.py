"""The ops: functions on tensors, one family a file, the way back directly under the way there.

What works on numbers and shapes stands here; what networks are made of, in the packages inside.
"""

# arithmetic, comparison, functions of one number
from ._alias import alias
from ._alpha_dropout import alpha_dropout, feature_alpha_dropout
from ._arithmetic import add, div, mul, neg, sub
from ._astype import astype
from ._bilinear import bilinear
from ._comparison import eq, ge, gt, le, lt, ne
from ._concat import cat, chunk, concat, hstack, split, stack, unbind, vstack
from ._copy import clone, contiguous, to_device
from ._counts import all, any, count_nonzero
from ._cumulative import cumprod, cumsum, prod
from ._diagonal import diag, diag_embed, diagonal, trace, tril, triu
from ._dropout import dropout
from ._einsum import einsum, tensordot

# indexing
from ._embedding import embedding
from ._embedding_bag import embedding_bag
from ._erf import erf

# shapes
from ._expand import broadcast_to, expand
from ._exponential import exp, exp2, expm1, log, log1p, log2, log10, reciprocal, rsqrt, sqrt
from ._extremes import Extreme, amax, amin, argmax, argmin, max, min
from ._feature_dropout import dropout1d, dropout2d, dropout3d
from ._flip import flip, repeat, repeat_interleave, roll, tile
from ._gather import gather, scatter, scatter_add, take_along_dim
from ._getitem import getitem
from ._hyperbolic import acosh, asinh, atanh, cosh, sinh, tanh
from ._index_select import index_add, index_select
from ._linear import linear
from ._logic import (
    allclose,
    bitwise_and,
    bitwise_not,
    bitwise_or,
    bitwise_xor,
    isclose,
    isfinite,
    isinf,
    isnan,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
)
from ._logsumexp import logsumexp
from ._mask import masked_select, nonzero

# products
from ._matmul import bmm, dot, matmul, mm, mv, outer
from ._maximum import abs, clamp, clip, maximum, minimum
from ._newton_schulz import newton_schulz
from ._norm import norm
from ._one_hot import one_hot
from ._optimizer_steps import fused_update
from ._pad import pad
from ._permute import movedim, mT, permute, swapaxes, t, transpose
from ._power import float_power, pow, square
from ._reshape import flatten, reshape, squeeze, unflatten, unsqueeze, view
from ._rounding import ceil, floor, floor_divide, remainder, round, sign, trunc
from ._sort import Ordered, argsort, sort, topk
from ._stochastic_depth import stochastic_depth

# reductions
from ._sum import mean, sum
from ._sum_to import sum_to
from ._trigonometric import acos, asin, atan, atan2, cos, sin, tan
from ._variance import std, var
from ._where import masked_fill, where

__all__ = [
    # images
    # indexing
    "Ordered",
    "argsort",
    "bilinear",
    "embedding",
    "embedding_bag",
    "gather",
    "getitem",
    "index_add",
    "index_select",
    "masked_select",
    "nonzero",
    "one_hot",
    "scatter",
    "scatter_add",
    "sort",
    "take_along_dim",
    "topk",
    "alpha_dropout",
    "dropout",
    "dropout1d",
    "dropout2d",
    "dropout3d",
    "feature_alpha_dropout",
    "stochastic_depth",
    "linear",
    "fused_update",
    "newton_schulz",
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
    "cat",
    "chunk",
    "concat",
    "hstack",
    "split",
    "stack",
    "unbind",
    "vstack",
    "clone",
    "contiguous",
    "to_device",
    "all",
    "any",
    "count_nonzero",
    "cumprod",
    "cumsum",
    "prod",
    "diag",
    "diag_embed",
    "diagonal",
    "trace",
    "tril",
    "triu",
    "Extreme",
    "amax",
    "amin",
    "argmax",
    "argmin",
    "max",
    "min",
    "flip",
    "repeat",
    "repeat_interleave",
    "roll",
    "tile",
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
    "logsumexp",
    "abs",
    "clamp",
    "clip",
    "maximum",
    "minimum",
    "norm",
    "pad",
    "ceil",
    "floor",
    "floor_divide",
    "remainder",
    "round",
    "sign",
    "trunc",
    "acos",
    "asin",
    "atan",
    "atan2",
    "cos",
    "sin",
    "tan",
    "std",
    "var",
    "broadcast_to",
    "einsum",
    "tensordot",
]
