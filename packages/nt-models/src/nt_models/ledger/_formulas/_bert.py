"""The closed formulas of BERT and its heads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...bert import BERT, BERTConfig
from ...bert_heads import BERTForMaskedLM, BERTForPreTraining
from .._records import Shape
from ._blocks import block
from ._formula import Formula


def _bert(c: BERTConfig, shapes: tuple[Shape, ...], at: str = "") -> Iterator[Formula]:
    b, t = shapes[0]
    yield from block(f"{at}blocks", c.layers, b, t, c.width, c.inner_width)


def bert_alone(model: BERT, shapes: tuple[Shape, ...]) -> Iterator[Formula]:
    return _bert(model.config, shapes)


def bert_words(
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


def bert_classes(model: Any, shapes: tuple[Shape, ...]) -> Iterator[Formula]:
    c, (b, t) = model.config, shapes[0]
    yield from _bert(c, shapes, "bert.")
    w, classes = c.width, model.classifier.weight.shape[0]
    texts = model.bert.pooler is not None
    if texts:
        yield Formula("pooler", "b w²", b * w * w, 1, ("bert.pooler.weight",))
    rows, letter = (b, "b") if texts else (b * t, "n")
    expression = f"{letter} w classes"
    yield Formula("classifier", expression, rows * w * classes, 1, ("classifier.weight",))
