"""What few members of the LLaMA family have: Gemma's norms, and scores that are capped."""

from __future__ import annotations

from nt_autograd import Tensor, rms_norm, tanh
from nt_nn import Parameter, RMSNorm
from nt_tensor import zeros

from ._modern_config import ModernConfig


class OffsetRMSNorm(RMSNorm):
    """Gemma's norm: stretches by 1 + weight, and the weight starts at zero."""

    def __init__(self, width: int, eps: float) -> None:
        super().__init__(width, eps)
        self.weight: Parameter = Parameter(zeros(width))

    def forward(self, x: Tensor) -> Tensor:
        """Normalise x (…, width)."""
        y: Tensor = rms_norm(x, self.normalized_shape, self.weight + 1.0, self.eps)
        return y


def make_norm(config: ModernConfig, width: int) -> RMSNorm:
    """The norm of a family: its weight is the stretch, or what is added to one."""
    return (OffsetRMSNorm if config.offset_norm else RMSNorm)(width, config.eps)


def capped(x: Tensor, cap: float | None) -> Tensor:
    """Soft limits: c tanh(x / c), so that no number lies beyond c; None leaves x."""
    return x if cap is None else tanh(x / cap) * cap
