"""A classifier of images at work: what it says, and what in the image it says that for.

A Vision Transformer is asked where its attention goes; a ResNet, which places speak for a class.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from nt_autograd import Tensor, no_grad, softmax, tensor
from nt_data.sources import Images
from nt_data.transforms import Normalize, Resize
from nt_models import ResNet, ViT, capture
from nt_models.insight import attention_rollout
from numpy.typing import NDArray

from nt_apps.demo.html import Bar
from nt_apps.demo.models import Found, at_hand, load
from nt_apps.errors import UserError, telling
from nt_apps.train.images import ImageTask

__all__ = ["Attention", "Classifier", "Evidence", "centred"]

Pixels = NDArray[np.uint8]  # (height, width, channels)
Layers = NDArray[np.float32]  # (layers, heads, rows, columns)


@dataclass(frozen=True)
class Attention:
    """Where a Vision Transformer looks.

    Attributes:
        heads: by layer and head, how much of the attention each patch gets: from the class token,
            or, where there is none, from all patches in the mean.
        rollout: the same through all layers and heads together, (rows, columns).
    """

    heads: Layers
    rollout: NDArray[np.float32]


@dataclass(frozen=True)
class Evidence:
    """What the places of an image say for each class.

    Attributes:
        maps: (classes, rows, columns); the mean of a class's map is its logit.
    """

    maps: NDArray[np.float32]


class Classifier:
    """A ViT or a ResNet, with what it must know of its images.

    Args:
        model: a `ViT` or `ResNet` with a head.
        size: (height, width) of its images.
        classes: their names.
        mean: of its training pixels from 0 to 1, by channel.
        std: their spread.
        data: the name of the data that it learned from; empty if nobody knows.
        mirror: whether the answer is the mean of the image's and its mirror image's.
        read: reads the test images of that data; None where they are not on this machine.

    Raises:
        UserError: the model does not classify.
    """

    def __init__(
        self, model: Any, size: tuple[int, int], classes: tuple[str, ...], mean: tuple[float, ...],
        std: tuple[float, ...], *, data: str = "", mirror: bool = False,
        read: Callable[[], Images] | None = None,
    ) -> None:  # fmt: skip
        if not isinstance(model, ViT | ResNet) or model.head is None:
            raise UserError(f"{type(model).__name__}: nt demo shows a ViT or a ResNet with a head")
        self.model: Any = model
        self.size, self.classes = size, classes
        self.data, self.mirror, self.read = data, mirror, read
        self.channels = len(mean)
        self._normalize = Normalize(mean, std)

    @classmethod
    def open(cls, found: Found) -> Classifier:
        """Load one.

        Raises:
            UserError: its files are damaged, or it does not classify.
        """
        task, model = load(found)
        if not isinstance(task, ImageTask):
            return cls(model, *_published(found, model))
        s, data = task.shape, task.config.data

        def read() -> Images:
            task.prepare()
            return task.test

        return cls(
            model, tuple(s["size"]), tuple(s["classes"]), tuple(s["mean"]), tuple(s["std"]),
            data=data, mirror=task.config.mirror,
            read=read if at_hand(data, task.config.data_dir) else None,
        )  # fmt: skip

    @cached_property
    def samples(self) -> Images | None:
        """Test images of the data that it learned from, if they are on this machine.

        Raises:
            UserError: they are here, and cannot be read.
        """
        return None if self.read is None else self.read()

    def fitted(self, image: Pixels) -> Pixels:
        """An image of any size in the size and the colours of the model."""
        if image.ndim == 2:
            image = image[..., None]
        image = image[..., :3]
        if self.channels == 1 and image.shape[2] == 3:  # as ITU-R 601 weighs them
            grey = image.astype(np.float64) @ np.array([0.299, 0.587, 0.114])
            image = np.rint(grey).astype(np.uint8)[..., None]
        elif self.channels == 3 and image.shape[2] == 1:
            image = np.repeat(image, 3, axis=2)
        if image.shape[:2] != self.size:
            image = np.asarray(Resize(self.size)(image[None])[0], np.uint8)
        return np.ascontiguousarray(image)

    def drawn(self, ink: NDArray[np.uint8]) -> Pixels:
        """A drawing (rows, columns), 255 where there is ink, as the model's data would show it."""
        return self.fitted(centred(ink, *FRAMES.get(self.data, (0, 0))))

    def logits(self, image: Pixels) -> NDArray[np.float32]:
        """What the model gives for one image of its size, (classes,)."""
        with no_grad():
            found: NDArray[np.float32] = self.model(self._input(image)).numpy()[0]
            return found

    def probabilities(self, image: Pixels) -> NDArray[np.float64]:
        """What the model says of one image of its size, (classes,); they sum to 1."""
        both = [image, np.ascontiguousarray(image[:, ::-1])] if self.mirror else [image]
        said = [softmax(tensor(self.logits(each)).to("float64"), -1).numpy() for each in both]
        mean: NDArray[np.float64] = np.mean(said, axis=0)
        return mean

    def rows(self, image: Pixels, most: int = 10) -> list[Bar]:
        """The likeliest classes, and all others together."""
        said = self.probabilities(image)
        order = np.argsort(-said, kind="stable")
        rows: list[Bar] = [(self.classes[i], float(said[i]), None) for i in order[:most]]
        if len(rest := order[most:]):
            rows.append((f"{len(rest):,} others", float(said[rest].sum()), None))
        return rows

    def inside(self, image: Pixels) -> Attention | Evidence:
        """What in an image of its size the model goes by."""
        with no_grad():
            x = self._input(image)
            return self._attention(x) if isinstance(self.model, ViT) else self._evidence(x)

    def _input(self, image: Pixels) -> Tensor:
        """(height, width, channels) of bytes to (1, channels, height, width)."""
        x: Tensor = tensor(self._normalize(image[None])).permute(0, 3, 1, 2)
        return x

    def _attention(self, x: Tensor) -> Attention:
        with capture(self.model) as seen:
            self.model(x)
            maps = [each[-1] for each in seen.attention.values()]  # each (1, heads, time, time)
        rolled = attention_rollout(maps)[-1].numpy()  # (1, time, time)
        layers = np.stack([each.numpy()[0] for each in maps])  # (layers, heads, time, time)
        grid = self.model.config.grid
        if self.model.encoder.class_token is not None:
            asked, whole = layers[:, :, 0, 1:], rolled[0, 0, 1:]
        else:
            asked, whole = layers.mean(2), rolled[0].mean(0)
        return Attention(asked.reshape(*asked.shape[:2], *grid), whole.reshape(grid))

    def _evidence(self, x: Tensor) -> Evidence:
        r"""$E_c(i, j) = \sum_k w_{ck} f_k(i, j) + b_c$: the head, asked at every place.

        Source: Zhou et al., Learning Deep Features for Discriminative Localization (2016),
        equation 2.
        """
        places = self.model.features(x).permute(0, 2, 3, 1)  # (1, rows, columns, width)
        maps = self.model.head(places).numpy()[0]  # (rows, columns, classes)
        return Evidence(np.ascontiguousarray(maps.transpose(2, 0, 1)))


