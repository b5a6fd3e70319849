"""What schedules demand of their options."""

from __future__ import annotations


def at_least(low: float, **options: float) -> None:
    """Raise unless every option is a number and at least `low`."""
    for name, value in options.items():
        if not value >= low:
            raise ValueError(f"{name} ({value}) must be at least {low}")


def positive(**options: float) -> None:
    """Raise unless every option is larger than 0."""
    for name, value in options.items():
        if not value > 0:
            raise ValueError(f"{name} ({value}) must be larger than 0")
