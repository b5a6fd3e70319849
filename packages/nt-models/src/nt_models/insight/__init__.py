"""What is found in a model that runs, as numbers; `nt_models.plots` draws them."""

from ._lens import LogitLens, logit_lens
from ._positions import distance_profile, position_table
from ._rollout import attention_rollout
from ._statistics import ActivationStatistics, activation_statistics

__all__ = [
    "ActivationStatistics",
    "LogitLens",
    "activation_statistics",
    "attention_rollout",
    "distance_profile",
    "logit_lens",
    "position_table",
]
