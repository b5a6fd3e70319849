"""Attention layers, positions and the Transformer."""

from ._attention import MultiHeadAttention
from ._biases import ALiBi, T5RelativePositionBias
from ._decoder import TransformerDecoder, TransformerDecoderLayer
from ._encoder import TransformerEncoder, TransformerEncoderLayer
from ._kv_cache import KVCache
from ._positions import LearnedPositionalEmbedding, SinusoidalPositionalEncoding
from ._rope_scaling import (
    DynamicNTKRopeScaling,
    LinearRopeScaling,
    Llama3RopeScaling,
    LongRopeScaling,
    RopeScaling,
    YarnRopeScaling,
)
from ._rotary import RotaryEmbedding
from ._transformer import Transformer

__all__ = [
    "ALiBi",
    "DynamicNTKRopeScaling",
    "KVCache",
    "LearnedPositionalEmbedding",
    "LinearRopeScaling",
    "Llama3RopeScaling",
    "LongRopeScaling",
    "MultiHeadAttention",
    "RopeScaling",
    "RotaryEmbedding",
    "SinusoidalPositionalEncoding",
    "T5RelativePositionBias",
    "Transformer",
    "TransformerDecoder",
    "TransformerDecoderLayer",
    "TransformerEncoder",
    "TransformerEncoderLayer",
    "YarnRopeScaling",
]
