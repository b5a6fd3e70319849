"""LAMB: Adam's direction, as long as the layer's weights allow."""

from __future__ import annotations

from typing import Any

from nt_autograd import fused_update
from nt_tensor import Array, empty_like

from ._optimizer import Optimizer, Parameters
from ._sgd import descend
from ._update import apply, count, length, memory_dtype, remember


def direction(
    xp: Any,
    g: Array,
    p: Array,
    m: Array,
    v: Array,
    r: Array,
    scale: float,
    new1: float,
    beta2: float,
    new2: float,
    inverse: float,
    eps: float,
    weight_decay: float,
) -> Any:
    """What AdamW would subtract for a rate of 1."""
    m = m + new1 * (g - m)
    v = beta2 * v + new2 * (g * g)
    return p, m, v, scale * (m / (inverse * xp.sqrt(v) + eps)) + weight_decay * p


class LAMB(Optimizer):
    r"""Layer-wise adaptation for large batches: each parameter moves in proportion to its norm.

    With Adam's moments $m_t$ and $v_t$, learning rate $\eta$ and decay $\lambda$:

    $$r_t = \frac{m_t / (1 - \beta_1^t)}{\sqrt{v_t / (1 - \beta_2^t)} + \epsilon} +
    \lambda \theta_{t-1}, \qquad
    \theta_t = \theta_{t-1} - \eta \frac{\lVert \theta_{t-1} \rVert}{\lVert r_t \rVert} r_t$$

    Norms are of a whole parameter; where one is 0, their quotient counts as 1.

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
        >>> optimizer = LAMB([x], lr=0.25)
        >>> (x * x).sum().backward()
        >>> optimizer.step()  # a quarter of its size
        >>> x.tolist()
        [3.0]


    Source: You et al., Large batch optimization for deep learning: training BERT in 76 minutes
        (2020), algorithm 2.
    """

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-6,
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
        t, (beta1, beta2) = count(state), group["betas"]
        for name in ("exp_avg", "exp_avg_sq"):
            remember(param, state, name)
        r = empty_like(param, dtype=memory_dtype(param))
        param, state["exp_avg"], state["exp_avg_sq"], r = fused_update(
            direction,
            grad,
            (param, state["exp_avg"], state["exp_avg_sq"], r),
            (
                1.0 / (1.0 - beta1**t),
                1.0 - beta1,
                beta2,
                1.0 - beta2,
                (1.0 - beta2**t) ** -0.5,
                group["eps"],
                group["weight_decay"],
            ),
        )
        weight, step = length(param), length(r)
        trust = weight / step if weight > 0.0 and step > 0.0 else 1.0
        return apply(descend, r, param, {}, (), group["lr"] * trust, 1.0)
