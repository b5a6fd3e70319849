"""adamw_update and sgd_update: one optimizer step on one parameter, outside of the tape."""

from __future__ import annotations

from typing import Any

from nt_tensor import kernels

from ..writes import note

__all__ = ["adamw_update", "sgd_update"]


def adamw_update(
    param: Any,
    grad: Any,
    m: Any,
    v: Any,
    *,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float,
    step: int,
) -> tuple[Any, Any, Any]:
    r"""AdamW on arrays.

    $$m \leftarrow \beta_1 m + (1-\beta_1) g, \quad v \leftarrow \beta_2 v + (1-\beta_2) g^2, \quad
      p \leftarrow p (1 - \eta\lambda) - \eta\, \frac{m / (1-\beta_1^t)}{\sqrt{v / (1-\beta_2^t)} +
      \epsilon}$$

    Args:
        param: the parameter's array.
        grad: its gradient, of the same shape.
        m: the first moment, of the same shape.
        v: the second moment, of the same shape.
        lr: the rate.
        beta1: the decay of the first moment.
        beta2: the decay of the second moment.
        eps: added to the denominator.
        weight_decay: $\lambda$.
        step: the number of this step, from 1.

    Returns:
        (param, m, v): the same arrays, written in place, where the library can; else new ones.
        Assign them back.

    Example:
        >>> from nt_tensor import ones, zeros
        >>> p, m, v = adamw_update(ones(1), ones(1), zeros(1), zeros(1), lr=0.5, beta1=0.9,
        ...                        beta2=0.999, eps=0.0, weight_decay=0.0, step=1)
        >>> round(float(p[0]), 5)
        0.5

    Source: Loshchilov and Hutter, Decoupled Weight Decay Regularization (2019), algorithm 2.
    """
    note(param)  # a graph that still needs the old values must be told
    found: tuple[Any, Any, Any] = kernels.adamw(
        param, grad, m, v, lr, beta1, beta2, eps, weight_decay, step
    )
    return found


def sgd_update(
    param: Any,
    grad: Any,
    buffer: Any,
    *,
    lr: float,
    momentum: float = 0.0,
    dampening: float = 0.0,
    nesterov: bool = False,
    weight_decay: float = 0.0,
) -> tuple[Any, Any]:
    r"""Gradient descent with momentum on arrays.

    $$b \leftarrow \mu b + (1-\tau)(g + \lambda p), \qquad p \leftarrow p - \eta b$$

    Args:
        param: the parameter's array.
        grad: its gradient, of the same shape.
        buffer: the momentum buffer, or None before the first step.
        lr: the rate.
        momentum: $\mu$.
        dampening: $\tau$, not applied in the first step.
        nesterov: step along $g + \mu b$ instead of $b$.
        weight_decay: $\lambda$.

    Returns:
        (param, buffer), as `adamw_update` gives them.

    Example:
        >>> from nt_tensor import ones
        >>> p, _ = sgd_update(ones(1), ones(1), None, lr=0.5)
        >>> float(p[0])
        0.5

    Source: Sutskever et al., On the importance of initialization and momentum (2013); PyTorch's
        `SGD`.
    """
    note(param)
    found: tuple[Any, Any] = kernels.sgd(
        param, grad, buffer, lr, momentum, dampening, nesterov, weight_decay
    )
    return found
