"""AdamW: steps scaled by the gradients' own size, and weight decay apart from them."""

from __future__ import annotations

from ._adam import Adam
from ._optimizer import Parameters


class AdamW(Adam):
    r"""Adam with decoupled weight decay.

    With learning rate $\eta$, decay $\lambda$ and $g_t = \nabla_\theta L(\theta_{t-1})$:

    $$m_t = \beta_1 m_{t-1} + (1 - \beta_1) g_t, \qquad
    v_t = \beta_2 v_{t-1} + (1 - \beta_2) g_t^2$$

    $$\theta_t = (1 - \eta \lambda) \theta_{t-1} - \eta \,
    \frac{m_t / (1 - \beta_1^t)}{\sqrt{v_t / (1 - \beta_2^t)} + \epsilon}$$

    With `amsgrad`, the largest $v_1, \dots, v_t$ of each element stands for $v_t$.

    Args:
        params: parameters, named or not, or groups (see `Optimizer`).
        lr: $\eta$.
        betas: $(\beta_1, \beta_2)$, how long means and squares are remembered.
        eps: $\epsilon$, against division by zero.
        weight_decay: $\lambda$.
        amsgrad: never let a step grow because gradients became small.
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

    Source: Loshchilov and Hutter, Decoupled weight decay regularization (2019), algorithm 2;
        PyTorch's `torch.optim.AdamW`.
    """

    decoupled = True

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, maximize=maximize)
