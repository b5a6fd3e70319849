"""BERT's published weights and configs, as Google and Hugging Face name them, beside ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nt_nn import Module

from nt_models.bert import BERT, BERTConfig
from nt_models.bert_heads import (
    BERTForMaskedLM,
    BERTForNextSentencePrediction,
    BERTForPreTraining,
    BERTForQuestionAnswering,
    BERTForSequenceClassification,
    BERTForTokenClassification,
)

from ._architecture import Architecture, Settle, as_told, has_pooler, read_options
from ._labels import read_labels, write_labels
from ._table import COPIED, IGNORED, REPEATED, Line, Table, stacked

__all__ = ["ARCHITECTURES"]

OPTIONS = {  # published -> ours
    "vocab_size": "vocab_size",
    "max_position_embeddings": "context",
    "num_hidden_layers": "layers",
    "num_attention_heads": "heads",
    "hidden_size": "width",
    "intermediate_size": "inner",
    "type_vocab_size": "token_types",
    "hidden_act": "activation",
    "layer_norm_eps": "eps",
    "hidden_dropout_prob": "dropout",
    "attention_probs_dropout_prob": "attention_dropout",
    "classifier_dropout": "classifier_dropout",
    "pad_token_id": "pad_token",
    "tie_word_embeddings": "tied",
}
DEFAULTS = {
    "intermediate_size": 3072,
    "type_vocab_size": 2,
    "hidden_act": "gelu",
    "layer_norm_eps": 1e-12,
    "hidden_dropout_prob": 0.1,
    "attention_probs_dropout_prob": 0.1,
    "classifier_dropout": None,
    "pad_token_id": 0,
    "tie_word_embeddings": True,
}
UNUSED = (  # of the first published files, and read by no program since
    "directionality",
    "pooler_fc_size",
    "pooler_num_attention_heads",
    "pooler_num_fc_layers",
    "pooler_size_per_head",
    "pooler_type",
)


def read_config(published: Mapping[str, Any]) -> BERTConfig:
    """A published config as ours."""
    only = {"position_embedding_type": ("absolute",)}
    options = read_options(published, OPTIONS, defaults=DEFAULTS, only=only, unused=UNUSED)
    return BERTConfig(**options, labels=read_labels(published))


def write_config(config: BERTConfig) -> dict[str, Any]:
    """Our config as a published one."""
    written = {published: getattr(config, ours) for published, ours in OPTIONS.items()}
    return {**written, "intermediate_size": config.inner_width, **write_labels(config.labels)}


def trunk(ours: str, pooler: bool) -> list[Line]:
    """The names of `BERT`'s own weights; `ours` stands before its names."""
    layer, block = "bert.encoder.layer.*", f"{ours}blocks.*"
    qkv = stacked(*(f"{layer}.attention.self.{part}" for part in ("query", "key", "value")))
    return [
        ("bert.embeddings.word_embeddings", f"{ours}token_embedding"),
        ("bert.embeddings.position_embeddings", f"{ours}position_embedding"),
        ("bert.embeddings.token_type_embeddings", f"{ours}token_type_embedding"),
        ("bert.embeddings.LayerNorm", f"{ours}norm"),
        (qkv, f"{block}.attention.qkv"),
        (f"{layer}.attention.output.dense", f"{block}.attention.out"),
        (f"{layer}.attention.output.LayerNorm", f"{block}.norm1"),
        (f"{layer}.intermediate.dense", f"{block}.up"),
        (f"{layer}.output.dense", f"{block}.down"),
        (f"{layer}.output.LayerNorm", f"{block}.norm2"),
        ("bert.pooler.dense", f"{ours}pooler" if pooler else IGNORED),
        ("bert.embeddings.position_ids", IGNORED),  # 0, 1, … as older files hold them
    ]


def words(config: BERTConfig) -> list[Line]:
    """The names of the head that predicts tokens."""
    head: list[Line] = [
        ("cls.predictions.transform.dense", "head.transform"),
        ("cls.predictions.transform.LayerNorm", "head.norm"),
    ]
    if not config.tied:
        return [
            *head,
            ("cls.predictions.decoder", "head.decoder"),
            ("cls.predictions.bias", "head.decoder.bias", COPIED),  # one bias in transformers
        ]
    return [
        *head,
        ("cls.predictions.bias", "head.bias"),
        ("cls.predictions.decoder.bias", "head.bias", REPEATED),
        ("cls.predictions.decoder.weight", "bert.token_embedding.weight", REPEATED),
    ]


NO_WORDS: list[Line] = [  # files of pre-training, where only the trunk is wanted
    ("cls.predictions.transform.dense", IGNORED),
    ("cls.predictions.transform.LayerNorm", IGNORED),
    ("cls.predictions.decoder", IGNORED),
    ("cls.predictions.bias", IGNORED),
]
SENTENCE: Line = ("cls.seq_relationship", "classifier")
NO_SENTENCE: Line = ("cls.seq_relationship", IGNORED)
CLASSES: Line = ("classifier", "classifier")
OLDER = {"LayerNorm.gamma": "LayerNorm.weight", "LayerNorm.beta": "LayerNorm.bias"}


def architecture(
    name: str,
    model: Callable[[BERTConfig], Module],
    head: Callable[[BERTConfig], list[Line]],
    *,
    ours: str = "bert.",
    pooler: bool = True,
    settle: Settle = as_told,
) -> Architecture:
    """A published BERT: its trunk, and the lines of what stands on it."""

    def table(config: BERTConfig) -> Table:
        return Table(*trunk(ours, pooler), *head(config), prefix="bert.", older=OLDER)

    return Architecture((name,), "bert", model, read_config, write_config, table, settle)


ARCHITECTURES = (
    architecture("BertModel", BERT, lambda _: [*NO_WORDS, NO_SENTENCE], ours="", settle=has_pooler),
    architecture(
        "BertForMaskedLM", BERTForMaskedLM, lambda c: [*words(c), NO_SENTENCE], pooler=False
    ),
    architecture("BertForPreTraining", BERTForPreTraining, lambda c: [*words(c), SENTENCE]),
    architecture(
        "BertForNextSentencePrediction",
        BERTForNextSentencePrediction,
        lambda _: [*NO_WORDS, SENTENCE],
    ),
    architecture(
        "BertForSequenceClassification", BERTForSequenceClassification, lambda _: [CLASSES]
    ),
    architecture(
        "BertForTokenClassification", BERTForTokenClassification, lambda _: [CLASSES], pooler=False
    ),
    architecture(
        "BertForQuestionAnswering",
        BERTForQuestionAnswering,
        lambda _: [("qa_outputs", "classifier")],
        pooler=False,
    ),
)
