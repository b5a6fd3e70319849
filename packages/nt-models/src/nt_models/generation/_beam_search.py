"""Beam search: the most probable texts found so far go on together.

texts (batch beams, time) -> log-probabilities        (batch beams, vocabulary)
  -> those of the whole texts, the best of each prompt  (batch, 2 beams)
  -> the finished are kept; the best others are the next beams, and the caches follow them
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from nt_autograd import Tensor, concat, index_select, log_softmax, tensor, topk

from ._sampling import check_logits
from ._stopping import Stopping
from ._task import Task

EarlyStopping: TypeAlias = "bool | Literal['never']"
NEVER = 1e9  # what a beam that has ended loses, as transformers has it


@dataclass(frozen=True)
class Hypothesis:
    """A text and its log-probability; of a finished one, divided by its length's power."""

    score: float
    written: list[int]


class Beams:
    """The search for one prompt's text.

    Args:
        width: how many beams.
        length_penalty: the power of the length that divides a finished text's log-probability.
        early_stopping: True to stop with `width` finished texts; False when the best beam would be
            worse than all of them were it to end now; "never" were it to be as long as can be.
        longest: how many tokens a text may have.
    """

    def __init__(
        self, width: int, length_penalty: float, early_stopping: EarlyStopping, longest: int
    ) -> None:
        self.width = width
        self.length_penalty = length_penalty
        self.early_stopping = early_stopping
        self.longest = longest
        self.running = [Hypothesis(0.0, [])]
        self.finished: list[Hypothesis] = []  # the best first
        self.hopeless = False  # no beam can become better than what is finished

    @property
    def done(self) -> bool:
        """Whether nothing that comes can change the result."""
        full = len(self.finished) == self.width
        return self.hopeless or (full and self.early_stopping is True)

    def advance(self, found: list[tuple[float, int, int]], stopping: Stopping) -> list[int]:
        """Take the best continuations (score, beam, token) and give the next beams' parents."""
        grown = [
            Hypothesis(score, [*self.running[beam].written, token]) for score, beam, token in found
        ]
        length = len(grown[0].written)
        ends = [length == self.longest or stopping.ends(each.written) for each in grown]
        if not self.done:
            # Of those that end, only what is among the best `width` of all is good enough.
            for each, end in zip(grown[: self.width], ends, strict=False):
                if end:
                    score = each.score / length**self.length_penalty
                    self.finished.append(Hypothesis(score, each.written))
            self.finished.sort(key=lambda each: -each.score)
            del self.finished[self.width :]
        scores = [each.score - NEVER * end for each, end in zip(grown, ends, strict=True)]
        best = sorted(range(len(grown)), key=lambda i: -scores[i])[: self.width]
        self.running = [Hypothesis(scores[i], grown[i].written) for i in best]
        self.hopeless |= all(ends) or not self._may_improve(length)
        return [found[i][1] for i in best]

    def _may_improve(self, length: int) -> bool:
        if len(self.finished) < self.width:
            return True
        if self.early_stopping == "never" and self.length_penalty > 0.0:
            length = self.longest
        best: float = self.running[0].score / length**self.length_penalty
        return best > self.finished[-1].score


def beam_search(
    task: Task, num_beams: int, length_penalty: float, early_stopping: EarlyStopping, texts: int
) -> Tensor:
    """The best texts that were found for each prompt, (batch texts, time + the most that one adds).

    Source: Lowerre, The Harpy Speech Recognition System (1976); lengths: Wu et al., Google's Neural
        Machine Translation System (2016), section 7; transformers' `_beam_search`, as of version 5:
        before, a search that was done took more texts while others of the batch went on.
    """
    steps, stopping = task.steps, task.stopping
    text = start = steps.start  # (batch, time); later (batch beams, time)
    searches = [
        Beams(num_beams, length_penalty, early_stopping, task.longest)
        for _ in range(start.shape[0])
    ]
    count = max(2, 1 + len(stopping.eos)) * num_beams  # enough go on even if all may end
    for _ in range(task.longest):
        logits = steps.logits(text)
        check_logits(logits)
        scores = task.process(text, log_softmax(logits, -1))  # (batch beams, vocabulary)
        vocabulary = scores.shape[-1]
        if vocabulary < num_beams:
            raise ValueError(f"num_beams ({num_beams}) must not exceed {vocabulary} tokens")
        before = [[each.score] for search in searches for each in search.running]
        scores = scores + tensor(before, dtype=scores.dtype, device=scores.device)
        scores = scores.reshape(len(searches), -1)  # (batch, beams vocabulary)
        best = topk(scores, min(count, scores.shape[1]))
        found = zip(searches, best.values.tolist(), best.indices.tolist(), strict=True)
        parents: list[int] = []
        for row, (search, values, places) in enumerate(found):
            first = row * (scores.shape[1] // vocabulary)
            grown = [(v, *divmod(i, vocabulary)) for v, i in zip(values, places, strict=True)]
            parents += [first + beam for beam in search.advance(grown, stopping)]
        if all(search.done for search in searches):
            break
        rows = tensor(parents, device=text.device)
        fresh = [[each.written[-1]] for search in searches for each in search.running]
        steps.reorder(rows)
        text = concat([index_select(text, 0, rows), tensor(fresh, device=text.device)], 1)
    written = [
        search.finished[i].written if i < len(search.finished) else []
        for search in searches
        for i in range(texts)
    ]
    longest = max(map(len, written))
    # transformers takes a pad_token_id of 0 for none here, and so do we
    fill = task.pad or stopping.eos[0] if stopping.eos else task.pad
    padded = [each + [fill] * (longest - len(each)) for each in written]
    first = tensor([i // texts for i in range(len(padded))], device=start.device)
    more = tensor(padded, dtype="int64", device=start.device)
    answers: Tensor = concat([index_select(start, 0, first), more], 1)
    return answers
