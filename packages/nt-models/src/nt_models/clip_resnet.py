"""The ResNet that reads CLIP's images: three convolutions first, averages before every stride.

    images (batch, channels, size, size)
      -> three 3x3 convolutions, the first of stride 2; average of 2x2  (batch, width, size/4, …)
      -> four stages of bottlenecks, 4, 8, 16, 32 times as wide   (batch, 32 width, size/32, …)
      -> attention of the mean place to all places, projection    (batch, projection)

It departs from `resnet.py` in all three: a stem of three convolutions (ResNet-D), strides as
averages, in the shortcut too, so that no place goes unseen, and attention where the average was.

Source: Radford et al., Learning Transferable Visual Models From Natural Language Supervision
(2021), section 2.4; He et al., Bag of Tricks for Image Classification (2019), figure 2; Zhang,
Making Convolutional Networks Shift-Invariant Again (2019).
"""

from __future__ import annotations

from nt_autograd import Tensor, avg_pool2d, concat, relu, scaled_dot_product_attention
from nt_nn import BatchNorm2d, Conv2d, Linear, Module, ModuleList, Parameter, Sequential, init
from nt_tensor import Generator, default_generator, empty, float32, use_generator

from ._clip_config import CLIPResNetConfig

__all__ = ["CLIPResNet"]


class CLIPResNet(Module):
    """CLIP's ResNet tower, from images to features.

    Args:
        config: the sizes.
        generator: draws the initial weights; the thread's default generator if None.

    Example:
        >>> from nt_autograd import randn
        >>> config = CLIPResNetConfig((1, 1, 1, 1), width=4, projection=8, image_size=64)
        >>> CLIPResNet(config)(randn(2, 3, 64, 64)).shape
        (2, 8)

    Source: Radford et al. (2021), section 2.4.
    """

    stem: ModuleList[Conv2d]  # three
    stem_norms: ModuleList[BatchNorm2d]
    stages: ModuleList[Sequential]
    pool: AttentionPool

    def __init__(self, config: CLIPResNetConfig, *, generator: Generator | None = None) -> None:
        self.config = c = config
        with use_generator(generator or default_generator()):
            widths = (c.channels, c.width // 2, c.width // 2, c.width)
            self.stem = ModuleList(
                Conv2d(widths[i], widths[i + 1], 3, 1 if i else 2, 1, bias=False) for i in range(3)
            )
            self.stem_norms = ModuleList(BatchNorm2d(width) for width in widths[1:])
            self.stages = ModuleList()
            width = c.width
            for i, depth in enumerate(c.depths):
                inner = c.width * 2**i
                blocks = [Bottleneck(width, inner, 2 if i else 1)]
                blocks += [Bottleneck(4 * inner, inner) for _ in range(depth - 1)]
                self.stages.append(Sequential(*blocks))
                width = 4 * inner
            self.pool = AttentionPool(c.image_size // 32, width, c.head_count, c.projection)
        if c.zero_last_norm:
            for module in self.modules():
                last = module.norms[-1].weight if isinstance(module, Bottleneck) else None
                if last is not None:
                    init.zeros_(last)

    def forward(self, images: Tensor) -> Tensor:
        """The features of images, not normalised.

        Args:
            images: (batch, channels, image_size, image_size).

        Returns:
            (batch, projection).

        Raises:
            ValueError: `images` has another shape.
        """
        return self.pool(self.hidden(images))

    def hidden(self, images: Tensor) -> Tensor:
        """What the last stage gives, (batch, 32 width, image_size / 32, image_size / 32)."""
        c = self.config
        if images.shape[1:] != (c.channels, c.image_size, c.image_size):
            raise ValueError(
                f"images must be (batch, {c.channels}, {c.image_size}, {c.image_size}), "
                f"got {images.shape}"
            )
        x: Tensor = images
        for conv, norm in zip(self.stem, self.stem_norms, strict=True):
            x = relu(norm(conv(x)))  # (batch, width / 2 or width, size / 2, size / 2)
        x = avg_pool2d(x, 2)  # (batch, width, size / 4, size / 4)
        for stage in self.stages:
            x = stage(x)  # (batch, 4 2^i width, size / 4 / 2^i, …)
        return x


class Bottleneck(Module):
    """1x1 to fewer channels, 3x3, an average for the stride, 1x1 to four times as many."""

    convs: ModuleList[Conv2d]  # 1x1, 3x3, 1x1, all of stride 1
    norms: ModuleList[BatchNorm2d]
    shortcut: Sequential | None  # 1x1 convolution and norm, behind the same average

    def __init__(self, width: int, inner: int, stride: int = 1) -> None:
        wider = 4 * inner
        self.stride = stride
        self.convs = ModuleList([
            Conv2d(width, inner, 1, bias=False),
            Conv2d(inner, inner, 3, 1, 1, bias=False),
            Conv2d(inner, wider, 1, bias=False),
        ])  # fmt: skip
        self.norms = ModuleList(BatchNorm2d(n) for n in (inner, inner, wider))
        self.shortcut = None
        if stride > 1 or width != wider:
            self.shortcut = Sequential(Conv2d(width, wider, 1, bias=False), BatchNorm2d(wider))

    def forward(self, x: Tensor) -> Tensor:
        """(batch, width, h, w) to (batch, 4 inner, h / stride, w / stride)."""
        y = relu(self.norms[0](self.convs[0](x)))  # (batch, inner, h, w)
        y = relu(self.norms[1](self.convs[1](y)))  # (batch, inner, h, w)
        y = self.norms[2](self.convs[2](self._strided(y)))  # (batch, 4 inner, h / stride, …)
        x = x if self.shortcut is None else self.shortcut(self._strided(x))
        z: Tensor = relu(x + y)
        return z

    def _strided(self, x: Tensor) -> Tensor:
        y: Tensor = avg_pool2d(x, self.stride) if self.stride > 1 else x
        return y


class AttentionPool(Module):
    """The mean of all places asks all places, and what it gathers is projected."""

    position_embedding: Parameter  # (1 + places, width)
    query: Linear  # weight (width, width)
    key: Linear  # weight (width, width)
    value: Linear  # weight (width, width)
    out: Linear  # weight (projection, width)

    def __init__(self, side: int, width: int, heads: int, projection: int) -> None:
        self.heads = heads
        self.position_embedding = Parameter(empty((1 + side * side, width), float32))
        self.query, self.key, self.value = (Linear(width, width) for _ in range(3))
        self.out = Linear(width, projection)
        init.normal_(self.position_embedding, std=width**-0.5)
        for layer in (self.query, self.key, self.value, self.out):
            init.normal_(layer.weight, std=width**-0.5)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, width, side, side) to (batch, projection)."""
        x = x.reshape(*x.shape[:2], -1).transpose(1, 2)  # (batch, places, width)
        x = concat([x.mean(1, keepdim=True), x], 1) + self.position_embedding
        q = self._in_heads(self.query(x[:, :1]))  # (batch, heads, 1, width / heads)
        k, v = self._in_heads(self.key(x)), self._in_heads(self.value(x))
        y = scaled_dot_product_attention(q, k, v)  # (batch, heads, 1, width / heads)
        return self.out(y.reshape(y.shape[0], -1))

    def _in_heads(self, x: Tensor) -> Tensor:
        """(batch, places, width) as (batch, heads, places, width / heads)."""
        parted: Tensor = x.reshape(*x.shape[:2], self.heads, -1).transpose(1, 2)
        return parted
