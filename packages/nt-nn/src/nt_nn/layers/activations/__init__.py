"""Activations as modules."""

from ._exponential import CELU, ELU, SELU
from ._gated import GEGLU, GLU, ReGLU, SwiGLU
from ._hard import Hardsigmoid, Hardswish, Hardtanh
from ._identity import Identity
from ._maxout import Maxout
from ._parametric import PReLU, RReLU, Swish
from ._rectifiers import LeakyReLU, ReLU, ReLU6, Threshold
from ._shrink import Hardshrink, Softshrink, Tanhshrink
from ._smooth import GELU, LogSigmoid, Mish, QuickGELU, SiLU, Softplus
from ._softmax import GumbelSoftmax, LogSoftmax, Softmax, Softmax2d, Softmin
from ._squashing import Arctan, BinaryStep, Gaussian, Sigmoid, Softsign, Tanh

__all__ = [
    "Arctan",
    "BinaryStep",
    "CELU",
    "ELU",
    "GEGLU",
    "GELU",
    "GLU",
    "Gaussian",
    "GumbelSoftmax",
    "Hardshrink",
    "Hardsigmoid",
    "Hardswish",
    "Hardtanh",
    "Identity",
    "LeakyReLU",
    "LogSigmoid",
    "LogSoftmax",
    "Maxout",
    "Mish",
    "PReLU",
    "QuickGELU",
    "RReLU",
    "ReGLU",
    "ReLU",
    "ReLU6",
    "SELU",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softmax2d",
    "Softmin",
    "Softplus",
    "Softshrink",
    "Softsign",
    "SwiGLU",
    "Swish",
    "Tanh",
    "Tanhshrink",
    "Threshold",
]
