"""Modules, layers, losses, optimizers, schedules and checkpoints.

The layers and losses stand here (`nt_nn.Linear`); the rest has doors of its own: `nt_nn.optim`,
`nt_nn.schedules`, `nt_nn.init`, `nt_nn.checkpoint`, `nt_nn.torch_layout`.
"""

from . import checkpoint, init, losses, optim, schedules, torch_layout
from ._hooks import RemovableHandle
from ._share import gather_shares
from ._skeleton import skeleton, sketching
from .activation_checkpoint import ActivationCheckpoint
from .averaging import AveragedModel, update_bn
from .clip import clip_grad_norm_, clip_grad_value_, get_total_norm
from .counting import count_parameters
from .functional_call import functional_call
from .grad_scaler import GradScaler
from .layers import (
    activations,
    attention,
    convolution,
    dropout,
    norms,
    pooling,
    recurrent,
    resampling,
)
from .layers._bilinear import Bilinear
from .layers._containers import ModuleDict, ModuleList, Sequential
from .layers._embedding import Embedding
from .layers._embedding_bag import EmbeddingBag
from .layers._flatten import Flatten, Unflatten
from .layers._linear import Linear
from .layers.activations import *  # noqa: F403
from .layers.attention import *  # noqa: F403
from .layers.convolution import *  # noqa: F403
from .layers.dropout import *  # noqa: F403
from .layers.norms import *  # noqa: F403
from .layers.pooling import *  # noqa: F403
from .layers.recurrent import *  # noqa: F403
from .layers.resampling import *  # noqa: F403
from .losses import *  # noqa: F403
from .module import Module
from .parallel import Parallel
from .parameter import Buffer, Parameter

__all__ = [
    "ActivationCheckpoint",
    "AveragedModel",
    "Bilinear",
    "Buffer",
    "Embedding",
    "EmbeddingBag",
    "Flatten",
    "GradScaler",
    "Linear",
    "Module",
    "ModuleDict",
    "ModuleList",
    "Parameter",
    "Parallel",
    "RemovableHandle",
    "Sequential",
    "Unflatten",
    "checkpoint",
    "clip_grad_norm_",
    "clip_grad_value_",
    "count_parameters",
    "functional_call",
    "gather_shares",
    "get_total_norm",
    "init",
    "optim",
    "schedules",
    "skeleton",
    "sketching",
    "torch_layout",
    "update_bn",
]
__all__ += activations.__all__
__all__ += attention.__all__
__all__ += convolution.__all__
__all__ += dropout.__all__
__all__ += losses.__all__
__all__ += norms.__all__
__all__ += pooling.__all__
__all__ += recurrent.__all__
__all__ += resampling.__all__
