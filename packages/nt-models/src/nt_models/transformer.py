"""The Transformer of 2017: an encoder reads a sentence, a decoder writes its translation.

    tokens (batch, source)        -> token embedding √width + sinusoids  (batch, source, width)
      -> layers x [ norm1(x + attention(x));  norm3(x + network(x)) ]    (batch, source, width)
    decoder tokens (batch, time)  -> the same embedding + sinusoids      (batch, time, width)
      -> layers x [ norm1(x + attention(x));  norm2(x + cross(x, encoded));
                    norm3(x + network(x)) ]                              (batch, time, width)
      -> product with the token embedding                                (batch, time, vocabulary)

One matrix embeds both languages, which share their vocabulary, and makes the logits. With
`norm_first` the norms stand in front of each part, and one more behind each stack, as has become
usual since. The loss of the paper has a `label_smoothing` of 0.1; its learning rate is in
`nt_nn.schedules`.

Source: Vaswani, Shazeer, Parmar, Uszkoreit, Jones, Gomez, Kaiser, Polosukhin, Attention Is All You
Need (2017). As in its published code, which the paper does not say: eps 1e-6.
"""

from __future__ import annotations

import math
from typing import Unpack

from nt_autograd import Tensor, linear, relu
from nt_nn import (
    Dropout,
    Embedding,
    KVCache,
    LayerNorm,
    Linear,
    Module,
    ModuleList,
    MultiHeadAttention,
    SinusoidalPositionalEncoding,
    init,
)
from nt_tensor import Generator, default_generator, use_generator

from ._memory import CrossAttention, decoder_caches, real_tokens, shift_right
from ._transformer_config import TransformerConfig
from .generation import BeamOptions, generate

__all__ = ["Transformer", "TransformerConfig"]


