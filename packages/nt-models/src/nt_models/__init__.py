"""The architectures, one readable story a file."""

from nt_models._clip_config import (
    CLIPConfig,
    CLIPResNetConfig,
    CLIPTextConfig,
    CLIPVisionConfig,
)
from nt_models._resnet_config import ResNetConfig
from nt_models.bert import BERT, BERTConfig
from nt_models.bert_heads import (
    BERTForMaskedLM,
    BERTForNextSentencePrediction,
    BERTForPreTraining,
    BERTForQuestionAnswering,
    BERTForSequenceClassification,
    BERTForTokenClassification,
)
from nt_models.capture import Capture, capture
from nt_models.clip import CLIP
from nt_models.clip_resnet import CLIPResNet
from nt_models.clip_towers import CLIPText, CLIPVision
from nt_models.gpt2 import GPT2, GPT2Config
from nt_models.ledger import Ledger, explain
from nt_models.mamba import Mamba, MambaCache
from nt_models.mixture import MixtureOfExperts, load_balancing_loss
from nt_models.modern import Modern, ModernConfig
from nt_models.resnet import ResNet
from nt_models.t5 import T5, T5Config, T5Encoder
from nt_models.transformer import Transformer, TransformerConfig
from nt_models.vit import ViT, ViTConfig, ViTEncoder
from nt_models.weights._pretrained import from_pretrained, save_pretrained

__all__ = [
    "BERT",
    "CLIP",
    "GPT2",
    "T5",
    "BERTConfig",
    "BERTForMaskedLM",
    "BERTForNextSentencePrediction",
    "BERTForPreTraining",
    "BERTForQuestionAnswering",
    "BERTForSequenceClassification",
    "BERTForTokenClassification",
    "CLIPConfig",
    "CLIPResNet",
    "CLIPResNetConfig",
    "CLIPText",
    "CLIPTextConfig",
    "CLIPVision",
    "CLIPVisionConfig",
    "Capture",
    "GPT2Config",
    "Ledger",
    "Mamba",
    "MambaCache",
    "MixtureOfExperts",
    "Modern",
    "ModernConfig",
    "ResNet",
    "ResNetConfig",
    "T5Config",
    "T5Encoder",
    "Transformer",
    "TransformerConfig",
    "ViT",
    "ViTConfig",
    "ViTEncoder",
    "capture",
    "explain",
    "from_pretrained",
    "load_balancing_loss",
    "save_pretrained",
]
