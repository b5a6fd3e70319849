"""`digits`: the 1,797 handwritten digits of 8x8 that scikit-learn bundles; nothing to download."""

from __future__ import annotations

import numpy as np

from nt_data._samples import Images
from nt_data.sources._apart import split_by_hash
from nt_data.sources._options import Options
from nt_data.sources._source import Source

__all__ = ["SOURCE", "load"]

SOURCE = Source(
    name="digits",
    kind="images",
    what="handwritten digits, 8x8, grey, bundled with scikit-learn",
    licence="CC BY 4.0 (UCI Machine Learning Repository); bundled with scikit-learn, BSD",
    citation=(
        "Alpaydin, Kaynak: Optical Recognition of Handwritten Digits. UCI Machine Learning "
        "Repository, 1998"
    ),
    url="https://archive.ics.uci.edu/dataset/80/optical+recognition+of+handwritten+digits",
    splits={"train": 1_445, "validation": 162, "test": 190},
    how="none is published: by the hash of the image, 80 % to train, 10 % each to validate, test",
    extra="digits",
)


def load(_: Options) -> dict[str, Images]:
    """Read the images; their 17 levels of grey are spread over 0 to 255."""
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise ImportError('digits needs scikit-learn: pip install "nt-data[digits]"') from error
    bundle = load_digits()
    levels = np.rint(bundle.images * (255 / 16)).astype(np.uint8)
    whole = Images(
        levels[..., None],
        bundle.target.astype(np.int64),
        tuple("0123456789"),
        name=SOURCE.name,
        note=SOURCE.how,
    )
    keys = [image.tobytes().hex() for image in levels]
    parts = split_by_hash(whole, keys, {"test": 10, "validation": 10, "train": 80})
    return dict(reversed(parts.items()))
