"""Layers that resample and rearrange images."""

__all__: list[str] = []
