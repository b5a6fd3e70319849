"""CLIPConfig and the configs of its towers: the sizes, and the published ones."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

from ._activations import activation

__all__ = ["CLIPConfig", "CLIPResNetConfig", "CLIPTextConfig", "CLIPVisionConfig"]


@dataclass(frozen=True)
class TowerConfig:
    """What both towers' sizes are made of; `CLIPTextConfig` explains them."""

    layers: int = 12
    heads: int = 8
    width: int = 512
    inner: int | None = None
    projection: int | None = 512
    activation: str = "quick_gelu"
    eps: float = 1e-5
    attention_dropout: float = 0.0

    @property
    def inner_width(self) -> int:
        """Of a block's two-layer network."""
        return 4 * self.width if self.inner is None else self.inner

    def _check(self, *names: str) -> None:
        sizes = {name: getattr(self, name) for name in ("layers", "heads", "width", *names)}
        sizes |= {"inner": self.inner_width, "projection": self.projection or 1}
        for name, value in sizes.items():
            if not isinstance(value, int) or value < 1:
                raise ValueError(f"{name} ({value!r}) must be a positive integer")
        if self.width % self.heads:
            raise ValueError(f"heads ({self.heads}) must divide width ({self.width})")
        if not 0.0 <= self.attention_dropout < 1.0:
            raise ValueError(f"attention_dropout ({self.attention_dropout}) must lie in [0, 1)")
        activation(self.activation)


@dataclass(frozen=True)
class CLIPTextConfig(TowerConfig):
    """The size of CLIP's text tower.

    Attributes:
        layers: how many blocks.
        heads: how many heads an attention has.
        width: of the residual stream.
        inner: the width inside of a block's two-layer network; None for `4 * width`.
        projection: the width of the features; None for none, and the features are as wide as the
            tower.
        activation: between the two layers.
        eps: of the norms.
        attention_dropout: the share of the attention weights that is dropped in training.
        vocab_size: how many tokens there are.
        context: the longest text.
        end_token: the id at whose first place the text is gathered; None for the largest id of each
            text, as OpenAI's models do, whose end token is the last of the vocabulary.

    Raises:
        ValueError: a size is not a positive integer, `heads` does not divide `width`, or another
            option is out of its range.

    Example:
        >>> CLIPTextConfig(width=768, heads=12).inner_width
        3072
    """

    vocab_size: int = 49408
    context: int = 77
    end_token: int | None = None

    def __post_init__(self) -> None:
        self._check("vocab_size", "context")
        if self.end_token is not None and not 0 <= self.end_token < self.vocab_size:
            raise ValueError(
                f"end_token ({self.end_token}) must be an id below {self.vocab_size}, or None"
            )


