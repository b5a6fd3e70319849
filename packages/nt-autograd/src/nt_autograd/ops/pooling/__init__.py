"""Pooling: one number for each window."""

__all__: list[str] = []
