"""The activations that published configs name, as functions of a tensor."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

from nt_autograd import (
    Tensor,
    erf,
    geglu,
    gelu,
    hardswish,
    leaky_relu,
    mish,
    quick_gelu,
    reglu,
    relu,
    relu6,
    sigmoid,
    silu,
    softplus,
    split,
    sqrt,
    swiglu,
    tanh,
)

Activation = Callable[[Tensor], Tensor]

gelu_tanh = partial(gelu, approximate="tanh")


def gelu_10(x: Tensor) -> Tensor:
    """GELU between -10 and 10."""
    y: Tensor = gelu(x).clamp(-10.0, 10.0)
    return y


def laplace(x: Tensor, mean: float = 0.707107, deviation: float = 0.282095) -> Tensor:
    """The distribution function of a normal variable, which is near to relu2 around zero.

    Source: Ma et al., Mega: Moving Average Equipped Gated Attention (2022), section 3.2.
    """
    y: Tensor = 0.5 * (1.0 + erf((x - mean) / (deviation * math.sqrt(2.0))))
    return y


def linear(x: Tensor) -> Tensor:
    """X as it is."""
    return x


def relu2(x: Tensor) -> Tensor:
    """The square of relu.

    Source: So et al., Primer: Searching for Efficient Transformers (2021), section 3.
    """
    y: Tensor = relu(x) ** 2
    return y


def sqrtsoftplus(x: Tensor) -> Tensor:
    """The root of softplus."""
    y: Tensor = sqrt(softplus(x))
    return y


ACTIVATIONS: dict[str, Activation] = {
    "gelu": gelu,
    "gelu_python": gelu,
    "gelu_new": gelu_tanh,
    "gelu_fast": gelu_tanh,
    "gelu_accurate": gelu_tanh,
    "gelu_pytorch_tanh": gelu_tanh,
    "gelu_python_tanh": gelu_tanh,
    "gelu_10": gelu_10,
    "quick_gelu": quick_gelu,
    "relu": relu,
    "relu6": relu6,
    "relu2": relu2,
    "leaky_relu": leaky_relu,
    "silu": silu,
    "swish": silu,
    "mish": mish,
    "hardswish": hardswish,
    "sigmoid": sigmoid,
    "tanh": tanh,
    "laplace": laplace,
    "linear": linear,
    "sqrtsoftplus": sqrtsoftplus,
}


GATES: dict[Activation, Activation] = {  # those that are one op with the product
    relu: reglu,
    gelu: geglu,
    gelu_tanh: partial(geglu, approximate="tanh"),
    silu: swiglu,
}


def gated(name: str) -> Activation:
    """From x (…, 2 n): its first half times what the activation makes of the second."""
    f = activation(name)

    def product(x: Tensor) -> Tensor:
        value, gate = split(x, x.shape[-1] // 2, dim=-1)
        y: Tensor = value * f(gate)
        return y

    return GATES.get(f, product)


def activation(name: str, option: str = "activation") -> Activation:
    """The function that a name stands for.

    Raises:
        ValueError: there is no such; the message calls it `option`.
    """
    if name not in ACTIVATIONS:
        raise ValueError(f"{option} ({name!r}) must be one of {', '.join(ACTIVATIONS)}")
    return ACTIVATIONS[name]
