"""When a text is at its end: tokens that end it, and sequences of tokens that do."""

from __future__ import annotations

from collections.abc import Sequence


class Stopping:
    """Tells whether a text has come to its end.

    Args:
        eos_token_id: a token that ends a text, several of them, or None.
        stop_sequences: sequences of tokens that end it where they stand in what is written.
    """

    def __init__(
        self, eos_token_id: int | Sequence[int] | None, stop_sequences: Sequence[Sequence[int]]
    ) -> None:
        one = isinstance(eos_token_id, int)
        self.eos: list[int] = [eos_token_id] if one else [*(eos_token_id or ())]  # type: ignore
        self.sequences = [[*map(int, sequence)] for sequence in stop_sequences]
        if [] in self.sequences:
            raise ValueError("stop_sequences must hold one token or more each")
        if any(token < 0 for token in self.eos):
            raise ValueError(f"eos_token_id ({eos_token_id}) must not be negative")

    def __bool__(self) -> bool:
        return bool(self.eos or self.sequences)

    def ends(self, written: list[int]) -> bool:
        """Whether the tokens written so far, without the prompt, end here."""
        return written[-1] in self.eos or any(
            written[-len(sequence) :] == sequence for sequence in self.sequences
        )
