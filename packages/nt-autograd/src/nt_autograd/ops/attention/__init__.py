"""Attention and positions: who looks at whom."""

from ._attention import attention_weights, scaled_dot_product_attention
from ._frugal_attention import frugal_attention
from ._rotary import rotary_embedding

__all__ = [
    "attention_weights",
    "frugal_attention",
    "rotary_embedding",
    "scaled_dot_product_attention",
]
