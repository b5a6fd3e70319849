"""CuPy on NVIDIA's GPUs: its `Backend`, its namespace, and its bodies of kernels."""

from nt_tensor.backends.cupy.backend import BACKEND

__all__ = ["BACKEND"]
