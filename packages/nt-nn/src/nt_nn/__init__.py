"""Modules, layers, losses, optimizers, schedules and checkpoints.

The layers stand here (`nt_nn.Linear`); the rest has doors of its own: `nt_nn.optim`,
`nt_nn.schedules`, `nt_nn.init`, `nt_nn.checkpoint`.
"""

from . import checkpoint, init, optim, schedules
from ._hooks import RemovableHandle
from .clip import clip_grad_norm_
from .layers._activations import GELU, Identity, ReLU
from .layers._attention import MultiHeadAttention
from .layers._containers import ModuleDict, ModuleList, Sequential
from .layers._dropout import Dropout
from .layers._embedding import Embedding
from .layers._kv_cache import KVCache
from .layers._layer_norm import LayerNorm
from .layers._linear import Linear
from .losses._cross_entropy import CrossEntropyLoss
from .module import Module
from .parallel import Parallel
from .parameter import Buffer, Parameter

__all__ = [
    "GELU",
    "Buffer",
    "CrossEntropyLoss",
    "Dropout",
    "Embedding",
    "Identity",
    "KVCache",
    "LayerNorm",
    "Linear",
    "Module",
    "ModuleDict",
    "ModuleList",
    "MultiHeadAttention",
    "Parameter",
    "Parallel",
    "ReLU",
    "RemovableHandle",
    "Sequential",
    "checkpoint",
    "clip_grad_norm_",
    "init",
    "optim",
    "schedules",
]
