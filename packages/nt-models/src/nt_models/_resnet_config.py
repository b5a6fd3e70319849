"""ResNetConfig: the sizes of a ResNet, and the published ones."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from ._activations import activation

__all__ = ["ResNetConfig"]


@dataclass(frozen=True)
class ResNetConfig:
    """The size of a ResNet.

    Attributes:
        depths: how many blocks each stage has.
        widths: how many channels each stage gives.
        block: "basic", two 3x3 convolutions, or "bottleneck": 1x1 to fewer channels, 3x3, 1x1 back.
        stem: "imagenet" or "cifar".
        stem_width: how many channels the stem gives.
        channels: of the images.
        classes: how many logits; None for a model without head, which gives the averages.
        shortcut: where a block changes the shape, "projection" for a 1x1 convolution (option B), or
            "padding" for every second place and channels of zeros (option A).
        preactivation: norm and ReLU before each convolution instead of behind it.
        stride_in_1x1: a bottleneck's stride stands in its first convolution.
        stride_in_first_stage: whether the first stage halves the size too.
        groups: of a bottleneck's 3x3 convolution.
        group_width: channels of a group for every 64 of the stage's own (4 in ResNeXt-50 32x4d, 128
            in Wide ResNet-50-2).
        activation: behind the stem and behind each sum; between a block's convolutions there is
            always a ReLU.
        zero_last_norm: each block begins as the identity, its last norm's weight being zero.
        norm_eps: of the norms.
        norm_momentum: how far a batch moves the norms' running statistics.

    Raises:
        ValueError: a size is not a positive integer, there are not as many widths as depths, or an
            option is unknown or does not go with another.

    Example:
        >>> ResNetConfig.preset("resnet18").depths
        (2, 2, 2, 2)
        >>> ResNetConfig(depths=(1, 1))
        Traceback (most recent call last):
        ...
        ValueError: depths (1, 1) and widths (256, 512, 1024, 2048) must be equally many
    """

    depths: tuple[int, ...] = (3, 4, 6, 3)
    widths: tuple[int, ...] = (256, 512, 1024, 2048)
    block: Literal["basic", "bottleneck"] = "bottleneck"
    stem: Literal["imagenet", "cifar"] = "imagenet"
    stem_width: int = 64
    channels: int = 3
    classes: int | None = 1000
    shortcut: Literal["projection", "padding"] = "projection"
    preactivation: bool = False
    stride_in_1x1: bool = False
    stride_in_first_stage: bool = False
    groups: int = 1
    group_width: int = 64
    activation: str = "relu"
    zero_last_norm: bool = False
    norm_eps: float = 1e-5
    norm_momentum: float = 0.1

    def __post_init__(self) -> None:
        sizes = {name: getattr(self, name) for name in ("stem_width", "channels", "groups")}
        sizes |= {f"depths[{i}]": n for i, n in enumerate(self.depths)}
        sizes |= {f"widths[{i}]": n for i, n in enumerate(self.widths)}
        sizes |= {"group_width": self.group_width}
        if self.classes is not None:
            sizes["classes"] = self.classes
        for name, value in sizes.items():
            if not isinstance(value, int) or value < 1:
                raise ValueError(f"{name} ({value!r}) must be a positive integer")
        if len(self.depths) != len(self.widths) or not self.depths:
            raise ValueError(f"depths {self.depths} and widths {self.widths} must be equally many")
        for name, options in OPTIONS.items():
            if getattr(self, name) not in options:
                said = " or ".join(map(repr, options))
                raise ValueError(f"{name} ({getattr(self, name)!r}) must be {said}")
        activation(self.activation)
        if self.block == "basic" and (self.groups, self.group_width) != (1, 64):
            raise ValueError("groups and group_width are for the block 'bottleneck' alone")
        if self.block == "bottleneck":
            for width in self.widths:
                if self.inner(width) < 1:
                    raise ValueError(f"a bottleneck of width {width} has no channels inside")
        if self.zero_last_norm and self.preactivation:
            raise ValueError(
                "zero_last_norm does not go with preactivation: the ReLU behind that norm would "
                "let no gradient pass"
            )
        widths = (self.stem_width, *self.widths)
        if self.shortcut == "padding" and list(widths) != sorted(widths):
            raise ValueError(f"shortcut 'padding' cannot take channels away: {widths}")

    def inner(self, width: int) -> int:
        """The channels between a block's convolutions."""
        if self.block == "basic":
            return width
        return width // 4 * self.group_width // 64 * self.groups

    @classmethod
    def preset(cls, name: str, **changes: Any) -> ResNetConfig:
        """A published size by its name, with fields changed.

        Args:
            name: for ImageNet "resnet18", "resnet34", "resnet50" (25,557,032 parameters),
                "resnet101", "resnet152"; for CIFAR-10 "resnet20" (0.27 M), "resnet32", "resnet44",
                "resnet56", "resnet110"; each of them with "preact-" before it; or "resnet-mini"
                (0.42 M: "resnet20" a quarter wider, with projections).
            changes: fields that differ.

        Raises:
            ValueError: there is no such preset.

        Example:
            >>> ResNetConfig.preset("preact-resnet110", classes=100).depths
            (18, 18, 18)
        """
        bare = name.removeprefix("preact-")
        if bare not in PRESETS:
            raise ValueError(f"there is no preset {name!r}; there are {', '.join(PRESETS)}")
        return replace(PRESETS[bare], **{"preactivation": bare != name, **changes})


OPTIONS = {
    "block": ("basic", "bottleneck"),
    "stem": ("imagenet", "cifar"),
    "shortcut": ("projection", "padding"),
}
BASIC = ResNetConfig(block="basic", widths=(64, 128, 256, 512))
CIFAR = ResNetConfig(
    block="basic", stem="cifar", stem_width=16, depths=(3, 3, 3), widths=(16, 32, 64), classes=10,
    shortcut="padding",
)  # fmt: skip
PRESETS = {
    "resnet18": replace(BASIC, depths=(2, 2, 2, 2)),
    "resnet34": BASIC,
    "resnet50": ResNetConfig(),
    "resnet101": ResNetConfig(depths=(3, 4, 23, 3)),
    "resnet152": ResNetConfig(depths=(3, 8, 36, 3)),
    **{f"resnet{6 * n + 2}": replace(CIFAR, depths=(n, n, n)) for n in (3, 5, 7, 9, 18)},
    "resnet-mini": replace(CIFAR, stem_width=20, widths=(20, 40, 80), shortcut="projection"),
}
