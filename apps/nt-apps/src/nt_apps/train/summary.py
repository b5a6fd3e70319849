"""The figures at the end of a run, beside what they have to be compared with."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from nt_data.metrics import perplexity
from rich.console import Console
from rich.table import Table
from rich.text import Text

from nt_apps.errors import naming

__all__ = ["Summary"]


@dataclass(frozen=True)
class Summary:
    """What a run came to.

    Attributes:
        data: the name of the text.
        split: how it was divided.
        measured_on: what the validation loss was measured on.
        validation_loss: nats per token, None where it was never measured.
        unigram_loss: of the baseline, on the whole validation part; `bigram_loss` likewise.
        finished: False where it was stopped before its last step.
    """

    data: str
    split: str
    seed: int
    tokenizer: str
    train_tokens: int
    validation_tokens: int
    model: str
    parameters: int
    machine: str
    step: int
    steps: int
    finished: bool
    validation_loss: float | None
    measured_on: str
    unigram_loss: float
    bigram_loss: float
    tokens_per_second: float
    seconds: float

    def write(self, path: Path) -> None:
        """Write the figures as JSON, perplexities among them."""
        values = asdict(self)
        for name in ("validation", "unigram", "bigram"):
            loss = values[f"{name}_loss"]
            values[f"{name}_perplexity"] = None if loss is None else perplexity(loss)
        with naming(path):
            path.write_text(json.dumps(values, indent=2, ensure_ascii=False) + "\n", "utf-8")

    def show(self, console: Console) -> None:
        """Print the figures for a person."""
        facts = Table.grid(padding=(0, 2))
        facts.add_column(style="dim", no_wrap=True)
        facts.add_column(overflow="fold")
        minutes, seconds = divmod(round(self.seconds), 60)
        done = f"{self.step:,} steps"
        for name, value in (
            ("data", self.data),
            ("split", self.split),
            ("tokens", f"{self.train_tokens:,} to train, {self.validation_tokens:,} to validate"),
            ("tokenizer", self.tokenizer),
            ("model", f"{self.model}; {self.parameters:,} parameters"),
            ("machine", self.machine),
            ("seed", str(self.seed)),
            ("trained", done if self.finished else f"{done} of {self.steps:,}, then stopped"),
            ("time", f"{minutes}:{seconds:02d} min, {self.tokens_per_second:,.0f} tokens/s"),
        ):
            facts.add_row(name, Text(value))

        losses = Table(box=None, padding=(0, 2), pad_edge=False)
        losses.add_column("validation, " + self.measured_on)
        losses.add_column("nats per token", justify="right")
        losses.add_column("perplexity", justify="right")
        for name, loss, style in (
            ("this model", self.validation_loss, "bold"),
            ("bigram baseline", self.bigram_loss, ""),
            ("unigram baseline", self.unigram_loss, ""),
        ):
            if loss is not None:
                losses.add_row(name, f"{loss:.4f}", f"{perplexity(loss):.2f}", style=style)

        console.print()
        console.print(facts)
        console.print()
        console.print(losses)
        console.print()
