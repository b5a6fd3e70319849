"""Adagrad: the more an element has moved, the less it moves."""

from __future__ import annotations

from typing import Any

from nt_tensor import Array

from ._optimizer import Optimizer, Parameters
from ._update import apply, count, remember


def adagrad(xp: Any, g: Array, p: Array, total: Array, rate: float, eps: float, l2: float) -> Any:
    """Against the gradient, divided by the root of the sum of all squares."""
    g = g + l2 * p if l2 else g
    total = total + g * g
    return p - rate * (g / (xp.sqrt(total) + eps)), total


class Adagrad(Optimizer):
    r"""Gradient descent whose step for each element shrinks with the gradients seen so far.

    With learning rate $\eta$, its decay $\kappa$, weight decay $\lambda$ and
    $g_t = \nabla_\theta L(\theta_{t-1}) + \lambda \theta_{t-1}$:

    $$s_t = s_{t-1} + g_t^2, \qquad \theta_t = \theta_{t-1} -
    \frac{\eta}{1 + (t - 1) \kappa} \, \frac{g_t}{\sqrt{s_t} + \epsilon}$$

    Args:
        params: parameters, named or not, or groups (see `Optimizer`).
        lr: $\eta$.
        lr_decay: $\kappa$.
        weight_decay: $\lambda$.
        initial_accumulator_value: $s_0$.
        eps: $\epsilon$, against division by zero.
        maximize: climb instead.

    Raises:
        ValueError: an option is out of its range.

    Example:
        >>> from nt_nn import Parameter
        >>> x = Parameter([4.0])
        >>> optimizer = Adagrad([x], lr=0.5)
        >>> (x * x).sum().backward()
        >>> optimizer.step()
        >>> x.tolist()
        [3.5]


    Source: Duchi, Hazan and Singer, Adaptive subgradient methods for online learning and stochastic
        optimization (2011); PyTorch's `torch.optim.Adagrad`.
    """

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-2,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
        *,
        maximize: bool = False,
    ) -> None:
        options = {
            "lr": lr,
            "lr_decay": lr_decay,
            "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value,
            "eps": eps,
            "maximize": maximize,
        }
        super().__init__(params, options)

    def update(
        self, param: Array, grad: Array, state: dict[str, Any], group: dict[str, Any]
    ) -> Array:
        """One step of the equations above."""
        t = count(state)
        remember(param, state, "sum", group["initial_accumulator_value"])
        rate = group["lr"] / (1.0 + (t - 1) * group["lr_decay"])
        eps, l2 = group["eps"], group["weight_decay"]
        return apply(adagrad, grad, param, state, ("sum",), rate, eps, l2)
