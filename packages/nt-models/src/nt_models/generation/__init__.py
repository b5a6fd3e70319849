"""Models write: sampling, beam search, streams, and what changes the logits before."""

from nt_models.generation._cuts import min_p, temperature, top_k, top_p, typical
from nt_models.generation._generate import BeamOptions, GenerationOptions, generate, stream
from nt_models.generation._penalties import minimum_length, no_repeat_ngram, repetition_penalty
from nt_models.generation._processor import LogitsProcessor
from nt_models.generation._sampling import Sampler, draw, greedy, sampler
from nt_models.generation._steps import Cache, EncoderDecoder, LanguageModel

__all__ = [
    "BeamOptions",
    "Cache",
    "EncoderDecoder",
    "GenerationOptions",
    "LanguageModel",
    "LogitsProcessor",
    "Sampler",
    "draw",
    "generate",
    "greedy",
    "min_p",
    "minimum_length",
    "no_repeat_ngram",
    "repetition_penalty",
    "sampler",
    "stream",
    "temperature",
    "top_k",
    "top_p",
    "typical",
]
