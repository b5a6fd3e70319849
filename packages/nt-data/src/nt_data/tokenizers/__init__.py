"""Text to token ids and back: published tokenizer files, and tokenizers that are trained here."""

from nt_data.tokenizers._added_tokens import AddedToken
from nt_data.tokenizers._bpe import BPETokenizer
from nt_data.tokenizers._byte import ByteTokenizer
from nt_data.tokenizers._char import CharTokenizer
from nt_data.tokenizers._encoding import BatchEncoding, Encoding
from nt_data.tokenizers._lengths import Padding, Truncation
from nt_data.tokenizers._load import load_tokenizer
from nt_data.tokenizers._tokenizer import Tokenizer
from nt_data.tokenizers._unigram import UnigramTokenizer
from nt_data.tokenizers._word import WordTokenizer
from nt_data.tokenizers._wordpiece import WordPieceTokenizer

__all__ = [
    "AddedToken",
    "BPETokenizer",
    "BatchEncoding",
    "ByteTokenizer",
    "CharTokenizer",
    "Encoding",
    "Padding",
    "Tokenizer",
    "Truncation",
    "UnigramTokenizer",
    "WordPieceTokenizer",
    "WordTokenizer",
    "load_tokenizer",
]
