"""What happens to a batch on its way to the model: images augmented, tokens hidden and packed.

A transform of images takes (n, height, width, channels), bytes or float32, and the random numbers
of its samples: `nt_data.Draws`, as a loader gives them, or an `nt_tensor.Generator`. It changes
nothing in place.
"""

from nt_data.transforms._color import ColorJitter
from nt_data.transforms._compose import Compose, OnField
from nt_data.transforms._crop import CenterCrop, RandomCrop
from nt_data.transforms._erase import RandomErasing
from nt_data.transforms._flip import RandomHorizontalFlip, RandomVerticalFlip
from nt_data.transforms._mask import MaskTokens
from nt_data.transforms._mix import CutMix, MixUp
from nt_data.transforms._normalize import Normalize
from nt_data.transforms._pack import PackedDocuments, document_mask, pack
from nt_data.transforms._rand_augment import RandAugment
from nt_data.transforms._resize import RandomResizedCrop, Resize
from nt_data.transforms._spans import SpanCorruption
from nt_data.transforms._subwords import MaxMatchDropout

__all__ = [
    "CenterCrop",
    "ColorJitter",
    "Compose",
    "CutMix",
    "MaskTokens",
    "MaxMatchDropout",
    "MixUp",
    "Normalize",
    "OnField",
    "PackedDocuments",
    "RandAugment",
    "RandomCrop",
    "RandomErasing",
    "RandomHorizontalFlip",
    "RandomResizedCrop",
    "RandomVerticalFlip",
    "Resize",
    "SpanCorruption",
    "document_mask",
    "pack",
]