# How the images of a data set hold a drawing: the side of the square frame, and that of the box in
# it that the drawing fills. The digits of scikit-learn fill theirs; MNIST's stand in 20 of 28.
FRAMES = {"digits": (8, 8), "mnist": (28, 20)}


def centred(ink: NDArray[np.uint8], frame: int, box: int) -> NDArray[np.uint8]:
    """Cut a drawing out and set it into the middle of a frame, its longer side filling the box.

    Args:
        ink: (rows, columns), 0 where there is nothing.
        frame: the side of what is given, in units of the data's pixels; 0 leaves the drawing.
        box: the side that the drawing fills, in the same units.

    Returns:
        (side, side), larger than the frame: `Resize` brings it down without losing thin lines.

    Example:
        >>> ink = np.zeros((100, 100), np.uint8)
        >>> ink[10:50, 70:90] = 255
        >>> whole = centred(ink, 28, 20)
        >>> rows, columns = np.nonzero(whole)
        >>> whole.shape, [int(each) for each in (rows.min(), rows.max(), columns.min())]
        ((56, 56), [8, 47, 18])
    """
    rows, columns = np.nonzero(ink)
    if not frame or not len(rows):
        return ink
    cut = ink[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    height, width = cut.shape
    longer = max(height, width)
    side = -(-longer * frame // box)
    whole = np.zeros((side, side), np.uint8)
    top, left = (side - height) // 2, (side - width) // 2
    whole[top : top + height, left : left + width] = cut
    return whole


def _published(found: Found, model: Any) -> tuple[Any, ...]:
    """Size, classes, mean and spread of published weights, as the files beside them say."""
    with telling(ValueError, OSError, prefix=f"{found.folder}: "):
        config = json.loads((found.folder / "config.json").read_text("utf-8"))
        file = found.folder / "preprocessor_config.json"
        how = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    count = model.config.classes or 0
    names = config.get("id2label") or {}
    classes = tuple(str(names.get(str(i), f"class {i}")) for i in range(count))
    asked = getattr(model.config, "image_size", None) or _side(how.get("size")) or 224
    size = (asked, asked) if isinstance(asked, int) else tuple(asked)
    half = [0.5] * model.config.channels
    return size, classes, tuple(how.get("image_mean", half)), tuple(how.get("image_std", half))


def _side(size: Any) -> int | None:
    """What a `preprocessor_config.json` says of the size, in one of its ways."""
    if isinstance(size, dict):
        size = size.get("height", size.get("shortest_edge"))
    return size if isinstance(size, int) else None
