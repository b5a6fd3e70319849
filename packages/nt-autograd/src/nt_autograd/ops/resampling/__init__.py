"""Resampling: an image at other places or in another size."""

__all__: list[str] = []
