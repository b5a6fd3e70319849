"""Tensors that remember how they were made: automatic differentiation you can read."""

from . import inplace as _inplace  # noqa: F401 - hangs add_ and its like on Tensor
from . import operators as _operators  # noqa: F401 - hangs the ops on Tensor
from . import ops
from .anomaly import AnomalyError, detect_anomaly
from .checkpoint import checkpoint
from .cost import count_flops
from .create import (
    arange,
    empty,
    empty_like,
    eye,
    from_numpy,
    full,
    full_like,
    linspace,
    ones,
    ones_like,
    rand,
    rand_like,
    randint,
    randn,
    randn_like,
    randperm,
    tensor,
    zeros,
    zeros_like,
)
from .forward_mode import jvp
from .functional import hessian, hvp, jacobian, vjp
from .gradcheck import GradcheckError, gradcheck, gradgradcheck
from .gradients import grad
from .graph import draw
from .mixed import autocast
from .ops import *  # noqa: F403
from .ops import (
    activations,
    attention,
    convolution,
    distances,
    losses,
    norms,
    pooling,
    recurrent,
    resampling,
)
from .ops.activations import *  # noqa: F403
from .ops.attention import *  # noqa: F403
from .ops.convolution import *  # noqa: F403
from .ops.distances import *  # noqa: F403
from .ops.losses import *  # noqa: F403
from .ops.norms import *  # noqa: F403
from .ops.pooling import *  # noqa: F403
from .ops.recurrent import *  # noqa: F403
from .ops.resampling import *  # noqa: F403
from .primitive import primitive
from .steps import GraphStep, draw_steps
from .tape import enable_grad, is_grad_enabled, no_grad
from .tensor import Tensor
from .vmap import vmap

__all__ = [
    "AnomalyError",
    "GradcheckError",
    "GraphStep",
    "Tensor",
    "arange",
    "autocast",
    "checkpoint",
    "count_flops",
    "detect_anomaly",
    "draw",
    "draw_steps",
    "empty",
    "empty_like",
    "enable_grad",
    "eye",
    "from_numpy",
    "full",
    "full_like",
    "grad",
    "gradcheck",
    "gradgradcheck",
    "hessian",
    "hvp",
    "is_grad_enabled",
    "jacobian",
    "jvp",
    "linspace",
    "no_grad",
    "ones",
    "ones_like",
    "primitive",
    "rand",
    "rand_like",
    "randint",
    "randn",
    "randn_like",
    "randperm",
    "tensor",
    "vjp",
    "vmap",
    "zeros",
    "zeros_like",
]
__all__ += ops.__all__
__all__ += activations.__all__
__all__ += attention.__all__
__all__ += convolution.__all__
__all__ += distances.__all__
__all__ += losses.__all__
__all__ += norms.__all__
__all__ += pooling.__all__
__all__ += recurrent.__all__
__all__ += resampling.__all__
