"""`nt train vit`: a Vision Transformer learns to name what images show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from nt_models import ViT, ViTConfig
from nt_tensor import Generator

from nt_apps.errors import UserError, telling
from nt_apps.train.config import setting
from nt_apps.train.images import MODEL, ImageConfig, ImageTask

__all__ = ["TrainViT", "ViTSettings"]


@dataclass(frozen=True)
class ViTSettings(ImageConfig):
    """How a Vision Transformer is trained.

    Example:
        >>> ViTSettings(patch=4).layers
        3
    """

    patch: int = setting(
        4, MODEL, "rows and columns of a patch; they must divide the image", least=1
    )
    layers: int = setting(3, MODEL, "blocks", least=1)
    heads: int = setting(4, MODEL, "attention heads; they must divide the width", least=1)
    width: int = setting(128, MODEL, "numbers that a patch is made into", least=1)
    pooling: str = setting(
        "class", MODEL, "what the head reads: class (a token of its own) or mean (of the patches)",
        choices=("class", "mean"),
    )  # fmt: skip
    dropout: float = setting(0.0, MODEL, "share of numbers left out at random", least=0, below=1)


# One rise and one fall of the rate, labels a little smoothed, the mean of the weights judged.
_IMAGES = {
    "batch_size": 128, "schedule": "one-cycle", "lr": 2e-3, "weight_decay": 0.05, "beta2": 0.99,
    "label_smoothing": 0.1, "ema": 0.998, "pooling": "mean",
}  # fmt: skip
_DIGITS = {
    **_IMAGES, "steps": 600, "warmup": 150, "batch_size": 64, "lr": 5e-3, "ema": 0.99,
    "patch": 2, "width": 64, "crop": 1, "eval_every": 50,
}  # fmt: skip
# Muon after one epoch is where AdamW is after ten: 85 % of validation against 72 %.
_FASHION = {  # 12 epochs of 55,000 training images
    **_IMAGES, "data": "fashion-mnist", "steps": 5150, "warmup": 500, "eval_every": 515,
    "optimizer": "muon", "crop": 1, "flip": True,
}  # fmt: skip
_CIFAR = {  # 51 epochs of the 35,000 training images of the lossless copy
    **_IMAGES, "data": "cifar-10", "steps": 14000, "warmup": 2800, "eval_every": 700,
    "crop": 4, "flip": True, "rand_augment": 5,
}  # fmt: skip


class TrainViT(ImageTask[ViTSettings]):
    """Train a Vision Transformer: by default, on the digits that scikit-learn brings along.

    Example:
        >>> TrainViT.preset("vit-mini")
        {'patch': 4, 'layers': 3, 'heads': 4, 'width': 128}
    """

    name = "vit"
    config_type = ViTSettings
    recipes: ClassVar = {"digits": _DIGITS, "fashion-mnist": _FASHION, "cifar-10": _CIFAR}

    @classmethod
    def preset(cls, name: str) -> dict[str, Any]:
        """The sizes of a preset of `nt_models.ViTConfig`."""
        with telling(ValueError):
            sized = ViTConfig.preset(name)
        own = ("layers", "heads", "width")
        return {"patch": sized.patch_size, **{name: getattr(sized, name) for name in own}}

    def model(self) -> ViT:
        """A ViT of the config's sizes, for the data's images."""
        c, (height, width) = self.config, self.shape["size"]
        if height != width or height % c.patch:
            raise UserError(
                f"patch ({c.patch}) must divide the sides of square images, not {height}x{width}"
            )
        with telling(ValueError):
            sizes = ViTConfig(
                image_size=height,
                patch_size=c.patch,
                channels=self.shape["channels"],
                classes=len(self.shape["classes"]),
                layers=c.layers,
                heads=c.heads,
                width=c.width,
                pooling="class" if c.pooling == "class" else "mean",
                dropout=c.dropout,
            )
        return ViT(sizes, generator=Generator(c.seed))
