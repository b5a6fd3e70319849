"""clip_grad_norm_: keep a step's gradients from growing beyond a length."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from nt_autograd import Tensor, writes
from nt_tensor import Array, dtype_of, namespace, zeros


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
    if not norm_type > 0:
        raise ValueError(f"norm_type ({norm_type}) must be positive")
    given = [parameters] if isinstance(parameters, Tensor) else list(parameters)
    gradients = [parameter.grad for parameter in given if parameter.grad is not None]
    if not gradients:
        return Tensor(zeros(()))
    norm = _norm([gradient.data for gradient in gradients], norm_type)
    length = float(norm)
    if error_if_nonfinite and not math.isfinite(length):
        raise ArithmeticError(f"the gradients' norm is {length}; they were left as they are")
    scale = max_norm / (length + 1e-6)
    if not scale >= 1.0:  # so that NaN is not mistaken for small
        for gradient in gradients:
            array = gradient.data
            array *= scale
            gradient.data = array
            writes.note(array)
    return Tensor(norm)


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
