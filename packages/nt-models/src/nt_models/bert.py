"""BERT: a stack of post-norm Transformer blocks that reads a text from both sides.

    tokens (batch, time)
      -> token + token type + position embedding, norm     (batch, time, width)
      -> layers x [ norm1(x + attention(x));  norm2(x + mlp(x)) ]
      -> hidden states                                     (batch, time, width)
      -> pooler: tanh of a linear map of the first one     (batch, width)

What stands on top, a class for each task, is in `bert_heads.py`.

Source: Devlin, Chang, Lee, Toutanova, BERT: Pre-training of Deep Bidirectional Transformers for
Language Understanding (2018). The norm after the embeddings, eps 1e-12 and the pooler are those of
its published code; the paper does not tell of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from nt_autograd import Tensor, tanh
from nt_nn import (
    Dropout,
    Embedding,
    LayerNorm,
    Linear,
    Module,
    ModuleList,
    MultiHeadAttention,
    init,
)
from nt_tensor import Generator, arange, default_generator, use_generator

from ._activations import activation

__all__ = ["BERT", "BERTConfig"]


@dataclass(frozen=True)
class BERTConfig:
    """The size of a BERT.

    Attributes:
        vocab_size: how many tokens there are.
        context: the longest sequence.
        layers: how many blocks.
        heads: how many heads an attention has.
        width: of the hidden states.
        inner: the width inside of a block's two-layer network; None for `4 * width`.
        token_types: how many parts of a text are told apart (sentence A, sentence B).
        activation: between the two layers: "gelu", "gelu_new", "relu", … as published configs say.
        eps: of the norms.
        dropout: the share of the embeddings and of what each layer adds that is dropped in
            training; the paper trains with 0.1, as for `attention_dropout`.
        attention_dropout: the share of the attention weights, likewise.
        classifier_dropout: before a classifier; None for `dropout`.
        pad_token: the id whose embedding the padding has: zeros that do not learn; None for none.
        labels: how many classes a classifier has; 1 for regression.
        tied: whether masked tokens are predicted by the token embedding's own matrix.

    Raises:
        ValueError: a size is not a positive integer, `heads` does not divide `width`, or another
            option is out of its range.

    Example:
        >>> BERTConfig.preset("bert-base").inner_width
        3072
        >>> BERTConfig(width=128, heads=3)
        Traceback (most recent call last):
        ...
        ValueError: heads (3) must divide width (128)
    """

    vocab_size: int = 30522
    context: int = 512  # the longest sequence: there are as many position embeddings
    layers: int = 12
    heads: int = 12
    width: int = 768
    inner: int | None = None
    token_types: int = 2
    activation: str = "gelu"
    eps: float = 1e-12
    dropout: float = 0.0
    attention_dropout: float = 0.0
    classifier_dropout: float | None = None
    pad_token: int | None = 0
    labels: int = 2
    tied: bool = True

    def __post_init__(self) -> None:
        sizes = ("vocab_size", "context", "layers", "heads", "width", "token_types", "labels")
        for name in (*sizes, *(["inner"] if self.inner is not None else [])):
            value = getattr(self, name)
            if not isinstance(value, int) or value < 1:
                raise ValueError(f"{name} ({value!r}) must be a positive integer")
        if self.width % self.heads:
            raise ValueError(f"heads ({self.heads}) must divide width ({self.width})")
        for name in ("dropout", "attention_dropout", "classifier_dropout"):
            share = getattr(self, name)
            if not (0.0 <= share < 1.0 if share is not None else name == "classifier_dropout"):
                raise ValueError(f"{name} ({share}) must lie in [0, 1)")
        if not self.eps > 0.0:
            raise ValueError(f"eps ({self.eps}) must be positive")
        if self.pad_token is not None and not 0 <= self.pad_token < self.vocab_size:
            raise ValueError(
                f"pad_token ({self.pad_token}) must be below vocab_size ({self.vocab_size})"
            )
        activation(self.activation)

    @property
    def inner_width(self) -> int:
        """The width inside of a block's two-layer network."""
        return 4 * self.width if self.inner is None else self.inner

    @classmethod
    def preset(cls, name: str, **changes: Any) -> BERTConfig:
        """A published size by its name, with fields changed.

        Args:
            name: "bert-base" (109 M parameters), "bert-large" (335 M), "bert-small" (29 M) or
                "bert-mini" (5.8 M: with 10,000 tokens and 128 positions).
            changes: fields that differ.

        Raises:
            ValueError: there is no such preset.

        Example:
            >>> BERTConfig.preset("bert-mini", labels=3).width
            256

        Source: base and large: Devlin et al. (2018), section 3; small and mini: Turc et al.,
            Well-Read Students Learn Better (2019), table 1.
        """
        if name not in PRESETS:
            raise ValueError(f"there is no preset {name!r}; there are {', '.join(PRESETS)}")
        return replace(PRESETS[name], **changes)


PRESETS = {
    "bert-mini": BERTConfig(vocab_size=10_000, context=128, layers=4, heads=4, width=256),
    "bert-small": BERTConfig(layers=4, heads=8, width=512),
    "bert-base": BERTConfig(layers=12, heads=12, width=768),
    "bert-large": BERTConfig(layers=24, heads=16, width=1024),
}


