"""`mnist`: 70,000 handwritten digits, the first example of all."""

from __future__ import annotations

from nt_data._samples import Images
from nt_data.sources._idx_images import load_idx_images
from nt_data.sources._options import Options
from nt_data.sources._remote import RemoteFile
from nt_data.sources._source import Source

__all__ = ["CLASSES", "SOURCE", "load"]

CLASSES = tuple("0123456789")
_OSSCI = "https://ossci-datasets.s3.amazonaws.com/mnist/"
_CVDF = "https://storage.googleapis.com/cvdf-datasets/mnist/"


def _file(name: str, sha256: str, size: int) -> RemoteFile:
    return RemoteFile(f"mnist/{name}", _OSSCI + name, sha256, size, (_CVDF + name,))


SOURCE = Source(
    name="mnist",
    kind="images",
    what="handwritten digits, 28x28, grey",
    licence="CC BY-SA 3.0, Y. LeCun and C. Cortes (as Keras reports it)",
    citation=(
        "LeCun, Bottou, Bengio, Haffner: Gradient-based learning applied to document "
        "recognition. Proceedings of the IEEE 86(11), 1998"
    ),
    url="http://yann.lecun.com/exdb/mnist/",
    splits={"train": 55_000, "validation": 5_000, "test": 10_000},
    how="the published test images; the last 5,000 of the published training images to validate",
    files=(
        _file(
            "train-images-idx3-ubyte.gz",
            "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            9_912_422,
        ),
        _file(
            "train-labels-idx1-ubyte.gz",
            "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            28_881,
        ),
        _file(
            "t10k-images-idx3-ubyte.gz",
            "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            1_648_877,
        ),
        _file(
            "t10k-labels-idx1-ubyte.gz",
            "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
            4_542,
        ),
    ),
)


def load(options: Options) -> dict[str, Images]:
    """Read the images and their labels."""
    return load_idx_images(SOURCE, CLASSES, options)
