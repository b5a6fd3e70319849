"""How to build and call every public module of nt_nn: small, with arguments as arrays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import nt_nn as nn
import numpy as np


@dataclass(frozen=True)
class Sample:
    """A constructor and the inputs of a call; floating-point inputs get gradients."""

    build: Callable[[], nn.Module]
    inputs: tuple[Any, ...]


SAMPLES: dict[str, Sample] = {}
NOT_CALLED = {"Module", "ModuleDict", "ModuleList"}  # they hold modules, or are nothing yet


def add(build: Callable[[], nn.Module], *inputs: Any) -> None:
    """Register the sample of the class that `build` makes."""
    name = type(build()).__name__
    if name in SAMPLES:
        raise ValueError(f"{name} has a sample already")
    SAMPLES[name] = Sample(build, inputs)


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    """Random numbers."""
    return np.random.default_rng((seed, *shape)).standard_normal(shape)


def ids(*values: Any) -> np.ndarray:
    """Classes and indices."""
    return np.array(values)


POINTWISE = """
    Arctan BinaryStep CELU ELU GEGLU GELU GLU Gaussian Hardshrink Hardsigmoid Hardswish Hardtanh
    Identity LeakyReLU LogSigmoid LogSoftmax Mish PReLU QuickGELU RReLU ReGLU ReLU ReLU6 SELU
    SiLU Sigmoid Softmax Softmin Softplus Softshrink Softsign SwiGLU Tanh Tanhshrink
    GumbelSoftmax
