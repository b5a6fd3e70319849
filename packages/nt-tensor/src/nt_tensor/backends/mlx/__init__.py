"""MLX on Apple's GPUs (and on CPUs): its `Backend`, its namespace, and its bodies of kernels."""

from nt_tensor.backends.mlx.backend import BACKEND

__all__ = ["BACKEND"]
