"""The architectures, one readable story a file."""

from nt_models.bert import BERT, BERTConfig
from nt_models.bert_heads import (
    BERTForMaskedLM,
    BERTForNextSentencePrediction,
    BERTForPreTraining,
    BERTForQuestionAnswering,
    BERTForSequenceClassification,
    BERTForTokenClassification,
)
from nt_models.gpt2 import GPT2, GPT2Config
from nt_models.sampling import sample
from nt_models.vit import ViT, ViTConfig, ViTEncoder

__all__ = [
    "BERT",
    "BERTConfig",
    "BERTForMaskedLM",
    "BERTForNextSentencePrediction",
    "BERTForPreTraining",
    "BERTForQuestionAnswering",
    "BERTForSequenceClassification",
    "BERTForTokenClassification",
    "GPT2",
    "GPT2Config",
    "ViT",
    "ViTConfig",
    "ViTEncoder",
    "sample",
]
