"""Attention layers, positions and the Transformer."""

from ._attention import MultiHeadAttention
from ._kv_cache import KVCache

__all__ = ["KVCache", "MultiHeadAttention"]
