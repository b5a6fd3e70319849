"""What is found in a model that runs, as numbers; `nt_models.plots` draws them."""

from ._lens import LogitLens, logit_lens
from ._listing import Listing, listing
from ._positions import distance_profile, position_table
from ._rollout import attention_rollout
from ._statistics import ActivationStatistics, activation_statistics

__all__ = [
    "ActivationStatistics",
    "Listing",
    "LogitLens",
    "activation_statistics",
    "attention_rollout",
    "distance_profile",
    "listing",
    "logit_lens",
    "position_table",
]
