"""T5: an encoder reads a text, a decoder writes another; positions are distances alone.

    tokens (batch, source)                     -> token embedding    (batch, source, width)
      -> layers x [ x + attention(norm1(x));  x + network(norm2(x)) ]
      -> norm                                                        (batch, source, width)
    decoder tokens (batch, time)               -> the same embedding (batch, time, width)
      -> layers x [ x + attention(norm1(x));  x + cross(norm2(x), encoded);  x + network(norm3(x)) ]
      -> norm -> product with the token embedding, or with a head    (batch, time, vocabulary)

Unlike Vaswani et al. (2017): nothing has a bias; norms stand in front and only divide by the root
mean square; scores are not divided by the root of a head's width (the initial weights are smaller
instead); no positions are added, each stack learns one bias per head and range of distances, which
all of its blocks add to their scores.

Source: Raffel, Shazeer, Roberts, Lee et al., Exploring the Limits of Transfer Learning with a
Unified Text-to-Text Transformer (2020), section 2.1; version 1.1: Shazeer, GLU Variants Improve
Transformer (2020); Flan-T5, of the same shapes: Chung et al., Scaling Instruction-Finetuned
Language Models (2022).
"""

from __future__ import annotations

import math
from typing import Unpack

from nt_autograd import Tensor, linear, no_grad, where
from nt_nn import (
    Dropout,
    Embedding,
    KVCache,
    Linear,
    Module,
    ModuleList,
    MultiHeadAttention,
    RMSNorm,
    T5RelativePositionBias,
    init,
    sketching,
)
from nt_tensor import Generator, default_generator, use_generator

from ._activations import activation, gated
from ._memory import CrossAttention, decoder_caches, real_tokens, shift_right, source_length
from ._t5_config import T5Config
from .generation import BeamOptions, generate

__all__ = ["T5", "T5Config", "T5Encoder"]


