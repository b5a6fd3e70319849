"""Losses: how wrong an answer is, as one number."""

from ._binary_cross_entropy import binary_cross_entropy, binary_cross_entropy_with_logits
from ._cross_entropy import cross_entropy
from ._ctc import ctc_loss
from ._focal import focal_loss, sigmoid_focal_loss
from ._hinge import hinge_loss, soft_margin_loss
from ._info_nce import clip_loss, info_nce
from ._kl_div import kl_div
from ._multi_margin import multi_margin_loss, multilabel_margin_loss, multilabel_soft_margin_loss
from ._nll import gaussian_nll_loss, nll_loss, poisson_nll_loss
from ._pairs import (
    contrastive_loss,
    cosine_embedding_loss,
    hinge_embedding_loss,
    margin_ranking_loss,
)
from ._regression import huber_loss, l1_loss, mse_loss, smooth_l1_loss
from ._triplet import triplet_margin_loss, triplet_margin_with_distance_loss

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "clip_loss",
    "contrastive_loss",
    "cosine_embedding_loss",
    "cross_entropy",
    "ctc_loss",
    "focal_loss",
    "gaussian_nll_loss",
    "hinge_embedding_loss",
    "hinge_loss",
    "huber_loss",
    "info_nce",
    "kl_div",
    "l1_loss",
    "margin_ranking_loss",
    "mse_loss",
    "multi_margin_loss",
    "multilabel_margin_loss",
    "multilabel_soft_margin_loss",
    "nll_loss",
    "poisson_nll_loss",
    "sigmoid_focal_loss",
    "smooth_l1_loss",
    "soft_margin_loss",
    "triplet_margin_loss",
    "triplet_margin_with_distance_loss",
]
