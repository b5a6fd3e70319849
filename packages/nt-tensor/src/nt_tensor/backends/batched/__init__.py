"""Samples: arrays whose first axis is hidden, for functions that are written for one sample."""

from nt_tensor.backends.batched.array import BatchedArray
from nt_tensor.backends.batched.backend import BatchedBackend

__all__ = ["BatchedArray", "BatchedBackend"]
