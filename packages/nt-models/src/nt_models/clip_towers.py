"""The two Transformers of CLIP: one reads a text up to its end, one reads an image in patches.

    tokens (batch, time)                          images (batch, channels, size, size)
      -> token + position embedding                 -> patches by one convolution, behind a
         (batch, time, width)                          learned class vector; + positions
                                                       (batch, 1 + patches, width) -> norm
      -> layers x [ x + attention(norm1(x));  x + mlp(norm2(x)) ]   (the text's is causal)
      -> norm of the end token                      -> norm of the class vector
      -> projection  (batch, projection)            -> projection  (batch, projection)

Source: Radford et al., Learning Transferable Visual Models From Natural Language Supervision
(2021), section 2.4; as in its code, with the quick GELU. Departing from Dosovitskiy et al., An
Image is Worth 16x16 Words (2020): a norm before the blocks, a patch embedding without bias.
"""

from __future__ import annotations

from nt_autograd import Tensor, concat
from nt_nn import (
    Conv2d,
    Embedding,
    LayerNorm,
    Linear,
    Module,
    ModuleList,
    MultiHeadAttention,
    Parameter,
    init,
)
from nt_tensor import Generator, arange, default_generator, empty, float32, use_generator

from ._activations import activation
from ._clip_config import CLIPTextConfig, CLIPVisionConfig, TowerConfig
from ._positions import stretched

__all__ = ["CLIPText", "CLIPVision"]


class CLIPText(Module):
    """CLIP's text tower, from tokens to features.

    Args:
        config: the sizes.
        generator: draws the initial weights; the thread's default generator if None.

    Example:
        >>> from nt_autograd import tensor
        >>> tower = CLIPText(CLIPTextConfig(vocab_size=9, layers=1, width=16, projection=4))
        >>> tower(tensor([[7, 1, 2, 8], [7, 3, 8, 0]])).shape
        (2, 4)

    Source: Radford et al. (2021), section 2.4.
    """

    token_embedding: Embedding  # (vocabulary, width)
    position_embedding: Embedding  # (context, width)
    blocks: ModuleList[Block]
    norm: LayerNorm
    projection: Linear | None  # weight (projection, width)

    def __init__(self, config: CLIPTextConfig, *, generator: Generator | None = None) -> None:
        self.config = c = config
        with use_generator(generator or default_generator()):
            self.token_embedding = Embedding(c.vocab_size, c.width)
            self.position_embedding = Embedding(c.context, c.width)
            self.blocks = ModuleList(Block(c) for _ in range(c.layers))
            self.norm = LayerNorm(c.width, c.eps)
            self.projection = projection(c)
            init.normal_(self.token_embedding.weight, std=0.02)
            init.normal_(self.position_embedding.weight, std=0.01)

    def forward(
        self,
        tokens: Tensor,
        attention_mask: Tensor | None = None,
        position_ids: Tensor | None = None,
    ) -> Tensor:
        """The features of texts, not normalised.

        Args:
            tokens: (batch, time) integers below `vocab_size`. A text without end token is gathered
                at its first place, as published.
            attention_mask: (batch, time), 1 for tokens and 0 for padding; None for no padding.
                Behind the end token there is no need of it.
            position_ids: (batch, time) or (time,) integers below `context`; None for 0, 1, ….

        Returns:
            (batch, projection); (batch, width) without projection.

        Raises:
            ValueError: `tokens` is not (batch, time), or longer than the context; the mask has
                another shape.
            IndexError: a token is not in the vocabulary.
        """
        x = self.blocks_output(tokens, attention_mask, position_ids)  # (batch, time, width)
        end = self.config.end_token
        ends = (tokens if end is None else (tokens == end).to("int64")).argmax(-1)  # (batch,)
        rows = arange(tokens.shape[0], device=tokens.device)
        return projected(self.projection, self.norm(x[rows, ends]))

    def hidden(
        self,
        tokens: Tensor,
        attention_mask: Tensor | None = None,
        position_ids: Tensor | None = None,
    ) -> Tensor:
        """What the last norm gives at every position, (batch, time, width)."""
        return self.norm(self.blocks_output(tokens, attention_mask, position_ids))

    def blocks_output(
        self, tokens: Tensor, attention_mask: Tensor | None, position_ids: Tensor | None
    ) -> Tensor:
        """What the last block gives, (batch, time, width)."""
        if tokens.ndim != 2:
            raise ValueError(f"tokens must be (batch, time), got shape {tokens.shape}")
        if tokens.shape[1] > self.config.context:
            raise ValueError(
                f"{tokens.shape[1]} positions do not fit the context ({self.config.context})"
            )
        if attention_mask is not None and attention_mask.shape != tokens.shape:
            raise ValueError(
                f"attention_mask {attention_mask.shape} must be as tokens {tokens.shape}"
            )
        if position_ids is None:
            position_ids = Tensor(arange(tokens.shape[1], device=tokens.device))
        padding = None if attention_mask is None else attention_mask == 0
        x = self.token_embedding(tokens) + self.position_embedding(position_ids)
        for block in self.blocks:
            x = block(x, padding, is_causal=True)  # (batch, time, width)
        return x


