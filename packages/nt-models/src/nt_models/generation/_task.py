"""What is to be written: checked once, the same for sampling and for beams."""

from __future__ import annotations

from collections.abc import Sequence

from nt_autograd import Tensor
from nt_nn import Module
from nt_tensor import Array

from ._penalties import minimum_length, no_repeat_ngram
from ._penalties import repetition_penalty as punish_repetition
from ._processor import LogitsProcessor
from ._steps import Answering, Continuing, EncoderDecoder, LanguageModel, Steps
from ._stopping import Stopping


class Task:
    """Prompts, and what is asked of their texts; the arguments are those of `stream`.

    Attributes:
        steps: gives logits.
        stopping: tells when a row ends.
        pad: what follows then; -1 where nothing ever does.
        longest: how many tokens a row may get.
    """

    def __init__(
        self,
        model: Module,
        tokens: Tensor,
        max_new_tokens: int,
        *,
        attention_mask: Tensor | Array | None = None,
        repetition_penalty: float = 1.0,
        no_repeat_ngram_size: int = 0,
        min_length: int = 0,
        min_new_tokens: int = 0,
        processors: Sequence[LogitsProcessor] = (),
        eos_token_id: int | Sequence[int] | None = None,
        pad_token_id: int | None = None,
        stop_sequences: Sequence[Sequence[int]] = (),
        use_cache: bool = True,
    ) -> None:
        if tokens.ndim != 2 or tokens.shape[0] < 1 or tokens.shape[1] < 1:
            raise ValueError(
                f"tokens must be (batch, time) with a time of 1 or more, got {tokens.shape}"
            )
        if tokens.dtype.kind != "int":
            raise TypeError(f"tokens must be integers, not {tokens.dtype}")
        if max_new_tokens < 0:
            raise ValueError(f"max_new_tokens ({max_new_tokens}) must not be negative")
        for name, value in (("min_length", min_length), ("min_new_tokens", min_new_tokens)):
            if value < 0:
                raise ValueError(f"{name} ({value}) must not be negative")
        self.longest = max_new_tokens
        self.stopping = Stopping(eos_token_id, stop_sequences)
        self.pad = self._padding(pad_token_id, len(tokens))
        mask = attention_mask
        if mask is not None:
            mask = mask if isinstance(mask, Tensor) else Tensor(mask)
            if mask.shape != tokens.shape:
                raise ValueError(f"attention_mask {mask.shape} must be {tokens.shape} as tokens")
        self.steps = _steps(model, tokens.to("int64"), mask, max_new_tokens, use_cache)
        self.processors: list[LogitsProcessor] = []
        if repetition_penalty != 1.0:
            self.processors.append(punish_repetition(repetition_penalty))
        if no_repeat_ngram_size:
            self.processors.append(no_repeat_ngram(no_repeat_ngram_size))
        if eos := self.stopping.eos:
            begin = self.steps.start.shape[1]
            if min_length:
                self.processors.append(minimum_length(min_length, eos))
            if min_new_tokens:
                self.processors.append(minimum_length(min_new_tokens, eos, after=begin))
        self.processors += processors

    def _padding(self, pad_token_id: int | None, batch: int) -> int:
        if pad_token_id is not None and pad_token_id < 0:
            raise ValueError(f"pad_token_id ({pad_token_id}) must not be negative")
        if pad_token_id is None and self.stopping.eos:
            return self.stopping.eos[0]
        if pad_token_id is None and self.stopping and batch > 1:
            raise ValueError("pad_token_id is needed: rows may end before others")
        return -1 if pad_token_id is None else pad_token_id

    def process(self, text: Tensor, logits: Tensor) -> Tensor:
        """Logits (batch, vocabulary) of what follows a text, after all processors."""
        if self.processors:
            text = self.steps.marked(text)
        for process in self.processors:
            logits = process(text, logits)
        return logits


def _steps(model: Module, tokens: Tensor, mask: Tensor | None, new: int, use_cache: bool) -> Steps:
    if isinstance(model, EncoderDecoder):
        return Answering(model, tokens, mask, new, use_cache)
    if isinstance(model, LanguageModel):
        return Continuing(model, tokens, mask, new, use_cache)
    raise TypeError(f"{type(model).__name__} is neither a LanguageModel nor an EncoderDecoder")
