"""Learning-rate schedules: a formula of the step, applied to an optimizer's parameter groups."""

from ._combined import ChainedScheduler, SequentialLR
from ._constant import ConstantLR
from ._cosine import CosineAnnealingLR, CosineAnnealingWarmRestarts
from ._cyclic import CyclicLR
from ._exponential import ExponentialLR
from ._inverse_sqrt import InverseSqrtLR
from ._lambda import LambdaLR
from ._linear import LinearLR
from ._linear_warmup import LinearWarmup
from ._one_cycle import OneCycleLR
from ._plateau import ReduceLROnPlateau
from ._polynomial import PolynomialLR
from ._schedule import Schedule
from ._step import MultiStepLR, StepLR
from ._warmup_cosine import WarmupCosine
from ._warmup_stable_decay import WarmupStableDecay

__all__ = [
    "ChainedScheduler",
    "ConstantLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "CyclicLR",
    "ExponentialLR",
    "InverseSqrtLR",
    "LambdaLR",
    "LinearLR",
    "LinearWarmup",
    "MultiStepLR",
    "OneCycleLR",
    "PolynomialLR",
    "ReduceLROnPlateau",
    "Schedule",
    "SequentialLR",
    "StepLR",
    "WarmupCosine",
    "WarmupStableDecay",
]
