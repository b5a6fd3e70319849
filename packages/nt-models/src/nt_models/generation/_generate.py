"""generate and stream: a model writes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypedDict, Unpack

from nt_autograd import Tensor, concat, no_grad, tensor
from nt_nn import Module
from nt_tensor import Array, Generator

from ._beam_search import EarlyStopping, beam_search
from ._processor import LogitsProcessor
from ._sampling import Sampler, sampler
from ._steps import evaluating, start_of
from ._task import Task

__all__ = ["BeamOptions", "GenerationOptions", "generate", "stream"]


class GenerationOptions(TypedDict, total=False):
    """What `stream` takes beside a model, tokens and a number of new tokens.

    Example:
        >>> options: GenerationOptions = {"temperature": 0.8, "top_k": 40, "eos_token_id": 50256}
    """

    attention_mask: Tensor | Array | None
    temperature: float
    top_k: int | None
    top_p: float | None
    min_p: float | None
    typical_p: float | None
    repetition_penalty: float
    no_repeat_ngram_size: int
    min_length: int
    min_new_tokens: int
    processors: Sequence[LogitsProcessor]
    eos_token_id: int | Sequence[int] | None
    pad_token_id: int | None
    stop_sequences: Sequence[Sequence[int]]
    generator: Generator | None
    use_cache: bool


class BeamOptions(GenerationOptions, total=False):
    """What `generate` takes: as well as that, how many beams search, and for what.

    Example:
        >>> options: BeamOptions = {"num_beams": 3, "length_penalty": 0.6, "eos_token_id": 50256}
    """

    num_beams: int
    length_penalty: float
    early_stopping: EarlyStopping
    num_return_sequences: int


def generate(
    model: Module,
    tokens: Tensor,
    max_new_tokens: int,
    *,
    num_beams: int = 1,
    length_penalty: float = 1.0,
    early_stopping: EarlyStopping = False,
    num_return_sequences: int = 1,
    **options: Unpack[GenerationOptions],
) -> Tensor:
    r"""Continue texts, or answer them if the model is an encoder and a decoder.

    Args:
        model: a `LanguageModel` or an `EncoderDecoder`.
        tokens: (batch, time), at least one token each.
        max_new_tokens: how many to add at most.
        num_beams: if above 1, draw nothing, but search for the text of the largest $\log p / n^a$,
            where $n$ is how many tokens it adds, among so many at a time.
        length_penalty: $a$.
        early_stopping: True to end the search with `num_beams` finished texts; False when the best
            beam, were it to end now, would be worse than all of them; "never" were it as long as
            can be.
        num_return_sequences: how many texts for each prompt, the best first, at most `num_beams`.
        options: see `stream`; with beams, none of those that draw.

    Returns:
        (batch, or batch times `num_return_sequences` with a prompt's texts one after the other,
        time + the new tokens), shorter than it might be where all rows end before. From an
        encoder and a decoder, what it writes, behind its start token.

    Raises:
        TypeError: the model is neither.
        ValueError: an argument is out of its range.
        IndexError: a token is not in the vocabulary.

    Example:
        >>> from nt_autograd import tensor
        >>> from nt_models import GPT2, GPT2Config
        >>> model = GPT2(GPT2Config.preset("nano", vocab_size=65))
        >>> generate(model, tokens := tensor([[1, 2, 3], [4, 5, 6]]), 4, top_k=10).shape
        (2, 7)
        >>> generate(model, tokens, 4, num_beams=3, eos_token_id=0, pad_token_id=0).shape[0]
        2

    Source: beam search: Wu et al., Google's Neural Machine Translation System (2016), section 7;
        transformers' `generate`.
    """
    if num_beams < 1:
        raise ValueError(f"num_beams ({num_beams}) must be 1 or more")
    if early_stopping not in (True, False, "never"):
        raise ValueError(f"early_stopping ({early_stopping!r}) must be True, False or 'never'")
    if not 1 <= num_return_sequences <= num_beams:
        raise ValueError(
            f"num_return_sequences ({num_return_sequences}) must be from 1 to num_beams "
            f"({num_beams})"
        )
    if num_beams == 1:
        written = [token[:, None] for token in stream(model, tokens, max_new_tokens, **options)]
        texts: Tensor = concat([start_of(model, tokens), *written], 1)
        return texts
    drawing = {"temperature", "top_k", "top_p", "min_p", "typical_p", "generator"} & {*options}
    if drawing:
        raise ValueError(f"beams draw nothing: leave out {', '.join(sorted(drawing))}")
    rest: dict[str, Any] = {**options}
    task = Task(model, tokens, max_new_tokens, **rest)
    with evaluating(model), no_grad():
        return beam_search(task, num_beams, length_penalty, early_stopping, num_return_sequences)


def stream(
    model: Module,
    tokens: Tensor,
    max_new_tokens: int,
    *,
    attention_mask: Tensor | Array | None = None,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    min_p: float | None = None,
    typical_p: float | None = None,
    repetition_penalty: float = 1.0,
    no_repeat_ngram_size: int = 0,
    min_length: int = 0,
    min_new_tokens: int = 0,
    processors: Sequence[LogitsProcessor] = (),
    eos_token_id: int | Sequence[int] | None = None,
    pad_token_id: int | None = None,
    stop_sequences: Sequence[Sequence[int]] = (),
    generator: Generator | None = None,
    use_cache: bool = True,
) -> Iterator[Tensor]:
    """The tokens that `generate` adds, (batch,) each, one by one as they are chosen.

    Logits pass the repetition penalty, the ban of repeated sequences, the minimum lengths and the
    `processors`; then a token is drawn as `sampler` does. While it writes, the model evaluates;
    each row is what it would be alone.

    Args:
        model: a `LanguageModel` or an `EncoderDecoder`.
        tokens: (batch, time), at least one token each.
        max_new_tokens: how many to add at most.
        attention_mask: (batch, time), 1 at real tokens and 0 at padding, which stands in front (an
            encoder's may stand anywhere); None if all are real.
        temperature: divides the logits; 0 always takes the most probable token (greedy).
        top_k: choose among the k most probable tokens only.
        top_p: among the most probable ones that together have this probability.
        min_p: among those at least so many times as probable as the most probable one.
        typical_p: among those of the most typical surprise that together have this probability.
        repetition_penalty: makes tokens that came before less probable; 1 does not.
        no_repeat_ngram_size: no sequence of so many tokens comes twice; 0 allows it.
        min_length: no end before the text, with a prompt that it continues, has so many tokens.
        min_new_tokens: no end before so many tokens are added.
        processors: more functions of the tokens so far and the logits, in their order.
        eos_token_id: a token that ends a row, or several of them; it is part of the row.
        pad_token_id: what follows in a row that has ended; None for the first of `eos_token_id`.
        stop_sequences: sequences of tokens that end a row as well where they are written.
        generator: draws; the thread's default generator if None.
        use_cache: keep the keys and values of past positions instead of computing them anew. The
            tokens are the same.

    Yields:
        (batch,), until all rows have ended.

    Raises:
        TypeError: the model is no such model, or tokens are no integers.
        ValueError: an argument is out of its range.
        IndexError: a token is not in the vocabulary.

    Example:
        >>> from nt_autograd import tensor
        >>> from nt_models import GPT2, GPT2Config
        >>> model = GPT2(GPT2Config.preset("nano", vocab_size=65))
        >>> len([token for token in stream(model, tensor([[1, 2, 3]]), 5)])
        5

    Source: transformers' `generate`, whose names these are.
    """
    choose = sampler(temperature, top_k, top_p, min_p, typical_p, generator)
    task = Task(
        model,
        tokens,
        max_new_tokens,
        attention_mask=attention_mask,
        repetition_penalty=repetition_penalty,
        no_repeat_ngram_size=no_repeat_ngram_size,
        min_length=min_length,
        min_new_tokens=min_new_tokens,
        processors=processors,
        eos_token_id=eos_token_id,
        pad_token_id=pad_token_id,
        stop_sequences=stop_sequences,
        use_cache=use_cache,
    )
    return _written(model, task, choose)


def _written(model: Module, task: Task, choose: Sampler) -> Iterator[Tensor]:
    """The body of `stream`, which has checked everything before the first token is asked for."""
    text = task.steps.start  # (batch, time)
    rows: list[list[int]] = [[] for _ in range(text.shape[0])]
    ended = [False] * len(rows)
    with evaluating(model):
        for _ in range(task.longest):
            with no_grad():
                logits = task.process(text, task.steps.logits(text))  # (batch, vocabulary)
                token = choose(text, logits)  # (batch,)
                if task.stopping:
                    for i, each in enumerate(token.tolist()):
                        rows[i].append(task.pad if ended[i] else each)
                    token = tensor([row[-1] for row in rows], device=text.device)
                    ended = [
                        end or task.stopping.ends(row) for end, row in zip(ended, rows, strict=True)
                    ]
                text = concat([text, token[:, None]], 1)
            yield token
            if all(ended):
                return