class BERT(Module):
    """BERT, from tokens to hidden states.

    Args:
        config: the sizes.
        pooler: whether there is one: a summary of the whole text for `pooled`.
        generator: draws the initial weights; the thread's default generator if None.

    Example:
        >>> from nt_autograd import tensor
        >>> model = BERT(BERTConfig(vocab_size=65, layers=2, heads=2, width=16))
        >>> hidden = model(tensor([[1, 2, 3], [4, 5, 0]]), tensor([[1, 1, 1], [1, 1, 0]]))
        >>> hidden.shape, model.pooled(hidden).shape
        ((2, 3, 16), (2, 16))

    Source: Devlin et al. (2018), section 3.
    """

    token_embedding: Embedding  # (vocabulary, width)
    position_embedding: Embedding  # (context, width)
    token_type_embedding: Embedding  # (token types, width)
    norm: LayerNorm
    blocks: ModuleList[Block]
    pooler: Linear | None  # weight (width, width)

    def __init__(
        self, config: BERTConfig, *, pooler: bool = True, generator: Generator | None = None
    ) -> None:
        self.config = config
        width = config.width
        with use_generator(generator or default_generator()):
            self.token_embedding = Embedding(config.vocab_size, width, config.pad_token)
            self.position_embedding = Embedding(config.context, width)
            self.token_type_embedding = Embedding(config.token_types, width)
            self.norm = LayerNorm(width, config.eps)
            self.dropout = Dropout(config.dropout)
            self.blocks = ModuleList(Block(config) for _ in range(config.layers))
            self.pooler = Linear(width, width) if pooler else None
            initialise(self)

    def forward(
        self,
        tokens: Tensor,
        attention_mask: Tensor | None = None,
        token_type_ids: Tensor | None = None,
        position_ids: Tensor | None = None,
    ) -> Tensor:
        """The hidden states after the last block.

        Args:
            tokens: (batch, time) integers below `vocab_size`.
            attention_mask: (batch, time), 1 at real tokens and 0 at padding, which no token sees;
                None where all are real.
            token_type_ids: (batch, time) integers: the part of the text that each token is in; None
                for all in the first.
            position_ids: (time,) or (batch, time) integers below `context`; None for 0, 1, ….

        Returns:
            (batch, time, width).

        Raises:
            ValueError: `tokens` is not (batch, time), is longer than the context, or what comes
                with it has another shape.
            IndexError: an id is not in its table.
        """
        x = self.dropout(self.norm(self.embedded(tokens, token_type_ids, position_ids)))
        if attention_mask is not None:
            check_shape("attention_mask", attention_mask, tokens.shape)
            attention_mask = attention_mask == 0  # (batch, time), True at padding
        for block in self.blocks:
            x = block(x, attention_mask)  # (batch, time, width)
        return x

    def embedded(
        self, tokens: Tensor, token_type_ids: Tensor | None, position_ids: Tensor | None
    ) -> Tensor:
        """The sum of the three embeddings, (batch, time, width)."""
        if tokens.ndim != 2:
            raise ValueError(f"tokens must be (batch, time), got shape {tokens.shape}")
        time = tokens.shape[1]
        if position_ids is None:
            if time > self.config.context:
                raise ValueError(f"{time} positions do not fit the context ({self.config.context})")
            position_ids = Tensor(arange(time, device=tokens.device))
        else:
            check_shape("position_ids", position_ids, tokens.shape[-position_ids.ndim :])
        place = self.position_embedding(position_ids)  # (time, width) or (batch, time, width)
        if token_type_ids is None:
            place = place + self.token_type_embedding.weight[0]
        else:
            check_shape("token_type_ids", token_type_ids, tokens.shape)
            place = place + self.token_type_embedding(token_type_ids)  # (batch, time, width)
        return self.token_embedding(tokens) + place

    def pooled(self, hidden: Tensor) -> Tensor:
        """A summary of each text, (batch, width), from its first hidden state ([CLS])."""
        if self.pooler is None:
            raise ValueError("this BERT has no pooler: it was made with pooler=False")
        y: Tensor = tanh(self.pooler(hidden[:, 0]))
        return y


class Block(Module):
    """Attention, then a two-layer network; each adds to what came in, and a norm follows."""

    attention: MultiHeadAttention
    norm1: LayerNorm
    up: Linear  # weight (inner, width)
    down: Linear  # weight (width, inner)
    norm2: LayerNorm

    def __init__(self, config: BERTConfig) -> None:
        width, inner = config.width, config.inner_width
        self.attention = MultiHeadAttention(width, config.heads, config.attention_dropout)
        self.norm1 = LayerNorm(width, config.eps)
        self.up = Linear(width, inner)
        self.activation = activation(config.activation)
        self.down = Linear(inner, width)
        self.norm2 = LayerNorm(width, config.eps)
        self.dropout = Dropout(config.dropout)

    def forward(self, x: Tensor, padding: Tensor | None = None) -> Tensor:
        """(batch, time, width) to the same; padding is (batch, time), True where it is."""
        x = self.norm1(x + self.dropout(self.attention(x, key_padding_mask=padding)))
        return self.norm2(x + self.dropout(self.down(self.activation(self.up(x)))))


def initialise(module: Module) -> None:
    """Matrices N(0, 0.02), biases 0, norms 1, and the padding's embedding 0."""
    for child in module.modules():
        if isinstance(child, Embedding):
            child.reset_parameters(std=0.02)
        elif isinstance(child, Linear):
            init.normal_(child.weight, std=0.02)
            if child.bias is not None:
                init.zeros_(child.bias)


def check_shape(name: str, ids: Tensor, shape: tuple[int, ...]) -> None:
    """Refuse what does not come token by token."""
    if ids.shape != shape:
        raise ValueError(f"{name} {ids.shape} must be {shape}, as tokens are")