class T5(Module):
    """T5, from the tokens of two texts to the logits of the second one's next tokens.

    Args:
        config: the sizes.
        generator: draws the initial weights; the thread's default generator if None.

    Example:
        >>> from nt_autograd import cross_entropy, tensor
        >>> model = T5(T5Config.preset("t5-mini"))
        >>> question, answer = tensor([[8, 9, 7, 1]]), tensor([[5, 6, 1]])
        >>> logits = model(question, model.shift_right(answer))
        >>> logits.shape
        (1, 3, 1024)
        >>> loss = cross_entropy(logits.transpose(1, 2), answer)
        >>> model.generate(question, max_new_tokens=4, num_beams=3).shape[0]
        1

    Source: Raffel et al. (2020), section 2.1.
    """

    encoder: T5Encoder
    decoder: Stack
    head: Linear | None  # weight (vocabulary, width), where it is not the token embedding

    def __init__(self, config: T5Config, *, generator: Generator | None = None) -> None:
        self.config = config
        with use_generator(generator or default_generator()):
            self.encoder = T5Encoder(config)
            layers, shared = config.decoder_layers, self.encoder.embedding
            self.decoder = Stack(config, shared, layers, decodes=True)
            self.head = None
            if not config.tied:
                self.head = Linear(config.width, config.vocab_size, bias=False)
                init.normal_(self.head.weight, std=config.width**-0.5)

    def forward(
        self,
        tokens: Tensor,
        decoder_tokens: Tensor,
        attention_mask: Tensor | None = None,
        decoder_attention_mask: Tensor | None = None,
    ) -> Tensor:
        """Logits of the token that follows each position of the second text.

        Args:
            tokens: (batch, source), what is read.
            decoder_tokens: (batch, time), what is written so far: `shift_right` of the labels.
            attention_mask: (batch, source), 1 at real tokens and 0 at padding; None if all are.
            decoder_attention_mask: (batch, time), likewise.

        Returns:
            (batch, time, vocabulary).

        Raises:
            ValueError: tokens are not (batch, time), or a mask does not fit them.
            IndexError: a token is not in the vocabulary.
        """
        encoded = self.encode(tokens, attention_mask)  # (batch, source, width)
        return self.decode(decoder_tokens, encoded, attention_mask, decoder_attention_mask)

    def encode(self, tokens: Tensor, attention_mask: Tensor | None = None) -> Tensor:
        """What the encoder makes of tokens (batch, source): (batch, source, width)."""
        return self.encoder(tokens, attention_mask)

    def decode(
        self,
        tokens: Tensor,
        encoded: Tensor,
        encoded_mask: Tensor | None = None,
        attention_mask: Tensor | None = None,
        *,
        caches: list[KVCache] | None = None,
    ) -> Tensor:
        """Logits (batch, time, vocabulary) of the token that follows each position.

        Args:
            tokens: (batch, time), what is written so far; with caches, only what is new of it.
            encoded: (batch, source, width), from `encode`.
            encoded_mask: (batch, source), 1 at real tokens.
            attention_mask: (batch, time), 1 at real tokens; with caches, of all of them.
            caches: from `caches`: what the tokens before these left behind.
        """
        x = self.decoder(tokens, attention_mask, encoded, encoded_mask, caches)
        return self.logits(x)

    def logits(self, x: Tensor) -> Tensor:
        """The last product, of (…, width): (…, vocabulary)."""
        if self.config.scaled:
            x = x * self.config.width**-0.5
        if self.head is not None:
            return self.head(x)
        y: Tensor = linear(x, self.decoder.embedding.weight)
        return y

    def generate(
        self, tokens: Tensor, max_new_tokens: int, **options: Unpack[BeamOptions]
    ) -> Tensor:
        """Read tokens (batch, source) and write others, see `generation.generate`.

        Texts end with the config's `eos` and are filled up with its `pad`, unless the options say
        otherwise.

        Returns:
            (batch, time), the start token included.
        """
        options.setdefault("eos_token_id", self.config.eos)
        options.setdefault("pad_token_id", self.config.pad)
        return generate(self, tokens, max_new_tokens, **options)

    def shift_right(self, labels: Tensor) -> Tensor:
        """The decoder's input for labels (batch, time): the start token, then all but the last.

        Labels of -100, which a loss ignores, become padding.
        """
        return shift_right(labels, self.config.start, self.config.pad)

    def caches(self, batch: int, length: int) -> list[KVCache]:
        """Memory for `decode`: each block's for its own tokens, then each one's for the encoded.

        Args:
            batch: how many sequences.
            length: the most tokens that will be written.
        """
        c, like = self.config, self.decoder.embedding.weight
        return decoder_caches(c.decoder_layers, batch, length, c.heads, c.head_dim, like)


class Stack(Module):
    """What encoder and decoder share: tokens to vectors by blocks with one bias of distances."""

    embedding: Embedding  # (vocabulary, width), one for both stacks
    bias: T5RelativePositionBias  # (buckets, heads)
    blocks: ModuleList[Block]
    norm: RMSNorm

    def __init__(self, config: T5Config, embedding: Embedding, layers: int, decodes: bool) -> None:
        self.embedding = embedding
        self.bias = T5RelativePositionBias(
            config.heads, config.buckets, config.max_distance, bidirectional=not decodes
        )
        self.blocks = ModuleList(Block(config, decodes) for _ in range(layers))
        self.norm = RMSNorm(config.width, config.norm_eps)
        self.dropout = Dropout(config.dropout)
        self._initialise(config)

    def _initialise(self, config: T5Config) -> None:
        """Weights N(0, 1 / inputs); the queries' less, as their products are not divided."""
        init.normal_(self.bias.weight, std=config.width**-0.5)
        for name, parameter in self.blocks.named_parameters():
            if parameter.ndim > 1:
                init.normal_(parameter, std=parameter.shape[1] ** -0.5)
            if name.endswith(("qkv.weight", "query.weight")) and not sketching():
                with no_grad():
                    parameter[: config.heads * config.head_dim] *= config.head_dim**-0.5

    def forward(
        self,
        tokens: Tensor,
        attention_mask: Tensor | None = None,
        encoded: Tensor | None = None,
        encoded_mask: Tensor | None = None,
        caches: list[KVCache] | None = None,
    ) -> Tensor:
        """Map tokens (batch, time), the last ones of those in the caches, to vectors."""
        if tokens.ndim != 2:
            raise ValueError(f"tokens must be (batch, time), got shape {tokens.shape}")
        batch, time = tokens.shape
        end = time + (caches[0].length if caches else 0)
        bias = self.bias(time, end)  # (heads, time, end)
        mask = real_tokens("attention_mask", attention_mask, batch, end)
        if mask is not None:
            bias = where(mask, bias, -math.inf)  # (batch, heads, time, end)
        if encoded is not None:
            source = source_length(encoded, batch, self.embedding.embedding_dim)
            encoded_mask = real_tokens("encoded_mask", encoded_mask, batch, source)
        x = self.dropout(self.embedding(tokens))  # (batch, time, width)
        layers = len(self.blocks)
        for i, block in enumerate(self.blocks):
            own, memory = (caches[i], caches[layers + i]) if caches else (None, None)
            x = block(x, bias, encoded, encoded_mask, own, memory)  # (batch, time, width)
        return self.dropout(self.norm(x))


