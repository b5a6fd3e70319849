"""Recurrence: a state that is carried from step to step."""

__all__: list[str] = []
