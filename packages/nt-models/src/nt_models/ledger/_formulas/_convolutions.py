"""The closed formulas of the convolutional networks: output places x kernel x channels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from ..._clip_config import CLIPResNetConfig
from ..._resnet_config import ResNetConfig
from .._records import Shape

Line: TypeAlias = tuple[str, str, int, tuple[str, ...]]

EXPRESSION = "b Σ h w kernel² in out / groups"


def resnet(c: ResNetConfig, shape: Shape) -> Iterator[Line]:
    """What stem, stages and head of a ResNet take, in multiply-accumulates."""
    b, channels, *size = shape
    high, wide = size
    large = c.stem == "imagenet"
    kernel, stride = (7, 2) if large else (3, 1)
    high, wide = _halved(high, stride), _halved(wide, stride)
    macs = b * high * wide * kernel**2 * channels * c.stem_width
    yield "stem", "b h w kernel² in out", macs, ("stem.conv.weight",)
    if large:
        high, wide = _halved(high, 2), _halved(wide, 2)
    width = c.stem_width
    for i, (depth, wider) in enumerate(zip(c.depths, c.widths, strict=True)):
        convs = shortcuts = 0
        for block in range(depth):
            stride = 2 if block == 0 and (i > 0 or c.stride_in_first_stage) else 1
            before = high * wide
            high, wide = _halved(high, stride), _halved(wide, stride)
            after, inner = high * wide, c.inner(wider)
            if c.block == "basic":
                convs += after * 9 * (width + wider) * wider
            else:
                first = after if c.stride_in_1x1 else before
                convs += first * width * inner + after * inner * wider
                convs += after * 9 * inner * inner // c.groups
            if c.shortcut == "projection" and (stride > 1 or width != wider):
                shortcuts += after * width * wider
            width = wider
        yield f"stage {i}", EXPRESSION, b * convs, (f"stages.{i}.*.convs.*.weight",)
        if shortcuts:
            at = f"stages.{i}.*.shortcut"
            patterns = (f"{at}.weight", f"{at}.0.weight")
            yield f"stage {i} shortcut", "b h w in out", b * shortcuts, patterns
    if c.classes is not None:
        yield "head", "b in classes", b * width * c.classes, ("head.weight",)


def clip_resnet(c: CLIPResNetConfig, shape: Shape, at: str = "") -> Iterator[Line]:
    """What stem, stages and pooling of CLIP's ResNet take, in multiply-accumulates."""
    b, channels, high, wide = shape
    area, w = (high // 2) * (wide // 2), c.width
    stem = channels * w // 2 + (w // 2) ** 2 + w // 2 * w
    yield "stem", EXPRESSION, b * area * 9 * stem, (f"{at}stem.*.weight",)
    area //= 4
    width = w
    for i, depth in enumerate(c.depths):
        inner = w * 2**i
        convs = shortcuts = 0
        for block in range(depth):
            before = area
            if i and block == 0:
                area //= 4
            # the 3x3 runs before its stride's average, the last 1x1 behind it
            convs += before * (width * inner + 9 * inner * inner) + area * inner * 4 * inner
            if block == 0:
                shortcuts += area * width * 4 * inner
            width = 4 * inner
        yield f"stage {i}", EXPRESSION, b * convs, (f"{at}stages.{i}.*.convs.*.weight",)
        patterns = (f"{at}stages.{i}.*.shortcut.0.weight",)
        yield f"stage {i} shortcut", "b h w in out", b * shortcuts, patterns
    places = 1 + area
    query, both = b * width * width, 2 * b * places * width * width
    yield "pool query", "b w²", query, (f"{at}pool.query.weight",)
    keys = (f"{at}pool.key.weight", f"{at}pool.value.weight")
    yield "pool key and value", "2 b places w²", both, keys
    for product in ("QKᵀ", "AV"):
        yield f"pool {product}", "b places w", b * places * width, (f"{at}pool.{product}",)
    yield "pool output", "b w projection", b * width * c.projection, (f"{at}pool.out.weight",)


def _halved(size: int, stride: int) -> int:
    """What an odd kernel, padded by half of itself, leaves of a size."""
    return (size - 1) // stride + 1
