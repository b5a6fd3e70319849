"""A run's losses and readings, as its metrics hold them: what rules look at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["History", "Reading"]


@dataclass(frozen=True)
class Reading:
    """What was found inside of one training step.

    Attributes:
        step: which.
        gradient: layer -> the norm of its gradient, before clipping; None where it is not finite.
        update: layer -> the norm of its update by that of its weights.
        scale: module -> the root of the mean square of what it gave.
        largest: module -> the largest absolute value of it.
        dead: module -> the share of its units that fired for nothing in the batch.
        entropy: attention -> head -> what it looks at: 0 one key, 1 all alike.

    Example:
        >>> Reading(1, gradient={"head": 0.5}).gradient["head"]
        0.5
    """

    step: int
    gradient: dict[str, float | None] = field(default_factory=dict)
    update: dict[str, float | None] = field(default_factory=dict)
    scale: dict[str, float | None] = field(default_factory=dict)
    largest: dict[str, float | None] = field(default_factory=dict)
    dead: dict[str, float] = field(default_factory=dict)
    entropy: dict[str, dict[str, float | None]] = field(default_factory=dict)


@dataclass
class History:
    """What a run has shown so far.

    Attributes:
        losses: step -> training loss.
        readings: in their order.

    Example:
        >>> line = {"step": 1, "train_loss": 2.0, "diagnosis": {"gradient": {"head": 0.5}}}
        >>> history = History.of([line])
        >>> history.losses, history.readings[0].gradient
        ({1: 2.0}, {'head': 0.5})
    """

    losses: dict[int, float] = field(default_factory=dict)
    readings: list[Reading] = field(default_factory=list)

    @classmethod
    def of(cls, metrics: Iterable[Mapping[str, Any]]) -> History:
        """Take the lines of a run's `metrics.jsonl`."""
        history = cls()
        for entry in metrics:
            history.note(entry)
        return history

    def note(self, entry: Mapping[str, Any]) -> None:
        """Take one more line."""
        if "train_loss" in entry:
            self.losses[entry["step"]] = entry["train_loss"]
        if "diagnosis" in entry:
            self.readings.append(Reading(entry["step"], **entry["diagnosis"]))
