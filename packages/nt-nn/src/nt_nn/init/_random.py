"""Independent draws: uniform, normal, and a normal that is cut off."""

from __future__ import annotations

import math

from nt_autograd import Tensor
from nt_tensor import Array, Generator, default_generator, namespace

from ._fill import T, fill


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
    return fill(tensor, lambda: source.uniform(tensor.shape, low=a, high=b, dtype=tensor.dtype))


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
    return fill(tensor, lambda: source.normal(tensor.shape, mean=mean, std=std, dtype=tensor.dtype))


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
    return fill(tensor, lambda: draw(source, tensor, mean, std, a, b))


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
