"""Optimizers: what turns gradients into steps."""

from ._adamw import AdamW
from ._optimizer import Optimizer
from ._sgd import SGD

__all__ = ["SGD", "AdamW", "Optimizer"]
