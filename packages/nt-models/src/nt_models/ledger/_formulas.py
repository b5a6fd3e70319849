"""The closed formulas of the architectures' matrix products, written down from their papers.

Letters: b batch, t tokens, s tokens that are read (n = b t, m = b s), w width, h heads, k heads of
keys, d width of a head, f inner width, V vocabulary, L layers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from nt_nn import Module

from .._clip_config import CLIPTextConfig, CLIPVisionConfig
from ..bert import BERT, BERTConfig
from ..bert_heads import (
    BERTForMaskedLM,
    BERTForNextSentencePrediction,
    BERTForPreTraining,
    BERTForQuestionAnswering,
    BERTForSequenceClassification,
    BERTForTokenClassification,
)
from ..clip import CLIP
from ..clip_resnet import CLIPResNet
from ..clip_towers import CLIPText, CLIPVision
from ..gpt2 import GPT2
from ..modern import Modern
from ..resnet import ResNet
from ..t5 import T5, T5Config, T5Encoder
from ..transformer import Transformer
from ..vit import ViT, ViTEncoder
from ._images import clip_resnet, resnet
from ._records import Shape

__all__ = ["Formula", "formulas_of", "matches"]


@dataclass(frozen=True)
class Formula:
    """A closed formula, and which of the counted products it is about.

    Attributes:
        part: what it counts.
        expression: the formula for one of them.
        each: its value, in multiply-accumulates.
        times: how many there are.
        patterns: match the names of these products.

    Example:
        >>> Formula("feed-forward", "2 t d f", each=48, times=2, patterns=("*.up",)).times
        2
    """

    part: str
    expression: str
    each: int
    times: int
    patterns: tuple[str, ...]

    @property
    def macs(self) -> int:
        """The multiply-accumulates of all of them."""
        return self.each * self.times


def matches(name: str, patterns: tuple[str, ...]) -> bool:
    """Whether a product's name matches one of the patterns."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def formulas_of(model: Module, shapes: tuple[Shape, ...]) -> tuple[Formula, ...]:
    """The formulas of a model for inputs of these shapes; none where it is not known here."""
    rule = next((rule for kind, rule in RULES.items() if type(model) is kind), None)
    return () if rule is None else tuple(rule(model, shapes))


def _block(
    at: str, layers: int, b: int, t: int, w: int, f: int, inner: int | None = None
) -> Iterator[Formula]:
    """A Transformer's blocks whose queries, keys and values are one product (`inner` = h d)."""
    i, n = w if inner is None else inner, b * t
    hd = "w" if inner is None else "h d"
    square = "w²" if inner is None else "w h d"
    yield Formula("QKV", f"3 n {square}", 3 * n * w * i, layers, (f"{at}.*.attention.qkv.weight",))
    yield from _scores(f"{at}.*.attention", hd, layers, n, t, i)
    yield Formula("output", f"n {square}", n * i * w, layers, (f"{at}.*.attention.out.weight",))
    if f:
        both = (f"{at}.*.up.weight", f"{at}.*.down.weight")
        yield Formula("feed-forward", "2 n w f", 2 * n * w * f, layers, both)


def _scores(
    at: str, hd: str, layers: int, n: int, s: int, i: int, what: str = "", keys: str = "t"
) -> Iterator[Formula]:
    for product in ("QKᵀ", "AV"):
        name = f"{what} {product}".strip()
        yield Formula(name, f"n {keys} {hd}", n * s * i, layers, (f"{at}.{product}",))


def _cross(at: str, layers: int, b: int, t: int, s: int, w: int, i: int) -> Iterator[Formula]:
    """The decoder's attention to what was read."""
    n, m = b * t, b * s
    yield Formula("cross query", "n w h d", n * w * i, layers, (f"{at}.*.cross.query.weight",))
    pattern = (f"{at}.*.cross.key_value.weight",)
    yield Formula("cross key and value", "2 m w h d", 2 * m * w * i, layers, pattern)
    yield from _scores(f"{at}.*.cross", "h d", layers, n, s, i, "cross", "s")
    yield Formula("cross output", "n h d w", n * i * w, layers, (f"{at}.*.cross.out.weight",))


def _gpt2(model: GPT2, shapes: tuple[Shape, ...]) -> Iterator[Formula]:
    c, (b, t) = model.config, shapes[0]
    yield from _block("blocks", c.layers, b, t, c.width, c.inner or 4 * c.width)
    head = b * t * c.width * c.vocab_size
    yield Formula("head", "n w V", head, 1, ("token_embedding.weight",))


def _bert(c: BERTConfig, shapes: tuple[Shape, ...], at: str = "") -> Iterator[Formula]:
    b, t = shapes[0]
    yield from _block(f"{at}blocks", c.layers, b, t, c.width, c.inner_width)


def _bert_alone(model: BERT, shapes: tuple[Shape, ...]) -> Iterator[Formula]:
    return _bert(model.config, shapes)


