"""`fashion-mnist`: 70,000 grey photographs of clothing, the harder MNIST."""

from __future__ import annotations

from nt_data._samples import Images
from nt_data.sources._idx_images import load_idx_images
from nt_data.sources._options import Options
from nt_data.sources._remote import RemoteFile
from nt_data.sources._source import Source

__all__ = ["CLASSES", "SOURCE", "load"]

CLASSES = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
    "Ankle boot",
)  # fmt: skip
_ZALANDO = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"
_KERAS = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"


def _file(name: str, sha256: str, size: int) -> RemoteFile:
    return RemoteFile(f"fashion-mnist/{name}", _ZALANDO + name, sha256, size, (_KERAS + name,))


SOURCE = Source(
    name="fashion-mnist",
    kind="images",
    what="photographs of clothing in 10 classes, 28x28, grey",
    licence="MIT, Zalando SE",
    citation=(
        "Xiao, Rasul, Vollgraf: Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine "
        "Learning Algorithms. 2017, arXiv:1708.07747"
    ),
    url="https://github.com/zalandoresearch/fashion-mnist",
    splits={"train": 55_000, "validation": 5_000, "test": 10_000},
    how="the published test images; the last 5,000 of the published training images to validate",
    files=(
        _file(
            "train-images-idx3-ubyte.gz",
            "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            26_421_880,
        ),
        _file(
            "train-labels-idx1-ubyte.gz",
            "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            29_515,
        ),
        _file(
            "t10k-images-idx3-ubyte.gz",
            "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            4_422_102,
        ),
        _file(
            "t10k-labels-idx1-ubyte.gz",
            "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
            5_148,
        ),
    ),
)


def load(options: Options) -> dict[str, Images]:
    """Read the images and their labels."""
    return load_idx_images(SOURCE, CLASSES, options)
