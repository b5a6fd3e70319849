"""AdamW: steps scaled by the gradients' own size, and weight decay apart from them."""

from __future__ import annotations

from typing import Any

from nt_autograd import adamw_update
from nt_tensor import Array, zeros_like

from ._optimizer import Optimizer, Parameters


class AdamW(Optimizer):
    r"""Adam with decoupled weight decay.

    With learning rate $\eta$, decay $\lambda$ and $g_t = \nabla_\theta L(\theta_{t-1})$:

    $$m_t = \beta_1 m_{t-1} + (1 - \beta_1) g_t, \qquad
    v_t = \beta_2 v_{t-1} + (1 - \beta_2) g_t^2$$

    $$\theta_t = (1 - \eta \lambda) \theta_{t-1} - \eta \,
    \frac{m_t / (1 - \beta_1^t)}{\sqrt{v_t / (1 - \beta_2^t)} + \epsilon}$$

    Args:
        params: parameters, named or not, or groups (see `Optimizer`).
        lr: $\eta$.
        betas: $(\beta_1, \beta_2)$, how long means and squares are remembered.
        eps: $\epsilon$, against division by zero.
        weight_decay: $\lambda$.
        maximize: climb instead.

    Raises:
        ValueError: an option is out of its range.

    Example:
        >>> from nt_nn import Parameter
        >>> x = Parameter([4.0])
        >>> optimizer = AdamW([x], lr=0.5, weight_decay=0.0)
        >>> (x * x).sum().backward()
        >>> optimizer.step()  # the first step is as long as the learning rate
        >>> x.tolist()
        [3.5]

    Source: Loshchilov and Hutter, Decoupled weight decay regularization (2019); PyTorch's
        `torch.optim.AdamW`.
    """

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
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
        if not state:
            state.update(step=0, exp_avg=zeros_like(param), exp_avg_sq=zeros_like(param))
        state["step"] += 1
        beta1, beta2 = group["betas"]
        param, state["exp_avg"], state["exp_avg_sq"] = adamw_update(
            param,
            grad,
            state["exp_avg"],
            state["exp_avg_sq"],
            lr=group["lr"],
            beta1=beta1,
            beta2=beta2,
            eps=group["eps"],
            weight_decay=group["weight_decay"],
            step=state["step"],
        )
        return param