class CLIPVision(Module):
    """CLIP's image tower, from images to features.

    Args:
        config: the sizes.
        generator: draws the initial weights; the thread's default generator if None.

    Example:
        >>> from nt_autograd import randn
        >>> config = CLIPVisionConfig(image_size=8, patch=4, layers=1, width=24, projection=4)
        >>> CLIPVision(config)(randn(2, 3, 8, 8)).shape
        (2, 4)

    Source: Radford et al. (2021), section 2.4; Dosovitskiy et al., An Image is Worth 16x16 Words
        (2020), from which it departs by the norm in front and by a patch embedding without bias.
    """

    class_embedding: Parameter  # (width,)
    patch_embedding: Conv2d  # weight (width, channels, patch, patch)
    position_embedding: Embedding  # (1 + patches, width)
    norm_in: LayerNorm
    blocks: ModuleList[Block]
    norm: LayerNorm
    projection: Linear | None  # weight (projection, width)

    def __init__(self, config: CLIPVisionConfig, *, generator: Generator | None = None) -> None:
        self.config = c = config
        with use_generator(generator or default_generator()):
            self.class_embedding = Parameter(empty((c.width,), float32))
            self.patch_embedding = Conv2d(c.channels, c.width, c.patch, c.patch, bias=False)
            self.position_embedding = Embedding(c.positions, c.width)
            self.norm_in = LayerNorm(c.width, c.eps)
            self.blocks = ModuleList(Block(c) for _ in range(c.layers))
            self.norm = LayerNorm(c.width, c.eps)
            self.projection = projection(c)
            init.normal_(self.class_embedding, std=c.width**-0.5)
            init.normal_(self.position_embedding.weight, std=c.width**-0.5)

    def forward(self, images: Tensor, *, interpolate_positions: bool = False) -> Tensor:
        """The features of images, not normalised.

        Args:
            images: (batch, channels, image_size, image_size).
            interpolate_positions: whether images of another size are taken: the grid of position
                embeddings is then stretched over theirs.

        Returns:
            (batch, projection); (batch, width) without projection.

        Raises:
            ValueError: `images` has another shape.
        """
        x = self.hidden(images, interpolate_positions=interpolate_positions)
        return projected(self.projection, self.norm(x[:, 0]))

    def hidden(self, images: Tensor, *, interpolate_positions: bool = False) -> Tensor:
        """What the last block gives, (batch, 1 + patches, width); arguments as `forward`'s."""
        c, shape = self.config, images.shape
        fits = interpolate_positions or shape[2:] == (c.image_size, c.image_size)
        if images.ndim != 4 or shape[1] != c.channels or not fits:
            raise ValueError(
                f"images must be (batch, {c.channels}, {c.image_size}, {c.image_size}), got "
                f"{shape}; with interpolate_positions=True their size may be another"
            )
        grid = self.patch_embedding(images)  # (batch, width, rows, columns)
        x = grid.flatten(2).transpose(1, 2)  # (batch, patches, width)
        first = self.class_embedding.expand(shape[0], 1, c.width)
        side = c.image_size // c.patch
        place = stretched(self.position_embedding.weight[None], (side, side), grid.shape[2:])
        x = self.norm_in(concat([first, x], 1) + place)  # (batch, 1 + patches, width)
        for block in self.blocks:
            x = block(x)  # (batch, 1 + patches, width)
        return x


class Block(Module):
    """Attention, then a two-layer network; each reads a norm and adds to the residual stream."""

    norm1: LayerNorm
    attention: MultiHeadAttention
    norm2: LayerNorm
    up: Linear  # weight (inner, width)
    down: Linear  # weight (width, inner)

    def __init__(self, config: TowerConfig) -> None:
        c, inner = config, config.inner_width
        self.norm1 = LayerNorm(c.width, c.eps)
        self.attention = MultiHeadAttention(c.width, c.heads, dropout=c.attention_dropout)
        self.norm2 = LayerNorm(c.width, c.eps)
        self.up = Linear(c.width, inner)
        self.activation = activation(c.activation)
        self.down = Linear(inner, c.width)
        std, adds = c.width**-0.5, (2 * c.layers) ** -0.5  # what adds to the stream is less
        for layer, spread in (
            (self.attention.qkv, std),
            (self.attention.out, std * adds),
            (self.up, std * 0.5**0.5),
            (self.down, std * adds),
        ):
            if layer is not None and layer.bias is not None:
                init.normal_(layer.weight, std=spread)
                init.zeros_(layer.bias)

    def forward(self, x: Tensor, padding: Tensor | None = None, is_causal: bool = False) -> Tensor:
        """(batch, time, width) to the same; `padding` (batch, time) is True where none may look."""
        x = x + self.attention(self.norm1(x), key_padding_mask=padding, is_causal=is_causal)
        return x + self.down(self.activation(self.up(self.norm2(x))))


def projection(config: TowerConfig) -> Linear | None:
    """The map into the space that both towers share."""
    if config.projection is None:
        return None
    made = Linear(config.width, config.projection, bias=False)
    init.normal_(made.weight, std=config.width**-0.5)
    return made


def projected(layer: Linear | None, x: Tensor) -> Tensor:
    """The map of (batch, width), if there is one."""
    return x if layer is None else layer(x)