def _bert_words(
    model: BERTForMaskedLM | BERTForPreTraining, shapes: tuple[Shape, ...]
) -> Iterator[Formula]:
    c, (b, t) = model.config, shapes[0]
    yield from _bert(c, shapes, "bert.")
    n, w = b * t, c.width
    yield Formula("head's layer", "n w²", n * w * w, 1, ("head.transform.weight",))
    patterns = ("bert.token_embedding.weight", "head.decoder.weight")
    yield Formula("head", "n w V", n * w * c.vocab_size, 1, patterns)
    if isinstance(model, BERTForPreTraining):
        yield Formula("pooler", "b w²", b * w * w, 1, ("bert.pooler.weight",))
        yield Formula("next sentence", "2 b w", 2 * b * w, 1, ("classifier.weight",))


def _bert_classes(model: Any, shapes: tuple[Shape, ...]) -> Iterator[Formula]:
    c, (b, t) = model.config, shapes[0]
    yield from _bert(c, shapes, "bert.")
    w, classes = c.width, model.classifier.weight.shape[0]
    texts = model.bert.pooler is not None
    if texts:
        yield Formula("pooler", "b w²", b * w * w, 1, ("bert.pooler.weight",))
    rows, letter = (b, "b") if texts else (b * t, "n")
    expression = f"{letter} w classes"
    yield Formula("classifier", expression, rows * w * classes, 1, ("classifier.weight",))


