"""SGD: against the gradient, with a memory of past directions if wanted."""

from __future__ import annotations

from typing import Any

from nt_tensor import Array

from ._optimizer import Optimizer, Parameters
from ._update import apply


def descend(xp: Any, g: Array, p: Array, rate: float, decay: float) -> Any:
    """Shrink, and go against the gradient."""
    return (decay * p if decay != 1.0 else p) - rate * g


def heavy_ball(
    xp: Any, g: Array, p: Array, b: Array, lr: float, mu: float, fresh: float, l2: float
) -> Any:
    """Go along the memory of past gradients."""
    b = mu * b + fresh * (g + l2 * p if l2 else g)
    return p - lr * b, b


def nesterov(
    xp: Any, g: Array, p: Array, b: Array, lr: float, mu: float, fresh: float, l2: float
) -> Any:
    """Go where the memory will have led after the next step too."""
    g = g + l2 * p if l2 else g
    b = mu * b + fresh * g
    return p - lr * (g + mu * b), b


class SGD(Optimizer):
    r"""Stochastic gradient descent, with momentum and L2 regularisation.

    With learning rate $\eta$, momentum $\mu$, dampening $\tau$ and weight decay $\lambda$:

    $$g_t = \nabla_\theta L(\theta_{t-1}) + \lambda \theta_{t-1}, \qquad
    b_1 = g_1, \quad b_t = \mu b_{t-1} + (1 - \tau) g_t, \qquad
    \theta_t = \theta_{t-1} - \eta \, b_t$$

    With `nesterov`, $g_t + \mu b_t$ stands for $b_t$ in the last equation; without momentum, $g_t$
    does.

    Args:
        params: parameters, named or not, or groups (see `Optimizer`).
        lr: $\eta$.
        momentum: $\mu$; 0 for none.
        dampening: $\tau$.
        weight_decay: $\lambda$.
        nesterov: look ahead.
        maximize: climb instead.

    Raises:
        ValueError: an option is out of its range, or `nesterov` goes without momentum or with
            dampening.

    Example:
        >>> from nt_nn import Parameter
        >>> x = Parameter([4.0])
        >>> optimizer = SGD([x], lr=0.25)
        >>> (x * x).sum().backward()
        >>> optimizer.step()
        >>> x.tolist()
        [2.0]

    Source: PyTorch's `torch.optim.SGD`; Sutskever et al., On the importance of initialization and
        momentum (2013).
    """

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        options = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
        }
        super().__init__(params, options)

    def update(
        self, param: Array, grad: Array, state: dict[str, Any], group: dict[str, Any]
    ) -> Array:
        """One step of the equations above."""
        lr, mu, l2 = group["lr"], group["momentum"], group["weight_decay"]
        if not mu:
            return apply(descend, grad, param, state, (), lr, 1.0 - lr * l2)
        rule = nesterov if group["nesterov"] else heavy_ball
        fresh = 1.0 - group["dampening"] if "momentum_buffer" in state else 1.0
        return apply(rule, grad, param, state, ("momentum_buffer",), lr, mu, fresh, l2)
