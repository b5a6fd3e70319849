"""What a ledger is made of: steps, what they cost, and the weights that they read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

__all__ = ["Cost", "Product", "Step", "Weight", "block_of"]

Shape: TypeAlias = tuple[int, ...]


@dataclass(frozen=True)
class Cost:
    """What was computed and moved.

    Attributes:
        macs: multiply-accumulates of the matrix products (and convolutions).
        other: floating-point operations outside of them: sums, norms, activations, biases.
        read: bytes that went in, weights included, as if nothing stayed in a cache.
        written: bytes that came out.

    Example:
        >>> (Cost(macs=10, other=1) + Cost(macs=5)).flops
        31
    """

    macs: int = 0
    other: int = 0
    read: int = 0
    written: int = 0

    @property
    def flops(self) -> int:
        """All floating-point operations: two for each multiply-accumulate, and the others."""
        return 2 * self.macs + self.other

    @property
    def product_flops(self) -> int:
        """The floating-point operations of the matrix products: two for each."""
        return 2 * self.macs

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.macs + other.macs,
            self.other + other.other,
            self.read + other.read,
            self.written + other.written,
        )


@dataclass(frozen=True)
class Product:
    """A matrix product, named after its weight, or after the two of an attention.

    Attributes:
        name: such as "blocks.0.up.weight", "blocks.0.attention.QKᵀ", "blocks.0.attention.AV".
        macs: its multiply-accumulates, in full, whatever a mask hides.
        computed: of them those that the backend did compute; what a causal mask hides may be left
            out.

    Example:
        >>> Product("blocks.0.up.weight", macs=1024, computed=1024).macs
        1024
    """

    name: str
    macs: int
    computed: int


@dataclass(frozen=True)
class Step:
    """One op of the forward pass.

    Attributes:
        module: the dotted name of the module in which it ran; nothing for the model itself.
        op: its name.
        inputs: the shapes of what came in, weights left out.
        outputs: the shapes of what came out.
        weights: the names of the parameters that it read.
        products: the matrix products in it.
        forward: what it cost.
        backward: what its gradients cost, where they were taken.
        kept: bytes that the tape keeps for the gradients, weights left out; what several steps
            keep is counted at the first.
        reads: the numbers of the steps whose results it reads, and names of parameters.

    Example:
        >>> from nt_autograd import ones
        >>> from nt_models import explain
        >>> from nt_nn import Linear
        >>> step = explain(Linear(3, 2), ones(4, 3)).steps[0]
        >>> step.op, step.inputs, step.outputs, step.forward.macs
        ('linear', ((4, 3),), ((4, 2),), 24)
    """

    module: str
    op: str
    inputs: tuple[Shape, ...]
    outputs: tuple[Shape, ...]
    weights: tuple[str, ...]
    products: tuple[Product, ...]
    forward: Cost
    backward: Cost
    kept: int
    reads: tuple[int | str, ...]


@dataclass(frozen=True)
class Weight:
    """A parameter: its dotted name, shape and how many numbers it has.

    Example:
        >>> Weight("norm.bias", (768,), 768).shape
        (768,)
    """

    name: str
    shape: Shape
    parameters: int


_BLOCK = re.compile(r"^(.*?\.)??\d+(\.\d+)*(?=\.|$)|^.*?\.\d+(\.\d+)*(?=\.|$)")


def block_of(name: str) -> str:
    """The block that a module or a parameter is in: its name up to its first numbers.

    Outside of blocks, the first part of the name; nothing for the model itself.

    Example:
        >>> [block_of(name) for name in ("blocks.3.up", "stages.0.2.convs.1", "norm", "")]
        ['blocks.3', 'stages.0.2', 'norm', '']
    """
    found = _BLOCK.match(name)
    return found.group() if found else name.partition(".")[0]
