"""What all image classifiers' trainers share: images in, one of several classes out.

The classes of a data set are learned from its training part; validation chooses the weights; the
test part is measured once, at the end, with the chosen weights.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from nt_autograd import Tensor, cross_entropy, softmax, tensor
from nt_data import ArrayDataset, DataLoader
from nt_data.metrics import accuracy, confusion_matrix, top_k_accuracy
from nt_data.sources import Images, load_image_splits, source, source_names
from nt_data.transforms import (
    Compose,
    CutMix,
    MixUp,
    Normalize,
    OnField,
    RandAugment,
    RandomCrop,
    RandomErasing,
    RandomHorizontalFlip,
)
from nt_tensor import current_device, use_device
from numpy.typing import NDArray

from nt_apps.errors import UserError, telling
from nt_apps.train.config import TrainConfig, setting
from nt_apps.train.image_baselines import logistic_regression, nearest_mean
from nt_apps.train.image_plots import draw_accuracy, draw_confusion, draw_mistakes
from nt_apps.train.log import read_metrics
from nt_apps.train.over_batches import over_batches
from nt_apps.train.task import Figures, Task

__all__ = ["ImageConfig", "ImageTask"]

DATA, AUGMENT, MODEL = "Data", "Augmentation", "Model"

Pixels = NDArray[Any]  # (batch, height, width, channels)


@dataclass(frozen=True)
class ImageConfig(TrainConfig):
    """The settings of a trainer of image classifiers.

    Example:
        >>> ImageConfig(data="mnist", crop=2).flip
        False
        >>> ImageConfig(mixup=0.2, cutmix=1.0)
        Traceback (most recent call last):
            ...
        nt_apps.errors.UserError: mixup (0.2) and cutmix (1.0) do not go together: set one to 0
    """

    data: str = setting(
        "digits",
        DATA,
        "digits (no download), mnist, fashion-mnist, cifar-10, or a folder "
        "with a folder of images a class",
    )
    data_dir: str | None = setting(None, DATA, "a folder where downloads may lie already")
    size: int = setting(
        0, DATA, "rows and columns that your own images are brought to; 0: as they are", least=0
    )
    grey: bool = setting(False, DATA, "whether your own images are read without their colours")

    crop: int = setting(0, AUGMENT, "pixels by which an image is shifted at most", least=0)
    flip: bool = setting(False, AUGMENT, "whether half of the images are mirrored")
    rand_augment: int = setting(
        0, AUGMENT, "strength of two random changes an image, to 30; 0 none", least=0, below=31
    )
    erase: float = setting(0.0, AUGMENT, "share of images that lose a box", least=0, below=1.0001)
    mixup: float = setting(0.0, AUGMENT, "alpha of images mixed in pairs; 0 none", least=0)
    cutmix: float = setting(0.0, AUGMENT, "alpha of boxes pasted from others; 0 none", least=0)
    label_smoothing: float = setting(
        0.0, AUGMENT, "probability that the target spreads over all classes", least=0, below=1
    )

    mirror: bool = setting(
        False, AUGMENT, "whether an image's answer is the mean of its and its mirror image's"
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.mixup and self.cutmix:
            raise UserError(
                f"mixup ({self.mixup}) and cutmix ({self.cutmix}) do not go together: set one to 0"
            )


C = TypeVar("C", bound=ImageConfig)


class ImageTask(Task[C]):
    """Everything of an image classifier's trainer but the model itself.

    `shape` has `size` (height, width), `channels`, `classes` (their names), `mean` and `std` of the
    training part's pixels, by channel.
    """

    unit = "images"
    watched = "validation_accuracy"
    larger_is_better = True
    train: Images
    validation: Images
    test: Images

    def prepare(self) -> None:
        """Read the three parts; their pixels' mean and spread follow from the training part."""
        c = self.config
        with telling(ValueError, OSError, ImportError):
            parts = load_image_splits(
                c.data, size=c.size or None, mode="L" if c.grey else "RGB", data_dir=c.data_dir
            )
        self.train, self.validation, self.test = parts.values()
        if len(self.train.classes) < 2:
            raise UserError(
                f"{c.data} must have images of at least 2 classes, a folder each; it has "
                f"{', '.join(self.train.classes)} alone"
            )
        _, height, width, channels = self.train.images.shape
        mean, std = _spread(self.train.images)
        self.shape = {
            "size": [height, width], "channels": channels, "classes": list(self.train.classes),
            "mean": mean, "std": std,
        }  # fmt: skip

    def fingerprint(self) -> str:
        """A hash of all images and labels."""
        digest = hashlib.sha256()
        for part in (self.train, self.validation, self.test):
            digest.update(f"{part.images.shape};".encode())
            digest.update(part.images.tobytes())
            digest.update(part.labels.tobytes())
        return digest.hexdigest()

    def facts(self) -> dict[str, str]:
        """The data, its split, the images."""
        height, width = self.shape["size"]
        train, validation, test = map(len, (self.train, self.validation, self.test))
        data = self.config.data
        return {
            "data": self.train.name,
            "split": source(data).how if data in source_names() else self.train.note,
            "images": f"{train:,} to train, {validation:,} to validate, {test:,} to test, "
            f"{height}x{width}x{self.shape['channels']}",
            "classes": ", ".join(self.shape["classes"]),
            "measured_on": f"all {test:,} test images"
            + (", each with its mirror image" if self.config.mirror else ""),
        }

    def baselines(self) -> dict[str, Figures]:
        """The nearest class mean, and logistic regression on the pixels."""
        return self._baselines

    @cached_property
    def _baselines(self) -> dict[str, Figures]:
        with use_device("cpu"):
            return {
                "nearest mean": {"accuracy": nearest_mean(self.train, self.test)},
                "logistic regression": {"accuracy": logistic_regression(self.train, self.test)},
            }

    def loader(self) -> DataLoader:
        """Training images in an order of its own each epoch, augmented."""
        data = ArrayDataset(self.train.images, self.train.labels)
        return self.batches(data, drop_last=True, transform=self._augmentation())

    def _augmentation(self) -> Compose:
        """Bytes in; normalised float32 out, and labels, which mixing turns into shares."""
        c, (height, width) = self.config, self.shape["size"]
        steps: list[Any] = []
        if c.crop:
            steps.append(RandomCrop((height, width), padding=c.crop))
        if c.flip:
            steps.append(RandomHorizontalFlip())
        if c.rand_augment:
            steps.append(RandAugment(magnitude=c.rand_augment))
        if c.erase:
            steps.append(RandomErasing(p=c.erase))
        whole: list[Any] = [OnField(0, Compose(*steps))]
        if c.mixup:
            whole.append(MixUp(len(self.shape["classes"]), c.mixup))
        if c.cutmix:
            whole.append(CutMix(len(self.shape["classes"]), c.cutmix))
        return Compose(*whole, OnField(0, self._normalize))

    @cached_property
    def _normalize(self) -> Normalize:
        return Normalize(tuple(self.shape["mean"]), tuple(self.shape["std"]))

    def loss(self, model: Any, images: Pixels, labels: NDArray[Any]) -> Tensor:
        """Mean cross-entropy of the class, in nats, with smoothed labels.

        Args:
            model: takes (batch, channels, height, width), gives logits (batch, classes).
            images: (batch, height, width, channels), normalised.
            labels: (batch,) classes, or (batch, classes) shares of mixed images.
        """
        target = tensor(labels, device=current_device())
        loss: Tensor = cross_entropy(
            self._logits(model, images), target, label_smoothing=self.config.label_smoothing
        )
        return loss

    def _logits(self, model: Any, images: Pixels) -> Tensor:
        x = tensor(images, device=current_device()).permute(0, 3, 1, 2)
        logits: Tensor = model(x)  # (batch, classes)
        return logits

    def probabilities(self, model: Any, images: Pixels) -> NDArray[np.float32]:
        """What a model says of images (n, height, width, channels) of bytes: (n, classes)."""

        def answered(some: Pixels) -> NDArray[np.float32]:
            x = self._normalize(some)
            answer: NDArray[np.float32] = softmax(self._logits(model, x)).numpy()
            if self.config.mirror:
                mirrored = np.ascontiguousarray(x[:, :, ::-1])
                answer = (answer + softmax(self._logits(model, mirrored)).numpy()) / 2
            return answer

        # No larger than a training batch, so that looking takes no more memory than learning.
        batches = DataLoader(ArrayDataset(images), self.config.batch_size)
        parts = over_batches(
            answered, ((some,) for some in batches), model=model, threads=self.config.threads
        )
        return np.concatenate(list(parts))

    def validate(self, model: Any) -> Figures:
        """Accuracy and cross-entropy on all of validation."""
        said = self.probabilities(model, self.validation.images)
        return {f"validation_{k}": v for k, v in self._judge(said, self.validation).items()}

    def answer(self, model: Any) -> NDArray[np.float32]:
        """The probability of each class for each test image."""
        return self.probabilities(model, self.test.images)

    def measure(self, model: Any, said: NDArray[np.float32]) -> Figures:
        """Accuracy, whether the class is among the likeliest three, and cross-entropy on test."""
        return self._judge(said, self.test, top=3)

    def _judge(self, said: NDArray[np.float32], part: Images, top: int = 0) -> Figures:
        found = {"accuracy": accuracy(said.argmax(1), part.labels)}
        if 0 < top < len(part.classes):
            found[f"top_{top}"] = top_k_accuracy(said, part.labels, k=top)
        right = said[np.arange(len(said)), part.labels]
        found["loss"] = float(-np.log(np.maximum(right, 1e-30)).mean())
        return found

    def draw(self, model: Any, said: NDArray[np.float32], folder: Path) -> Sequence[Path]:
        """Accuracy over the steps; on test, what was taken for what, and the surest mistakes."""
        names, labels = self.shape["classes"], self.test.labels
        table = confusion_matrix(said.argmax(1), labels, classes=range(len(names)))
        drawn = [folder / name for name in ("accuracy.png", "confusion.png", "mistakes.png")]
        levels = {name: row["accuracy"] for name, row in self.baselines().items()}
        draw_accuracy(drawn[0], read_metrics(folder / "metrics.jsonl"), levels)
        draw_confusion(drawn[1], table, names)
        draw_mistakes(drawn[2], self.test.images, labels, said, names)
        return drawn


def _spread(images: NDArray[np.uint8]) -> tuple[list[float], list[float]]:
    """Mean and standard deviation of pixels from 0 to 1, by channel, from counts of each level."""
    levels = np.arange(256) / 255
    found = []
    for channel in range(images.shape[3]):
        share = np.bincount(images[..., channel].ravel(), minlength=256) / images[..., channel].size
        mean = float(share @ levels)
        found.append((mean, float(share @ (levels - mean) ** 2) ** 0.5 or 1.0))
    means, stds = zip(*found, strict=True)
    return list(means), list(stds)
