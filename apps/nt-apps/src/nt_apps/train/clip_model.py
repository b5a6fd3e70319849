"""Two small towers and a temperature: CLIP at the size of a few thousand pairs.

    images (batch, channels, side, side) -> ResNet or ViT -> length 1   (images, projection)
    tokens (batch, time)                 -> Transformer   -> length 1   (texts, projection)

The text tower and the ViT are `nt_models`' own. The ResNet's places are not averaged, as they are
for classes: whether a dot stands above or below is what the captions tell.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from nt_autograd import Tensor, dropout, normalize, relu
from nt_models import CLIPTextConfig, CLIPVisionConfig, ResNet, ResNetConfig
from nt_models.clip_towers import CLIPText, CLIPVision
from nt_nn import Conv2d, Linear, Module, Parameter
from nt_tensor import Generator, asarray, float32, use_generator

__all__ = ["PlacedResNet", "Sizes", "SmallCLIP"]

_MOST = math.log(100.0)  # the largest logarithm of the scale, as in the paper


@dataclass(frozen=True)
class Sizes:
    """What the model is made of; `CLIPSettings` says what each is."""

    side: int
    channels: int
    vocab_size: int
    context: int
    end_token: int
    tower: str = "resnet"
    layers: int = 1
    width: int = 128
    patch: int = 4
    text_layers: int = 2
    text_width: int = 128
    heads: int = 4
    projection: int = 128
    temperature: float = 0.07
    dropout: float = 0.0


class PlacedResNet(Module):
    """A ResNet of three stages, `width / 4` channels in the first, whose head reads every place.

    Args:
        sizes: `side`, `channels`, `layers` (blocks a stage), `width`, `projection`, `dropout`.

    Source: He et al., Deep Residual Learning for Image Recognition (2016), section 4.2.
    """

    body: ResNet
    narrow: Conv2d  # weight (width / 4, width, 1, 1)
    projection: Linear  # weight (projection, width / 4 * places)

    def __init__(self, sizes: Sizes) -> None:
        s = sizes
        widths = (s.width // 4, s.width // 2, s.width)
        self.body = ResNet(
            ResNetConfig(
                depths=(s.layers,) * 3, widths=widths, block="basic", stem="cifar",
                stem_width=widths[0], channels=s.channels, classes=None, zero_last_norm=True,
            )
        )  # fmt: skip
        self.narrow = Conv2d(s.width, s.width // 4, 1)
        self.projection = Linear(s.width // 4 * (-(-s.side // 4)) ** 2, s.projection)
        self.dropout = s.dropout

    def forward(self, images: Tensor) -> Tensor:
        """Images (batch, channels, side, side) to features (batch, projection)."""
        x = self.body.features(images)  # (batch, width, side / 4, side / 4)
        x = relu(self.narrow(x)).flatten(1)  # (batch, width / 4 * places)
        return self.projection(dropout(x, self.dropout, self.training))


class SmallCLIP(Module):
    """CLIP with towers of chosen sizes.

    Args:
        sizes: of both towers.
        generator: draws the initial weights.

    Raises:
        ValueError: the sizes do not fit together.

    Example:
        >>> from nt_autograd import randn, tensor
        >>> sizes = Sizes(8, 1, vocab_size=9, context=6, end_token=8, width=16)
        >>> model = SmallCLIP(sizes, generator=Generator(0))
        >>> model.encode_image(randn(2, 1, 8, 8)).shape
        (2, 128)
        >>> model.encode_text(tensor([[7, 1, 8], [7, 8, 8], [7, 2, 8]])).shape
        (3, 128)

    Source: Radford et al., Learning Transferable Visual Models From Natural Language Supervision
        (2021), section 2.
    """

    vision: PlacedResNet | CLIPVision
    text: CLIPText
    logit_scale: Parameter  # (), the logarithm of one over the temperature

    def __init__(self, sizes: Sizes, *, generator: Generator) -> None:
        s = sizes
        with use_generator(generator):
            if s.tower == "resnet":
                self.vision = PlacedResNet(s)
            else:
                self.vision = CLIPVision(
                    CLIPVisionConfig(
                        layers=s.layers, heads=s.heads, width=s.width, projection=s.projection,
                        image_size=s.side, patch=s.patch, channels=s.channels,
                        attention_dropout=s.dropout,
                    )
                )  # fmt: skip
            self.text = CLIPText(
                CLIPTextConfig(
                    layers=s.text_layers, heads=s.heads, width=s.text_width,
                    projection=s.projection, vocab_size=s.vocab_size, context=s.context,
                    end_token=s.end_token, attention_dropout=s.dropout,
                )
            )  # fmt: skip
        self.logit_scale = Parameter(asarray(-math.log(s.temperature), float32))

    def encode_image(self, images: Tensor) -> Tensor:
        """The features of images (batch, channels, side, side), each of length 1."""
        y: Tensor = normalize(self.vision(images), dim=-1)
        return y

    def encode_text(self, tokens: Tensor) -> Tensor:
        """The features of texts (batch, time), each of length 1."""
        y: Tensor = normalize(self.text(tokens), dim=-1)
        return y

    def scale(self) -> Tensor:
        """One over the temperature, at most 100: beyond, its logarithm gets no gradient."""
        y: Tensor = self.logit_scale.clamp(max=_MOST).exp()
        return y
