"""Tokenizers that are trained here: characters, bytes, and GPT-2's byte-level BPE."""

from nt_data.tokenizers._base import Tokenizer
from nt_data.tokenizers._bpe import BPETokenizer
from nt_data.tokenizers._byte import ByteTokenizer
from nt_data.tokenizers._char import CharTokenizer
from nt_data.tokenizers._load import load_gpt2_tokenizer, load_tokenizer

__all__ = [
    "BPETokenizer",
    "ByteTokenizer",
    "CharTokenizer",
    "Tokenizer",
    "load_gpt2_tokenizer",
    "load_tokenizer",
]
