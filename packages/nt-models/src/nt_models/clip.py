"""CLIP: images and texts meet in one space, where each lies nearest to its partner.

    images (batch, channels, size, size) -> image tower -> length 1   (images, projection)
    tokens (batch, time)                 -> text tower  -> length 1   (texts, projection)
      -> cosine of each image with each text, times exp(logit_scale)  (images, texts)

The towers are in `clip_towers.py` (Transformers) and `clip_resnet.py` (a ResNet for the images).

Source: Radford, Kim, Hallacy, Ramesh, Goh, Agarwal, Sastry, Askell, Mishkin, Clark, Krueger,
Sutskever, Learning Transferable Visual Models From Natural Language Supervision (2021), figure 3.
"""

from __future__ import annotations

import math

from nt_autograd import Tensor, clip_loss, normalize
from nt_nn import Module, Parameter, gather_shares
from nt_tensor import Generator, asarray, default_generator, float32, use_generator

from ._clip_config import CLIPConfig, CLIPResNetConfig
from .clip_resnet import CLIPResNet
from .clip_towers import CLIPText, CLIPVision

__all__ = ["CLIP"]


class CLIP(Module):
    """CLIP, from images and texts to how well they go together.

    Args:
        config: the sizes.
        generator: draws the initial weights; the thread's default generator if None.

    Example:
        >>> from nt_autograd import randn, tensor
        >>> from nt_models import CLIPConfig, CLIPTextConfig, CLIPVisionConfig
        >>> vision = CLIPVisionConfig(image_size=8, patch=4, layers=1, width=24, projection=4)
        >>> text = CLIPTextConfig(vocab_size=9, layers=1, width=16, projection=4)
        >>> model = CLIP(CLIPConfig(vision, text))
        >>> images, tokens = randn(2, 3, 8, 8), tensor([[7, 1, 2, 8], [7, 3, 8, 0], [7, 4, 8, 0]])
        >>> model(images, tokens).shape
        (2, 3)
        >>> model.loss(images, tokens[:2]).shape
        ()

    Source: Radford et al. (2021), section 2.
    """

    vision: CLIPVision | CLIPResNet
    text: CLIPText
    logit_scale: Parameter  # (), the logarithm of one over the temperature

    def __init__(self, config: CLIPConfig, *, generator: Generator | None = None) -> None:
        self.config = config
        with use_generator(generator or default_generator()):
            seen = config.vision
            self.vision = (
                CLIPResNet(seen) if isinstance(seen, CLIPResNetConfig) else CLIPVision(seen)
            )
            self.text = CLIPText(config.text)
        self.logit_scale = Parameter(asarray(config.logit_scale, float32))

    def forward(
        self,
        images: Tensor,
        tokens: Tensor,
        attention_mask: Tensor | None = None,
        position_ids: Tensor | None = None,
        *,
        interpolate_positions: bool = False,
    ) -> Tensor:
        """How well each image goes with each text; a softmax over the texts chooses one.

        Args:
            images: (images, channels, image_size, image_size).
            tokens: (texts, time), see `CLIPText`.
            attention_mask: (texts, time), 1 for tokens and 0 for padding.
            position_ids: (texts, time) or (time,); None for 0, 1, ….
            interpolate_positions: whether images of another size are taken, see `CLIPVision`.

        Returns:
            (images, texts): what is published as `logits_per_image`; its transpose is
            `logits_per_text`.

        Raises:
            ValueError: an argument has a shape that does not fit.
        """
        u = self.encode_image(
            images, interpolate_positions=interpolate_positions
        )  # (images, projection)
        v = self.encode_text(tokens, attention_mask, position_ids)  # (texts, projection)
        y: Tensor = u @ v.transpose(0, 1) * self.logit_scale.exp()  # (images, texts)
        return y

    def encode_image(self, images: Tensor, *, interpolate_positions: bool = False) -> Tensor:
        """The features of images, (images, projection), each of length 1."""
        stretch = {"interpolate_positions": True} if interpolate_positions else {}
        y: Tensor = normalize(self.vision(images, **stretch), dim=-1)
        return y

    def encode_text(
        self,
        tokens: Tensor,
        attention_mask: Tensor | None = None,
        position_ids: Tensor | None = None,
    ) -> Tensor:
        """The features of texts, (texts, projection), each of length 1."""
        y: Tensor = normalize(self.text(tokens, attention_mask, position_ids), dim=-1)
        return y

    def loss(
        self,
        images: Tensor,
        tokens: Tensor,
        attention_mask: Tensor | None = None,
        position_ids: Tensor | None = None,
    ) -> Tensor:
        """The symmetric loss of pairs: each image finds its text, each text its image.

        Args:
            images: (pairs, channels, image_size, image_size).
            tokens: (pairs, time), of which each is the text of the image at its place.
            attention_mask: (pairs, time), 1 for tokens and 0 for padding.
            position_ids: (pairs, time) or (time,); None for 0, 1, ….

        Raises:
            ValueError: there are not as many texts as images, or a shape does not fit.
        """
        u, v = self.vision(images), self.text(tokens, attention_mask, position_ids)
        u, v = gather_shares(u), gather_shares(v)  # (pairs, projection), of the whole batch
        y: Tensor = clip_loss(u, v, self.logit_scale.exp())
        return y

    def clamp_logit_scale(self, most: float = 100.0) -> None:
        """Keep the scale from exceeding 100: to be called after each step of the optimizer.

        So did the paper's training, to keep it stable; the loaded model computes without.

        Args:
            most: the largest scale.

        Source: Radford et al. (2021), section 2.5.
        """
        scale = self.logit_scale
        scale.data = scale.detach().clamp(max=math.log(most)).data
