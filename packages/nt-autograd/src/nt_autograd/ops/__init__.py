"""The ops: every function on tensors, one family a file, the way back directly under the way there."""

# arithmetic, comparison, functions of one number
from ._alias import alias
from ._arithmetic import add, div, mul, neg, sub
from ._astype import astype

# fused: one op where a composition would cost several passes
from ._attention import attention_weights, scaled_dot_product_attention
from ._comparison import eq, ge, gt, le, lt, ne
from ._cross_entropy import cross_entropy
from ._dropout import dropout
from ._erf import erf

# shapes
from ._expand import expand
from ._exponential import exp, exp2, expm1, log, log1p, log2, log10, reciprocal, rsqrt, sqrt
from ._gelu import gelu
from ._hyperbolic import acosh, asinh, atanh, cosh, sinh, tanh
from ._layer_norm import layer_norm
from ._linear import linear

# products
from ._matmul import bmm, dot, matmul, mm, mv, outer
from ._optimizer_steps import adamw_update, sgd_update
from ._permute import movedim, mT, permute, swapaxes, t, transpose
from ._power import float_power, pow, square
from ._reshape import flatten, reshape, squeeze, unflatten, unsqueeze, view
from ._rms_norm import rms_norm
from ._rotary import rotary_embedding
from ._sigmoid import sigmoid, silu
from ._softmax import log_softmax, softmax

# reductions
from ._sum import mean, sum
from ._sum_to import sum_to
from ._swiglu import swiglu
from ._where import masked_fill, where

# indexing
from ._embedding import embedding
from ._gather import gather, scatter, scatter_add, take_along_dim
from ._getitem import getitem
from ._index_select import index_add, index_select
from ._mask import masked_select, nonzero
from ._one_hot import one_hot
from ._sort import Ordered, argsort, sort, topk

__all__ = [
    # indexing
    "Ordered",
    "argsort",
    "embedding",
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
    "attention_weights",
    "scaled_dot_product_attention",
    "cross_entropy",
    "dropout",
    "gelu",
    "layer_norm",
    "linear",
    "adamw_update",
    "sgd_update",
    "rms_norm",
    "rotary_embedding",
    "log_softmax",
    "softmax",
    "swiglu",
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
