"""Draws whose width keeps the variance from layer to layer: Xavier and Kaiming."""

from __future__ import annotations

import math
from typing import Literal

from nt_autograd import Tensor
from nt_tensor import Generator

from ._fill import T, fans
from ._random import normal_, uniform_

Mode = Literal["fan_in", "fan_out"]

_GAINS = {
    "linear": 1.0,
    "sigmoid": 1.0,
    "tanh": 5.0 / 3.0,
    "relu": math.sqrt(2.0),
    "selu": 3.0 / 4.0,
}


def xavier_uniform_(tensor: T, gain: float = 1.0, *, generator: Generator | None = None) -> T:
    r"""Fill with draws from $\mathcal U(-a, a)$, for layers between as many inputs as outputs.

    $$a = \mathrm{gain} \sqrt{\frac{6}{\mathrm{fan_{in}} + \mathrm{fan_{out}}}}$$

    Raises:
        ValueError: the tensor has fewer than two axes.

    Example:
        >>> from nt_nn import Parameter
        >>> from nt_tensor import Generator, zeros
        >>> w = xavier_uniform_(Parameter(zeros((100, 50))), generator=Generator(0))
        >>> 0.19 < w.max().item() < 0.2
        True

    Source: Glorot and Bengio, Understanding the difficulty of training deep feedforward neural
        networks (2010).
    """
    fan_in, fan_out = fans(tensor)
    bound = gain * math.sqrt(6.0 / (fan_in + fan_out))
    return uniform_(tensor, -bound, bound, generator=generator)


def xavier_normal_(tensor: T, gain: float = 1.0, *, generator: Generator | None = None) -> T:
    r"""Fill with draws from $\mathcal N(0, s^2)$, as `xavier_uniform_` but normal.

    $$s = \mathrm{gain} \sqrt{\frac{2}{\mathrm{fan_{in}} + \mathrm{fan_{out}}}}$$

    Raises:
        ValueError: the tensor has fewer than two axes.

    Example:
        >>> from nt_nn import Parameter
        >>> from nt_tensor import Generator, zeros
        >>> w = xavier_normal_(Parameter(zeros((100, 100))), generator=Generator(0))
        >>> round(w.std().item(), 2)
        0.1

    Source: Glorot and Bengio (2010), as for `xavier_uniform_`.
    """
    fan_in, fan_out = fans(tensor)
    return normal_(tensor, 0.0, gain * math.sqrt(2.0 / (fan_in + fan_out)), generator=generator)


def kaiming_uniform_(
    tensor: T,
    a: float = 0.0,
    mode: Mode = "fan_in",
    nonlinearity: str = "leaky_relu",
    *,
    generator: Generator | None = None,
) -> T:
    r"""Fill with draws from $\mathcal U(-b, b)$, $b = \mathrm{gain}\sqrt{3 / \mathrm{fan}}$.

    Args:
        tensor: what to fill, (out, in, ...).
        a: the negative slope of the leaky ReLU that follows (only for that nonlinearity).
        mode: `"fan_in"` keeps the variance of activations, `"fan_out"` that of gradients.
        nonlinearity: what follows the layer, for `calculate_gain`.
        generator: where draws come from.

    Raises:
        ValueError: the tensor has fewer than two axes, or an argument is not one of its choices.

    Example:
        >>> from nt_nn import Parameter
        >>> from nt_tensor import Generator, zeros
        >>> w = Parameter(zeros((100, 54)))
        >>> w = kaiming_uniform_(w, nonlinearity="relu", generator=Generator(0))
        >>> 0.32 < w.max().item() < 1 / 3
        True

    Source: He et al., Delving deep into rectifiers (2015).
    """
    bound = math.sqrt(3.0) * _kaiming_std(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator=generator)


def kaiming_normal_(
    tensor: T,
    a: float = 0.0,
    mode: Mode = "fan_in",
    nonlinearity: str = "leaky_relu",
    *,
    generator: Generator | None = None,
) -> T:
    r"""Fill with draws from $\mathcal N(0, \mathrm{gain}^2 / \mathrm{fan})$.

    Raises:
        ValueError: the tensor has fewer than two axes, or an argument is not one of its choices.

    Example:
        >>> from nt_nn import Parameter
        >>> from nt_tensor import Generator, zeros
        >>> w = Parameter(zeros((100, 200)))
        >>> w = kaiming_normal_(w, nonlinearity="relu", generator=Generator(0))
        >>> round(w.std().item(), 2)
        0.1

    Source: He et al. (2015), as for `kaiming_uniform_`.
    """
    return normal_(tensor, 0.0, _kaiming_std(tensor, a, mode, nonlinearity), generator=generator)


def calculate_gain(nonlinearity: str, a: float = 0.01) -> float:
    r"""How much wider weights are drawn before a nonlinearity: 5/3 for tanh, $\sqrt 2$ for ReLU.

    Args:
        nonlinearity: `"linear"`, `"sigmoid"`, `"tanh"`, `"relu"`, `"leaky_relu"` or `"selu"`.
        a: the negative slope, for `"leaky_relu"`: $\sqrt{2 / (1 + a^2)}$.

    Raises:
        ValueError: the nonlinearity is none of these.

    Example:
        >>> calculate_gain("leaky_relu", 1.0)
        1.0

    Source: PyTorch's `torch.nn.init.calculate_gain`.
    """
    if nonlinearity == "leaky_relu":
        return math.sqrt(2.0 / (1.0 + a * a))
    if nonlinearity not in _GAINS:
        known = ", ".join([*_GAINS, "leaky_relu"])
        raise ValueError(f"nonlinearity ({nonlinearity!r}) must be one of {known}")
    return _GAINS[nonlinearity]


def _kaiming_std(tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float:
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"mode ({mode!r}) must be 'fan_in' or 'fan_out'")
    fan = fans(tensor)[0 if mode == "fan_in" else 1]
    return calculate_gain(nonlinearity, a) / math.sqrt(max(fan, 1))
