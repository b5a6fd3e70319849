"""The sizes of a Vision Transformer, and those that were published."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from ._activations import activation

__all__ = ["ViTConfig"]


@dataclass(frozen=True)
class ViTConfig:
    """The size of a Vision Transformer.

    Attributes:
        image_size: rows and columns of an image; one number for a square.
        patch_size: rows and columns of a patch; what is left of the image at its end is not read.
        channels: of an image.
        classes: how many the head tells apart.
        layers: how many blocks.
        heads: how many heads an attention has.
        width: of the residual stream.
        inner: the width inside of a block's two-layer network; None for `4 * width`.
        pooling: what the head reads: "class", a token of its own in front of the patches, or
            "mean", the mean of the patches (there is no such token then).
        activation: between the two layers: "gelu", "relu", … as published configs say.
        eps: of the norms.
        dropout: the share of the embeddings and of what each layer adds that is dropped in
            training.
        attention_dropout: the share of the attention weights, likewise.
        qkv_bias: whether the maps to queries, keys and values have one.
        pooled_width: of what the encoder's pooler gives; None for `width`.
        pooled_activation: of the pooler.

    Raises:
        ValueError: a size is not a positive integer, `heads` does not divide `width`, a patch is
            larger than the image, or another option is out of its range.

    Example:
        >>> config = ViTConfig.preset("vit-base-patch16")
        >>> config.width, config.patches
        (768, 196)
    """

    image_size: int | tuple[int, int] = 224
    patch_size: int = 16
    channels: int = 3
    classes: int = 1000
    layers: int = 12
    heads: int = 12
    width: int = 768
    inner: int | None = None
    pooling: Literal["class", "mean"] = "class"
    activation: str = "gelu"
    eps: float = 1e-12
    dropout: float = 0.0
    attention_dropout: float = 0.0
    qkv_bias: bool = True
    pooled_width: int | None = None
    pooled_activation: str = "tanh"

    def __post_init__(self) -> None:
        sizes = ["patch_size", "channels", "classes", "layers", "heads", "width"]
        sizes += [name for name in ("inner", "pooled_width") if getattr(self, name) is not None]
        for name in sizes:
            value = getattr(self, name)
            if not isinstance(value, int) or value < 1:
                raise ValueError(f"{name} ({value!r}) must be a positive integer")
        if self.width % self.heads:
            raise ValueError(f"heads ({self.heads}) must divide width ({self.width})")
        if not all(isinstance(n, int) and n > 0 for n in self.image_shape):
            raise ValueError(f"image_size ({self.image_size!r}) must be a positive integer, or two")
        if min(self.image_shape) < self.patch_size:
            raise ValueError(
                f"image_size ({self.image_size}) must be at least patch_size ({self.patch_size})"
            )
        for name in ("dropout", "attention_dropout"):
            if not 0.0 <= getattr(self, name) < 1.0:
                raise ValueError(f"{name} ({getattr(self, name)}) must lie in [0, 1)")
        if not self.eps > 0.0:
            raise ValueError(f"eps ({self.eps}) must be positive")
        if self.pooling not in ("class", "mean"):
            raise ValueError(f"pooling ({self.pooling!r}) must be 'class' or 'mean'")
        activation(self.activation)
        activation(self.pooled_activation, "pooled_activation")

    @property
    def inner_width(self) -> int:
        """The width inside of a block's two-layer network."""
        return 4 * self.width if self.inner is None else self.inner

    @property
    def image_shape(self) -> tuple[int, int]:
        """Rows and columns of an image."""
        size = self.image_size
        return size if isinstance(size, tuple) else (size, size)

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of patches."""
        high, wide = self.image_shape
        return high // self.patch_size, wide // self.patch_size

    @property
    def patches(self) -> int:
        """How many patches an image has."""
        return self.grid[0] * self.grid[1]

    @classmethod
    def preset(cls, name: str, **changes: Any) -> ViTConfig:
        """A published size by its name, with fields changed.

        Args:
            name: "vit-tiny-patch16" (5.7 M parameters), "vit-small-patch16" (22 M),
                "vit-base-patch16" (87 M), "vit-large-patch16" (304 M), each also with "patch32", or
                "vit-mini" (0.61 M), for images of 32 x 32 and 10 classes.
            changes: fields that differ.

        Raises:
            ValueError: there is no such preset.

        Example:
            >>> ViTConfig.preset("vit-mini", classes=100).layers
            3

        Source: base and large: Dosovitskiy et al. (2020), table 1; tiny and small: Touvron et al.,
            Training data-efficient image transformers (2020), table 1.
        """
        if name not in PRESETS:
            raise ValueError(f"there is no preset {name!r}; there are {', '.join(PRESETS)}")
        return replace(PRESETS[name], **changes)


SIZES = {
    "tiny": (12, 3, 192),
    "small": (12, 6, 384),
    "base": (12, 12, 768),
    "large": (24, 16, 1024),
}
PRESETS = {"vit-mini": ViTConfig(32, 4, classes=10, layers=3, heads=4, width=128)} | {
    f"vit-{size}-patch{patch}": ViTConfig(patch_size=patch, layers=layers, heads=heads, width=width)
    for size, (layers, heads, width) in SIZES.items()
    for patch in (16, 32)
}
