"""The architectures, one readable story a file."""

from nt_models.gpt2 import GPT2, GPT2Config
from nt_models.sampling import sample

__all__ = ["GPT2", "GPT2Config", "sample"]
