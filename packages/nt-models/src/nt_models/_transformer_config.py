"""The sizes of the 2017 Transformer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

__all__ = ["TransformerConfig"]


@dataclass(frozen=True)
class TransformerConfig:
    """The size of a Transformer.

    Attributes:
        vocab_size: how many tokens both languages have together.
        width: of the vectors between the layers.
        heads: how many heads an attention has.
        hidden: the width inside a two-layer network.
        encoder_layers: how many layers the encoder has.
        decoder_layers: how many layers the decoder has.
        dropout: the share of embeddings and of what each part adds that is dropped in training; the
            paper has 0.1, and 0.3 for the big model.
        norm_first: whether norms stand in front of the parts instead of behind the sums.
        norm_eps: added to variances in the norms.
        start: the token that the decoder begins with.
        pad: the token that stands for nothing.
        eos: the token that ends a sentence.

    Raises:
        ValueError: a size is not a positive integer, `heads` does not divide `width`, `dropout` is
            outside of [0, 1), `norm_eps` not positive, or a token none of the vocabulary.

    Example:
        >>> TransformerConfig.preset("transformer-big").width
        1024
        >>> TransformerConfig(width=128, heads=3)
        Traceback (most recent call last):
        ...
        ValueError: heads (3) must divide width (128)
    """

    vocab_size: int = 37000
    width: int = 512
    heads: int = 8
    hidden: int = 2048
    encoder_layers: int = 6
    decoder_layers: int = 6
    dropout: float = 0.0
    norm_first: bool = False
    norm_eps: float = 1e-6
    start: int = 0
    pad: int = 0
    eos: int = 1

    def __post_init__(self) -> None:
        for name in ("vocab_size", "width", "heads", "hidden", "encoder_layers", "decoder_layers"):
            value = getattr(self, name)
            if not isinstance(value, int) or value < 1:
                raise ValueError(f"{name} ({value!r}) must be a positive integer")
        if self.width % self.heads:
            raise ValueError(f"heads ({self.heads}) must divide width ({self.width})")
        if not 0.0 <= self.dropout < 1.0:
            raise ValueError(f"dropout ({self.dropout}) must lie in [0, 1)")
        if not self.norm_eps > 0.0:
            raise ValueError(f"norm_eps ({self.norm_eps}) must be positive")
        for name in ("start", "pad", "eos"):
            if not 0 <= getattr(self, name) < self.vocab_size:
                raise ValueError(
                    f"{name} ({getattr(self, name)}) must be a token below {self.vocab_size}"
                )

    @property
    def context(self) -> None:
        """The longest sequence: there is none, sinusoids go on."""
        return None

    @classmethod
    def preset(cls, name: str, **changes: Any) -> TransformerConfig:
        """A published size by its name, with fields changed.

        Args:
            name: "transformer-mini" (for a CPU), "transformer-base" (63 M parameters at a
                vocabulary of 37,000; the paper rounds to 65) or "transformer-big" (214 M).
            changes: fields that differ.

        Raises:
            ValueError: there is no such preset.

        Example:
            >>> TransformerConfig.preset("transformer-base", vocab_size=100).encoder_layers
            6
        """
        if name not in PRESETS:
            raise ValueError(f"there is no preset {name!r}; there are {', '.join(PRESETS)}")
        return replace(PRESETS[name], **changes)


PRESETS = {
    "transformer-mini": TransformerConfig(
        vocab_size=1024, width=96, heads=4, hidden=384, encoder_layers=2, decoder_layers=2
    ),
    "transformer-base": TransformerConfig(),
    "transformer-big": TransformerConfig(width=1024, heads=16, hidden=4096),
}
