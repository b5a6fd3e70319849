"""The closed formulas of the architectures' matrix products, written down from their papers.

Letters: b batch, t tokens, s tokens that are read (n = b t, m = b s), w width, h heads, k heads of
keys, d width of a head, f inner width, V vocabulary, L layers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from nt_nn import Module

from ...bert import BERT
from ...bert_heads import (
    BERTForMaskedLM,
    BERTForNextSentencePrediction,
    BERTForPreTraining,
    BERTForQuestionAnswering,
    BERTForSequenceClassification,
    BERTForTokenClassification,
)
from ...clip import CLIP
from ...clip_resnet import CLIPResNet
from ...clip_towers import CLIPText, CLIPVision
from ...gpt2 import GPT2
from ...modern import Modern
from ...resnet import ResNet
from ...t5 import T5, T5Encoder
from ...transformer import Transformer
from ...vit import ViT, ViTEncoder
from .._records import Shape
from ._bert import bert_alone, bert_classes, bert_words
from ._convolutions import clip_resnet, resnet
from ._decoders import gpt2, modern
from ._encoder_decoders import t5, t5_encoder, transformer
from ._formula import Formula
from ._vision import clip, clip_text, clip_vision, made, vit

RULES: dict[type[Module], Callable[[Any, tuple[Shape, ...]], Iterator[Formula]]] = {
    GPT2: gpt2,
    BERT: bert_alone,
    BERTForMaskedLM: bert_words,
    BERTForPreTraining: bert_words,
    BERTForNextSentencePrediction: bert_classes,
    BERTForQuestionAnswering: bert_classes,
    BERTForSequenceClassification: bert_classes,
    BERTForTokenClassification: bert_classes,
    ViT: vit,
    ViTEncoder: vit,
    CLIP: clip,
    CLIPText: lambda model, shapes: clip_text(model.config, shapes[0]),
    CLIPVision: lambda model, shapes: clip_vision(model.config, shapes[0]),
    CLIPResNet: lambda model, shapes: made(clip_resnet(model.config, shapes[0])),
    ResNet: lambda model, shapes: made(resnet(model.config, shapes[0])),
    Modern: modern,
    T5: t5,
    T5Encoder: t5_encoder,
    Transformer: transformer,
}


def formulas_of(model: Module, shapes: tuple[Shape, ...]) -> tuple[Formula, ...]:
    """The formulas of a model for inputs of these shapes; none where it is not known here."""
    rule = next((rule for kind, rule in RULES.items() if type(model) is kind), None)
    return () if rule is None else tuple(rule(model, shapes))
