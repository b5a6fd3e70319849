"""The closed formulas of ViT, CLIP and the convolutional networks."""

from __future__ import annotations

from collections.abc import Iterator

from ..._clip_config import CLIPTextConfig, CLIPVisionConfig
from ...clip import CLIP
from ...vit import ViT, ViTEncoder
from .._records import Shape
from ._blocks import block
from ._convolutions import clip_resnet
from ._formula import Formula


def vit(model: ViT | ViTEncoder, shapes: tuple[Shape, ...]) -> Iterator[Formula]:
    c, (b, channels, high, wide) = model.config, shapes[0]
    at = "encoder." if isinstance(model, ViT) else ""
    size, w = c.patch_size, c.width
    patches = (high // size) * (wide // size)
    pixels = channels * size * size
    pattern = (f"{at}patch_embedding.weight",)
    yield Formula("patches", "b p (c patch²) w", b * patches * pixels * w, 1, pattern)
    t = patches + (c.pooling == "class")
    yield from block(f"{at}blocks", c.layers, b, t, w, c.inner_width)
    if isinstance(model, ViT):
        yield Formula("head", "b w classes", b * w * c.classes, 1, ("head.weight",))


def clip_text(c: CLIPTextConfig, shape: Shape, at: str = "") -> Iterator[Formula]:
    b, t = shape
    yield from block(f"{at}blocks", c.layers, b, t, c.width, c.inner_width)
    yield from _projection(c, b, at)


def clip_vision(c: CLIPVisionConfig, shape: Shape, at: str = "") -> Iterator[Formula]:
    b, channels, high, wide = shape
    patches = (high // c.patch) * (wide // c.patch)
    pixels = channels * c.patch**2
    pattern = (f"{at}patch_embedding.weight",)
    yield Formula("patches", "b p (c patch²) w", b * patches * pixels * c.width, 1, pattern)
    yield from block(f"{at}blocks", c.layers, b, patches + 1, c.width, c.inner_width)
    yield from _projection(c, b, at)


def _projection(c: CLIPTextConfig | CLIPVisionConfig, b: int, at: str) -> Iterator[Formula]:
    if c.projection is not None:
        macs = b * c.width * c.projection
        yield Formula("projection", "b w projection", macs, 1, (f"{at}projection.weight",))


def clip(model: CLIP, shapes: tuple[Shape, ...]) -> Iterator[Formula]:
    images, tokens = shapes[:2]
    seen = model.config.vision
    if isinstance(seen, CLIPVisionConfig):
        vision: Iterator[Formula] = clip_vision(seen, images, "vision.")
    else:
        vision = made(clip_resnet(seen, images, "vision."))
    text = clip_text(model.config.text, tokens, "text.")
    for tower, formulas in (("image", vision), ("text", text)):
        for each in formulas:
            yield Formula(
                f"{tower} {each.part}", each.expression, each.each, each.times, each.patterns
            )
    macs = images[0] * tokens[0] * model.config.projection
    yield Formula("similarities", "images texts projection", macs, 1, ("product",))


def made(lines: Iterator[tuple[str, str, int, tuple[str, ...]]]) -> Iterator[Formula]:
    return (Formula(part, text, macs, 1, patterns) for part, text, macs, patterns in lines)
