"""Lion: steps by the sign of a momentum."""

from __future__ import annotations

from typing import Any

from nt_tensor import Array

from ._optimizer import Optimizer, Parameters
from ._update import apply


def lion(
    xp: Any,
    g: Array,
    p: Array,
    m: Array,
    lr: float,
    new1: float,
    new2: float,
    decay: float,
) -> Any:
    """By the sign of the mean gradient, to which this one counts more than it will later."""
    return decay * p - lr * xp.sign(m + new1 * (g - m)), m + new2 * (g - m)


class Lion(Optimizer):
    r"""Evolved sign momentum: every element moves by the learning rate.

    With learning rate $\eta$, decay $\lambda$ and $g_t = \nabla_\theta L(\theta_{t-1})$:

    $$\theta_t = (1 - \eta \lambda) \theta_{t-1} -
    \eta \operatorname{sign}(\beta_1 m_{t-1} + (1 - \beta_1) g_t), \qquad
    m_t = \beta_2 m_{t-1} + (1 - \beta_2) g_t$$

    It remembers one array a parameter, half of what Adam does. Rates are three to ten times smaller
    than AdamW's, decays as much larger.

    Args:
        params: parameters, named or not, or groups (see `Optimizer`).
        lr: $\eta$.
        betas: $(\beta_1, \beta_2)$, for the step and for the memory.
        weight_decay: $\lambda$.
        maximize: climb instead.

    Raises:
        ValueError: an option is out of its range.

    Example:
        >>> from nt_nn import Parameter
        >>> x = Parameter([4.0])
        >>> optimizer = Lion([x], lr=0.5)
        >>> (x * x).sum().backward()
        >>> optimizer.step()
        >>> x.tolist()
        [3.5]


    Source: Chen et al., Symbolic discovery of optimization algorithms (2023), algorithm 2.
    """

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-4,
        betas: tuple[float, float] = (0.9, 0.99),
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
    ) -> None:
        options = {
            "lr": lr,
            "betas": tuple(betas),
            "weight_decay": weight_decay,
            "maximize": maximize,
        }
        super().__init__(params, options)

    def update(
        self, param: Array, grad: Array, state: dict[str, Any], group: dict[str, Any]
    ) -> Array:
        """One step of the equations above."""
        lr, (beta1, beta2) = group["lr"], group["betas"]
        decay = 1.0 - lr * group["weight_decay"]
        return apply(lion, grad, param, state, ("exp_avg",), lr, 1.0 - beta1, 1.0 - beta2, decay)
