"""batch_norm: channels to mean 0 and variance 1 over the batch."""

from __future__ import annotations

from math import prod
from typing import Any

from nt_tensor import dtype_of, float64, kernels, namespace

from ...primitive import primitive
from ...tensor import Tensor
from .._arithmetic import mul
from .._exponential import rsqrt
from .._floating import check_floating
from .._reshape import reshape
from .._sum import mean as _mean
from ._running import Running, check_pair, move

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
    unbiased variance. Otherwise the running statistics stand for them; no gradient flows into
    them.

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
        TypeError: `input` is not floating-point.

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
    check_pair("batch_norm", running_mean, running_var)
    if not training:
        if running_mean is None:
            raise ValueError("batch_norm: without running statistics it can only be training")
        fixed = _array(running_mean), _array(running_var)
        return _batch_norm(input, weight, bias, fixed, None, eps)
    if shape[0] * prod(shape[2:]) < 2:
        raise ValueError(f"batch_norm: one value a channel has no variance; input is {shape}")
    running = None if running_mean is None else (running_mean, running_var, momentum)
    return _batch_norm(input, weight, bias, None, running, eps)


@primitive(keeps=("mean", "rstd"), promotes=True)
def _batch_norm(
    x: Any,
    weight: Any,
    bias: Any,
    /,
    fixed: tuple[Any, Any] | None,
    running: Running | None,
    eps: float,
) -> Any:
    """The op behind `batch_norm`, with given statistics or those of `x`."""
    check_floating("input", x)
    if fixed is None:
        y, mean, variance = kernels.batch_norm(x, weight, bias, eps)
        if running is not None:
            move(running, mean, variance, x.shape[0] * prod(x.shape[2:]))
        return y, mean, _rstd(variance, eps)
    mean, variance = _like(x, fixed[0]), _like(x, fixed[1])
    rstd = _rstd(variance, eps)
    return (
        kernels.channel_affine(x, mean, rstd if weight is None else rstd * weight, bias),
        mean,
        rstd,
    )


@_batch_norm.cost
def _(x_shape: tuple[int, ...]) -> int:
    return 8 * prod(x_shape)  # mean 1, variance 3, the result 4


@_batch_norm.backward
def _(g: Any, x: Any, weight: Any, mean: Any, rstd: Any, fixed: Any) -> Any:
    return _batch_norm_backward(g, x, weight, mean, rstd, fixed is None)


@_batch_norm.composed
def _(x: Any, weight: Any, bias: Any, fixed: Any, running: Any, eps: float) -> Any:
    if fixed is None:
        axes = (0, *range(2, x.ndim))
        centred = x - _mean(x, axes, keepdim=True)
        y = centred * rsqrt(_mean(mul(centred, centred), axes, keepdim=True) + eps)
    else:
        mean, rstd = _like(x.data, fixed[0]), _rstd(_like(x.data, fixed[1]), eps)
        y = (x - _channels(mean, x.ndim)) * _channels(rstd, x.ndim)
    y = y if weight is None else y * _channels(weight, x.ndim)
    return y if bias is None else y + _channels(bias, x.ndim)


@primitive(outputs=True)
def _batch_norm_backward(g: Any, x: Any, weight: Any, mean: Any, rstd: Any, /, moving: bool) -> Any:
    """The gradients with respect to x, through its statistics where they are its, weight, bias."""
    return kernels.batch_norm_backward(g, x, weight, mean, rstd, moving)


@_batch_norm_backward.cost
def _(x_shape: tuple[int, ...]) -> int:
    return 9 * prod(x_shape)  # 2 to normalise, 3 for weight and bias, 4 for x


def _channels(value: Any, ndim: int) -> Any:
    """(C,) to stand beside (N, C, …)."""
    return reshape(value, (-1, *(1,) * (ndim - 2)))


def _array(running: Any) -> Any:
    """A copy of a running statistic, which training may overwrite before the way back."""
    array = running.data if isinstance(running, Tensor) else running
    return namespace(array).asarray(array, copy=True)


def _like(x: Any, statistic: Any) -> Any:
    """A given statistic in what `x` is computed in: float32 for half precision."""
    xp = namespace(x)
    return xp.astype(statistic, xp.float64 if dtype_of(x) is float64 else xp.float32, copy=False)


def _rstd(variance: Any, eps: float) -> Any:
    return 1.0 / namespace(variance).sqrt(variance + eps)
