"""NAdam: Adam whose momentum looks ahead."""

from __future__ import annotations

from typing import Any

from nt_tensor import Array

from ._adam import decays
from ._optimizer import Optimizer, Parameters
from ._update import apply, count


def nadam(
    xp: Any,
    g: Array,
    p: Array,
    m: Array,
    v: Array,
    now: float,
    ahead: float,
    new1: float,
    beta2: float,
    new2: float,
    inverse: float,
    eps: float,
    decay: float,
    l2: float,
) -> Any:
    """Along the gradient and the mean of past ones, divided by the root of the mean square."""
    g = g + l2 * p if l2 else g
    m = m + new1 * (g - m)
    v = beta2 * v + new2 * (g * g)
    return decay * p - (now * g + ahead * m) / (inverse * xp.sqrt(v) + eps), m, v


class NAdam(Optimizer):
    r"""Adam with Nesterov's momentum.

    With learning rate $\eta$, weight decay $\lambda$, momentum decay $\psi$ and
    $g_t = \nabla_\theta L(\theta_{t-1}) + \lambda \theta_{t-1}$:

    $$m_t = \beta_1 m_{t-1} + (1 - \beta_1) g_t, \qquad
    v_t = \beta_2 v_{t-1} + (1 - \beta_2) g_t^2, \qquad
    \mu_t = \beta_1 (1 - \tfrac{1}{2} 0.96^{t \psi})$$

    $$\theta_t = \theta_{t-1} - \eta \left(
    \frac{\mu_{t+1} m_t}{1 - \prod_{i=1}^{t+1} \mu_i} +
    \frac{(1 - \mu_t) g_t}{1 - \prod_{i=1}^{t} \mu_i} \right) \bigg/
    \left( \sqrt{v_t / (1 - \beta_2^t)} + \epsilon \right)$$

    Args:
        params: parameters, named or not, or groups (see `Optimizer`).
        lr: $\eta$.
        betas: $(\beta_1, \beta_2)$, how long means and squares are remembered.
        eps: $\epsilon$, against division by zero.
        weight_decay: $\lambda$.
        momentum_decay: $\psi$, how fast the momentum grows to $\beta_1$.
        decoupled_weight_decay: multiply $\theta$ by $1 - \eta \lambda$ as `AdamW` does, and
            leave the gradient as it is.
        maximize: climb instead.

    Raises:
        ValueError: an option is out of its range.

    Example:
        >>> from nt_nn import Parameter
        >>> x = Parameter([4.0])
        >>> optimizer = NAdam([x], lr=0.5)
        >>> (x * x).sum().backward()
        >>> optimizer.step()
        >>> 3.0 < x.item() < 3.6
        True

    Source: Dozat, Incorporating Nesterov momentum into Adam (2016); PyTorch's `torch.optim.NAdam`.
    """

    def __init__(
        self,
        params: Parameters,
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        options = {
            "lr": lr,
            "betas": tuple(betas),
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize,
        }
        super().__init__(params, options)

    def update(
        self, param: Array, grad: Array, state: dict[str, Any], group: dict[str, Any]
    ) -> Array:
        """One step of the equations above."""
        t, lr, (beta1, beta2) = count(state), group["lr"], group["betas"]
        mu, mu_next = (
            beta1 * (1.0 - 0.5 * 0.96 ** (i * group["momentum_decay"])) for i in (t, t + 1)
        )
        product = state["mu_product"] = state.get("mu_product", 1.0) * mu
        return apply(
            nadam,
            grad,
            param,
            state,
            ("exp_avg", "exp_avg_sq"),
            lr * (1.0 - mu) / (1.0 - product),
            lr * mu_next / (1.0 - product * mu_next),
            1.0 - beta1,
            beta2,
            1.0 - beta2,
            (1.0 - beta2**t) ** -0.5,
            group["eps"],
            *decays(group, group["decoupled_weight_decay"]),
        )
