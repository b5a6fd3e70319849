"""RMSprop: gradients divided by their own size."""

from __future__ import annotations

from typing import Any

from nt_tensor import Array

from ._optimizer import Optimizer, Parameters
from ._update import apply, count


def plain(
    xp: Any,
    g: Array,
    p: Array,
    v: Array,
    lr: float,
    alpha: float,
    new: float,
    eps: float,
    l2: float,
    mu: float,
) -> Any:
    """Against the gradient, divided by the root of the mean square."""
    g = g + l2 * p if l2 else g
    v = alpha * v + new * (g * g)
    return p - lr * (g / (xp.sqrt(v) + eps)), v


def plain_momentum(
    xp: Any,
    g: Array,
    p: Array,
    v: Array,
    b: Array,
    lr: float,
    alpha: float,
    new: float,
    eps: float,
    l2: float,
    mu: float,
) -> Any:
    """As `plain`, along a memory of past steps."""
    g = g + l2 * p if l2 else g
    v = alpha * v + new * (g * g)
    b = mu * b + g / (xp.sqrt(v) + eps)
    return p - lr * b, v, b


def centered(
    xp: Any,
    g: Array,
    p: Array,
    v: Array,
    a: Array,
    lr: float,
    alpha: float,
    new: float,
    eps: float,
    l2: float,
    mu: float,
) -> Any:
    """Against the gradient, divided by its standard deviation."""
    g = g + l2 * p if l2 else g
    v = alpha * v + new * (g * g)
    a = a + new * (g - a)
    return p - lr * (g / (xp.sqrt(xp.maximum(v - a * a, 0.0)) + eps)), v, a


def centered_momentum(
    xp: Any,
    g: Array,
    p: Array,
    v: Array,
    a: Array,
    b: Array,
    lr: float,
    alpha: float,
    new: float,
    eps: float,
    l2: float,
    mu: float,
) -> Any:
    """As `centered`, along a memory of past steps."""
    g = g + l2 * p if l2 else g
    v = alpha * v + new * (g * g)
    a = a + new * (g - a)
    b = mu * b + g / (xp.sqrt(xp.maximum(v - a * a, 0.0)) + eps)
    return p - lr * b, v, a, b


_RULES: dict[tuple[bool, bool], tuple[Any, tuple[str, ...]]] = {
    (False, False): (plain, ("square_avg",)),
    (False, True): (plain_momentum, ("square_avg", "momentum_buffer")),
    (True, False): (centered, ("square_avg", "grad_avg")),
    (True, True): (centered_momentum, ("square_avg", "grad_avg", "momentum_buffer")),
}


class RMSprop(Optimizer):
    r"""Gradient descent in steps that do not depend on the gradients' scale.

    With learning rate $\eta$, weight decay $\lambda$, momentum $\mu$ and
    $g_t = \nabla_\theta L(\theta_{t-1}) + \lambda \theta_{t-1}$:

    $$v_t = \alpha v_{t-1} + (1 - \alpha) g_t^2, \qquad
    b_t = \mu b_{t-1} + \frac{g_t}{\sqrt{v_t} + \epsilon}, \qquad
    \theta_t = \theta_{t-1} - \eta b_t$$

    `centered` divides by the standard deviation: with the mean gradient
    $a_t = \alpha a_{t-1} + (1 - \alpha) g_t$, $\max(v_t - a_t^2, 0)$ stands for $v_t$ (the
    maximum is for rounding alone).

    Args:
        params: parameters, named or not, or groups (see `Optimizer`).
        lr: $\eta$.
        alpha: $\alpha$, how long squares are remembered.
        eps: $\epsilon$, against division by zero.
        weight_decay: $\lambda$.
        momentum: $\mu$; 0 for none.
        centered: take the mean gradient into account.
        maximize: climb instead.

    Raises:
        ValueError: an option is out of its range.

    Example:
        >>> from nt_nn import Parameter
        >>> x = Parameter([4.0])
        >>> optimizer = RMSprop([x], lr=0.05)
        >>> (x * x).sum().backward()
        >>> optimizer.step()
        >>> x.tolist()
        [3.5]


    Source: Hinton, Neural networks for machine learning, lecture 6e (2012); Graves, Generating
        sequences with recurrent neural networks (2013), for the centered form; PyTorch's
        `torch.optim.RMSprop`.
    """

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        options = {
            "lr": lr,
            "alpha": alpha,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum": momentum,
            "centered": centered,
            "maximize": maximize,
        }
        super().__init__(params, options)

    def update(
        self, param: Array, grad: Array, state: dict[str, Any], group: dict[str, Any]
    ) -> Array:
        """One step of the equations above."""
        count(state)
        rule, names = _RULES[bool(group["centered"]), group["momentum"] > 0]
        alpha, l2, mu = group["alpha"], group["weight_decay"], group["momentum"]
        return apply(
            rule, grad, param, state, names, group["lr"], alpha, 1.0 - alpha, group["eps"], l2, mu
        )
