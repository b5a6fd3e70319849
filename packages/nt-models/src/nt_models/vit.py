"""The Vision Transformer: an image as a sequence of patches, read by pre-norm Transformer blocks.

    images (batch, channels, height, width)
      -> patches, each mapped by one matrix                     (batch, patches, width)
      -> a class token in front, + position embedding           (batch, 1 + patches, width)
      -> layers x [ x + attention(norm1(x));  x + mlp(norm2(x)) ], norm
      -> the class token, or the mean of the patches            (batch, width)
      -> head                                                   (batch, classes)

Source: Dosovitskiy et al., An Image is Worth 16x16 Words: Transformers for Image Recognition at
Scale (2020). It departs from the paper as published checkpoints do: no dropout between the two
layers of a block's network, and after fine-tuning the head is one linear map. The mean in the place
of the class token: Beyer, Zhai, Kolesnikov, Better plain ViT baselines for ImageNet-1k (2022).
"""

from __future__ import annotations

from nt_autograd import Tensor, concat
from nt_nn import (
    Conv2d,
    Dropout,
    LayerNorm,
    Linear,
    Module,
    ModuleList,
    MultiHeadAttention,
    Parameter,
    init,
)
from nt_tensor import Generator, default_generator, use_generator, zeros

from ._activations import activation
from ._positions import stretched
from ._vit_config import ViTConfig

__all__ = ["ViT", "ViTConfig", "ViTEncoder"]


class ViT(Module):
    """The Vision Transformer, from images to classes.

    Args:
        config: the sizes.
        generator: draws the initial weights; the thread's default generator if None.

    Example:
        >>> from nt_autograd import zeros
        >>> model = ViT(ViTConfig.preset("vit-mini"))
        >>> model(zeros(2, 3, 32, 32)).shape
        (2, 10)
        >>> model(zeros(2, 3, 48, 32), interpolate_positions=True).shape
        (2, 10)

    Source: Dosovitskiy et al. (2020), section 3.1.
    """

    encoder: ViTEncoder
    head: Linear  # weight (classes, width)

    def __init__(self, config: ViTConfig, *, generator: Generator | None = None) -> None:
        self.config = config
        with use_generator(generator or default_generator()):
            self.encoder = ViTEncoder(config, pooler=False)
            self.head = Linear(config.width, config.classes)
            initialise(self.head)

    def forward(self, images: Tensor, *, interpolate_positions: bool = False) -> Tensor:
        """Logits of the classes, (batch, classes); arguments as `ViTEncoder`'s."""
        x = self.encoder(images, interpolate_positions=interpolate_positions)
        return self.head(self.encoder.pooled(x))  # (batch, classes)


