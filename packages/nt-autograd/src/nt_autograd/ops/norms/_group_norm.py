"""group_norm and instance_norm: groups of channels of each sample to mean 0 and variance 1."""

from __future__ import annotations

from math import prod
from typing import Any

from nt_tensor import kernels, namespace

from ...primitive import primitive
from .._arithmetic import mul
from .._exponential import rsqrt
from .._floating import check_floating
from .._reshape import reshape
from .._sum import mean as _mean
from ._batch_norm import batch_norm
from ._running import Running, check_pair, move

__all__ = ["group_norm", "instance_norm"]


def group_norm(
    input: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5
) -> Any:
    r"""Group normalisation: each sample's channels in groups of neighbours.

    $$y = \frac{x - \mathrm{E}[x]}{\sqrt{\mathrm{Var}[x] + \epsilon}} \, w + b$$

    Mean and (biased) variance are taken over the channels of a group and all their places.

    Args:
        input: (N, C) or (N, C, …).
        num_groups: how many groups the channels make.
        weight: (C,), or None for 1.
        bias: (C,), or None for 0.
        eps: added to the variance.

    Raises:
        ValueError: `num_groups` does not divide C, a shape does not fit, or a group is empty.
        TypeError: `input` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> group_norm(tensor([[1.0, 3.0, 10.0, 30.0]]), 2, eps=0.0)
        tensor([[-1.,  1., -1.,  1.]])

    Source: Wu, He, Group Normalization (2018), equations 1 to 6; PyTorch's
        `torch.nn.functional.group_norm`.
    """
    shape = _checked("group_norm", input, weight=weight, bias=bias)
    if num_groups < 1 or shape[1] % num_groups:
        raise ValueError(f"group_norm: num_groups ({num_groups}) must divide {shape[1]} channels")
    return _group_norm(input, weight, bias, num_groups, None, eps)


def instance_norm(
    input: Any,
    running_mean: Any = None,
    running_var: Any = None,
    weight: Any = None,
    bias: Any = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    r"""Instance normalisation: each channel of each sample by itself.

    $$y = \frac{x - \mathrm{E}[x]}{\sqrt{\mathrm{Var}[x] + \epsilon}} \, w + b$$

    Running statistics move towards the batch's mean of the means and of the unbiased variances. If
    `use_input_stats` is False, they stand for mean and variance, as in `batch_norm`.

    Args:
        input: (N, C, …).
        running_mean: (C,), overwritten if `use_input_stats`; or None.
        running_var: (C,), likewise.
        weight: (C,), or None for 1.
        bias: (C,), or None for 0.
        use_input_stats: which statistics to use.
        momentum: how far the running statistics move.
        eps: added to the variance.

    Raises:
        ValueError: shapes that do not fit, one place a channel, or no statistics.
        TypeError: `input` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> instance_norm(tensor([[[1.0, 3.0], [10.0, 30.0]]]), eps=0.0)
        tensor([[[-1.,  1.],
                 [-1.,  1.]]])

    Source: Ulyanov, Vedaldi, Lempitsky, Instance Normalization (2016), equation 4; PyTorch's
        `torch.nn.functional.instance_norm`.
    """
    parts = {"running_mean": running_mean, "running_var": running_var}
    shape = _checked("instance_norm", input, weight=weight, bias=bias, **parts)
    check_pair("instance_norm", running_mean, running_var)
    if not use_input_stats:
        if running_mean is None:
            raise ValueError(
                "instance_norm: without running statistics use_input_stats can only be True"
            )
        return batch_norm(input, running_mean, running_var, weight, bias, eps=eps)
    if prod(shape[2:]) < 2:
        raise ValueError(f"instance_norm: one place a channel has no variance; input is {shape}")
    running = None if running_mean is None else (running_mean, running_var, momentum)
    return _group_norm(input, weight, bias, shape[1], running, eps)


@primitive(keeps=("mean", "rstd"), promotes=True)
def _group_norm(
    x: Any, weight: Any, bias: Any, /, groups: int, running: Running | None, eps: float
) -> Any:
    """The op behind `group_norm` and `instance_norm`."""
    check_floating("input", x)
    xp = namespace(x)
    y, mean, variance = kernels.group_norm(_places(x), weight, bias, groups, eps)
    if running is not None and x.shape[0]:
        move(running, xp.mean(mean, axis=0), xp.mean(variance, axis=0), prod(x.shape[2:]))
    return xp.reshape(y, x.shape), mean, 1.0 / xp.sqrt(variance + eps)


@_group_norm.cost
def _(x_shape: tuple[int, ...]) -> int:
    return 8 * prod(x_shape)  # mean 1, variance 3, the result 4


@_group_norm.backward
def _(g: Any, x: Any, weight: Any, mean: Any, rstd: Any) -> Any:
    gx, gw, gb = _group_norm_backward(_places(g), _places(x), weight, mean, rstd)
    return reshape(gx, tuple(x.shape)), gw, gb


@_group_norm.composed
def _(x: Any, weight: Any, bias: Any, groups: int, running: Any, eps: float) -> Any:
    n, c, *rest = x.shape
    rows = reshape(x, (n, groups, c // groups * prod(rest)))
    centred = rows - _mean(rows, 2, keepdim=True)
    y = centred * rsqrt(_mean(mul(centred, centred), 2, keepdim=True) + eps)
    y, beside = reshape(y, tuple(x.shape)), (c, *(1,) * len(rest))
    y = y if weight is None else y * reshape(weight, beside)
    return y if bias is None else y + reshape(bias, beside)


@primitive(outputs=True)
def _group_norm_backward(g: Any, x: Any, weight: Any, mean: Any, rstd: Any, /) -> Any:
    """The gradients with respect to x (N, C, L), weight and bias (C,)."""
    return kernels.group_norm_backward(g, x, weight, mean, rstd)


@_group_norm_backward.cost
def _(x_shape: tuple[int, ...]) -> int:
    return 14 * prod(x_shape)  # 2 to normalise, 3 for weight and bias, 9 for x


def _checked(name: str, input: Any, **parts: Any) -> tuple[int, ...]:
    """The input's shape, if channels have places and the parts are one number a channel."""
    shape = tuple(input.shape)
    if len(shape) < 2 or 0 in shape[1:]:
        raise ValueError(
            f"{name}: input must be (N, C, …) with something to normalise, not {shape}"
        )
    for part, value in parts.items():
        if value is not None and tuple(value.shape) != shape[1:2]:
            raise ValueError(f"{name}: {part} has shape {tuple(value.shape)}, not {shape[1:2]}")
    return shape


def _places(x: Any) -> Any:
    """(N, C, …) as (N, C, L)."""
    return reshape(x, (x.shape[0], x.shape[1], prod(x.shape[2:])))
