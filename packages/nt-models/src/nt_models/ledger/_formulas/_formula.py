"""Formula: a closed formula, and which of the counted products it is about."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class Formula:
    """A closed formula, and which of the counted products it is about.

    Attributes:
        part: what it counts.
        expression: the formula for one of them.
        each: its value, in multiply-accumulates.
        times: how many there are.
        patterns: match the names of these products.

    Example:
        >>> Formula("feed-forward", "2 t d f", each=48, times=2, patterns=("*.up",)).times
        2
    """

    part: str
    expression: str
    each: int
    times: int
    patterns: tuple[str, ...]

    @property
    def macs(self) -> int:
        """The multiply-accumulates of all of them."""
        return self.each * self.times


def matches(name: str, patterns: tuple[str, ...]) -> bool:
    """Whether a product's name matches one of the patterns."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)
