"""Learning-rate schedules: a formula of the step, applied to an optimizer's parameter groups."""

from ._constant import Constant
from ._schedule import Schedule
from ._warmup_cosine import WarmupCosine

__all__ = ["Constant", "Schedule", "WarmupCosine"]
