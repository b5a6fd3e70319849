"""Initial values: each function fills a tensor in place, and returns it."""

from __future__ import annotations

import math
from typing import Literal, TypeVar

from nt_autograd import Tensor, no_grad
from nt_tensor import Array, Generator, asarray, default_generator, namespace

__all__ = [
    "calculate_gain",
    "constant_",
    "kaiming_normal_",
    "kaiming_uniform_",
    "normal_",
    "ones_",
    "trunc_normal_",
    "uniform_",
    "xavier_normal_",
    "xavier_uniform_",
    "zeros_",
]

T = TypeVar("T", bound=Tensor)
Mode = Literal["fan_in", "fan_out"]

_GAINS = {
    "linear": 1.0,
    "sigmoid": 1.0,
    "tanh": 5.0 / 3.0,
    "relu": math.sqrt(2.0),
    "selu": 3.0 / 4.0,
}


def uniform_(tensor: T, a: float = 0.0, b: float = 1.0, *, generator: Generator | None = None) -> T:
    r"""Fill with draws from $\mathcal U(a, b)$.

    Example:
        >>> from nt_nn import Parameter
        >>> from nt_tensor import Generator, zeros
        >>> w = uniform_(Parameter(zeros(1000)), -1.0, 1.0, generator=Generator(0))
        >>> -1 <= w.min().item() < w.max().item() < 1
        True

    Source: PyTorch's `torch.nn.init.uniform_`.
    """
    source = generator or default_generator()
    return _fill(tensor, source.uniform(tensor.shape, low=a, high=b, dtype=tensor.dtype))


def normal_(
    tensor: T, mean: float = 0.0, std: float = 1.0, *, generator: Generator | None = None
) -> T:
    r"""Fill with draws from $\mathcal N(\mathrm{mean}, \mathrm{std}^2)$.

    Example:
        >>> from nt_nn import Parameter
        >>> from nt_tensor import Generator, zeros
        >>> w = normal_(Parameter(zeros(10_000)), std=0.02, generator=Generator(0))
        >>> round(w.std().item(), 3)
        0.02

    Source: PyTorch's `torch.nn.init.normal_`.
    """
    source = generator or default_generator()
    return _fill(tensor, source.normal(tensor.shape, mean=mean, std=std, dtype=tensor.dtype))


def trunc_normal_(
    tensor: T,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    *,
    generator: Generator | None = None,
) -> T:
    r"""Fill with draws from $\mathcal N(\mathrm{mean}, \mathrm{std}^2)$ cut off at $a$ and $b$.

    Draws outside are drawn again. Where the interval holds little of the normal's mass, even draws
    from it are accepted with the density's share of its maximum instead, as in PyTorch.

    Args:
        tensor: what to fill.
        mean: of the normal before it is cut.
        std: of the normal before it is cut.
        a: the smallest value, in the tensor's units (not in standard deviations).
        b: the largest value.
        generator: where draws come from.

    Raises:
        ValueError: `a` is not below `b`, or `std` is not positive.

    Example:
        >>> from nt_nn import Parameter
        >>> from nt_tensor import Generator, zeros
        >>> w = trunc_normal_(Parameter(zeros(1000)), a=-1.0, b=1.0, generator=Generator(0))
        >>> w.abs().max().item() <= 1
        True

    Source: PyTorch's `torch.nn.init.trunc_normal_`; rejection sampling, Robert (1995).
    """
    if not a < b:
        raise ValueError(f"a ({a}) must be smaller than b ({b})")
    if not std > 0:
        raise ValueError(f"std ({std}) must be positive")
    source = generator or default_generator()
    mass = _normal_cdf((b - mean) / std) - _normal_cdf((a - mean) / std)
    draw = _cut_normal if mass > 0.3 else _thin_uniform
    return _fill(tensor, draw(source, tensor, mean, std, a, b))


def constant_(tensor: T, value: float) -> T:
    """Fill with one value.

    Example:
        >>> from nt_nn import Parameter
        >>> constant_(Parameter([0.0, 0.0]), 3.0).tolist()
        [3.0, 3.0]

    Source: PyTorch's `torch.nn.init.constant_`.
    """
    return _fill(tensor, namespace(tensor.data).full_like(tensor.data, value))


def zeros_(tensor: T) -> T:
    """Fill with zeros.

    Example:
        >>> from nt_nn import Parameter
        >>> zeros_(Parameter([1.0, 2.0])).tolist()
        [0.0, 0.0]

    Source: PyTorch's `torch.nn.init.zeros_`.
    """
    return constant_(tensor, 0.0)


def ones_(tensor: T) -> T:
    """Fill with ones.

    Example:
        >>> from nt_nn import Parameter
        >>> ones_(Parameter([0.0, 2.0])).tolist()
        [1.0, 1.0]

    Source: PyTorch's `torch.nn.init.ones_`.
    """
    return constant_(tensor, 1.0)


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
    fan_in, fan_out = _fans(tensor)
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
    fan_in, fan_out = _fans(tensor)
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


def _fill(tensor: T, values: Array) -> T:
    with no_grad():
        tensor.copy_(Tensor(asarray(values, tensor.dtype, tensor.device)))
    return tensor


def _fans(tensor: Tensor) -> tuple[int, int]:
    """How many inputs an output sums, and how many outputs an input reaches."""
    if tensor.ndim < 2:
        raise ValueError(f"the tensor must be (out, in, …), not of shape {tensor.shape}")
    field = math.prod(tensor.shape[2:])
    return tensor.shape[1] * field, tensor.shape[0] * field


def _kaiming_std(tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float:
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"mode ({mode!r}) must be 'fan_in' or 'fan_out'")
    fan = _fans(tensor)[0 if mode == "fan_in" else 1]
    return calculate_gain(nonlinearity, a) / math.sqrt(max(fan, 1))


def _normal_cdf(x: float) -> float:
    return (1.0 + math.erf(x / math.sqrt(2.0))) / 2.0


def _cut_normal(
    source: Generator, like: Tensor, mean: float, std: float, a: float, b: float
) -> Array:
    """Normal draws, drawn again while they lie outside of [a, b]."""
    values = source.normal(like.shape, mean=mean, std=std, dtype=like.dtype, device="cpu")
    xp = namespace(values)
    while xp.any(outside := (values < a) | (values > b)):
        again = source.normal(like.shape, mean=mean, std=std, dtype=like.dtype, device="cpu")
        values = xp.where(outside, again, values)
    return values


def _thin_uniform(
    source: Generator, like: Tensor, mean: float, std: float, a: float, b: float
) -> Array:
    """Uniform draws from [a, b], each accepted with the probability density(x) / density(mode)."""
    peak = max(a, min(mean, b))
    top = -0.5 * ((peak - mean) / std) ** 2

    def draw() -> Array:
        return source.uniform(like.shape, low=a, high=b, dtype=like.dtype, device="cpu")

    values = draw()
    xp = namespace(values)
    open_ = xp.ones_like(values, dtype=xp.bool)  # what has not been accepted yet
    while True:
        chance = source.uniform(like.shape, dtype=like.dtype, device="cpu")
        scaled = (values - mean) / std
        open_ = open_ & (chance >= xp.exp(-0.5 * scaled * scaled - top))
        if not xp.any(open_):
            return values
        values = xp.where(open_, draw(), values)