@dataclass(frozen=True)
class CLIPVisionConfig(TowerConfig):
    """The size of CLIP's image tower, a Vision Transformer.

    Attributes:
        layers, heads, width, inner, projection, activation, eps, attention_dropout: as in
            `CLIPTextConfig`.
        image_size: height and width of the images.
        patch: height and width of a patch; what is left over at the right and below is not seen.
        channels: of the images.

    Raises:
        ValueError: as `CLIPTextConfig`, or a patch is larger than the image.

    Example:
        >>> CLIPVisionConfig(patch=16).positions  # 14 x 14 patches and the class vector
        197
    """

    heads: int = 12
    width: int = 768
    image_size: int = 224
    patch: int = 32
    channels: int = 3

    def __post_init__(self) -> None:
        self._check("image_size", "patch", "channels")
        if self.patch > self.image_size:
            raise ValueError(f"patch ({self.patch}) must not exceed image_size ({self.image_size})")

    @property
    def positions(self) -> int:
        """How many vectors the blocks see."""
        return 1 + (self.image_size // self.patch) ** 2


@dataclass(frozen=True)
class CLIPResNetConfig:
    """The size of CLIP's other image tower, a ResNet.

    Attributes:
        depths: how many blocks each of the four stages has.
        width: of the stem; the last stage gives 32 times as many channels.
        heads: of the attention at the end; None for one for every 64 channels.
        projection: the width of the features.
        image_size: height and width of the images, a multiple of 32.
        channels: of the images.
        zero_last_norm: each block begins as the identity, its last norm's weight being zero, as in
            OpenAI's code.

    Raises:
        ValueError: a size is not a positive integer, there are not four depths, `heads` does not
            divide the width of the attention, or 32 not `image_size`.

    Example:
        >>> CLIPResNetConfig().head_count
        32
    """

    depths: tuple[int, int, int, int] = (3, 4, 6, 3)
    width: int = 64
    heads: int | None = None
    projection: int = 1024
    image_size: int = 224
    channels: int = 3
    zero_last_norm: bool = False

    def __post_init__(self) -> None:
        if len(self.depths) != 4:
            raise ValueError(f"depths {self.depths} must be four numbers, one a stage")
        names = ("width", "projection", "image_size", "channels")
        sizes = {name: getattr(self, name) for name in names}
        sizes |= {f"depths[{i}]": n for i, n in enumerate(self.depths)}
        for name, value in (*sizes.items(), ("heads", self.head_count)):
            if not isinstance(value, int) or value < 1:
                raise ValueError(f"{name} ({value!r}) must be a positive integer")
        if self.width % 2:
            raise ValueError(f"width ({self.width}) must be even")
        if 32 * self.width % self.head_count:
            raise ValueError(f"heads ({self.heads}) must divide 32 width ({32 * self.width})")
        if self.image_size % 32:
            raise ValueError(f"image_size ({self.image_size}) must be a multiple of 32")

    @property
    def head_count(self) -> int:
        """Of the attention at the end."""
        return max(1, self.width // 2) if self.heads is None else self.heads


@dataclass(frozen=True)
class CLIPConfig:
    """The size of a CLIP.

    Attributes:
        vision: of the image tower, a Transformer or a ResNet.
        text: of the text tower.
        logit_scale: the logarithm of the scale at first; ln(1 / 0.07) in the paper.

    Raises:
        ValueError: the towers do not project to the same width.

    Example:
        >>> CLIPConfig.preset("clip-vit-base-patch16").vision.patch
        16
        >>> CLIPConfig(text=CLIPTextConfig(projection=64))
        Traceback (most recent call last):
        ...
        ValueError: the projections of vision (512) and text (64) must be equally wide
    """

    vision: CLIPVisionConfig | CLIPResNetConfig = field(default_factory=CLIPVisionConfig)
    text: CLIPTextConfig = field(default_factory=CLIPTextConfig)
    logit_scale: float = math.log(1 / 0.07)

    def __post_init__(self) -> None:
        vision, text = self.vision.projection, self.text.projection
        if vision is None or vision != text:
            raise ValueError(
                f"the projections of vision ({vision}) and text ({text}) must be equally wide"
            )

    @property
    def projection(self) -> int:
        """The width of the features."""
        return self.vision.projection or 0

    @classmethod
    def preset(cls, name: str, **changes: Any) -> CLIPConfig:
        """A published size by its name, with fields changed.

        Args:
            name: "clip-vit-base-patch32" (151 M parameters), "clip-vit-base-patch16" (150 M),
                "clip-vit-large-patch14" (428 M), "clip-vit-large-patch14-336" (428 M), "RN50" (102
                M), "RN101" (120 M) or "clip-mini" (11.7 M, for images of 32x32).
            changes: fields that differ.

        Raises:
            ValueError: there is no such preset.

        Example:
            >>> CLIPConfig.preset("RN50", logit_scale=0.0).vision.depths
            (3, 4, 6, 3)
        """
        if name not in PRESETS:
            raise ValueError(f"there is no preset {name!r}; there are {', '.join(PRESETS)}")
        return replace(PRESETS[name], **changes)


LARGE = CLIPConfig(
    CLIPVisionConfig(layers=24, heads=16, width=1024, patch=14, projection=768),
    CLIPTextConfig(heads=12, width=768, projection=768),
)
PRESETS = {
    "clip-vit-base-patch32": CLIPConfig(),
    "clip-vit-base-patch16": CLIPConfig(CLIPVisionConfig(patch=16)),
    "clip-vit-large-patch14": LARGE,
    "clip-vit-large-patch14-336": replace(LARGE, vision=replace(LARGE.vision, image_size=336)),
    "RN50": CLIPConfig(CLIPResNetConfig(zero_last_norm=True), CLIPTextConfig(projection=1024)),
    "RN101": CLIPConfig(
        CLIPResNetConfig(depths=(3, 4, 23, 3), projection=512, zero_last_norm=True)
    ),
    "clip-mini": CLIPConfig(
        CLIPVisionConfig(4, heads=4, width=128, projection=128, image_size=32, patch=4),
        CLIPTextConfig(3, heads=4, width=192, projection=128),
    ),
}
