"""ModernConfig: the sizes and options of the LLaMA family, and the published ones by name."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from nt_nn import Llama3RopeScaling, RopeScaling

from ._activations import activation


@dataclass(frozen=True)
class ModernConfig:
    """The size of a `Modern`, and what tells one member of the family from another.

    Attributes:
        vocab_size: how many tokens there are.
        trained_length: how many positions it was trained at; rotations go on beyond them.
        layers: how many blocks.
        heads: how many heads of queries an attention has.
        width: of the residual stream.
        hidden: inside the feed-forward network.
        kv_heads: how many heads keys and values have; None for `heads`.
        head_dim: the width of a head; None for `width / heads`.
        theta: the base of the rotations' frequencies.
        rope_scaling: how the frequencies change for sequences longer than those of training.
        windows: how far back each layer's attention sees, None for all of it; repeated over the
            layers.
        mixers: what mixes positions in each layer, "attention" or "mamba"; repeated likewise.
        qkv_bias: whether queries, keys and values have a bias.
        out_bias: whether the attention's last linear map has one.
        mlp_bias: whether the feed-forward network has them.
        qk_norm: whether queries and keys are normed, head by head (Qwen3).
        eps: added to the mean square in all norms.
        activation: of the gate: "silu" (SwiGLU), "gelu_pytorch_tanh" (GeGLU), …
        tied: whether the last product uses the token embedding again.
        scaled_embedding: whether embeddings are multiplied with √width (Gemma).
        offset_norm: whether norms stretch by 1 + weight (Gemma).
        post_norms: whether what a block adds is normed once more (Gemma 2).
        query_scale: the scores are divided by its root; None for `head_dim`.
        attention_softcap: scores s become c tanh(s / c) (Gemma 2); None leaves them.
        logit_softcap: logits likewise.
        experts: how many networks stand in the place of each layer's one (Mixtral); 0 for one.
        experts_per_token: how many of them a token goes through.
        balance: how much the experts' imbalance counts in `Modern.loss`.
        state: how many numbers a Mamba block remembers for each of its channels.
        kernel: over how many positions its convolution goes.
        expand: its channels, as a multiple of `width`.
        dropout: the share of attention weights that is dropped in training.
        padding_token: a token whose embedding does not learn; the head's rows all do.

    Raises:
        ValueError: a size is not a positive integer, sizes do not fit each other, or an option is
            none of those that there are.

    Example:
        >>> ModernConfig.preset("llama-2-7b").width
        4096
        >>> ModernConfig(heads=8, kv_heads=3)
        Traceback (most recent call last):
        ...
        ValueError: kv_heads (3) must divide heads (8)
    """

    vocab_size: int = 32000
    trained_length: int = 4096
    layers: int = 32
    heads: int = 32
    width: int = 4096
    hidden: int = 11008
    kv_heads: int | None = None
    head_dim: int | None = None
    theta: float = 10000.0
    rope_scaling: RopeScaling | None = None
    windows: tuple[int | None, ...] = (None,)
    mixers: tuple[str, ...] = ("attention",)
    qkv_bias: bool = False
    out_bias: bool = False
    mlp_bias: bool = False
    qk_norm: bool = False
    eps: float = 1e-5
    activation: str = "silu"
    tied: bool = False
    scaled_embedding: bool = False
    offset_norm: bool = False
    post_norms: bool = False
    query_scale: float | None = None
    attention_softcap: float | None = None
    logit_softcap: float | None = None
    experts: int = 0
    experts_per_token: int = 2
    balance: float = 0.001
    state: int = 16
    kernel: int = 4
    expand: int = 2
    dropout: float = 0.0
    padding_token: int | None = None

    def __post_init__(self) -> None:
        sizes = ("vocab_size", "trained_length", "layers", "heads", "width", "hidden")
        for name in (*sizes, "state", "kernel", "expand"):
            value = getattr(self, name)
            if not isinstance(value, int) or value < 1:
                raise ValueError(f"{name} ({value!r}) must be a positive integer")
        if self.head_dim is None and self.width % self.heads:
            raise ValueError(f"heads ({self.heads}) must divide width ({self.width})")
        if self.head_width < 2 or self.head_width % 2:
            raise ValueError(f"a head's width ({self.head_width}) must be even, for rotations")
        if self.key_heads < 1 or self.heads % self.key_heads:
            raise ValueError(f"kv_heads ({self.kv_heads}) must divide heads ({self.heads})")
        if not self.windows or any(w is not None and w < 1 for w in self.windows):
            raise ValueError(f"windows {self.windows} must be one or more positive numbers or None")
        if not self.mixers or {*self.mixers} - {"attention", "mamba"}:
            raise ValueError(f"mixers {self.mixers} must be 'attention' or 'mamba', one or more")
        if self.experts < 0 or (self.experts and not 1 <= self.experts_per_token <= self.experts):
            raise ValueError(
                f"experts_per_token ({self.experts_per_token}) must be 1 to experts "
                f"({self.experts})"
            )
        for name in ("theta", "eps", "query_scale", "attention_softcap", "logit_softcap"):
            value = getattr(self, name)
            if value is not None and not (value > 0 and math.isfinite(value)):
                raise ValueError(f"{name} ({value}) must be a positive number")
        if not 0.0 <= self.dropout < 1.0:
            raise ValueError(f"dropout ({self.dropout}) must lie in [0, 1)")
        if (
            pad := self.padding_token
        ) is not None and not -self.vocab_size <= pad < self.vocab_size:
            raise ValueError(f"padding_token ({pad}) must be below vocab_size ({self.vocab_size})")
        if not self.balance >= 0.0:
            raise ValueError(f"balance ({self.balance}) must not be negative")
        activation(self.activation)

    @property
    def context(self) -> None:
        """The longest sequence: there is none, as rotations are defined for all positions."""
        return None

    @property
    def head_width(self) -> int:
        """How wide a head is."""
        return self.width // self.heads if self.head_dim is None else self.head_dim

    @property
    def key_heads(self) -> int:
        """How many heads keys and values have."""
        return self.heads if self.kv_heads is None else self.kv_heads

    def window(self, layer: int) -> int | None:
        """How far back the attention of a layer sees; None for all of it."""
        return self.windows[layer % len(self.windows)]

    def mixer(self, layer: int) -> str:
        """What mixes positions in a layer: "attention" or "mamba"."""
        return self.mixers[layer % len(self.mixers)]

    @classmethod
    def preset(cls, name: str, **changes: Any) -> ModernConfig:
        """A published size by its name, with fields changed.

        Args:
            name: "modern-mini" (600 K parameters), "llama-7b", "llama-2-7b", "llama-2-13b",
                "llama-2-70b", "llama-3-8b", "llama-3.2-1b", "mistral-7b-v0.1", "mixtral-8x7b",
                "qwen2-0.5b", "qwen2-7b", "qwen3-0.6b", "gemma-2b", "gemma-7b" or "gemma-2-2b".
            changes: fields that differ.

        Raises:
            ValueError: there is no such preset.

        Example:
            >>> ModernConfig.preset("modern-mini", mixers=("mamba", "attention")).mixer(2)
            'mamba'
        """
        if name not in PRESETS:
            raise ValueError(f"there is no preset {name!r}; there are {', '.join(PRESETS)}")
        return replace(PRESETS[name], **changes)


LLAMA = ModernConfig()  # llama-2-7b
LLAMA3 = replace(
    LLAMA, vocab_size=128256, trained_length=8192, hidden=14336, kv_heads=8, theta=500000.0
)  # llama-3-8b
MISTRAL = replace(LLAMA, trained_length=32768, hidden=14336, kv_heads=8)
QWEN2 = ModernConfig(
    vocab_size=151936, trained_length=131072, layers=24, heads=14, width=896, hidden=4864,
    kv_heads=2, theta=1e6, qkv_bias=True, eps=1e-6, tied=True,
)  # fmt: skip
GEMMA = ModernConfig(
    vocab_size=256000, trained_length=8192, layers=18, heads=8, width=2048, hidden=16384,
    kv_heads=1, head_dim=256, eps=1e-6, activation="gelu_pytorch_tanh", tied=True,
    scaled_embedding=True, offset_norm=True,
)  # fmt: skip
PRESETS = {
    "modern-mini": ModernConfig(256, 256, layers=4, heads=4, width=128, hidden=240, kv_heads=2,
                                tied=True),
    "llama-7b": replace(LLAMA, trained_length=2048, eps=1e-6),
    "llama-2-7b": LLAMA,
    "llama-2-13b": replace(LLAMA, layers=40, heads=40, width=5120, hidden=13824),
    "llama-2-70b": replace(LLAMA, layers=80, heads=64, kv_heads=8, width=8192, hidden=28672),
    "llama-3-8b": LLAMA3,
    "llama-3.2-1b": replace(LLAMA3, trained_length=131072, layers=16, width=2048, hidden=8192,
                            tied=True, rope_scaling=Llama3RopeScaling(32.0, 1.0, 4.0, 8192)),
    "mistral-7b-v0.1": replace(MISTRAL, windows=(4096,)),
    "mixtral-8x7b": replace(MISTRAL, theta=1e6, experts=8, balance=0.02),
    "qwen2-0.5b": QWEN2,
    "qwen2-7b": replace(QWEN2, vocab_size=152064, layers=28, heads=28, width=3584, hidden=18944,
                        kv_heads=4, tied=False),
    "qwen3-0.6b": replace(QWEN2, trained_length=40960, layers=28, heads=16, width=1024, hidden=3072,
                          kv_heads=8, head_dim=128, qkv_bias=False, qk_norm=True),
    "gemma-2b": GEMMA,
    "gemma-7b": replace(GEMMA, layers=28, heads=16, kv_heads=16, width=3072, hidden=24576),
    "gemma-2-2b": replace(GEMMA, layers=26, kv_heads=4, width=2304, hidden=9216,
                          windows=(4096, None), post_norms=True, query_scale=256.0,
                          attention_softcap=50.0, logit_softcap=30.0),
}  # fmt: skip
