"""A BERT fills in what is hidden: the likeliest words for each [MASK]."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from nt_autograd import no_grad, softmax, tensor
from nt_data import TokenizerError
from nt_data.tokenizers import Tokenizer
from numpy.typing import NDArray

from nt_apps.demo.html import Bar, bars, message
from nt_apps.demo.models import Found, load, tokenizer_of
from nt_apps.errors import UserError, telling
from nt_apps.train.bert_masked import MaskedBERT

__all__ = ["Filler", "Gap", "filled"]

MASK = "[MASK]"
PROMPT = "the [MASK] of the world ."


@dataclass(frozen=True)
class Gap:
    """What may stand in one [MASK].

    Attributes:
        names: every token of the vocabulary.
        shares: their probabilities, (vocabulary,).
    """

    names: list[str]
    shares: NDArray[np.float64]

    def rows(self, most: int = 8) -> list[Bar]:
        """The likeliest tokens, and all others together, so that the shares sum to 1."""
        order = np.argsort(-self.shares, kind="stable")
        rows: list[Bar] = [(self.names[i], float(self.shares[i]), None) for i in order[:most]]
        rest = order[most:]
        if len(rest):
            rows.append((f"{len(rest):,} others", float(self.shares[rest].sum()), None))
        return rows


class Filler:
    """A BERT with its tokenizer.

    Args:
        model: gives logits (batch, time, vocabulary).
        tokenizer: has a token [MASK].
        prompt: what to begin with.

    Raises:
        UserError: the tokenizer has no [MASK].
    """

    def __init__(self, model: Any, tokenizer: Tokenizer, prompt: str = PROMPT) -> None:
        mask = tokenizer.token_to_id(MASK)
        if mask is None:
            raise UserError(f"the tokenizer has no {MASK}: nothing can be filled in")
        self.model, self.tokenizer, self.prompt, self.mask = model, tokenizer, prompt, mask
        self.names = [
            tokenizer.id_to_token(i) or f"token {i}" for i in range(model.config.vocab_size)
        ]

    @classmethod
    def open(cls, found: Found) -> Filler:
        """Load one.

        Raises:
            UserError: its files are damaged or not understood.
        """
        task, model = load(found)
        if isinstance(task, MaskedBERT):
            return cls(model, task.tokenizer, task.config.prompt)
        return cls(model, tokenizer_of(found))

    def fill(self, text: str) -> list[Gap]:
        """What may stand in each [MASK] of a text.

        Raises:
            UserError: there is none, or the text is too long.
        """
        with telling(TokenizerError):
            tokens = self.tokenizer.encode(text).astype(np.int64)
        at = np.flatnonzero(tokens == self.mask)
        if not len(at):
            raise UserError(f"Put {MASK} where a word is to be found.")
        if len(tokens) > (most := self.model.config.context):
            raise UserError(f"The text has {len(tokens)} tokens; the model reads at most {most}.")
        with no_grad():
            said = self.model(tensor(tokens[None]))  # BERTForPreTraining judges sentences too
            logits = (said[0] if isinstance(said, tuple) else said)[0]  # (time, vocabulary)
            shares = softmax(logits.to("float64"), -1).numpy()[at]
        return [Gap(self.names, each) for each in shares]


def filled(filler: Filler, text: str) -> str:
    """The likeliest words for each gap, as bars; or why there are none."""
    try:
        gaps = filler.fill(text)
    except UserError as error:
        return message(str(error))
    made = []
    for number, gap in enumerate(gaps, 1):
        title = MASK if len(gaps) == 1 else f"{MASK} {number}"
        made.append(
            f'<section class="nt-gap"><h4>{escape(title)}</h4>'
            f"{bars(gap.rows(), f'probabilities of words for {title}')}</section>"
        )
    return f'<div class="nt-gaps">{"".join(made)}</div>'