""".split()  # noqa: SIM905 (words read better than quoted strings)


def _plain() -> None:
    x = normal(4, 6)
    add(lambda: nn.Linear(6, 3), x)
    add(lambda: nn.Bilinear(6, 5, 3), x, normal(4, 5))
    add(lambda: nn.Embedding(7, 3), ids([0, 6], [6, 2]))
    add(lambda: nn.EmbeddingBag(7, 3), ids([0, 6], [6, 2]))
    add(lambda: nn.Flatten(), normal(4, 3, 2))
    add(lambda: nn.Unflatten(1, (3, 2)), x)
    add(lambda: nn.Sequential(nn.Linear(6, 4), nn.Tanh(), nn.Linear(4, 2)), x)
    add(lambda: nn.ActivationCheckpoint(nn.Linear(6, 3)), x)
    add(lambda: nn.AveragedModel(nn.Linear(6, 3)), x)


def _activations() -> None:
    x = normal(4, 6)
    for name in POINTWISE:
        add(getattr(nn, name), x)
    add(lambda: nn.Softmax2d(), normal(2, 3, 4, 4))
    add(lambda: nn.Maxout(2), x)
    add(lambda: nn.Swish(1.5, learnable=True), x)
    add(lambda: nn.Threshold(0.1, 2.0), x)


def _attention() -> None:
    x, y = normal(2, 5, 8), normal(2, 4, 8)
    sizes: dict[str, Any] = {"dim_feedforward": 12, "dropout": 0.0}
    add(lambda: nn.MultiHeadAttention(8, 2), x)
    add(lambda: nn.SinusoidalPositionalEncoding(8), x)
    add(lambda: nn.LearnedPositionalEmbedding(5, 8), x)
    add(lambda: nn.RotaryEmbedding(8), normal(2, 3, 5, 8))
    add(lambda: nn.ALiBi(2), 5)
    add(lambda: nn.T5RelativePositionBias(2, num_buckets=4, max_distance=6), 5)
    add(lambda: nn.TransformerEncoderLayer(8, 2, **sizes), x)
    add(lambda: nn.TransformerDecoderLayer(8, 2, **sizes), y, x)
    add(lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, **sizes), 2), x)
    add(lambda: nn.TransformerDecoder(nn.TransformerDecoderLayer(8, 2, **sizes), 2), y, x)
    add(lambda: nn.Transformer(8, 2, 1, 1, **sizes), x, y)


def _spatial() -> None:
    for n, size in ((1, (8,)), (2, (8, 6)), (3, (8, 4, 6))):
        x = normal(2, 4, *size)

        def of(name: str, *args: Any, n: int = n, **options: Any) -> Callable[[], nn.Module]:
            return lambda: getattr(nn, f"{name}{n}d")(*args, **options)

        add(of("Conv", 4, 6, 3, groups=2, padding=1), x)
        add(of("ConvTranspose", 4, 6, 3, stride=2), x)
        for kind in ("Circular", "Reflection", "Replication", "Zero"):
            add(of(f"{kind}Pad", 1), x)
        add(of("ConstantPad", 1, 0.5), x)
        for kind in ("MaxPool", "AvgPool"):
            add(of(kind, 2), x)
        for kind in ("AdaptiveMaxPool", "AdaptiveAvgPool"):
            add(of(kind, 2), x)
        add(of("LPPool", 2.0, 2), np.abs(x) + 0.1)
        half = normal(1, 1, *(2,) * n)
        places = np.arange(4**n).reshape((1, 1, *(4,) * n))[(..., *(slice(None, None, 2),) * n)]
        add(of("MaxUnpool", 2), half, places)
        add(of("BatchNorm", 4), x)
        add(of("InstanceNorm", 4, affine=True), x)
        add(of("Dropout"), x)
    image = normal(2, 4, 6, 6)
    add(lambda: nn.Unfold(2), image)
    add(lambda: nn.Fold((4, 3), 2), normal(1, 8, 6))
    add(lambda: nn.PixelShuffle(2), image)
    add(lambda: nn.PixelUnshuffle(2), image)
    add(lambda: nn.ChannelShuffle(2), image)
    add(lambda: nn.Upsample(scale_factor=2, mode="bilinear"), image)
    add(lambda: nn.GroupNorm(2, 4), image)
    add(lambda: nn.LocalResponseNorm(3), image)
    add(lambda: nn.LayerNorm(6), image)
    add(lambda: nn.RMSNorm(6), image)


def _chance() -> None:
    x = normal(4, 6)
    add(lambda: nn.Dropout(0.3), x)
    add(lambda: nn.AlphaDropout(0.3), x)
    add(lambda: nn.FeatureAlphaDropout(0.3), normal(4, 6, 3))
    add(lambda: nn.StochasticDepth(0.3, "row"), x)


def _recurrence() -> None:
    for name in ("RNN", "LSTM", "GRU"):
        add(lambda name=name: getattr(nn, name)(3, 4, 2, bidirectional=True), normal(5, 2, 3))
        state = normal(2, 4) if name != "LSTM" else (normal(2, 4), normal(2, 4, seed=1))
        add(lambda name=name: getattr(nn, f"{name}Cell")(3, 4), normal(2, 3), state)


def _losses() -> None:
    x, y, classes = normal(4, 3), normal(4, 3, seed=1), ids(0, 2, 1, 1)
    likely = np.random.default_rng(0).uniform(0.1, 0.9, (4, 3))
    signs = ids(1.0, -1.0, 1.0, -1.0)
    for name in ("MSELoss", "L1Loss", "SmoothL1Loss", "HuberLoss", "CosineSimilarity"):
        add(getattr(nn, name), x, y)
    for name in ("PairwiseDistance", "CLIPLoss", "InfoNCELoss"):
        add(getattr(nn, name), x, y)
    for name in ("CrossEntropyLoss", "NLLLoss", "MultiMarginLoss", "FocalLoss"):
        add(getattr(nn, name), x, classes)
    for name in ("BCEWithLogitsLoss", "SigmoidFocalLoss", "MultiLabelSoftMarginLoss"):
        add(getattr(nn, name), x, (likely > 0.5) * 1.0)
    add(nn.BCELoss, likely, likely.T.reshape(4, 3))
    add(nn.KLDivLoss, np.log(likely), likely)
    add(nn.PoissonNLLLoss, x, 3 * likely)
    add(nn.GaussianNLLLoss, x, y, likely)
    add(nn.MultiLabelMarginLoss, x, ids([0, 2, -1], [1, -1, 0], [2, 1, 0], [0, -1, -1]))
    for name in ("SoftMarginLoss", "HingeLoss", "HingeEmbeddingLoss"):
        add(getattr(nn, name), normal(4), signs)
    add(lambda: nn.MarginRankingLoss(0.1), normal(4), normal(4, seed=1), signs)
    add(nn.CosineEmbeddingLoss, x, y, signs)
    add(nn.ContrastiveLoss, x, y, signs)
    for name in ("TripletMarginLoss", "TripletMarginWithDistanceLoss"):
        add(getattr(nn, name), x, y, normal(4, 3, seed=2))
    log_probabilities = np.log(likely[:, None, :] / likely.sum(-1)[:, None, None])
    add(nn.CTCLoss, log_probabilities, ids([1, 2]), ids(4), ids(2))


for register in (_plain, _activations, _attention, _spatial, _chance, _recurrence, _losses):
    register()
