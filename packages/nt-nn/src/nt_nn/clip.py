"""Keep a step's gradients from growing beyond a length, together or each for itself."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

from nt_autograd import Tensor, fused_update, writes
from nt_tensor import Array, dtype_of, namespace, zeros

from .optim._update import writable

__all__ = ["clip_grad_norm_", "clip_grad_value_", "get_total_norm"]


def clip_grad_norm_(
    parameters: Tensor | Iterable[Tensor],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
) -> Tensor:
    r"""Scale all gradients together so that their joint norm is at most `max_norm`; in place.

    With the vector $g$ of all gradients' elements: $g \leftarrow g \cdot \min\!\left(1,
    \frac{\mathrm{max\_norm}}{\lVert g \rVert_p + 10^{-6}}\right)$.

    Args:
        parameters: whose gradients; those without one are passed over.
        max_norm: the longest that is left as it is.
        norm_type: $p$, positive; `math.inf` for the largest element.
        error_if_nonfinite: raise if the norm is NaN or infinite, before anything is scaled.

    Returns:
        The norm before scaling, a 0-d tensor; 0 if there are no gradients.

    Raises:
        ValueError: `max_norm` or `norm_type` is not positive.
        ArithmeticError: the norm is not finite, if that was asked for.

    Example:
        >>> from nt_nn import Parameter
        >>> x = Parameter([3.0, 4.0])
        >>> (x * x).sum().backward()
        >>> clip_grad_norm_([x], max_norm=1.0).item(), x.grad.numpy().round(4)
        (10.0, array([0.6, 0.8], dtype=float32))

    Source: Pascanu, Mikolov and Bengio, On the difficulty of training recurrent neural networks
        (2013); PyTorch's `torch.nn.utils.clip_grad_norm_`.
    """
    if not max_norm > 0:
        raise ValueError(f"max_norm ({max_norm}) must be positive")
    gradients = _gradients(parameters)
    norm = get_total_norm(gradients, norm_type, error_if_nonfinite)
    scale = float(max_norm) / (norm.item() + 1e-6)
    if gradients and not scale >= 1.0:  # so that NaN is not mistaken for small
        for gradient in gradients:
            _write(_scaled, gradient, scale)
    return norm


def clip_grad_value_(parameters: Tensor | Iterable[Tensor], clip_value: float) -> None:
    r"""Bring every element of the gradients between `-clip_value` and `clip_value`; in place.

    $$g_i \leftarrow \min(\max(g_i, -c), c)$$

    The direction changes; `clip_grad_norm_` keeps it.

    Args:
        parameters: whose gradients; those without one are passed over.
        clip_value: $c$.

    Raises:
        ValueError: `clip_value` is negative.

    Example:
        >>> from nt_nn import Parameter
        >>> x = Parameter([0.25, 4.0])
        >>> (x * x).sum().backward()
        >>> clip_grad_value_([x], 1.0)
        >>> x.grad
        tensor([0.5, 1. ])

    Source: PyTorch's `torch.nn.utils.clip_grad_value_`.
    """
    if not clip_value >= 0:
        raise ValueError(f"clip_value ({clip_value}) must not be negative")
    limit = float(clip_value)
    for gradient in _gradients(parameters):
        _write(_limited, gradient, limit)


def get_total_norm(
    tensors: Tensor | Iterable[Tensor], norm_type: float = 2.0, error_if_nonfinite: bool = False
) -> Tensor:
    r"""The norm of all elements of several tensors together.

    $$\Big( \sum_i |x_i|^p \Big)^{1/p}$$

    Args:
        tensors: of any shapes; 16-bit ones are summed up in float32.
        norm_type: $p$, positive; `math.inf` for the largest element.
        error_if_nonfinite: raise if the norm is NaN or infinite.

    Returns:
        A 0-d tensor; 0 if there are no elements.

    Raises:
        ValueError: `norm_type` is not positive.
        ArithmeticError: the norm is not finite, if that was asked for.

    Example:
        >>> from nt_autograd import tensor
        >>> get_total_norm([tensor([3.0]), tensor([[4.0]])])
        tensor(5.0)

    Source: PyTorch's `torch.nn.utils.get_total_norm`.
    """
    p = float(norm_type)
    if not p > 0:
        raise ValueError(f"norm_type ({norm_type}) must be positive")
    given = [tensors] if isinstance(tensors, Tensor) else list(tensors)
    arrays = [each.data for each in given if each.data.size]
    norm = _norm(arrays, p) if arrays else zeros(())
    if error_if_nonfinite and not math.isfinite(float(norm)):
        raise ArithmeticError(f"the gradients' norm is {float(norm)}; they were left as they are")
    return Tensor(norm)


def _write(rule: Callable[..., Any], gradient: Tensor, number: float) -> None:
    array = writable(gradient.data)
    (gradient.data,) = fused_update(rule, array, (array,), (number,))
    writes.note(gradient.data)


def _scaled(xp: Any, g: Array, same: Array, scale: float) -> Any:
    return same * scale


def _limited(xp: Any, g: Array, same: Array, limit: float) -> Any:
    return xp.minimum(xp.maximum(same, -limit), limit)


def _gradients(parameters: Tensor | Iterable[Tensor]) -> list[Tensor]:
    """The gradients that there are; one that several parameters share stands once."""
    given = [parameters] if isinstance(parameters, Tensor) else parameters
    found = [parameter.grad for parameter in given if parameter.grad is not None]
    return list({id(gradient.data): gradient for gradient in found}.values())


def _norm(arrays: list[Array], p: float) -> Array:
    """The p-norm of all elements together."""
    xp = namespace(arrays[0])
    if p == math.inf:
        return xp.max(xp.stack([xp.max(xp.abs(a)) for a in arrays]))
    total = xp.sum(xp.stack([_power_sum(xp, a, p) for a in arrays]))
    return xp.sqrt(total) if p == 2.0 else total ** (1.0 / p)


def _power_sum(xp: Any, array: Array, p: float) -> Array:
    flat = xp.reshape(array, (-1,))
    if dtype_of(flat).itemsize < 4:  # a sum of squares overflows 16 bits soon
        flat = xp.astype(flat, xp.float32)
    return flat @ flat if p == 2.0 else xp.sum(xp.abs(flat) ** p)
