"""Adafactor: Adam's scaling with a memory of rows and columns instead of elements."""

from __future__ import annotations

from typing import Any, ClassVar

from nt_autograd import Tensor, clamp, fused_update, mean
from nt_tensor import Array, astype, dtype_of, empty_like, float32, float64

from ._optimizer import Optimizer, Parameters
from ._options import Ranges
from ._sgd import descend
from ._update import apply, count, length, memory_dtype, remember

_EPSILON = {float32: 2.0**-23, float64: 2.0**-52}


def scaled(xp: Any, g: Array, v: Array, least: float) -> Any:
    """The gradient divided by the root of its mean square, which is not needed any more."""
    return g / xp.sqrt(xp.maximum(v, least))


def scaled_by_elements(
    xp: Any, g: Array, v: Array, u: Array, keep: float, new: float, least: float
) -> Any:
    """The mean square brought up to date, and the gradient divided by its root."""
    v = keep * v + new * (g * g)
    return v, g / xp.sqrt(xp.maximum(v, least))


def _eps_fits(value: Any) -> bool:
    return (
        isinstance(value, tuple | list)
        and len(value) == 2
        and (value[0] is None or value[0] >= 0)
        and value[1] is not None
        and value[1] >= 0
    )


class Adafactor(Optimizer):
    r"""Adaptive steps for a sublinear price in memory: for a matrix, one number a row and a column.

    With $G_t = \nabla_\theta L(\theta_{t-1})$ of shape (n, m), $\hat\beta_t = 1 - t^\tau$ and
    $\mathrm{RMS}$ the root of the mean square of all elements:

    $$R_t = \hat\beta_t R_{t-1} + (1 - \hat\beta_t) \tfrac{1}{m} (G_t \odot G_t) 1_m, \qquad
    C_t = \hat\beta_t C_{t-1} + (1 - \hat\beta_t) \tfrac{1}{n} 1_n^\top (G_t \odot G_t)$$

    $$V_t = \frac{R_t C_t}{\max(\tfrac{1}{n} 1_n^\top R_t, \epsilon_1)}, \qquad
    U_t = \frac{G_t}{\max(\sqrt{V_t}, \epsilon_1)}, \qquad
    \alpha_t = \max(\epsilon_2, \mathrm{RMS}(\theta_{t-1})) \min(\eta, 1 / \sqrt{t})$$

    $$\theta_t = (1 - \eta \lambda) \theta_{t-1} -
    \alpha_t \frac{U_t}{\max(1, \mathrm{RMS}(U_t) / d)}$$

    A vector's $V_t = \hat\beta_t V_{t-1} + (1 - \hat\beta_t) G_t \odot G_t$ is kept whole; a tensor
    of more axes is a stack of matrices.

    Args:
        params: parameters, named or not, or groups (see `Optimizer`).
        lr: $\eta$, the largest relative step.
        beta2_decay: $\tau$, how the memory grows; not positive.
        eps: $(\epsilon_1, \epsilon_2)$: the smallest root of a mean square, and the smallest size
            of a parameter; None for the machine epsilon of what is computed in.
        d: the largest RMS of a step before it is scaled.
        weight_decay: $\lambda$.
        maximize: climb instead.

    Raises:
        ValueError: an option is out of its range.

    Example:
        >>> from nt_nn import Parameter
        >>> x = Parameter([4.0])
        >>> optimizer = Adafactor([x], lr=0.25)
        >>> (x * x).sum().backward()
        >>> optimizer.step()  # a quarter of its size
        >>> x.tolist()
        [3.0]

    Source: Shazeer and Stern, Adafactor: adaptive learning rates with sublinear memory cost (2018);
        PyTorch's `torch.optim.Adafactor`, whose use of $\eta$ and $\epsilon_1$ this is.
    """

    _ranges: ClassVar[Ranges] = {
        "eps": (_eps_fits, "must be two numbers, not negative; the first may be None")
    }

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-2,
        beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3),
        d: float = 1.0,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
    ) -> None:
        options = {
            "lr": lr,
            "beta2_decay": beta2_decay,
            "eps": tuple(eps) if isinstance(eps, list) else eps,
            "d": d,
            "weight_decay": weight_decay,
            "maximize": maximize,
        }
        super().__init__(params, options)

    def update(
        self, param: Array, grad: Array, state: dict[str, Any], group: dict[str, Any]
    ) -> Array:
        """One step of the equations above."""
        t, lr, (eps1, eps2) = count(state), group["lr"], group["eps"]
        if not param.size:
            return param
        if eps1 is None:
            eps1 = _EPSILON[memory_dtype(param)]
        root = param.size**0.5
        size = max(eps2, length(param) / root) * min(lr, t**-0.5)
        if dtype_of(grad) != memory_dtype(param):
            grad = astype(grad, memory_dtype(param))
        new = t ** group["beta2_decay"]  # the share of this gradient in the memory
        u = (_scaled if grad.ndim > 1 else _scaled_vector)(grad, state, new, eps1)
        rate = size / max(1.0, length(u) / root / group["d"])
        return apply(descend, u, param, {}, (), rate, 1.0 - lr * group["weight_decay"])

    def _state_shape(self, key: str, parameter: Tensor) -> tuple[int, ...]:
        shape = parameter.shape
        shapes = {"row_var": (*shape[:-1], 1), "col_var": (*shape[:-2], 1, *shape[-1:])}
        return shapes.get(key, shape)


def _scaled(grad: Array, state: dict[str, Any], new: float, eps1: float) -> Array:
    """A matrix divided by the root of its mean square, which is a column times a row."""
    square = grad * grad
    row, column = mean(square, -1, keepdim=True), mean(square, -2, keepdim=True)
    row = state["row_var"] = _moved(state.get("row_var"), row, new)
    column = state["col_var"] = _moved(state.get("col_var"), column, new)
    v = row / clamp(mean(row, -2, keepdim=True), min=eps1) * column
    (u,) = fused_update(scaled, grad, (v,), (eps1 * eps1,))
    return u


def _scaled_vector(grad: Array, state: dict[str, Any], new: float, eps1: float) -> Array:
    arrays = (remember(grad, state, "variance"), empty_like(grad))
    numbers = (1.0 - new, new, eps1 * eps1)
    state["variance"], u = fused_update(scaled_by_elements, grad, arrays, numbers)
    return u


def _moved(memory: Array | None, value: Array, new: float) -> Array:
    return value * new if memory is None else memory + new * (value - memory)
