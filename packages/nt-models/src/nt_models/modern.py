"""Modern: the LLaMA family, a pre-norm Transformer with rotations for positions and gated networks.

    tokens (batch, time)
      -> token embedding                                    (batch, time, width)
      -> layers x [ x + attention(norm1(x));  x + feed_forward(norm2(x)) ]
      -> norm -> head                                       (batch, time, vocabulary)

    attention: query, key, value -> rotated by their positions -> causal, in heads -> out
    feed_forward: down(silu(gate(x)) * up(x))

Options make of it Llama 2 and 3 (shared keys, scaled rotations), Mistral (windows), Mixtral
(experts), Qwen 2 and 3 (biases, normed queries and keys), Gemma, and a mixture with Mamba.

Source: Touvron et al., LLaMA: Open and Efficient Foundation Language Models (2023), section 2.2,
and Llama 2 (2023). Here the initial weights that add to the residual stream are less, by the depth,
as in GPT-2; LLaMA does not tell its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, TypeAlias, Unpack

from nt_autograd import Tensor, cross_entropy, cumsum, linear, swiglu
from nt_nn import (
    Embedding,
    KVCache,
    Linear,
    Module,
    ModuleList,
    MultiHeadAttention,
    RMSNorm,
    RotaryEmbedding,
    init,
)
from nt_tensor import Generator, default_generator, use_generator

from ._activations import activation
from ._modern_config import ModernConfig
from ._modern_parts import capped, make_norm
from .generation import BeamOptions, GenerationOptions, generate, stream
from .mamba import Mamba, MambaCache
from .mixture import MixtureOfExperts, load_balancing_loss

__all__ = ["Modern", "ModernConfig"]

Cache: TypeAlias = KVCache | MambaCache


class Modern(Module):
    """The LLaMA family, from tokens to logits.

    Args:
        config: the sizes and options.
        generator: draws the initial weights; the thread's default generator if None.

    Example:
        >>> from nt_autograd import tensor
        >>> model = Modern(ModernConfig.preset("modern-mini"))
        >>> model(tensor([[1, 2, 3]])).shape
        (1, 3, 256)

    Source: Touvron et al. (2023), section 2.2.
    """

    token_embedding: Embedding  # (vocabulary, width)
    blocks: ModuleList[Block]
    norm: RMSNorm
    head: Linear | None  # weight (vocabulary, width); None where the embedding serves

    def __init__(self, config: ModernConfig, *, generator: Generator | None = None) -> None:
        self.config = config
        with use_generator(generator or default_generator()):
            self.token_embedding = Embedding(config.vocab_size, config.width, config.padding_token)
            rotary = RotaryEmbedding(config.head_width, config.theta, scaling=config.rope_scaling)
            self.blocks = ModuleList(Block(config, i, rotary) for i in range(config.layers))
            self.norm = make_norm(config, config.width)
            self.head = None if config.tied else Linear(config.width, config.vocab_size, bias=False)
            self._initialise()

    def _initialise(self) -> None:
        """Matrices N(0, 0.02), less where they add to the residual stream; biases 0."""
        mambas = []
        for name, layer in self.named_modules():
            if isinstance(layer, Linear | Embedding):
                adds = name.endswith((".out", ".down"))
                std = 0.02 / math.sqrt(2 * self.config.layers if adds else 1)
                init.normal_(layer.weight, std=std)
            if isinstance(layer, Linear) and layer.bias is not None:
                init.zeros_(layer.bias)
            if isinstance(layer, Mamba):
                mambas.append(layer)
        for layer in mambas:
            layer.reset_steps()  # whose biases are not 0

    def forward(
        self,
        tokens: Tensor,
        attention_mask: Tensor | None = None,
        position_ids: Tensor | None = None,
        caches: list[Cache] | None = None,
    ) -> Tensor:
        """Logits of the token that follows each position.

        Args:
            tokens: (batch, time) integers below `vocab_size`.
            attention_mask: (batch, time), 1 at real tokens and 0 at padding, on either side; with
                caches (batch, past + time).
            position_ids: (batch, time) or (time,) integers; None to count real tokens from 0.
            caches: one a block, from `caches`: what they keep of the positions before these.

        Returns:
            (batch, time, vocabulary); at padding it means nothing.

        Raises:
            ValueError: shapes do not fit.
            IndexError: a token is not in the vocabulary.
        """
        return self.logits(self.hidden(tokens, attention_mask, position_ids, caches))

    def hidden(
        self,
        tokens: Tensor,
        attention_mask: Tensor | None = None,
        position_ids: Tensor | None = None,
        caches: list[Cache] | None = None,
        routed: list[Tensor] | None = None,
    ) -> Tensor:
        """What the last norm gives, (batch, time, width): the logits are one product away.

        Args:
            tokens: as in `forward`, as are all up to `routed`.
            attention_mask: as there.
            position_ids: as there.
            caches: as there.
            routed: a list that gets each mixture's router logits, (batch, time, experts).
        """
        if tokens.ndim != 2:
            raise ValueError(f"tokens must be (batch, time), got shape {tokens.shape}")
        past = caches[0].length if caches else 0
        batch, time = tokens.shape
        if attention_mask is not None:
            if attention_mask.shape != (batch, past + time):
                raise ValueError(
                    f"attention_mask {attention_mask.shape} must be {(batch, past + time)}"
                )
            real = attention_mask != 0  # (batch, past + time)
            if position_ids is None:
                counted = cumsum(real.to("int64"), 1)[:, past:]
                position_ids = (counted - 1).clamp(0)  # (batch, time)
        x = self.token_embedding(tokens)  # (batch, time, width)
        if self.config.scaled_embedding:
            x = x * math.sqrt(self.config.width)
        for i, block in enumerate(self.blocks):
            x = block(
                x,
                None if attention_mask is None else real,
                position_ids,
                caches[i] if caches else None,
                routed,
            )  # (batch, time, width)
        return self.norm(x)

    def logits(self, x: Tensor) -> Tensor:
        """The product of (…, width) with the head, or with the token embedding."""
        y = linear(x, self.token_embedding.weight) if self.head is None else self.head(x)
        return capped(y, self.config.logit_softcap)  # (…, vocabulary)

    def loss(
        self,
        tokens: Tensor,
        targets: Tensor,
        attention_mask: Tensor | None = None,
        position_ids: Tensor | None = None,
    ) -> Tensor:
        """Cross-entropy, and `config.balance` times the experts' imbalance where there are some.

        Args:
            tokens: (batch, time).
            targets: (batch, time), the token that follows each position, or -100 where it does not
                count.
            attention_mask: as in `forward`.
            position_ids: as there.
        """
        routed: list[Tensor] = []
        x = self.hidden(tokens, attention_mask, position_ids, routed=routed)
        loss: Tensor = cross_entropy(self.logits(x).flatten(0, 1), targets.flatten())
        if routed:
            k = self.config.experts_per_token
            loss = loss + self.config.balance * load_balancing_loss(routed, k, attention_mask)
        return loss

    def generate(
        self, tokens: Tensor, max_new_tokens: int, **options: Unpack[BeamOptions]
    ) -> Tensor:
        """Continue texts (batch, time): see `nt_models.generation.generate`."""
        return generate(self, tokens, max_new_tokens, **options)

    def stream(
        self, tokens: Tensor, max_new_tokens: int, **options: Unpack[GenerationOptions]
    ) -> Iterator[Tensor]:
        """The tokens that `generate` adds, one by one: see `nt_models.generation.stream`."""
        return stream(self, tokens, max_new_tokens, **options)

    def caches(self, batch: int, length: int) -> list[Cache]:
        """An empty cache for each block.

        Args:
            batch: how many sequences.
            length: the most positions that they will hold.
        """
        c, like = self.config, self.token_embedding.weight
        sizes = (batch, c.key_heads, length, c.head_width)
        return [
            block.attention.cache(batch)
            if isinstance(block.attention, Mamba)
            else KVCache(*sizes, dtype=like.dtype, device=like.device)
            for block in self.blocks
        ]


class Block(Module):
    """Positions are mixed, then each goes through a network; both add to the residual stream."""

    norm1: RMSNorm
    attention: MultiHeadAttention | Mamba
    norm2: RMSNorm
    feed_forward: FeedForward | MixtureOfExperts
    post_norm1: RMSNorm | None  # of what the attention adds
    post_norm2: RMSNorm | None  # of what the network adds

    def __init__(self, config: ModernConfig, layer: int, rotary: RotaryEmbedding) -> None:
        c = config
        self.norm1 = make_norm(c, c.width)
        if c.mixer(layer) == "mamba":
            self.attention = Mamba(c.width, c.state, c.kernel, c.expand)
        else:
            self.attention = MultiHeadAttention(
                c.width,
                c.heads,
                c.dropout,
                c.qkv_bias,
                head_dim=c.head_width,
                scale=None if c.query_scale is None else 1.0 / math.sqrt(c.query_scale),
                out_bias=c.out_bias,
                q_norm=make_norm(c, c.head_width) if c.qk_norm else None,
                k_norm=make_norm(c, c.head_width) if c.qk_norm else None,
                softcap=c.attention_softcap,
                num_kv_heads=c.key_heads,
                sliding_window=c.window(layer),
                rotary=rotary,
            )
        self.norm2 = make_norm(c, c.width)

        def network() -> FeedForward:
            return FeedForward(c.width, c.hidden, c.activation, c.mlp_bias)

        if c.experts:
            networks = [network() for _ in range(c.experts)]
            self.feed_forward = MixtureOfExperts(c.width, networks, c.experts_per_token)
        else:
            self.feed_forward = network()
        self.post_norm1 = make_norm(c, c.width) if c.post_norms else None
        self.post_norm2 = make_norm(c, c.width) if c.post_norms else None

    def forward(
        self,
        x: Tensor,
        real: Tensor | None = None,
        positions: Tensor | None = None,
        cache: Any = None,  # a KVCache, or a MambaCache
        routed: list[Tensor] | None = None,
    ) -> Tensor:
        """(batch, time, width) to the same; `real` is True where no padding is."""
        y = self.norm1(x)  # (batch, time, width)
        if isinstance(self.attention, Mamba):
            y = self.attention(y, real, cache)
        else:
            padding = None if real is None else ~real
            y = self.attention(
                y, is_causal=True, key_padding_mask=padding, positions=positions, cache=cache
            )
        x = x + (y if self.post_norm1 is None else self.post_norm1(y))
        y = self.norm2(x)
        if isinstance(self.feed_forward, MixtureOfExperts):
            y = self.feed_forward(y, routed)
        else:
            y = self.feed_forward(y)
        return x + (y if self.post_norm2 is None else self.post_norm2(y))


class FeedForward(Module):
    """A gated network of two layers: down(act(gate(x)) * up(x)).

    Source: Shazeer, GLU Variants Improve Transformer (2020), equation 6.
    """

    gate: Linear  # weight (hidden, width)
    up: Linear  # weight (hidden, width)
    down: Linear  # weight (width, hidden)

    def __init__(self, width: int, hidden: int, activation: str = "silu", bias: bool = False):
        self.gate = Linear(width, hidden, bias)
        self.up = Linear(width, hidden, bias)
        self.down = Linear(hidden, width, bias)
        self.activation = activation

    def forward(self, x: Tensor) -> Tensor:
        """(…, width) to the same."""
        gate, up = self.gate(x), self.up(x)  # (…, hidden)
        if self.activation in ("silu", "swish"):
            return self.down(swiglu(gate, up))
        return self.down(activation(self.activation)(gate) * up)
