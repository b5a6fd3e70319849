"""The activations that published configs name, as functions of a tensor."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from nt_autograd import (
    Tensor,
    gelu,
    hardswish,
    leaky_relu,
    mish,
    quick_gelu,
    relu,
    relu6,
    sigmoid,
    silu,
    tanh,
)

Activation = Callable[[Tensor], Tensor]

gelu_tanh = partial(gelu, approximate="tanh")

ACTIVATIONS: dict[str, Activation] = {
    "gelu": gelu,
    "gelu_python": gelu,
    "gelu_new": gelu_tanh,
    "gelu_fast": gelu_tanh,
    "gelu_accurate": gelu_tanh,
    "gelu_pytorch_tanh": gelu_tanh,
    "quick_gelu": quick_gelu,
    "relu": relu,
    "relu6": relu6,
    "leaky_relu": leaky_relu,
    "silu": silu,
    "swish": silu,
    "mish": mish,
    "hardswish": hardswish,
    "sigmoid": sigmoid,
    "tanh": tanh,
}


def activation(name: str, option: str = "activation") -> Activation:
    """The function that a name stands for.

    Raises:
        ValueError: there is no such; the message calls it `option`.
    """
    if name not in ACTIVATIONS:
        raise ValueError(f"{option} ({name!r}) must be one of {', '.join(ACTIVATIONS)}")
    return ACTIVATIONS[name]