class T5Encoder(Stack):
    """T5's encoder alone, from tokens to vectors: what image generators read texts with.

    Args:
        config: the sizes.
        generator: draws the initial weights; the thread's default generator if None.

    Example:
        >>> from nt_autograd import tensor
        >>> encoder = T5Encoder(T5Config.preset("t5-mini"))
        >>> encoder(tensor([[8, 9, 7, 1]]), attention_mask=tensor([[1, 1, 1, 1]])).shape
        (1, 4, 96)

    Source: Raffel et al. (2020), section 2.1.
    """

    def __init__(self, config: T5Config, *, generator: Generator | None = None) -> None:
        self.config = config
        with use_generator(generator or default_generator()):
            embedding = Embedding(config.vocab_size, config.width)
            super().__init__(config, embedding, config.encoder_layers, decodes=False)


class Block(Module):
    """Attention, in the decoder attention to the encoded text, a network; each adds to x."""

    norm1: RMSNorm
    attention: MultiHeadAttention
    norm2: RMSNorm | None
    cross: CrossAttention | None
    norm3: RMSNorm
    network: Network

    def __init__(self, config: T5Config, decodes: bool) -> None:
        c, p = config, config.dropout
        self.decodes = decodes
        self.norm1 = RMSNorm(c.width, c.norm_eps)
        self.attention = MultiHeadAttention(
            c.width, c.heads, p, bias=False, head_dim=c.head_dim, scale=1.0
        )
        self.norm2 = self.cross = None
        if decodes:
            self.norm2 = RMSNorm(c.width, c.norm_eps)
            self.cross = CrossAttention(
                c.width, c.heads, p, bias=False, head_dim=c.head_dim, scale=1.0
            )
        self.norm3 = RMSNorm(c.width, c.norm_eps)
        self.network = Network(c)
        self.dropout = Dropout(p)

    def forward(
        self,
        x: Tensor,
        bias: Tensor,
        encoded: Tensor | None,
        mask: Tensor | None,
        own: KVCache | None,
        memory: KVCache | None,
    ) -> Tensor:
        """(batch, time, width) to the same."""
        y = self.attention(self.norm1(x), attn_mask=bias, is_causal=self.decodes, cache=own)
        x = x + self.dropout(y)
        if self.norm2 is not None and self.cross is not None and encoded is not None:
            x = x + self.dropout(self.cross(self.norm2(x), encoded, mask, memory))
        return x + self.dropout(self.network(self.norm3(x)))


class Network(Module):
    """Each position by itself: up, an activation or a gate, down."""

    up: Linear  # weight (hidden, width); gated (2 hidden, width): rows of the value, of the gate
    down: Linear  # weight (width, hidden)

    def __init__(self, config: T5Config) -> None:
        wide = 2 * config.hidden if config.gated else config.hidden
        self.up = Linear(config.width, wide, bias=False)
        self.activation = (gated if config.gated else activation)(config.activation)
        self.down = Linear(config.hidden, config.width, bias=False)
        self.dropout = Dropout(config.dropout)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, time, width) to the same."""
        return self.down(self.dropout(self.activation(self.up(x))))
