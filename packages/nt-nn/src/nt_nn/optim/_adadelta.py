"""Adadelta: steps in the units of the parameter, without a learning rate to find."""

from __future__ import annotations

from typing import Any

from nt_tensor import Array

from ._optimizer import Optimizer, Parameters
from ._update import apply, count


def adadelta(
    xp: Any,
    g: Array,
    p: Array,
    v: Array,
    u: Array,
    lr: float,
    rho: float,
    new: float,
    eps: float,
    l2: float,
) -> Any:
    """Against the gradient, scaled from the size of gradients to that of past steps."""
    g = g + l2 * p if l2 else g
    v = rho * v + new * (g * g)
    step = xp.sqrt(u + eps) / xp.sqrt(v + eps) * g
    return p - lr * step, v, rho * u + new * (step * step)


class Adadelta(Optimizer):
    r"""Gradient descent in steps as long as past steps were, for gradients as large as past ones.

    With learning rate $\eta$, weight decay $\lambda$ and
    $g_t = \nabla_\theta L(\theta_{t-1}) + \lambda \theta_{t-1}$:

    $$v_t = \rho v_{t-1} + (1 - \rho) g_t^2, \qquad
    \Delta_t = \frac{\sqrt{u_{t-1} + \epsilon}}{\sqrt{v_t + \epsilon}} \, g_t, \qquad
    u_t = \rho u_{t-1} + (1 - \rho) \Delta_t^2, \qquad
    \theta_t = \theta_{t-1} - \eta \Delta_t$$

    Args:
        params: parameters, named or not, or groups (see `Optimizer`).
        lr: $\eta$.
        rho: $\rho$, how long squares are remembered.
        eps: $\epsilon$: its root is the scale of the first steps.
        weight_decay: $\lambda$.
        maximize: climb instead.

    Raises:
        ValueError: an option is out of its range.

    Example:
        >>> from nt_nn import Parameter
        >>> x = Parameter([4.0])
        >>> optimizer = Adadelta([x], eps=0.01, rho=0.75)
        >>> (x * x).sum().backward()
        >>> optimizer.step()
        >>> 3.79 < x.item() < 3.81
        True


    Source: Zeiler, ADADELTA: an adaptive learning rate method (2012), algorithm 1; PyTorch's
        `torch.optim.Adadelta`.
    """

    def __init__(
        self,
        params: Parameters,
        lr: float = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
    ) -> None:
        options = {
            "lr": lr,
            "rho": rho,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
        }
        super().__init__(params, options)

    def update(
        self, param: Array, grad: Array, state: dict[str, Any], group: dict[str, Any]
    ) -> Array:
        """One step of the equations above."""
        rho, names = group["rho"], ("square_avg", "acc_delta")
        lr, eps, l2 = group["lr"], group["eps"], group["weight_decay"]
        count(state)
        return apply(adadelta, grad, param, state, names, lr, rho, 1.0 - rho, eps, l2)
