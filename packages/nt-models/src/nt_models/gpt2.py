"""GPT-2: a stack of pre-norm Transformer blocks that predicts the next token.

    tokens (batch, time)
      -> token embedding + position embedding              (batch, time, width)
      -> layers x [ x + attention(norm1(x));  x + mlp(norm2(x)) ]
      -> norm -> product with the token embedding          (batch, time, vocabulary)

Source: Radford, Wu, Child, Luan, Amodei, Sutskever, Language Models are Unsupervised Multitask
Learners (2019); the block is that of Vaswani et al., Attention Is All You Need (2017), with the
norms moved to the front.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Unpack

from nt_autograd import Tensor, arange, cumsum, linear
from nt_nn import (
    Dropout,
    Embedding,
    KVCache,
    LayerNorm,
    Linear,
    Module,
    ModuleList,
    MultiHeadAttention,
    init,
)
from nt_tensor import Generator, default_generator, use_generator

from ._activations import activation
from .generation import BeamOptions, GenerationOptions, generate, stream

__all__ = ["GPT2", "GPT2Config"]


@dataclass(frozen=True)
class GPT2Config:
    """The size of a GPT-2.

    Attributes:
        vocab_size: how many tokens there are.
        context: the longest sequence.
        layers: how many blocks.
        heads: how many heads an attention has.
        width: of the residual stream.
        dropout: the share of the embeddings, attention weights and block outputs that is dropped
            in training.
        bias: whether linear maps and norms have one.
        inner: the width inside of a block's two-layer network; None for `4 * width`.
        activation: in it, as published configs name them.
        eps: of the norms.
        scaled: whether scores are divided by the root of a head's width.
        scaled_by_depth: whether they are divided by the number of the block too, from 1 on.
        tied: whether the last product uses the token embedding again.

    Raises:
        ValueError: a size is not a positive integer, `heads` does not divide `width`, or another
            option is out of its range.

    Example:
        >>> GPT2Config.preset("gpt2").width
        768
        >>> GPT2Config(width=128, heads=3)
        Traceback (most recent call last):
        ...
        ValueError: heads (3) must divide width (128)
    """

    vocab_size: int = 50257
    context: int = 1024  # the longest sequence: there are as many position embeddings
    layers: int = 12
    heads: int = 12
    width: int = 768
    dropout: float = 0.0
    bias: bool = True  # in the linear maps and norms
    inner: int | None = None
    activation: str = "gelu_new"
    eps: float = 1e-5
    scaled: bool = True
    scaled_by_depth: bool = False
    tied: bool = True

    def __post_init__(self) -> None:
        inner = ("inner",) if self.inner is not None else ()
        for name in ("vocab_size", "context", "layers", "heads", "width", *inner):
            value = getattr(self, name)
            if not isinstance(value, int) or value < 1:
                raise ValueError(f"{name} ({value!r}) must be a positive integer")
        if self.width % self.heads:
            raise ValueError(f"heads ({self.heads}) must divide width ({self.width})")
        if not 0.0 <= self.dropout < 1.0:
            raise ValueError(f"dropout ({self.dropout}) must lie in [0, 1)")
        if not self.eps > 0.0:
            raise ValueError(f"eps ({self.eps}) must be positive")
        activation(self.activation)

    @classmethod
    def preset(cls, name: str, **changes: Any) -> GPT2Config:
        """A published size by its name, with fields changed.

        Args:
            name: "nano" (nanoGPT's for a CPU), "gpt2-mini" (544 K parameters), "gpt2" (124 M),
                "gpt2-medium" (355 M), "gpt2-large" (774 M) or "gpt2-xl" (1,558 M).
            changes: fields that differ.

        Raises:
            ValueError: there is no such preset.

        Example:
            >>> GPT2Config.preset("nano", vocab_size=65).layers
            4
        """
        if name not in PRESETS:
            raise ValueError(f"there is no preset {name!r}; there are {', '.join(PRESETS)}")
        return replace(PRESETS[name], **changes)


PRESETS = {
    "nano": GPT2Config(context=64, layers=4, heads=4, width=128, bias=False),
    "gpt2-mini": GPT2Config(vocab_size=1024, context=128, layers=2, heads=4, width=128),
    "gpt2": GPT2Config(layers=12, heads=12, width=768),
    "gpt2-medium": GPT2Config(layers=24, heads=16, width=1024),
    "gpt2-large": GPT2Config(layers=36, heads=20, width=1280),
    "gpt2-xl": GPT2Config(layers=48, heads=25, width=1600),
}


class GPT2(Module):
    """GPT-2, from tokens to logits.

    Args:
        config: the sizes.
        generator: draws the initial weights; the thread's default generator if None.

    Example:
        >>> from nt_autograd import tensor
        >>> model = GPT2(GPT2Config.preset("nano", vocab_size=65))
        >>> model(tensor([[1, 2, 3]])).shape
        (1, 3, 65)
        >>> model.generate(tensor([[1, 2, 3]]), 4).shape
        (1, 7)

    Source: Radford et al. (2019), section 2.3.
    """

    token_embedding: Embedding  # (vocabulary, width); the last product uses it again
    position_embedding: Embedding  # (context, width)
    blocks: ModuleList[Block]
    norm: LayerNorm
    head: Linear | None  # weight (vocabulary, width); None where the embedding serves

    def __init__(self, config: GPT2Config, *, generator: Generator | None = None) -> None:
        self.config = config
        with use_generator(generator or default_generator()):
            self.token_embedding = Embedding(config.vocab_size, config.width)
            self.position_embedding = Embedding(config.context, config.width)
            self.dropout = Dropout(config.dropout)
            self.blocks = ModuleList(Block(config, depth) for depth in range(1, config.layers + 1))
            self.norm = LayerNorm(config.width, config.eps, bias=config.bias)
            self.head = None if config.tied else Linear(config.width, config.vocab_size, bias=False)
            self._initialise()

    def _initialise(self) -> None:
        """Weights N(0, 0.02); those that add to the residual stream are less, by its depth."""
        for name, parameter in self.named_parameters():
            if name.endswith(".bias"):
                init.zeros_(parameter)
            if parameter.ndim > 1:
                adds = name.endswith((".out.weight", ".down.weight"))
                init.normal_(parameter, std=0.02 / math.sqrt(2 * self.config.layers if adds else 1))

    def forward(
        self,
        tokens: Tensor,
        attention_mask: Tensor | None = None,
        position_ids: Tensor | None = None,
        caches: list[KVCache] | None = None,
    ) -> Tensor:
        """Logits of the token that follows each position.

        Args:
            tokens: (batch, time) integers below `vocab_size`.
            attention_mask: (batch, time), 1 at real tokens and 0 at padding, which none attends to;
                None if all are real. With caches, (batch, past + time).
            position_ids: (batch, time) below `context`; None to count real tokens from 0.
            caches: from `caches`: the keys and values of the positions before these.

        Returns:
            (batch, time, vocabulary).

        Raises:
            ValueError: `tokens` is not (batch, time) or longer than the context, or the mask or the
                positions do not fit.
            IndexError: a token is not in the vocabulary, or a position not in the context.
        """
        return self.logits(self.hidden(tokens, attention_mask, position_ids, caches))

    def hidden(
        self,
        tokens: Tensor,
        attention_mask: Tensor | None = None,
        position_ids: Tensor | None = None,
        caches: list[KVCache] | None = None,
    ) -> Tensor:
        """What the last norm gives, (batch, time, width): the logits are one product away."""
        if tokens.ndim != 2:
            raise ValueError(f"tokens must be (batch, time), got shape {tokens.shape}")
        past = caches[0].length if caches else 0
        positions, padding = self._places(tokens, past, attention_mask, position_ids)
        x = self.token_embedding(tokens) + self.position_embedding(positions)
        x = self.dropout(x)  # (batch, time, width)
        for i, block in enumerate(self.blocks):
            x = block(x, padding, caches[i] if caches else None)  # (batch, time, width)
        return self.norm(x)

    def logits(self, x: Tensor) -> Tensor:
        """The product of (…, width) with the token embedding, or the head: (…, vocabulary)."""
        y: Tensor = linear(x, (self.head or self.token_embedding).weight)
        return y

    def _places(
        self, tokens: Tensor, past: int, mask: Tensor | None, position_ids: Tensor | None
    ) -> tuple[Tensor, Tensor | None]:
        """Positions, (time,) or (batch, time), and True at padding, (batch, past + time)."""
        batch, time = tokens.shape
        end = past + time
        if end > self.config.context:
            raise ValueError(f"{end} positions do not fit the context ({self.config.context})")
        if mask is not None and mask.shape != (batch, end):
            raise ValueError(f"attention_mask {mask.shape} must be {(batch, end)}")
        if position_ids is not None and position_ids.shape != tokens.shape:
            raise ValueError(f"position_ids {position_ids.shape} must be {tokens.shape} as tokens")
        padding: Tensor | None = None if mask is None else mask == 0
        if position_ids is not None:
            return position_ids, padding
        if padding is None:
            return arange(past, end, device=tokens.device), None
        counted: Tensor = cumsum((~padding).to("int64"), 1) - 1  # (batch, past + time)
        return counted[:, past:].clip(min=0), padding

    def caches(self, batch: int, length: int) -> list[KVCache]:
        """An empty cache for each block: `batch` texts of at most `length` positions."""
        c, like = self.config, self.token_embedding.weight
        head = c.width // c.heads
        return [
            KVCache(batch, c.heads, length, head, dtype=like.dtype, device=like.device)
            for _ in self.blocks
        ]

    def generate(
        self, tokens: Tensor, max_new_tokens: int, **options: Unpack[BeamOptions]
    ) -> Tensor:
        """Continue texts (batch, time): see `nt_models.generation.generate`.

        A text may outgrow the context: a window then slides over it. As positions are learned, each
        token has a new one at each step, and everything is computed anew.
        """
        return generate(self, tokens, max_new_tokens, **options)

    def stream(
        self, tokens: Tensor, max_new_tokens: int, **options: Unpack[GenerationOptions]
    ) -> Iterator[Tensor]:
        """The tokens that `generate` adds, one by one: see `nt_models.generation.stream`."""
        return stream(self, tokens, max_new_tokens, **options)


class Block(Module):
    """Attention, then a two-layer network; each reads a norm and adds to the residual stream."""

    norm1: LayerNorm
    attention: MultiHeadAttention
    norm2: LayerNorm
    up: Linear  # weight (inner, width)
    down: Linear  # weight (width, inner)

    def __init__(self, config: GPT2Config, depth: int) -> None:
        width, bias, eps = config.width, config.bias, config.eps
        inner = 4 * width if config.inner is None else config.inner
        scale = math.sqrt(config.heads / width) if config.scaled else 1.0
        scale = scale / depth if config.scaled_by_depth else scale
        self.norm1 = LayerNorm(width, eps, bias=bias)
        self.attention = MultiHeadAttention(
            width, config.heads, bias=bias, dropout=config.dropout, scale=scale
        )
        self.norm2 = LayerNorm(width, eps, bias=bias)
        self.up = Linear(width, inner, bias)
        self.activation = activation(config.activation)
        self.down = Linear(inner, width, bias)
        self.dropout = Dropout(config.dropout)

    def forward(
        self, x: Tensor, padding: Tensor | None = None, cache: KVCache | None = None
    ) -> Tensor:
        """(batch, time, width) to the same; padding (batch, keys) is True where none look."""
        y = self.attention(self.norm1(x), key_padding_mask=padding, is_causal=True, cache=cache)
        x = x + self.dropout(y)
        return x + self.dropout(self.down(self.activation(self.up(self.norm2(x)))))
