"""Muon: momentum whose matrix is orthogonalised before the step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nt_autograd import fused_update, newton_schulz
from nt_tensor import Array, empty_like

from ._optimizer import Optimizer, Parameters
from ._sgd import descend
from ._update import apply, memory_dtype, remember


def gathered(
    xp: Any, g: Array, b: Array, u: Array, new: float, along_g: float, along_b: float
) -> Any:
    """The mean gradient, and the mixture of it and the gradient along which to go."""
    b = b + new * (g - b)
    return b, along_g * g + along_b * b


class Muon(Optimizer):
    r"""Momentum, orthogonalised by Newton-Schulz: every direction of a matrix moves equally far.

    With learning rate $\eta$, decay $\lambda$, momentum $\mu$ and
    $g_t = \nabla_\theta L(\theta_{t-1})$, a matrix of A rows and B columns:

    $$b_t = \mu b_{t-1} + (1 - \mu) g_t, \qquad
    u_t = (1 - \mu) g_t + \mu b_t \ \text{(Nesterov) or}\ b_t$$

    $$\theta_t = (1 - \eta \lambda) \theta_{t-1} - \eta s \, \mathrm{NS}(u_t), \qquad
    s = \sqrt{\max(1, A / B)} \ \text{or}\ 0.2 \sqrt{\max(A, B)}$$

    For the matrices inside of a network; embeddings, heads, biases and norms want another optimizer
    beside it, such as `AdamW`. Newton-Schulz runs in the parameter's precision, at least float32.

    Args:
        params: matrices, named or not, or groups (see `Optimizer`).
        lr: $\eta$.
        weight_decay: $\lambda$.
        momentum: $\mu$.
        nesterov: look ahead.
        ns_coefficients: see `nt_autograd.newton_schulz`.
        eps: the smallest norm that is divided by.
        ns_steps: steps of Newton-Schulz.
        adjust_lr_fn: how $s$ depends on the shape: `"original"` (the first form), also taken for
            None, or `"match_rms_adamw"` (the second, for rates and decays found for AdamW).
        maximize: climb instead.

    Raises:
        ValueError: an option is out of its range, or a parameter is no matrix.

    Example:
        >>> from nt_nn import Parameter
        >>> x = Parameter([[3.0, 0.0], [0.0, 4.0]])
        >>> optimizer = Muon([x], lr=0.5, weight_decay=0.0, ns_coefficients=(15/8, -5/4, 3/8))
        >>> (x * x).sum().backward()
        >>> optimizer.step()
        >>> x.numel(), abs(x.tolist()[0][0] - 2.5) < 0.01, abs(x.tolist()[1][1] - 3.5) < 0.01
        (4, True, True)

    Source: Jordan et al., Muon: an optimizer for hidden layers in neural networks (2024); Liu et
        al., Muon is scalable for LLM training (2025); PyTorch's `torch.optim.Muon`, which computes
        Newton-Schulz in bfloat16.
    """

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-3,
        weight_decay: float = 0.1,
        momentum: float = 0.95,
        nesterov: bool = True,
        ns_coefficients: tuple[float, float, float] = (3.4445, -4.7750, 2.0315),
        eps: float = 1e-7,
        ns_steps: int = 5,
        adjust_lr_fn: str | None = None,
        *,
        maximize: bool = False,
    ) -> None:
        options = {
            "lr": lr,
            "weight_decay": weight_decay,
            "momentum": momentum,
            "nesterov": nesterov,
            "ns_coefficients": tuple(ns_coefficients),
            "eps": eps,
            "ns_steps": ns_steps,
            "adjust_lr_fn": adjust_lr_fn,
            "maximize": maximize,
        }
        super().__init__(params, options)

    def add_param_group(self, group: Mapping[str, Any]) -> None:
        """Take in further matrices (see `Optimizer`)."""
        params = group["params"]
        params = [params] if hasattr(params, "ndim") else list(params)
        for entry in params:
            matrix = entry[1] if isinstance(entry, tuple) else entry
            if getattr(matrix, "ndim", 2) != 2:
                raise ValueError(
                    f"Muon takes matrices, not a parameter of shape {matrix.shape}; "
                    "give it to another optimizer, such as AdamW"
                )
        super().add_param_group({**group, "params": params})

    def update(
        self, param: Array, grad: Array, state: dict[str, Any], group: dict[str, Any]
    ) -> Array:
        """One step of the equations above."""
        if not param.size:
            return param
        lr, mu, (rows, columns) = group["lr"], group["momentum"], param.shape
        ahead = (1.0 - mu, mu) if group["nesterov"] else (0.0, 1.0)
        memory = remember(param, state, "momentum_buffer")
        u = empty_like(param, dtype=memory_dtype(param))
        state["momentum_buffer"], u = fused_update(gathered, grad, (memory, u), (1.0 - mu, *ahead))
        u = newton_schulz(u, group["ns_coefficients"], group["ns_steps"], group["eps"])
        if group["adjust_lr_fn"] == "match_rms_adamw":
            scale = 0.2 * max(rows, columns) ** 0.5
        else:
            scale = max(1.0, rows / columns) ** 0.5
        decay = 1.0 - lr * group["weight_decay"]
        return apply(descend, u, param, {}, (), lr * scale, decay)
