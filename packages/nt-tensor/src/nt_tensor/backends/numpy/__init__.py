"""NumPy on the CPU: its `Backend`, its namespace, and its bodies of kernels."""

from nt_tensor.backends.numpy.backend import BACKEND

__all__ = ["BACKEND"]
