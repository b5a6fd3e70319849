"""A deep stack of ReLU layers whose residuals, norms and initial weights can be left out."""

from __future__ import annotations

from nt_autograd import Tensor, relu
from nt_nn import LayerNorm, Linear, Module, ModuleList, init

__all__ = ["Stack"]


class Stack(Module):
    """From digits to logits: an input layer, blocks of norm, product and ReLU, and a head."""

    def __init__(
        self, depth: int, *, residual: bool = False, norm: bool = False, std: float | None = None
    ) -> None:
        self.first = Linear(64, 64)
        self.norms = ModuleList(LayerNorm(64) for _ in range(depth)) if norm else None
        self.blocks = ModuleList(Linear(64, 64) for _ in range(depth))
        self.head = Linear(64, 10)
        self.residual = residual
        for layer in (self.first, *self.blocks):
            if std is None:
                init.kaiming_normal_(layer.weight, nonlinearity="relu")
            else:
                init.normal_(layer.weight, std=std)
            init.zeros_(layer.bias)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, 64) to (batch, 10)."""
        x = self.first(x)
        for i, block in enumerate(self.blocks):
            y: Tensor = relu(block(self.norms[i](x) if self.norms else x))
            x = x + y if self.residual else y
        return self.head(x)
