"""Adamax: Adam with the largest gradient in the place of the mean square."""

from __future__ import annotations

from typing import Any

from nt_tensor import Array

from ._optimizer import Optimizer, Parameters
from ._update import apply, count


def adamax(
    xp: Any,
    g: Array,
    p: Array,
    m: Array,
    u: Array,
    rate: float,
    new1: float,
    beta2: float,
    eps: float,
    l2: float,
) -> Any:
    """Along the mean gradient, divided by the largest one, which fades."""
    g = g + l2 * p if l2 else g
    m = m + new1 * (g - m)
    u = xp.maximum(beta2 * u, xp.abs(g) + eps)
    return p - rate * (m / u), m, u


class Adamax(Optimizer):
    r"""Adam in the infinity norm.

    With learning rate $\eta$, weight decay $\lambda$ and
    $g_t = \nabla_\theta L(\theta_{t-1}) + \lambda \theta_{t-1}$:

    $$m_t = \beta_1 m_{t-1} + (1 - \beta_1) g_t, \qquad
    u_t = \max(\beta_2 u_{t-1}, |g_t| + \epsilon), \qquad
    \theta_t = \theta_{t-1} - \frac{\eta}{1 - \beta_1^t} \frac{m_t}{u_t}$$

    Args:
        params: parameters, named or not, or groups (see `Optimizer`).
        lr: $\eta$.
        betas: $(\beta_1, \beta_2)$, how long means and maxima are remembered.
        eps: $\epsilon$, against division by zero.
        weight_decay: $\lambda$.
        maximize: climb instead.

    Raises:
        ValueError: an option is out of its range.

    Example:
        >>> from nt_nn import Parameter
        >>> x = Parameter([4.0])
        >>> optimizer = Adamax([x], lr=0.5)
        >>> (x * x).sum().backward()
        >>> optimizer.step()
        >>> x.tolist()
        [3.5]


    Source: Kingma and Ba, Adam: a method for stochastic optimization (2015), algorithm 2; PyTorch's
        `torch.optim.Adamax`.
    """

    def __init__(
        self,
        params: Parameters,
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
    ) -> None:
        options = {
            "lr": lr,
            "betas": tuple(betas),
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
        }
        super().__init__(params, options)

    def update(
        self, param: Array, grad: Array, state: dict[str, Any], group: dict[str, Any]
    ) -> Array:
        """One step of the equations above."""
        t, (beta1, beta2) = count(state), group["betas"]
        return apply(
            adamax,
            grad,
            param,
            state,
            ("exp_avg", "exp_inf"),
            group["lr"] / (1.0 - beta1**t),
            1.0 - beta1,
            beta2,
            group["eps"],
            group["weight_decay"],
        )
