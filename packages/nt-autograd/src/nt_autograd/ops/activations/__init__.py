"""Activations: what makes a network more than one matrix."""

from ._elu import celu, elu, selu
from ._gelu import gelu
from ._glu import geglu, glu, reglu
from ._hard import hardsigmoid, hardswish, hardtanh, relu6, threshold
from ._identity import identity
from ._maxout import maxout
from ._prelu import prelu, rrelu
from ._relu import leaky_relu, logsigmoid, relu, softplus
from ._shrink import hardshrink, softshrink, tanhshrink
from ._sigmoid import arctan, binary_step, gaussian, sigmoid, softsign
from ._silu import mish, quick_gelu, silu, swish
from ._softmax import log_softmax, softmax
from ._softmin import gumbel_softmax, softmin
from ._swiglu import swiglu

__all__ = [
    "arctan",
    "binary_step",
    "celu",
    "elu",
    "gaussian",
    "geglu",
    "gelu",
    "glu",
    "gumbel_softmax",
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "identity",
    "leaky_relu",
    "log_softmax",
    "logsigmoid",
    "maxout",
    "mish",
    "prelu",
    "quick_gelu",
    "reglu",
    "relu",
    "relu6",
    "rrelu",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softmin",
    "softplus",
    "softshrink",
    "softsign",
    "swiglu",
    "swish",
    "tanhshrink",
    "threshold",
]
