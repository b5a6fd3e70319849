"""ResNet: convolutions that learn what to add to their input, so a hundred of them still learn.

    images (batch, channels, height, width)
      -> stem: a 7x7 convolution of stride 2 and a max pool   (batch, stem_width, height/4, width/4)
               (for small pictures, "cifar": one 3x3 convolution, and the size is kept)
      -> stages, each a row of blocks  x = relu(shortcut(x) + convolutions(x))
               all but the first halve height and width       (batch, widths[i], h, w)
      -> the average of all places                            (batch, widths[-1])
      -> head                                                 (batch, classes)

A block's stride stands in its 3x3 convolution, not in the first 1x1 as in the paper
(`stride_in_1x1` brings that back): so does every published file today. With `preactivation` the
norm and the ReLU stand before each convolution, and nothing but sums on the way through.

Source: He, Zhang, Ren, Sun, Deep Residual Learning for Image Recognition (2016), table 1 and
section 4.2; Identity Mappings in Deep Residual Networks (2016); groups: Xie et al., Aggregated
Residual Transformations (2017); the zero at the end of a block: Goyal et al., Accurate, Large
Minibatch SGD (2017), section 5.1.
"""

from __future__ import annotations

from nt_autograd import Tensor, max_pool2d, pad, relu
from nt_nn import BatchNorm2d, Conv2d, Linear, Module, ModuleList, Sequential, init
from nt_tensor import Generator, default_generator, use_generator

from ._activations import activation
from ._resnet_config import ResNetConfig

__all__ = ["ResNet"]


class ResNet(Module):
    """ResNet, from images to logits.

    Args:
        config: the sizes.
        generator: draws the initial weights; the thread's default generator if None.

    Example:
        >>> from nt_autograd import randn
        >>> model = ResNet(ResNetConfig.preset("resnet20"))
        >>> model(randn(2, 3, 32, 32)).shape
        (2, 10)

    Source: He et al. (2016), section 3.3.
    """

    stem: Stem
    stages: ModuleList[Sequential]  # each a row of blocks
    norm: BatchNorm2d | None  # behind the last sum, with preactivation
    head: Linear | None  # weight (classes, widths[-1])

    def __init__(self, config: ResNetConfig, *, generator: Generator | None = None) -> None:
        self.config = c = config
        with use_generator(generator or default_generator()):
            self.stem = Stem(c)
            self.stages = ModuleList()
            width = c.stem_width
            for i, (depth, wider) in enumerate(zip(c.depths, c.widths, strict=True)):
                stride = 2 if i > 0 or c.stride_in_first_stage else 1
                kind = PreactBlock if c.preactivation else Block
                blocks = [kind(c, width, wider, stride, first=i == 0)]
                blocks += [kind(c, wider, wider) for _ in range(depth - 1)]
                self.stages.append(Sequential(*blocks))
                width = wider
            self.norm = norm(c, width) if c.preactivation else None
            self.head = None if c.classes is None else Linear(width, c.classes)
            self._initialise()

    def _initialise(self) -> None:
        """Convolutions by He's normal distribution, for what goes out of them."""
        for module in self.modules():
            if isinstance(module, Conv2d):
                init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            last = module.norms[-1].weight if isinstance(module, Block) else None
            if last is not None and self.config.zero_last_norm:
                init.zeros_(last)

    def forward(self, images: Tensor) -> Tensor:
        """Logits of the classes.

        Args:
            images: (batch, channels, height, width).

        Returns:
            (batch, classes); without head, the averages (batch, widths[-1]).

        Raises:
            ValueError: `images` has another number of axes or channels.
        """
        x = self.features(images)  # (batch, width, h, w)
        x = x.mean((2, 3))  # (batch, width)
        return x if self.head is None else self.head(x)

    def features(self, images: Tensor) -> Tensor:
        """What the last stage gives, (batch, widths[-1], h, w): the averages are one step away."""
        if images.ndim != 4 or images.shape[1] != self.config.channels:
            raise ValueError(
                f"images must be (batch, {self.config.channels}, height, width), got {images.shape}"
            )
        x = self.stem(images)  # (batch, stem_width, h, w)
        for stage in self.stages:
            x = stage(x)  # (batch, widths[i], h, w), half as high and wide from the second on
        return x if self.norm is None else activation(self.config.activation)(self.norm(x))


