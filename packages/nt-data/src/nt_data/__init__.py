"""Datasets, tokenizers and resumable loaders.

- `nt_data.sources`: published data sets by name, with their splits.
- `nt_data.readers`: your own files, whatever is in them.
- `nt_data.tokenizers`: text to ids and back.
- `nt_data.transforms`: batches augmented, masked, packed.
- `nt_data`: ids to batches, shuffled, prepared ahead, resumable.
- `nt_data.glue`: the tasks of GLUE and SuperGLUE, read and scored.
- `nt_data.metrics`: what it is measured by, and what a model must beat.
"""

from nt_data._collate import collate
from nt_data._dataset import ArrayDataset, BatchDataset, Dataset
from nt_data._draws import Draws
from nt_data._errors import DataError, DownloadError, TextError, TokenizerError
from nt_data._loader import DataLoader, LoaderState
from nt_data._pad import PadCollate, pad_sequence
from nt_data._sampler import BucketSampler, Sampler, WeightedRandomSampler
from nt_data._windows import SlidingWindows, TiledWindows

__all__ = [
    "ArrayDataset",
    "BatchDataset",
    "BucketSampler",
    "DataError",
    "DataLoader",
    "Dataset",
    "DownloadError",
    "Draws",
    "LoaderState",
    "PadCollate",
    "Sampler",
    "SlidingWindows",
    "TextError",
    "TiledWindows",
    "TokenizerError",
    "WeightedRandomSampler",
    "collate",
    "pad_sequence",
]
