"""ASGD: gradient descent, and the mean of where it has been."""

from __future__ import annotations

from struct import pack, unpack
from typing import Any

from nt_tensor import Array

from ._optimizer import Optimizer, Parameters
from ._update import apply, count


def averaged(
    xp: Any,
    g: Array,
    p: Array,
    mean: Array,
    eta: float,
    decay: float,
    l2: float,
    keep: float,
    mu: float,
) -> Any:
    """Against the gradient; the mean moves towards the parameter."""
    g = g + l2 * p if l2 else g
    p = decay * p - eta * g
    return p, keep * mean + mu * p


class ASGD(Optimizer):
    r"""Averaged stochastic gradient descent.

    With $g_t = \nabla_\theta L(\theta_{t-1}) + \lambda \theta_{t-1}$, $\eta_1 = \eta$ and
    $\mu_1 = 1$:

    $$\theta_t = (1 - \ell \eta_t) \theta_{t-1} - \eta_t g_t, \qquad
    \bar\theta_t = \bar\theta_{t-1} + \mu_t (\theta_t - \bar\theta_{t-1})$$

    $$\eta_{t+1} = \frac{\eta}{(1 + \ell \eta t)^{\alpha}}, \qquad
    \mu_{t+1} = \frac{1}{\max(1, t - t_0)}$$

    The mean $\bar\theta$ is `state[parameter]["ax"]`; before step $t_0$ it follows the parameter.
    $\eta_t$ and $\mu_t$ are kept in float32.

    Args:
        params: parameters, named or not, or groups (see `Optimizer`).
        lr: $\eta$.
        lambd: $\ell$, a decay of weights and of the rate.
        alpha: $\alpha$, the power by which the rate falls.
        t0: $t_0$, from when on the mean is taken.
        weight_decay: $\lambda$.
        maximize: climb instead.

    Raises:
        ValueError: an option is out of its range.

    Example:
        >>> from nt_nn import Parameter
        >>> x = Parameter([4.0])
        >>> optimizer = ASGD([x], lr=0.25, lambd=0.0)
        >>> (x * x).sum().backward()
        >>> optimizer.step()
        >>> x.tolist(), optimizer.state[x]["ax"].tolist()
        ([2.0], [2.0])


    Source: Polyak and Juditsky, Acceleration of stochastic approximation by averaging (1992);
        PyTorch's `torch.optim.ASGD`.
    """

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
    ) -> None:
        options = {
            "lr": lr,
            "lambd": lambd,
            "alpha": alpha,
            "t0": t0,
            "weight_decay": weight_decay,
            "maximize": maximize,
        }
        super().__init__(params, options)

    def update(
        self, param: Array, grad: Array, state: dict[str, Any], group: dict[str, Any]
    ) -> Array:
        """One step of the equations above."""
        t, lr, lambd = count(state), group["lr"], group["lambd"]
        eta, mu = state.get("eta", _single(lr)), state.get("mu", 1.0)
        decay, l2 = 1.0 - lambd * eta, group["weight_decay"]
        param = apply(averaged, grad, param, state, ("ax",), eta, decay, l2, 1.0 - mu, mu)
        state["eta"] = _single(lr / (1.0 + lambd * lr * t) ** group["alpha"])
        state["mu"] = _single(1.0 / max(1.0, t - group["t0"]))
        return param


def _single(x: float) -> float:
    """A number as float32 holds it: so PyTorch keeps the rates, and trajectories agree."""
    return float(unpack("f", pack("f", x))[0])
