"""RAdam: Adam that waits until it knows the gradients' size."""

from __future__ import annotations

from typing import Any

from nt_tensor import Array

from ._adam import adam, decays
from ._optimizer import Optimizer, Parameters
from ._update import apply, count


def momentum(
    xp: Any,
    g: Array,
    p: Array,
    m: Array,
    v: Array,
    rate: float,
    new1: float,
    beta2: float,
    new2: float,
    decay: float,
    l2: float,
) -> Any:
    """Along the mean gradient, while squares are only gathered."""
    g = g + l2 * p if l2 else g
    m = m + new1 * (g - m)
    return decay * p - rate * m, m, beta2 * v + new2 * (g * g)


class RAdam(Optimizer):
    r"""Adam with a rectified second moment: no division by it while it rests on few gradients.

    $m_t$ and $v_t$ are Adam's, $g_t = \nabla_\theta L(\theta_{t-1}) + \lambda \theta_{t-1}$. How
    many gradients the mean square rests on, and how far its variance is from its limit:

    $$\rho_\infty = \frac{2}{1 - \beta_2} - 1, \qquad
    \rho_t = \rho_\infty - \frac{2 t \beta_2^t}{1 - \beta_2^t}, \qquad
    r_t = \sqrt{\frac{(\rho_t - 4)(\rho_t - 2)\rho_\infty}
    {(\rho_\infty - 4)(\rho_\infty - 2)\rho_t}}$$

    $$\theta_t = \theta_{t-1} - \eta \frac{m_t}{1 - \beta_1^t} \cdot \begin{cases}
    r_t \sqrt{1 - \beta_2^t} \, / \, (\sqrt{v_t} + \epsilon) & \text{if } \rho_t > 5 \\
    1 & \text{else} \end{cases}$$

    Args:
        params: parameters, named or not, or groups (see `Optimizer`).
        lr: $\eta$.
        betas: $(\beta_1, \beta_2)$, how long means and squares are remembered.
        eps: $\epsilon$, against division by zero.
        weight_decay: $\lambda$.
        decoupled_weight_decay: multiply $\theta$ by $1 - \eta \lambda$ as `AdamW` does, and
            leave the gradient as it is.
        maximize: climb instead.

    Raises:
        ValueError: an option is out of its range.

    Example:
        >>> from nt_nn import Parameter
        >>> x = Parameter([4.0])
        >>> optimizer = RAdam([x], lr=0.25)
        >>> (x * x).sum().backward()
        >>> optimizer.step()  # the first steps are those of gradient descent with momentum
        >>> x.tolist()
        [2.0]

    Source: Liu et al., On the variance of the adaptive learning rate and beyond (2020), algorithm
        2; PyTorch's `torch.optim.RAdam`.
    """

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        decoupled_weight_decay: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        options = {
            "lr": lr,
            "betas": tuple(betas),
            "eps": eps,
            "weight_decay": weight_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize,
        }
        super().__init__(params, options)

    def update(
        self, param: Array, grad: Array, state: dict[str, Any], group: dict[str, Any]
    ) -> Array:
        """One step of the equations above."""
        t, (beta1, beta2) = count(state), group["betas"]
        rate = group["lr"] / (1.0 - beta1**t)
        decay, l2 = decays(group, group["decoupled_weight_decay"])
        new1, new2, names = 1.0 - beta1, 1.0 - beta2, ("exp_avg", "exp_avg_sq")
        limit = 2.0 / new2 - 1.0
        rho = limit - 2.0 * t * beta2**t / (1.0 - beta2**t)
        if rho <= 5.0:
            return apply(momentum, grad, param, state, names, rate, new1, beta2, new2, decay, l2)
        rate *= (1.0 - beta2**t) ** 0.5
        rate *= ((rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho)) ** 0.5
        eps = group["eps"]
        return apply(adam, grad, param, state, names, rate, new1, beta2, new2, 1.0, eps, decay, l2)