def _vit(model: ViT | ViTEncoder, shapes: tuple[Shape, ...]) -> Iterator[Formula]:
    c, (b, channels, high, wide) = model.config, shapes[0]
    at = "encoder." if isinstance(model, ViT) else ""
    size, w = c.patch_size, c.width
    patches = (high // size) * (wide // size)
    pixels = channels * size * size
    pattern = (f"{at}patch_embedding.weight",)
    yield Formula("patches", "b p (c patch²) w", b * patches * pixels * w, 1, pattern)
    t = patches + (c.pooling == "class")
    yield from _block(f"{at}blocks", c.layers, b, t, w, c.inner_width)
    if isinstance(model, ViT):
        yield Formula("head", "b w classes", b * w * c.classes, 1, ("head.weight",))


def _clip_text(c: CLIPTextConfig, shape: Shape, at: str = "") -> Iterator[Formula]:
    b, t = shape
    yield from _block(f"{at}blocks", c.layers, b, t, c.width, c.inner_width)
    yield from _projection(c, b, at)


def _clip_vision(c: CLIPVisionConfig, shape: Shape, at: str = "") -> Iterator[Formula]:
    b, channels, high, wide = shape
    patches = (high // c.patch) * (wide // c.patch)
    pixels = channels * c.patch**2
    pattern = (f"{at}patch_embedding.weight",)
    yield Formula("patches", "b p (c patch²) w", b * patches * pixels * c.width, 1, pattern)
    yield from _block(f"{at}blocks", c.layers, b, patches + 1, c.width, c.inner_width)
    yield from _projection(c, b, at)


def _projection(c: CLIPTextConfig | CLIPVisionConfig, b: int, at: str) -> Iterator[Formula]:
    if c.projection is not None:
        macs = b * c.width * c.projection
        yield Formula("projection", "b w projection", macs, 1, (f"{at}projection.weight",))


def _clip(model: CLIP, shapes: tuple[Shape, ...]) -> Iterator[Formula]:
    images, tokens = shapes[:2]
    seen = model.config.vision
    if isinstance(seen, CLIPVisionConfig):
        vision: Iterator[Formula] = _clip_vision(seen, images, "vision.")
    else:
        vision = _made(clip_resnet(seen, images, "vision."))
    text = _clip_text(model.config.text, tokens, "text.")
    for tower, formulas in (("image", vision), ("text", text)):
        for each in formulas:
            yield Formula(
                f"{tower} {each.part}", each.expression, each.each, each.times, each.patterns
            )
    macs = images[0] * tokens[0] * model.config.projection
    yield Formula("similarities", "images texts projection", macs, 1, ("product",))


def _t5_stack(
    c: T5Config, at: str, layers: int, b: int, t: int, s: int | None = None
) -> Iterator[Formula]:
    i = c.heads * c.head_dim
    yield from _block(f"{at}blocks", layers, b, t, c.width, 0, i)
    if s is not None:
        yield from _cross(f"{at}blocks", layers, b, t, s, c.width, i)
    maps = 3 if c.gated else 2
    patterns = (f"{at}blocks.*.network.up.weight", f"{at}blocks.*.network.down.weight")
    macs = maps * b * t * c.width * c.hidden
    yield Formula("feed-forward", f"{maps} n w f", macs, layers, patterns)


def _t5(model: T5, shapes: tuple[Shape, ...]) -> Iterator[Formula]:
    c, (b, s), (_, t) = model.config, shapes[0], shapes[1]
    for each in _t5_stack(c, "encoder.", c.encoder_layers, b, s):
        yield _of("encoder", each)
    for each in _t5_stack(c, "decoder.", c.decoder_layers, b, t, s):
        yield _of("decoder", each)
    patterns = ("encoder.embedding.weight", "head.weight")
    yield Formula("head", "n w V", b * t * c.width * c.vocab_size, 1, patterns)


def _t5_encoder(model: T5Encoder, shapes: tuple[Shape, ...]) -> Iterator[Formula]:
    return _t5_stack(model.config, "", model.config.encoder_layers, *shapes[0])


def _transformer(model: Transformer, shapes: tuple[Shape, ...]) -> Iterator[Formula]:
    c, (b, s), (_, t) = model.config, shapes[0], shapes[1]
    for each in _block("encoder", c.encoder_layers, b, s, c.width, c.hidden):
        yield _of("encoder", each)
    for each in _block("decoder", c.decoder_layers, b, t, c.width, c.hidden):
        yield _of("decoder", each)
    for each in _cross("decoder", c.decoder_layers, b, t, s, c.width, c.width):
        yield _of("decoder", each)
    yield Formula("head", "n w V", b * t * c.width * c.vocab_size, 1, ("embedding.weight",))


def _modern(model: Modern, shapes: tuple[Shape, ...]) -> Iterator[Formula]:
    c, (b, t) = model.config, shapes[0]
    n, w, f = b * t, c.width, c.hidden
    mambas = sum(c.mixer(i) == "mamba" for i in range(c.layers))
    layers, hd, kd = c.layers - mambas, c.heads * c.head_width, c.key_heads * c.head_width
    at = "blocks.*.attention"
    if layers:
        rows = hd + 2 * kd
        yield Formula("QKV", "n w (h + 2 k) d", n * w * rows, layers, (f"{at}.qkv.weight",))
        yield from _scores(at, "h d", layers, n, t, hd)
    if mambas:
        yield from _mamba(n, w, c.expand * w, c.state, c.kernel, mambas)
    outputs = layers * n * hd * w + mambas * n * c.expand * w * w
    yield Formula("output", "n h d w" if layers else "n w c", outputs, 1, (f"{at}.out.weight",))
    within = "blocks.*.feed_forward.experts.*" if c.experts else "blocks.*.feed_forward"
    patterns = tuple([f"{within}.{name}.weight" for name in ("gate", "up", "down")])
    if c.experts:
        router = ("blocks.*.feed_forward.router.weight",)
        yield Formula("router", "n w experts", n * w * c.experts, c.layers, router)
        macs = c.experts_per_token * 3 * n * w * f
        yield Formula("experts", "chosen 3 n w f", macs, c.layers, patterns)
    else:
        yield Formula("feed-forward", "3 n w f", 3 * n * w * f, c.layers, patterns)
    patterns = ("head.weight", "token_embedding.weight")
    yield Formula("head", "n w V", n * w * c.vocab_size, 1, patterns)


def _mamba(n: int, w: int, c: int, state: int, kernel: int, layers: int) -> Iterator[Formula]:
    """Mamba's products over c channels, but for the last (r = w / 16, rounded up)."""
    at, rank = "blocks.*.attention", -(-w // 16)
    for part, expression, macs, name in (
        ("Mamba into", "2 n w c", 2 * n * w * c, "into.weight"),
        ("Mamba convolution", "n c kernel", n * c * kernel, "conv.weight"),
        ("Mamba select", "n c (r + 2 state)", n * c * (rank + 2 * state), "select.weight"),
        ("Mamba step", "n r c", n * rank * c, "step.weight"),
        ("Mamba readout", "n c state", n * c * state, "product"),
    ):
        yield Formula(part, expression, macs, layers, (f"{at}.{name}",))


def _of(stack: str, formula: Formula) -> Formula:
    f = formula
    return Formula(f"{stack} {f.part}", f.expression, f.each, f.times, f.patterns)


def _made(lines: Iterator[tuple[str, str, int, tuple[str, ...]]]) -> Iterator[Formula]:
    return (Formula(part, text, macs, 1, patterns) for part, text, macs, patterns in lines)


RULES: dict[type[Module], Callable[[Any, tuple[Shape, ...]], Iterator[Formula]]] = {
    GPT2: _gpt2,
    BERT: _bert_alone,
    BERTForMaskedLM: _bert_words,
    BERTForPreTraining: _bert_words,
    BERTForNextSentencePrediction: _bert_classes,
    BERTForQuestionAnswering: _bert_classes,
    BERTForSequenceClassification: _bert_classes,
    BERTForTokenClassification: _bert_classes,
    ViT: _vit,
    ViTEncoder: _vit,
    CLIP: _clip,
    CLIPText: lambda model, shapes: _clip_text(model.config, shapes[0]),
    CLIPVision: lambda model, shapes: _clip_vision(model.config, shapes[0]),
    CLIPResNet: lambda model, shapes: _made(clip_resnet(model.config, shapes[0])),
    ResNet: lambda model, shapes: _made(resnet(model.config, shapes[0])),
    Modern: _modern,
    T5: _t5,
    T5Encoder: _t5_encoder,
    Transformer: _transformer,
}
