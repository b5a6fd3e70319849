"""batch_norm: channels to mean 0 and variance 1 over the batch."""

from __future__ import annotations

from math import prod
from typing import Any

from nt_tensor import backend_of, kernels, namespace

from ... import writes
from ...primitive import primitive
from ...tensor import Tensor
from .._arithmetic import mul
from .._exponential import rsqrt
from .._floating import check_floating
from .._reshape import reshape
from .._sum import mean as _mean

__all__ = ["batch_norm"]


def batch_norm(
    input: Any,
    running_mean: Any,
    running_var: Any,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    r"""Batch normalisation of each channel.

    $$y = \frac{x - \mathrm{E}[x]}{\sqrt{\mathrm{Var}[x] + \epsilon}} \, w + b$$

    In training, mean and (biased) variance are taken over the batch and all places of a channel,
    and the running statistics move towards them, $r \leftarrow (1 - m)\, r + m\, \hat r$, with the
    unbiased variance. Otherwise the running statistics stand for them.

    Args:
        input: (N, C) or (N, C, …).
        running_mean: (C,), overwritten in training; or None in training.
        running_var: (C,), likewise.
        weight: (C,), or None for 1.
        bias: (C,), or None for 0.
        training: which statistics to use.
        momentum: how far the running statistics move.
        eps: added to the variance.

    Raises:
        ValueError: shapes that do not fit, one value a channel in training, or no statistics.

    Example:
        >>> from nt_autograd import ones, tensor, zeros
        >>> mean, var = zeros(1), ones(1)
        >>> batch_norm(tensor([[1.0], [3.0]]), mean, var, training=True, eps=0.0)
        tensor([[-1.],
                [ 1.]])
        >>> mean, var
        (tensor([0.2]), tensor([1.1]))

    Source: Ioffe, Szegedy, Batch Normalization (2015), algorithm 1; PyTorch's
    `torch.nn.functional.batch_norm`.
    """
    shape = tuple(input.shape)
    if len(shape) < 2:
        raise ValueError(f"batch_norm: input must be (N, C, …), not {shape}")
    names = ("weight", "bias", "running_mean", "running_var")
    for name, value in zip(names, (weight, bias, running_mean, running_var), strict=True):
        if value is not None and tuple(value.shape) != shape[1:2]:
            raise ValueError(f"batch_norm: {name} has shape {tuple(value.shape)}, not {shape[1:2]}")
    if (running_mean is None) != (running_var is None):
        raise ValueError("batch_norm: running_mean and running_var come together or not at all")
    if not training:
        if running_mean is None:
            raise ValueError("batch_norm: without running statistics it can only be training")
        return _with_statistics(input, running_mean, running_var, weight, bias, eps)
    count = shape[0] * prod(shape[2:])
    if count < 2:
        raise ValueError(f"batch_norm: one value a channel has no variance; input is {shape}")
    array = input.data if isinstance(input, Tensor) else input
    check_floating("batch_norm: input", array)
    mean, variance = kernels.batch_statistics(_places(array))
    if running_mean is not None:
        _move(running_mean, mean, momentum)
        _move(running_var, variance * (count / (count - 1)), momentum)
    rstd = 1.0 / namespace(variance).sqrt(variance + eps)
    return _batch_norm(input, weight, bias, mean, rstd, eps)


@primitive(promotes=True)
def _batch_norm(x: Any, weight: Any, bias: Any, /, mean: Any, rstd: Any, eps: float) -> Any:
    """The op behind `batch_norm` in training; mean and rstd are those of `x`."""
    return namespace(x).reshape(kernels.batch_norm(_places(x), weight, bias, mean, rstd), x.shape)


@_batch_norm.cost
def _(x_shape: tuple[int, ...]) -> int:
    return 8 * prod(x_shape)  # mean 1, variance 3, the result 4


@_batch_norm.backward
def _(g: Any, x: Any, weight: Any, mean: Any, rstd: Any) -> Any:
    gx, gw, gb = _batch_norm_backward(_places(g), _places(x), weight, mean, rstd)
    return reshape(gx, tuple(x.shape)), gw, gb


@_batch_norm.composed
def _(x: Any, weight: Any, bias: Any, mean: Any, rstd: Any, eps: float) -> Any:
    axes = (0, *range(2, x.ndim))
    centred = x - _mean(x, axes, keepdim=True)
    y = centred * rsqrt(_mean(mul(centred, centred), axes, keepdim=True) + eps)
    y = y if weight is None else y * _channels(weight, x.ndim)
    return y if bias is None else y + _channels(bias, x.ndim)


@primitive(outputs=True)
def _batch_norm_backward(g: Any, x: Any, weight: Any, mean: Any, rstd: Any, /) -> Any:
    """The gradients with respect to x (N, C, L), through its statistics too, weight and bias."""
    return kernels.batch_norm_backward(g, x, weight, mean, rstd)


@_batch_norm_backward.cost
def _(x_shape: tuple[int, ...]) -> int:
    return 9 * prod(x_shape)  # 2 to normalise, 3 for weight and bias, 4 for x


def _with_statistics(x: Any, mean: Any, variance: Any, weight: Any, bias: Any, eps: float) -> Any:
    """Normalisation by given statistics."""
    scale = rsqrt(variance + eps)
    if weight is not None:
        scale = scale * weight
    n = len(x.shape)
    y = (x - _channels(mean, n)) * _channels(scale, n)
    return y if bias is None else y + _channels(bias, n)


def _channels(value: Any, ndim: int) -> Any:
    """(C,) to stand beside (N, C, …)."""
    return reshape(value, (-1, *(1,) * (ndim - 2)))


def _places(x: Any) -> Any:
    """(N, C, …) as (N, C, L)."""
    return namespace(x).reshape(x, (x.shape[0], x.shape[1], prod(x.shape[2:])))


def _move(running: Tensor, value: Any, momentum: float) -> None:
    """Overwrite a running statistic; outside of every graph."""
    now = running.data
    xp = namespace(now)
    moved = xp.astype((1.0 - momentum) * now + momentum * value, now.dtype)
    if backend_of(now).mutable:
        now[...] = moved
        writes.note(now)
    else:
        running.data = moved
