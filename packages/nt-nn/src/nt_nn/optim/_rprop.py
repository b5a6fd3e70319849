"""Rprop: steps by the gradient's sign alone."""

from __future__ import annotations

from typing import Any

from nt_tensor import Array

from ._optimizer import Optimizer, Parameters
from ._update import apply, count, remember


def rprop(
    xp: Any,
    g: Array,
    p: Array,
    last: Array,
    size: Array,
    shrink: float,
    grow: float,
    smallest: float,
    largest: float,
) -> Any:
    """Longer steps while the sign stays, a shorter one and a pause when it turns."""
    turn = xp.sign(g) * xp.sign(last)
    size = xp.where(turn > 0, grow * size, xp.where(turn < 0, shrink * size, size))
    size = xp.minimum(xp.maximum(size, smallest), largest)
    g = xp.where(turn < 0, 0.0 * g, g)
    return p - xp.sign(g) * size, g, size


class Rprop(Optimizer):
    r"""Resilient propagation: each element has a step of its own, which only signs change.

    With $(\eta^-, \eta^+)$ and the gradient $g_t = \nabla_\theta L(\theta_{t-1})$:

    $$\Delta_t = \begin{cases} \min(\eta^+ \Delta_{t-1}, \Delta_{\max}) & g_{t-1} g_t > 0 \\
    \max(\eta^- \Delta_{t-1}, \Delta_{\min}) & g_{t-1} g_t < 0 \\
    \Delta_{t-1} & \text{else} \end{cases} \qquad
    \theta_t = \theta_{t-1} - \operatorname{sign}(g_t) \Delta_t$$

    Where the sign has turned, $g_t$ counts as 0, in this step and as the next one's past. It is
    made for gradients of the whole data set, not of small batches.

    Args:
        params: parameters, named or not, or groups (see `Optimizer`).
        lr: $\Delta_0$.
        etas: $(\eta^-, \eta^+)$.
        step_sizes: $(\Delta_{\min}, \Delta_{\max})$.
        maximize: climb instead.

    Raises:
        ValueError: an option is out of its range.

    Example:
        >>> from nt_nn import Parameter
        >>> x = Parameter([4.0])
        >>> optimizer = Rprop([x], lr=0.5)
        >>> (x * x).sum().backward()
        >>> optimizer.step()
        >>> x.tolist()
        [3.5]


    Source: Riedmiller and Braun, A direct adaptive method for faster backpropagation learning: the
        RPROP algorithm (1993); PyTorch's `torch.optim.Rprop`.
    """

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50.0),
        *,
        maximize: bool = False,
    ) -> None:
        options = {
            "lr": lr,
            "etas": tuple(etas),
            "step_sizes": tuple(step_sizes),
            "maximize": maximize,
        }
        super().__init__(params, options)

    def update(
        self, param: Array, grad: Array, state: dict[str, Any], group: dict[str, Any]
    ) -> Array:
        """One step of the equations above."""
        count(state)
        remember(param, state, "step_size", group["lr"])
        names = ("prev", "step_size")
        return apply(rprop, grad, param, state, names, *group["etas"], *group["step_sizes"])
