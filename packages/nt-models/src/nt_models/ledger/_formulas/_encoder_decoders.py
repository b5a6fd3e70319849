"""The closed formulas of those that read a text and write another: T5, the Transformer."""

from __future__ import annotations

from collections.abc import Iterator

from ...t5 import T5, T5Config, T5Encoder
from ...transformer import Transformer
from .._records import Shape
from ._blocks import block, cross, of
from ._formula import Formula


def t5_stack(
    c: T5Config, at: str, layers: int, b: int, t: int, s: int | None = None
) -> Iterator[Formula]:
    i = c.heads * c.head_dim
    yield from block(f"{at}blocks", layers, b, t, c.width, 0, i)
    if s is not None:
        yield from cross(f"{at}blocks", layers, b, t, s, c.width, i)
    maps = 3 if c.gated else 2
    patterns = (f"{at}blocks.*.network.up.weight", f"{at}blocks.*.network.down.weight")
    macs = maps * b * t * c.width * c.hidden
    yield Formula("feed-forward", f"{maps} n w f", macs, layers, patterns)


def t5(model: T5, shapes: tuple[Shape, ...]) -> Iterator[Formula]:
    c, (b, s), (_, t) = model.config, shapes[0], shapes[1]
    for each in t5_stack(c, "encoder.", c.encoder_layers, b, s):
        yield of("encoder", each)
    for each in t5_stack(c, "decoder.", c.decoder_layers, b, t, s):
        yield of("decoder", each)
    patterns = ("encoder.embedding.weight", "head.weight")
    yield Formula("head", "n w V", b * t * c.width * c.vocab_size, 1, patterns)


def t5_encoder(model: T5Encoder, shapes: tuple[Shape, ...]) -> Iterator[Formula]:
    return t5_stack(model.config, "", model.config.encoder_layers, *shapes[0])


def transformer(model: Transformer, shapes: tuple[Shape, ...]) -> Iterator[Formula]:
    c, (b, s), (_, t) = model.config, shapes[0], shapes[1]
    for each in block("encoder", c.encoder_layers, b, s, c.width, c.hidden):
        yield of("encoder", each)
    for each in block("decoder", c.decoder_layers, b, t, c.width, c.hidden):
        yield of("decoder", each)
    for each in cross("decoder", c.decoder_layers, b, t, s, c.width, c.width):
        yield of("decoder", each)
    yield Formula("head", "n w V", b * t * c.width * c.vocab_size, 1, ("embedding.weight",))
