"""What a number is measured by: baselines that a language model must beat, and its units."""

from nt_data.metrics._ngram import (
    bigram_cross_entropy,
    bits_per_byte,
    perplexity,
    unigram_cross_entropy,
)

__all__ = ["bigram_cross_entropy", "bits_per_byte", "perplexity", "unigram_cross_entropy"]
