"""Activations: what makes a network more than one matrix."""

from ._gelu import gelu
from ._relu import leaky_relu, logsigmoid, relu, softplus
from ._sigmoid import sigmoid, silu
from ._softmax import log_softmax, softmax
from ._swiglu import swiglu

__all__ = [
    "gelu",
    "leaky_relu",
    "log_softmax",
    "logsigmoid",
    "relu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "swiglu",
]