class ViTEncoder(Module):
    """The Vision Transformer without its head, from images to hidden states.

    Args:
        config: the sizes.
        pooler: whether `pooled` has one more layer.
        generator: draws the initial weights; the thread's default generator if None.

    Example:
        >>> from nt_autograd import zeros
        >>> model = ViTEncoder(ViTConfig.preset("vit-mini"))
        >>> hidden = model(zeros(2, 3, 32, 32))
        >>> hidden.shape, model.pooled(hidden).shape
        ((2, 65, 128), (2, 128))

    Source: Dosovitskiy et al. (2020), section 3.1.
    """

    patch_embedding: Conv2d  # weight (width, channels, patch, patch)
    class_token: Parameter | None  # (1, 1, width)
    position_embedding: Parameter  # (1, [1 +] patches, width)
    blocks: ModuleList[Block]
    norm: LayerNorm
    pooler: Linear | None  # weight (pooled width, width)

    def __init__(
        self, config: ViTConfig, *, pooler: bool = True, generator: Generator | None = None
    ) -> None:
        self.config = config
        width, has_token = config.width, config.pooling == "class"
        with use_generator(generator or default_generator()):
            self.patch_embedding = Conv2d(
                config.channels, width, config.patch_size, stride=config.patch_size
            )
            self.class_token = Parameter(zeros((1, 1, width))) if has_token else None
            self.position_embedding = Parameter(zeros((1, has_token + config.patches, width)))
            self.dropout = Dropout(config.dropout)
            self.blocks = ModuleList(Block(config) for _ in range(config.layers))
            self.norm = LayerNorm(width, config.eps)
            self.pooler = Linear(width, config.pooled_width or width) if pooler else None
            initialise(self)

    def forward(self, images: Tensor, *, interpolate_positions: bool = False) -> Tensor:
        """The hidden states after the last norm.

        Args:
            images: (batch, channels, height, width).
            interpolate_positions: whether images of another size are taken: the grid of position
                embeddings is then stretched over theirs.

        Returns:
            (batch, 1 + patches, width), the class token's first; without it for `pooling="mean"`.

        Raises:
            ValueError: `images` has other channels, or another size and `interpolate_positions` is
                not given, or one smaller than a patch.
        """
        c = self.config
        if images.ndim != 4 or images.shape[1] != c.channels:
            raise ValueError(
                f"images must be (batch, {c.channels}, height, width), got shape {images.shape}"
            )
        if images.shape[2:] != c.image_shape and not interpolate_positions:
            raise ValueError(
                f"images {images.shape} do not fit image_size ({c.image_size}); with "
                "interpolate_positions=True the position embedding is stretched over them"
            )
        grid = self.patch_embedding(images)  # (batch, width, rows, columns)
        x = grid.flatten(2).transpose(1, 2)  # (batch, patches, width)
        if self.class_token is not None:
            x = concat([self.class_token.expand(len(images), 1, c.width), x], 1)
        x = self.dropout(x + self.positions(grid.shape[2], grid.shape[3]))
        for block in self.blocks:
            x = block(x)  # (batch, 1 + patches, width)
        return self.norm(x)

    def positions(self, rows: int, columns: int) -> Tensor:
        """The position embedding for a grid of patches, (1, 1 + rows * columns, width)."""
        return stretched(self.position_embedding, self.config.grid, (rows, columns))

    def pooled(self, hidden: Tensor) -> Tensor:
        """The image as one vector: its class token or the mean, through the pooler if there is one.

        Args:
            hidden: (batch, 1 + patches, width).

        Returns:
            (batch, width), or with a pooler (batch, pooled width).
        """
        x: Tensor = hidden[:, 0] if self.class_token is not None else hidden.mean(1)
        if self.pooler is None:
            return x
        return activation(self.config.pooled_activation)(self.pooler(x))


class Block(Module):
    """Attention, then a two-layer network; each reads a norm and adds to the residual stream."""

    norm1: LayerNorm
    attention: MultiHeadAttention
    norm2: LayerNorm
    up: Linear  # weight (inner, width)
    down: Linear  # weight (width, inner)

    def __init__(self, config: ViTConfig) -> None:
        c = config
        self.norm1 = LayerNorm(c.width, c.eps)
        self.attention = MultiHeadAttention(
            c.width, c.heads, c.attention_dropout, c.qkv_bias, out_bias=True
        )
        self.norm2 = LayerNorm(c.width, c.eps)
        self.up = Linear(c.width, c.inner_width)
        self.activation = activation(c.activation)
        self.down = Linear(c.inner_width, c.width)
        self.dropout = Dropout(c.dropout)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, tokens, width) to the same."""
        x = x + self.dropout(self.attention(self.norm1(x)))
        return x + self.dropout(self.down(self.activation(self.up(self.norm2(x)))))


def initialise(module: Module) -> None:
    """Matrices N(0, 0.02) cut off at two deviations, biases 0, norms 1."""
    for name, parameter in module.named_parameters():
        if parameter.ndim > 1:
            init.trunc_normal_(parameter, std=0.02, a=-0.04, b=0.04)
        elif name.endswith("bias"):
            init.zeros_(parameter)
