"""`nt train resnet`: a residual network of convolutions learns to name what images show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from nt_models import ResNet, ResNetConfig
from nt_tensor import Generator

from nt_apps.errors import UserError, telling
from nt_apps.train.config import setting
from nt_apps.train.images import MODEL, ImageConfig, ImageTask

__all__ = ["ResNetSettings", "TrainResNet"]


@dataclass(frozen=True)
class ResNetSettings(ImageConfig):
    """How a ResNet for small images is trained: a 3x3 stem, and stages of basic blocks.

    Example:
        >>> ResNetSettings(width=16).stages
        3
    """

    stages: int = setting(3, MODEL, "each but the first halves the image", least=1)
    blocks: int = setting(3, MODEL, "of two convolutions, a stage", least=1)
    width: int = setting(20, MODEL, "channels of the first stage; each has twice more", least=1)
    preactivation: bool = setting(
        False, MODEL, "whether norm and ReLU stand before each convolution"
    )


# SGD with momentum and decay as in He et al. (2016), its rate in one cycle; the mean is judged.
_IMAGES = {
    "optimizer": "sgd", "schedule": "one-cycle", "lr": 0.2, "beta1": 0.9, "weight_decay": 5e-4,
    "batch_size": 128, "clip": 0.0, "flip": True, "label_smoothing": 0.1, "ema": 0.998,
}  # fmt: skip
_DIGITS = {
    **_IMAGES, "steps": 300, "warmup": 90, "batch_size": 64, "stages": 2, "blocks": 1,
    "width": 16, "crop": 1, "flip": False, "ema": 0.95, "eval_every": 30,
}  # fmt: skip
_FASHION = {  # 20 epochs of 55,000 training images
    **_IMAGES, "data": "fashion-mnist", "steps": 8600, "warmup": 2150, "eval_every": 430,
    "crop": 2, "mirror": True,
}  # fmt: skip
_CIFAR = {  # 80 epochs of the 35,000 training images of the lossless copy
    **_IMAGES, "data": "cifar-10", "steps": 21840, "warmup": 5460, "eval_every": 546, "crop": 4,
    "erase": 0.25, "mirror": True,
}  # fmt: skip


class TrainResNet(ImageTask[ResNetSettings]):
    """Train a residual network: by default, on the digits that scikit-learn brings along.

    Example:
        >>> TrainResNet.preset("resnet20")
        {'stages': 3, 'blocks': 3, 'width': 16, 'preactivation': False}
    """

    name = "resnet"
    config_type = ResNetSettings
    recipes: ClassVar = {"digits": _DIGITS, "fashion-mnist": _FASHION, "cifar-10": _CIFAR}

    @classmethod
    def preset(cls, name: str) -> dict[str, Any]:
        """The sizes of a preset of `nt_models.ResNetConfig` that is made of equal stages."""
        with telling(ValueError):
            sized = ResNetConfig.preset(name)
        first, stages = sized.widths[0], len(sized.depths)
        doubled = tuple(first * 2**i for i in range(stages))
        if sized.block != "basic" or sized.stem != "cifar" or sized.widths != doubled:
            raise UserError(f"preset {name!r} is for large images; resnet20 or resnet-mini is not")
        return {"stages": stages, "blocks": sized.depths[0], "width": first,
                "preactivation": sized.preactivation}  # fmt: skip

    def model(self) -> ResNet:
        """A ResNet of the config's sizes, for the data's images."""
        c = self.config
        with telling(ValueError):
            sizes = ResNetConfig(
                depths=(c.blocks,) * c.stages,
                widths=tuple(c.width * 2**i for i in range(c.stages)),
                block="basic",
                stem="cifar",
                stem_width=c.width,
                channels=self.shape["channels"],
                classes=len(self.shape["classes"]),
                preactivation=c.preactivation,
            )
        return ResNet(sizes, generator=Generator(c.seed))
