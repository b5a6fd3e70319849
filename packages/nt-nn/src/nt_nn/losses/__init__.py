"""Losses as modules, and the distances that some are made of."""

from ._binary_cross_entropy import BCELoss, BCEWithLogitsLoss
from ._cross_entropy import CrossEntropyLoss
from ._ctc import CTCLoss
from ._distances import CosineSimilarity, PairwiseDistance
from ._focal import FocalLoss, SigmoidFocalLoss
from ._hinge import HingeLoss, SoftMarginLoss
from ._info_nce import CLIPLoss, InfoNCELoss
from ._kl_div import KLDivLoss
from ._multi_margin import MultiLabelMarginLoss, MultiLabelSoftMarginLoss, MultiMarginLoss
from ._nll import GaussianNLLLoss, NLLLoss, PoissonNLLLoss
from ._pairs import ContrastiveLoss, CosineEmbeddingLoss, HingeEmbeddingLoss, MarginRankingLoss
from ._regression import HuberLoss, L1Loss, MSELoss, SmoothL1Loss
from ._triplet import TripletMarginLoss, TripletMarginWithDistanceLoss

__all__ = [
    "BCELoss",
    "BCEWithLogitsLoss",
    "CLIPLoss",
    "CTCLoss",
    "ContrastiveLoss",
    "CosineEmbeddingLoss",
    "CosineSimilarity",
    "CrossEntropyLoss",
    "FocalLoss",
    "GaussianNLLLoss",
    "HingeEmbeddingLoss",
    "HingeLoss",
    "HuberLoss",
    "InfoNCELoss",
    "KLDivLoss",
    "L1Loss",
    "MSELoss",
    "MarginRankingLoss",
    "MultiLabelMarginLoss",
    "MultiLabelSoftMarginLoss",
    "MultiMarginLoss",
    "NLLLoss",
    "PairwiseDistance",
    "PoissonNLLLoss",
    "SigmoidFocalLoss",
    "SmoothL1Loss",
    "SoftMarginLoss",
    "TripletMarginLoss",
    "TripletMarginWithDistanceLoss",
]