class Transformer(Module):
    """The Transformer, from the tokens of two sentences to the logits of the second's next tokens.

    Args:
        config: the sizes.
        generator: draws the initial weights; the thread's default generator if None.

    Example:
        >>> from nt_autograd import cross_entropy, tensor
        >>> model = Transformer(TransformerConfig.preset("transformer-mini"))
        >>> german, english = tensor([[8, 9, 7, 1]]), tensor([[5, 6, 1]])
        >>> logits = model(german, model.shift_right(english))
        >>> logits.shape
        (1, 3, 1024)
        >>> loss = cross_entropy(logits.transpose(1, 2), english, label_smoothing=0.1)
        >>> model.translate(german, max_new_tokens=5).shape[0]
        1

    Source: Vaswani et al. (2017), section 3.
    """

    embedding: Embedding  # (vocabulary, width), for both sentences and the last product
    encoder: ModuleList[Layer]
    decoder: ModuleList[Layer]
    encoder_norm: LayerNorm | None  # where the layers' norms stand in front
    decoder_norm: LayerNorm | None

    def __init__(self, config: TransformerConfig, *, generator: Generator | None = None) -> None:
        self.config = c = config
        with use_generator(generator or default_generator()):
            self.embedding = Embedding(c.vocab_size, c.width)
            self.positions = SinusoidalPositionalEncoding(c.width)
            self.dropout = Dropout(c.dropout)
            self.encoder = ModuleList(Layer(c, False) for _ in range(c.encoder_layers))
            self.decoder = ModuleList(Layer(c, True) for _ in range(c.decoder_layers))
            self.encoder_norm = LayerNorm(c.width, c.norm_eps) if c.norm_first else None
            self.decoder_norm = LayerNorm(c.width, c.norm_eps) if c.norm_first else None
            self._initialise()

    def _initialise(self) -> None:
        """Embeddings N(0, 1 / width), which √width brings to 1; matrices Xavier's, biases 0."""
        for name, parameter in self.named_parameters():
            if name.endswith(".bias"):
                init.zeros_(parameter)
            elif parameter.ndim > 1:
                init.xavier_uniform_(parameter)
        init.normal_(self.embedding.weight, std=self.config.width**-0.5)

    def forward(
        self,
        tokens: Tensor,
        decoder_tokens: Tensor,
        attention_mask: Tensor | None = None,
        decoder_attention_mask: Tensor | None = None,
    ) -> Tensor:
        """Logits of the token that follows each position of the second sentence.

        Args:
            tokens: (batch, source), what is read; padding stands at the end.
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
        x = self._embedded(tokens, 0)  # (batch, source, width)
        mask = real_tokens("attention_mask", attention_mask, *tokens.shape)
        for layer in self.encoder:
            x = layer(x, mask)  # (batch, source, width)
        return x if self.encoder_norm is None else self.encoder_norm(x)

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
        past = caches[0].length if caches else 0
        x = self._embedded(tokens, past)  # (batch, time, width)
        batch, time = tokens.shape
        width = self.config.width
        if encoded.ndim != 3 or (encoded.shape[0], encoded.shape[2]) != (batch, width):
            raise ValueError(f"encoded {encoded.shape} must be ({batch}, source, {width})")
        mask = real_tokens("attention_mask", attention_mask, batch, past + time)
        readable = real_tokens("encoded_mask", encoded_mask, batch, encoded.shape[1])
        layers = len(self.decoder)
        for i, layer in enumerate(self.decoder):
            own, memory = (caches[i], caches[layers + i]) if caches else (None, None)
            x = layer(x, mask, encoded, readable, own, memory)  # (batch, time, width)
        x = x if self.decoder_norm is None else self.decoder_norm(x)
        y: Tensor = linear(x, self.embedding.weight)  # (batch, time, vocabulary)
        return y

    def _embedded(self, tokens: Tensor, past: int) -> Tensor:
        """The vectors (batch, time, width) of tokens that stand behind `past` others."""
        if tokens.ndim != 2:
            raise ValueError(f"tokens must be (batch, time), got shape {tokens.shape}")
        x = self.embedding(tokens) * math.sqrt(self.config.width)
        return self.dropout(self.positions(x, offset=past))

    def shift_right(self, labels: Tensor) -> Tensor:
        """The decoder's input for labels (batch, time): the start token, then all but the last.

        Labels of -100, which a loss ignores, become padding.
        """
        return shift_right(labels, self.config.start, self.config.pad)

    def caches(self, batch: int, length: int) -> list[KVCache]:
        """Memory for `decode`: each layer's for its own tokens, then each one's for the encoded.

        Args:
            batch: how many sentences.
            length: the most tokens that will be written.
        """
        c = self.config
        sizes = (c.heads, c.width // c.heads)
        return decoder_caches(c.decoder_layers, batch, length, *sizes, self.embedding.weight)

    def translate(
        self, tokens: Tensor, max_new_tokens: int, **options: Unpack[BeamOptions]
    ) -> Tensor:
        """Write what is most probable, until each sentence has ended.

        Args:
            tokens: (batch, source), what is read.
            max_new_tokens: the longest translation.
            options: see `generation.generate`: `attention_mask` (batch, source), `num_beams` (the
                paper has 4, with a `length_penalty` of 0.6), …

        Returns:
            (batch, time), the `eos` and padding behind it included, the `start` not.

        Raises:
            ValueError: an argument is out of its range.
        """
        options.setdefault("eos_token_id", self.config.eos)
        options.setdefault("pad_token_id", self.config.pad)
        if options.get("num_beams", 1) == 1:
            options.setdefault("temperature", 0.0)
        return generate(self, tokens, max_new_tokens, **options)[:, 1:]


class Layer(Module):
    """Attention, in the decoder attention to the encoded sentence, then a network."""

    attention: MultiHeadAttention
    norm1: LayerNorm
    cross: CrossAttention | None
    norm2: LayerNorm | None
    up: Linear  # weight (hidden, width)
    down: Linear  # weight (width, hidden)
    norm3: LayerNorm

    def __init__(self, config: TransformerConfig, decodes: bool) -> None:
        width, heads, eps = config.width, config.heads, config.norm_eps
        self.decodes = decodes
        self.norm_first = config.norm_first
        self.attention = MultiHeadAttention(width, heads)
        self.norm1 = LayerNorm(width, eps)
        self.cross = CrossAttention(width, heads) if decodes else None
        self.norm2 = LayerNorm(width, eps) if decodes else None
        self.up = Linear(width, config.hidden)
        self.down = Linear(config.hidden, width)
        self.norm3 = LayerNorm(width, eps)
        self.dropout = Dropout(config.dropout)

    def forward(
        self,
        x: Tensor,
        mask: Tensor | None,
        encoded: Tensor | None = None,
        encoded_mask: Tensor | None = None,
        own: KVCache | None = None,
        memory: KVCache | None = None,
    ) -> Tensor:
        """(batch, time, width) to the same; masks (batch, 1, 1, keys) are True at real tokens."""
        if self.norm_first:
            x = x + self._attended(self.norm1(x), mask, own)
            if self.norm2 is not None and encoded is not None:
                x = x + self._read(self.norm2(x), encoded, encoded_mask, memory)
            return x + self._network(self.norm3(x))
        x = self.norm1(x + self._attended(x, mask, own))
        if self.norm2 is not None and encoded is not None:
            x = self.norm2(x + self._read(x, encoded, encoded_mask, memory))
        return self.norm3(x + self._network(x))

    def _attended(self, x: Tensor, mask: Tensor | None, cache: KVCache | None) -> Tensor:
        hidden = None if mask is None else ~mask
        y = self.attention(x, attn_mask=hidden, is_causal=self.decodes, cache=cache)
        return self.dropout(y)

    def _read(
        self, x: Tensor, encoded: Tensor, mask: Tensor | None, cache: KVCache | None
    ) -> Tensor:
        if self.cross is None:
            raise ValueError("a layer of the encoder reads no other sentence")
        return self.dropout(self.cross(x, encoded, mask, cache))

    def _network(self, x: Tensor) -> Tensor:
        return self.dropout(self.down(relu(self.up(x))))
