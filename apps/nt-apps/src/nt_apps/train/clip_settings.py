"""How a small CLIP is trained: its settings, and the ones that belong together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nt_apps.errors import UserError
from nt_apps.train.config import TrainConfig, setting

__all__ = ["RECIPES", "CLIPSettings"]

DATA, AUGMENT, MODEL = "Data", "Augmentation", "Model"


@dataclass(frozen=True)
class CLIPSettings(TrainConfig):
    """How images and captions are brought together.

    Example:
        >>> CLIPSettings(heads=3)
        Traceback (most recent call last):
            ...
        nt_apps.errors.UserError: heads (3) must divide width (128)
    """

    data: str = setting(
        "glyphs", DATA, "glyphs (no download), emoji, or a CSV file with columns image and text"
    )
    data_dir: str | None = setting(None, DATA, "a folder where downloads may lie already")
    balanced: bool = setting(
        False, DATA, "whether each group of images comes as often: an emoji in any one skin tone"
    )
    side: int = setting(32, DATA, "height and width that images are brought to", least=8)
    tokenizer: str = setting(
        "wordpiece", DATA, "learned from the training captions: wordpiece, bpe or char",
        choices=("wordpiece", "bpe", "char"),
    )  # fmt: skip
    vocab_size: int = setting(1800, DATA, "tokens that wordpiece and bpe learn", least=2)
    context: int = setting(48, DATA, "tokens of a caption, its begin and end among them", least=3)

    without_unknown: bool = setting(
        False, DATA, "whether captions with words that no training caption has are also read "
        "without them",
    )  # fmt: skip

    shift: float = setting(3.0, AUGMENT, "pixels by which an image is moved at most", least=0)
    zoom: float = setting(0.12, AUGMENT, "share by which it is stretched at most", least=0, below=1)
    turn: float = setting(8.0, AUGMENT, "degrees by which it is turned at most", least=0)
    slant: float = setting(0.1, AUGMENT, "pixels a row by which it slants at most", least=0)
    faces: bool = setting(
        False, AUGMENT, "whether glyphs are also seen bold, slanted, monospaced, with serifs"
    )
    erase: float = setting(0.0, AUGMENT, "share of images that lose a box", least=0, below=1.0001)
    token_dropout: float = setting(
        0.1, AUGMENT, "share of a caption's tokens that is left out", least=0, below=1
    )
    subword_dropout: float = setting(
        0.0, AUGMENT, "share of a word's pieces that give way to shorter ones", least=0, below=1
    )
    keywords: float = setting(
        0.5, AUGMENT, "share of captions that are some of the image's keywords, where it has any",
        least=0, below=1.0001,
    )  # fmt: skip

    tower: str = setting(
        "resnet", MODEL, "what looks at images: resnet or vit", choices=("resnet", "vit")
    )
    layers: int = setting(1, MODEL, "blocks of the vit, or of each of the resnet's stages", least=1)
    width: int = setting(128, MODEL, "of the vit, or of the resnet's last stage", least=4)
    patch: int = setting(4, MODEL, "rows and columns of the vit's patches", least=1)
    text_layers: int = setting(2, MODEL, "blocks of the text tower", least=1)
    text_width: int = setting(128, MODEL, "numbers that a token is made into", least=1)
    heads: int = setting(4, MODEL, "attention heads; they must divide both widths", least=1)
    projection: int = setting(128, MODEL, "numbers that both become", least=1)
    temperature: float = setting(0.07, MODEL, "at first; it is learned, down to 0.01", least=0.01)
    dropout: float = setting(0.1, MODEL, "share of numbers left out at random", least=0, below=1)
    label_smoothing: float = setting(
        0.0, MODEL, "probability that the target spreads over the batch", least=0, below=1
    )
    soft_targets: float = setting(
        0.0, MODEL, "probability that it spreads over captions that share rare tokens", least=0,
        below=1.0001,
    )  # fmt: skip

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.faces and self.data != "glyphs":
            raise UserError(f"faces: only data glyphs has them, got data {self.data!r}")
        if self.subword_dropout and self.tokenizer != "wordpiece":
            raise UserError(
                f"subword_dropout: only tokenizer wordpiece has it, got {self.tokenizer!r}"
            )
        for name, width in (("width", self.width), ("text_width", self.text_width)):
            if width % self.heads:
                raise UserError(f"heads ({self.heads}) must divide {name} ({width})")
        if self.tower == "resnet" and self.width % 4:
            raise UserError(f"width ({self.width}) must be a multiple of 4 for tower resnet")
        if self.tower == "vit" and self.side % self.patch:
            raise UserError(f"patch ({self.patch}) must divide side ({self.side})")


# Some 100 passes over a few thousand pairs: what keeps the towers from learning them by heart are
# changed images, captions with words left out and in other pieces, a smoothed target and the mean
# of the weights. A batch is as large as it is because each of its other texts is one to be told
# apart.
_GLYPHS: Mapping[str, Any] = {
    "without_unknown": True, "faces": True, "layers": 2, "token_dropout": 0.25,
    "subword_dropout": 0.2, "label_smoothing": 0.1, "soft_targets": 0.4, "batch_size": 192,
    "steps": 2400, "optimizer": "muon", "lr": 2e-3, "min_lr": 3e-5, "warmup": 100,
    "weight_decay": 0.3, "beta2": 0.98, "ema": 0.998, "eval_every": 100,
}  # fmt: skip
# Fewer pictures, each with a name of its own: more is left out of both. A hand in six skin tones
# tells no more than a sun, and is shown no more often.
_EMOJI: Mapping[str, Any] = {
    **_GLYPHS, "data": "emoji", "faces": False, "subword_dropout": 0.0, "soft_targets": 0.0,
    "layers": 1, "balanced": True, "steps": 800, "eval_every": 50, "turn": 10.0, "zoom": 0.15,
    "token_dropout": 0.2, "dropout": 0.3, "keywords": 0.75, "weight_decay": 0.5,
}  # fmt: skip

RECIPES = {"glyphs": _GLYPHS, "emoji": _EMOJI}
