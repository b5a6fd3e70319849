"""Adam: steps scaled by the gradients' own size."""

from __future__ import annotations

from typing import Any

from nt_tensor import Array

from ._optimizer import Optimizer, Parameters
from ._update import apply, count


def adam(
    xp: Any,
    g: Array,
    p: Array,
    m: Array,
    v: Array,
    rate: float,
    new1: float,
    beta2: float,
    new2: float,
    inverse: float,
    eps: float,
    decay: float,
    l2: float,
) -> Any:
    """Along the mean gradient, divided by the root of the mean square."""
    g = g + l2 * p if l2 else g
    m = m + new1 * (g - m)
    v = beta2 * v + new2 * (g * g)
    return decay * p - rate * (m / (inverse * xp.sqrt(v) + eps)), m, v


def amsgrad(
    xp: Any,
    g: Array,
    p: Array,
    m: Array,
    v: Array,
    top: Array,
    rate: float,
    new1: float,
    beta2: float,
    new2: float,
    inverse: float,
    eps: float,
    decay: float,
    l2: float,
) -> Any:
    """As `adam`, divided by the root of the largest mean square so far."""
    g = g + l2 * p if l2 else g
    m = m + new1 * (g - m)
    v = beta2 * v + new2 * (g * g)
    top = xp.maximum(top, v)
    return decay * p - rate * (m / (inverse * xp.sqrt(top) + eps)), m, v, top


class Adam(Optimizer):
    r"""Adam: momentum, and a step for each element that does not depend on its gradients' scale.

    With learning rate $\eta$, weight decay $\lambda$ and
    $g_t = \nabla_\theta L(\theta_{t-1}) + \lambda \theta_{t-1}$:

    $$m_t = \beta_1 m_{t-1} + (1 - \beta_1) g_t, \qquad
    v_t = \beta_2 v_{t-1} + (1 - \beta_2) g_t^2$$

    $$\theta_t = \theta_{t-1} - \eta \,
    \frac{m_t / (1 - \beta_1^t)}{\sqrt{v_t / (1 - \beta_2^t)} + \epsilon}$$

    With `amsgrad`, the largest $v_1, \dots, v_t$ of each element stands for $v_t$.

    Args:
        params: parameters, named or not, or groups (see `Optimizer`).
        lr: $\eta$.
        betas: $(\beta_1, \beta_2)$, how long means and squares are remembered.
        eps: $\epsilon$, against division by zero.
        weight_decay: $\lambda$; it is scaled like the gradient (`AdamW` decays apart from it).
        amsgrad: never let a step grow because gradients became small.
        maximize: climb instead.

    Raises:
        ValueError: an option is out of its range.

    Example:
        >>> from nt_nn import Parameter
        >>> x = Parameter([4.0])
        >>> optimizer = Adam([x], lr=0.5)
        >>> (x * x).sum().backward()
        >>> optimizer.step()  # the first step is as long as the learning rate
        >>> x.tolist()
        [3.5]

    Source: Kingma and Ba, Adam: a method for stochastic optimization (2015), algorithm 1; Reddi,
        Kale and Kumar, On the convergence of Adam and beyond (2018); PyTorch's `torch.optim.Adam`.
    """

    decoupled = False  # whether weights decay apart from the gradient

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        options = {
            "lr": lr,
            "betas": tuple(betas),
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "maximize": maximize,
        }
        super().__init__(params, options)

    def update(
        self, param: Array, grad: Array, state: dict[str, Any], group: dict[str, Any]
    ) -> Array:
        """One step of the equations above."""
        t, lr, (beta1, beta2) = count(state), group["lr"], group["betas"]
        names: tuple[str, ...] = ("exp_avg", "exp_avg_sq")
        if group["amsgrad"]:
            names = (*names, "max_exp_avg_sq")
        return apply(
            amsgrad if group["amsgrad"] else adam,
            grad,
            param,
            state,
            names,
            lr / (1.0 - beta1**t),
            1.0 - beta1,
            beta2,
            1.0 - beta2,
            (1.0 - beta2**t) ** -0.5,
            group["eps"],
            *decays(group, self.decoupled),
        )


def decays(group: dict[str, Any], decoupled: bool) -> tuple[float, float]:
    """By what the parameter is multiplied, and how much of it is added to its gradient."""
    amount = group["weight_decay"]
    return (1.0 - group["lr"] * amount, 0.0) if decoupled else (1.0, amount)
