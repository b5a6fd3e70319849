"""The sizes and versions of T5."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from ._activations import activation

__all__ = ["T5Config"]


@dataclass(frozen=True)
class T5Config:
    """The size and the version of a T5.

    Attributes:
        vocab_size: how many tokens there are.
        width: of the residual stream.
        heads: how many heads an attention has.
        head_dim: the width of a head; all together may be wider or narrower than the stream.
        hidden: the width inside a two-layer network.
        encoder_layers: how many blocks the encoder has.
        decoder_layers: how many blocks the decoder has.
        buckets: how many ranges of distances are told apart.
        max_distance: from where on they are not.
        activation: inside a network: "relu", "gelu_new", … as published configs say.
        gated: whether the activation gates a second map of the same width (version 1.1).
        tied: whether the last product is with the token embedding (version 1.0).
        scaled: whether what goes into it is divided by the root of the width (version 1.0).
        dropout: the share of embeddings, attention weights, hidden units and block outputs that is
            dropped in training.
        norm_eps: added to mean squares in the norms.
        start: the token that the decoder begins with.
        pad: the token that stands for nothing.
        eos: the token that ends a text.

    Raises:
        ValueError: a size is not a positive integer, the buckets do not fit the distances, an
            activation is unknown, `dropout` is outside of [0, 1), `norm_eps` not positive, or a
            token none of the vocabulary.

    Example:
        >>> T5Config.preset("t5-base").width
        768
        >>> T5Config(buckets=31)
        Traceback (most recent call last):
        ...
        ValueError: buckets (31) must be even, 4 or more, and half of them less than
            max_distance (128)
    """

    vocab_size: int = 32128
    width: int = 512
    heads: int = 8
    head_dim: int = 64
    hidden: int = 2048
    encoder_layers: int = 6
    decoder_layers: int = 6
    buckets: int = 32
    max_distance: int = 128
    activation: str = "relu"
    gated: bool = False
    tied: bool = True
    scaled: bool = True
    dropout: float = 0.0
    norm_eps: float = 1e-6
    start: int = 0
    pad: int = 0
    eos: int = 1

    def __post_init__(self) -> None:
        sizes = ("vocab_size", "width", "heads", "head_dim", "hidden", "encoder_layers")
        for name in (*sizes, "decoder_layers", "buckets", "max_distance"):
            value = getattr(self, name)
            if not isinstance(value, int) or value < 1:
                raise ValueError(f"{name} ({value!r}) must be a positive integer")
        if self.buckets % 2 or self.buckets < 4 or self.max_distance <= self.buckets // 2:
            raise ValueError(
                f"buckets ({self.buckets}) must be even, 4 or more, and half of them less than "
                f"max_distance ({self.max_distance})"
            )
        if not 0.0 <= self.dropout < 1.0:
            raise ValueError(f"dropout ({self.dropout}) must lie in [0, 1)")
        if not self.norm_eps > 0.0:
            raise ValueError(f"norm_eps ({self.norm_eps}) must be positive")
        for name in ("start", "pad", "eos"):
            if not 0 <= getattr(self, name) < self.vocab_size:
                raise ValueError(
                    f"{name} ({getattr(self, name)}) must be a token below {self.vocab_size}"
                )
        activation(self.activation)

    @property
    def context(self) -> None:
        """The longest sequence: there is none, positions are distances."""
        return None

    @classmethod
    def preset(cls, name: str, **changes: Any) -> T5Config:
        """A published size by its name, with fields changed.

        Args:
            name: "t5-mini" (for a CPU), "t5-small" (61 M parameters), "t5-base" (223 M), "t5-large"
                (738 M), "t5-3b" or "t5-11b"; "t5-v1_1-small" (77 M), "t5-v1_1-base" (248 M),
                "t5-v1_1-large" (783 M), "t5-v1_1-xl" (2,850 M) or "t5-v1_1-xxl" (11,135 M);
                "flan-t5-…", the same as "t5-v1_1-…".
            changes: fields that differ.

        Raises:
            ValueError: there is no such preset.

        Example:
            >>> T5Config.preset("flan-t5-small") == T5Config.preset("t5-v1_1-small")
            True
        """
        found = name.replace("flan-t5-", "t5-v1_1-")
        if found not in PRESETS:
            raise ValueError(f"there is no preset {name!r}; there are {', '.join(PRESETS)}")
        return replace(PRESETS[found], **changes)


def _sizes(layers: int, width: int, heads: int, hidden: int, **further: Any) -> T5Config:
    return T5Config(
        width=width,
        heads=heads,
        hidden=hidden,
        encoder_layers=layers,
        decoder_layers=layers,
        **further,
    )


_V1_1 = partial(_sizes, activation="gelu_new", gated=True, tied=False, scaled=False)
PRESETS = {
    "t5-mini": _sizes(2, 96, 4, 384, head_dim=24, vocab_size=1024),
    "t5-small": _sizes(6, 512, 8, 2048),
    "t5-base": _sizes(12, 768, 12, 3072),
    "t5-large": _sizes(24, 1024, 16, 4096),
    "t5-3b": _sizes(24, 1024, 32, 16384, head_dim=128),
    "t5-11b": _sizes(24, 1024, 128, 65536, head_dim=128),
    "t5-v1_1-small": _V1_1(8, 512, 6, 1024),
    "t5-v1_1-base": _V1_1(12, 768, 12, 2048),
    "t5-v1_1-large": _V1_1(24, 1024, 16, 2816),
    "t5-v1_1-xl": _V1_1(24, 2048, 32, 5120),
    "t5-v1_1-xxl": _V1_1(24, 4096, 64, 10240),
}