class Stem(Module):
    """What images pass first."""

    conv: Conv2d  # weight (stem_width, channels, 7, 7), or 3 and 3 in "cifar"
    norm: BatchNorm2d

    def __init__(self, config: ResNetConfig) -> None:
        self.large = config.stem == "imagenet"
        size, stride = (7, 2) if self.large else (3, 1)
        self.conv = conv(config.channels, config.stem_width, size, stride)
        self.norm = norm(config, config.stem_width)
        self.activation = activation(config.activation)

    def forward(self, images: Tensor) -> Tensor:
        """(batch, channels, height, width) to (batch, stem_width, h, w)."""
        x = self.activation(self.norm(self.conv(images)))
        return max_pool2d(x, 3, 2, 1) if self.large else x


class Block(Module):
    """Convolutions, each with its norm, whose result is added to what came in."""

    convs: ModuleList[Conv2d]  # basic: two of 3x3; bottleneck: 1x1, 3x3, 1x1
    norms: ModuleList[BatchNorm2d]  # one behind each
    shortcut: Module | None  # what brings the input into the shape of the result

    def __init__(
        self, config: ResNetConfig, width: int, wider: int, stride: int = 1, first: bool = False
    ) -> None:
        c, inner = config, config.inner(wider)
        if c.block == "basic":
            self.convs = ModuleList([conv(width, wider, 3, stride), conv(wider, wider, 3)])
        else:
            strides = (stride, 1) if c.stride_in_1x1 else (1, stride)
            self.convs = ModuleList([
                conv(width, inner, 1, strides[0]),
                conv(inner, inner, 3, strides[1], c.groups),
                conv(inner, wider, 1),
            ])  # fmt: skip
        self.norms = self.make_norms(c, first)
        self.shortcut = None
        if stride > 1 or width != wider:
            self.shortcut = self.make_shortcut(c, width, wider, stride)
        self.activation = activation(c.activation)

    def make_norms(self, config: ResNetConfig, first: bool) -> ModuleList[BatchNorm2d]:
        """A norm for what each convolution gives."""
        return ModuleList(norm(config, each.out_channels) for each in self.convs)

    def make_shortcut(self, config: ResNetConfig, width: int, wider: int, stride: int) -> Module:
        """A way for the input into the shape (wider, h / stride, w / stride)."""
        if config.shortcut == "padding":
            return Padding(stride, wider - width)
        return Sequential(conv(width, wider, 1, stride), norm(config, wider))

    def forward(self, x: Tensor) -> Tensor:
        """(batch, width, h, w) to (batch, wider, h / stride, w / stride)."""
        y, last = x, len(self.convs) - 1
        for i, (convolution, normalise) in enumerate(zip(self.convs, self.norms, strict=True)):
            y = normalise(convolution(y))  # (batch, inner or wider, h or h / stride, …)
            y = relu(y) if i < last else y
        x = x if self.shortcut is None else self.shortcut(x)
        return self.activation(x + y)


class PreactBlock(Block):
    """The same with norm and activation before each convolution, so that the sum passes as it is.

    The network's first block finds them done by the stem. A projection reads what they give too.
    """

    def make_norms(self, config: ResNetConfig, first: bool) -> ModuleList[BatchNorm2d]:
        """A norm for what each convolution reads."""
        convs = list(self.convs)[1:] if first else self.convs
        return ModuleList(norm(config, each.in_channels) for each in convs)

    def make_shortcut(self, config: ResNetConfig, width: int, wider: int, stride: int) -> Module:
        """As in `Block`, but a projection has no norm."""
        if config.shortcut == "padding":
            return Padding(stride, wider - width)
        return conv(width, wider, 1, stride)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, width, h, w) to (batch, wider, h / stride, w / stride)."""
        norms, y = list(self.norms), x
        if len(norms) == len(self.convs):
            y = self.activation(norms.pop(0)(x))
        if self.shortcut is not None:
            x = self.shortcut(x if isinstance(self.shortcut, Padding) else y)
        y = self.convs[0](y)
        for normalise, convolution in zip(norms, list(self.convs)[1:], strict=True):
            y = convolution(self.activation(normalise(y)))  # (batch, inner or wider, …)
        return x + y


class Padding(Module):
    """Option A: every `stride`-th place, and channels of zeros behind the others."""

    def __init__(self, stride: int, more: int) -> None:
        self.stride = stride
        self.more = more

    def forward(self, x: Tensor) -> Tensor:
        """(batch, width, h, w) to (batch, width + more, h / stride, w / stride)."""
        y: Tensor = pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.more))
        return y


def conv(width: int, wider: int, size: int, stride: int = 1, groups: int = 1) -> Conv2d:
    """A convolution that keeps the size, but for its stride; the norm behind it has the bias."""
    return Conv2d(width, wider, size, stride, size // 2, groups=groups, bias=False)


def norm(config: ResNetConfig, width: int) -> BatchNorm2d:
    """A batch norm as the config wants it."""
    return BatchNorm2d(width, config.norm_eps, config.norm_momentum)
