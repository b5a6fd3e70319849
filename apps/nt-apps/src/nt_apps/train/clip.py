"""`nt train clip`: images and their captions learn to find each other.

    images (batch, side, side, channels), moved and stretched  -> image tower -> u
    captions, as tokens (batch, time), some left out           -> text tower  -> v
    loss: each u is to be nearest to its v among the batch's, and each v to its u

Validation chooses the weights by the mean of one over the rank, of both directions; the test part
is measured once, with the chosen weights. `clip_data.py` has the pairs, `clip_model.py` the
towers, `clip_figures.py` what is measured and what must be beaten.

Source: Radford et al., Learning Transferable Visual Models From Natural Language Supervision
(2021), figure 3; texts that stand twice in a batch share the probability: Yang et al., Unified
Contrastive Learning in Image-Text-Label Space (2022), section 3.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from nt_autograd import Tensor, cross_entropy, tensor
from nt_data import ArrayDataset, DataLoader, Draws
from nt_data.metrics import retrieval_ranks
from nt_data.sources import ImageTexts
from nt_data.transforms import Normalize, RandomErasing
from nt_models import CLIPConfig, CLIPVisionConfig
from nt_nn import gather_shares
from nt_tensor import Generator, current_device
from numpy.typing import NDArray

from nt_apps.errors import UserError, naming, telling
from nt_apps.train.clip_augment import RandomAffine
from nt_apps.train.clip_data import Captions, Parts, load_parts, make_tokenizer, spread
from nt_apps.train.clip_figures import belongs, chance, figures, loss_of, nearest_words
from nt_apps.train.clip_model import Sizes, SmallCLIP
from nt_apps.train.clip_plots import draw_groups, draw_pairs, draw_similarity, write_groups
from nt_apps.train.config import TrainConfig, setting
from nt_apps.train.corpus import read_tokenizer
from nt_apps.train.over_batches import over_batches
from nt_apps.train.task import Figures, Task

__all__ = ["CLIPSettings", "TrainCLIP"]

DATA, AUGMENT, MODEL = "Data", "Augmentation", "Model"

Features = NDArray[np.float32]  # (samples, projection), each of length 1


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
    side: int = setting(32, DATA, "height and width that images are brought to", least=8)
    tokenizer: str = setting(
        "wordpiece", DATA, "learned from the training captions: wordpiece, bpe or char",
        choices=("wordpiece", "bpe", "char"),
    )  # fmt: skip
    vocab_size: int = setting(800, DATA, "tokens that wordpiece and bpe learn", least=2)
    context: int = setting(48, DATA, "tokens of a caption, its begin and end among them", least=3)

    shift: float = setting(3.0, AUGMENT, "pixels by which an image is moved at most", least=0)
    zoom: float = setting(0.12, AUGMENT, "share by which it is stretched at most", least=0, below=1)
    turn: float = setting(8.0, AUGMENT, "degrees by which it is turned at most", least=0)
    slant: float = setting(0.1, AUGMENT, "pixels a row by which it slants at most", least=0)
    erase: float = setting(0.0, AUGMENT, "share of images that lose a box", least=0, below=1.0001)
    token_dropout: float = setting(
        0.1, AUGMENT, "share of a caption's tokens that is left out", least=0, below=1
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
    dropout: float = setting(0.0, MODEL, "share of numbers left out at random", least=0, below=1)
    label_smoothing: float = setting(
        0.0, MODEL, "probability that the target spreads over the batch", least=0, below=1
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, width in (("width", self.width), ("text_width", self.text_width)):
            if width % self.heads:
                raise UserError(f"heads ({self.heads}) must divide {name} ({width})")
        if self.tower == "resnet" and self.width % 4:
            raise UserError(f"width ({self.width}) must be a multiple of 4 for tower resnet")
        if self.tower == "vit" and self.side % self.patch:
            raise UserError(f"patch ({self.patch}) must divide side ({self.side})")


_GLYPHS: dict[str, Any] = {}
_EMOJI: dict[str, Any] = {"data": "emoji"}


class TrainCLIP(Task[CLIPSettings]):
    """Train a small CLIP: by default, on the glyphs of a font and their Unicode names.

    `shape` has `side`, `channels`, `mean` and `std` of the training part's pixels by channel, and
    `vocab_size`, with the two tokens around a caption.

    Example:
        >>> TrainCLIP.preset("clip-mini")["text_width"]
        192
    """

    name = "clip"
    config_type = CLIPSettings
    recipes: ClassVar = {"glyphs": _GLYPHS, "emoji": _EMOJI}
    unit = "images"
    watched = "validation_mean_reciprocal_rank"
    larger_is_better = True
    parts: Parts
    captions: Captions

    @classmethod
    def preset(cls, name: str) -> dict[str, Any]:
        """The sizes of `small` (0.9 million parameters), or of a ViT of `nt_models.CLIPConfig`."""
        if name == "small":
            return {}
        with telling(ValueError):
            sized = CLIPConfig.preset(name)
        seen, read = sized.vision, sized.text
        if not isinstance(seen, CLIPVisionConfig):
            raise UserError(f"preset {name}: its image tower is none that is trained here")
        return {
            "tower": "vit", "side": seen.image_size, "patch": seen.patch, "layers": seen.layers,
            "width": seen.width, "heads": read.heads, "text_layers": read.layers,
            "text_width": read.width, "projection": sized.projection,
        }  # fmt: skip

    # Data

    def prepare(self) -> None:
        """Read the pairs; tokenizer and pixels' spread follow from the training part."""
        c = self.config
        self.parts = load_parts(c.data, c.side, c.data_dir)
        train = self.parts.train
        if not hasattr(self, "captions"):
            self.captions = Captions(make_tokenizer(c.tokenizer, c.vocab_size, train), c.context)
        mean, std = spread(train.images)
        self.shape = {
            "channels": train.images.shape[3], "mean": mean, "std": std,
            "vocab_size": self.captions.vocab_size,
        }  # fmt: skip

    def keep(self, folder: Path) -> None:
        """Write the tokenizer."""
        with naming(folder / "tokenizer.json"):
            self.captions.tokenizer.save(folder / "tokenizer.json")

    def reopen(self, folder: Path, shape: dict[str, Any]) -> None:
        """Read the tokenizer, and see that it is the one that the weights were trained with."""
        path = folder / "tokenizer.json"
        self.captions = Captions(read_tokenizer(path), self.config.context)
        if self.captions.vocab_size != shape["vocab_size"]:
            raise UserError(
                f"{path} has {self.captions.vocab_size - 2} tokens, the weights beside it "
                f"{shape['vocab_size'] - 2}"
            )
        self.shape = shape

    def fingerprint(self) -> str:
        """A hash of all images and captions."""
        return self.parts.fingerprint()

    def facts(self) -> dict[str, str]:
        """The data, its split, the pairs, the towers."""
        c, p = self.config, self.parts
        train, validation, test = map(len, (p.train, p.validation, p.test))
        tower = f"vit of patch {c.patch}" if c.tower == "vit" else "resnet of 3 stages"
        return {
            "data": p.name,
            "split": p.how,
            "pairs": f"{train:,} to train, {validation:,} to validate, {test:,} to test",
            "tokenizer": f"{self.captions.tokenizer.kind}, {self.captions.vocab_size:,} tokens",
            "model": f"{tower}, {c.layers} x {c.width}; text {c.text_layers} x {c.text_width}",
            "measured_on": f"all {test:,} test pairs",
        }

    def baselines(self) -> dict[str, Figures]:
        """Chance, and the words of the nearest training image's caption."""
        return self._baselines

    @cached_property
    def _baselines(self) -> dict[str, Figures]:
        train, test = self.parts.train, self.parts.test
        return {
            "nearest image's words": figures(nearest_words(train, test), test.texts),
            "chance": chance(len(test)),
        }

    # The walk

    def model(self) -> SmallCLIP:
        """Both towers, of the config's sizes."""
        c = self.config
        with telling(ValueError):
            sizes = Sizes(
                side=c.side, channels=self.shape["channels"], vocab_size=self.shape["vocab_size"],
                context=c.context, end_token=self.captions.end, tower=c.tower, layers=c.layers,
                width=c.width, patch=c.patch, text_layers=c.text_layers, text_width=c.text_width,
                heads=c.heads, projection=c.projection, temperature=c.temperature,
                dropout=c.dropout,
            )  # fmt: skip
            return SmallCLIP(sizes, generator=Generator(c.seed))

    def loader(self) -> DataLoader:
        """Training pairs in an order of its own each epoch, each time with changes of its own."""
        c, count = self.config, len(self.parts.train)
        if c.batch_size > count:
            raise UserError(f"batch_size ({c.batch_size}) must be at most the {count} pairs")
        return DataLoader(
            ArrayDataset(np.arange(count)), c.batch_size, shuffle=True, seed=c.seed,
            drop_last=True, prefetch=c.prefetch, transform=self._drawn,
        )  # fmt: skip

    def _drawn(self, chosen: NDArray[np.int64], draws: Draws) -> tuple[NDArray[Any], ...]:
        """The images (batch, side, side, channels) and tokens (batch, time) of some pairs, changed.

        The third array tells which captions are the same, (batch,).
        """
        c = self.config
        change = RandomAffine(c.shift, c.zoom, c.turn, c.slant)
        # The background becomes 0, which is what comes in where an image moves out.
        images = self._light(self.parts.train.images[chosen])
        images = change(images, draws)
        if c.erase:
            images = RandomErasing(p=c.erase)(images, draws)
        tokens, same = self._captions(chosen, draws)
        return self._normalize(images), tokens, same

    def _captions(
        self, chosen: NDArray[np.int64], draws: Draws
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Names or some keywords, in any order, each with tokens left out: (batch, time)."""
        c, known = self.config, self._known
        plain = draws.uniform() >= c.keywords
        many = draws.integers(1, 5)
        order = draws.uniform((max((len(words) for _, words in known), default=0) or 1,))
        kept = draws.uniform((c.context,)) >= c.token_dropout
        rows = []
        for row, i in enumerate(chosen.tolist()):
            name, words = known[i]
            if words and not plain[row]:
                some = np.argsort(order[row, : len(words)])[: many[row]]
                name = [token for k in some for token in words[k]]
            rows.append([t for t, keep in zip(name, kept[row], strict=False) if keep])
        tokens = self.captions.rows(rows)
        return tokens, np.unique(tokens, axis=0, return_inverse=True)[1].reshape(-1)

    @cached_property
    def _known(self) -> list[tuple[list[int], list[list[int]]]]:
        """Each training pair's name and keywords as ids."""
        ids, train = self.captions.ids, self.parts.train
        return [
            (ids(text), [ids(word) for word in words])
            for text, words in zip(train.texts, train.keywords, strict=True)
        ]

    def _light(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Bytes to floats from 0 to 1, with the background at 0: colours on white are inverted."""
        light = images.astype(np.float32) / np.float32(255)
        return light if images.shape[3] == 1 else 1 - light

    @cached_property
    def _normalize(self) -> Normalize:
        mean, std = self.shape["mean"], self.shape["std"]
        inverted = mean if self.shape["channels"] == 1 else [1 - value for value in mean]
        return Normalize(tuple(inverted), tuple(std))

    def loss(
        self, model: Any, images: NDArray[np.float32], tokens: NDArray[Any], same: NDArray[Any]
    ) -> Tensor:
        r"""The symmetric loss of pairs, in nats.

        $$L = \frac1{2N} \sum_i H\big(t_i, \operatorname{softmax}_j(s\, u_i \cdot v_j)\big)
        + H\big(t_i, \operatorname{softmax}_j(s\, u_j \cdot v_i)\big)$$

        with $t_{ij}$ even over the $j$ whose caption is that of $i$: equals need not
        be told apart.

        Args:
            model: the towers.
            images: (batch, side, side, channels), normalised.
            tokens: (batch, time).
            same: (batch,), equal numbers for equal captions.
        """
        here, smooth = current_device(), self.config.label_smoothing
        u = model.encode_image(tensor(images, device=here).permute(0, 3, 1, 2))
        v = model.encode_text(tensor(tokens, device=here))
        u, v = gather_shares(u), gather_shares(v)  # (pairs, projection), of the whole batch
        names = gather_shares(tensor(same, device=here)).numpy()
        share = (names[:, None] == names[None, :]).astype(np.float32)
        target = tensor(share / share.sum(1, keepdims=True), device=here)  # (pairs, pairs)
        logits = u @ v.transpose(0, 1) * model.scale()  # (pairs, pairs)
        to_text = cross_entropy(logits, target, label_smoothing=smooth)
        to_image = cross_entropy(logits.transpose(0, 1), target, label_smoothing=smooth)
        loss: Tensor = (to_text + to_image) * 0.5
        return loss

    # Looks

    def images_features(self, model: Any, images: NDArray[np.uint8]) -> Features:
        """What the image tower makes of bytes (n, side, side, channels)."""

        def encoded(some: NDArray[np.uint8]) -> Features:
            x = tensor(self._normalize(self._light(some)), device=current_device())
            found: Features = model.encode_image(x.permute(0, 3, 1, 2)).numpy()
            return found

        return self._over(encoded, model, images)

    def texts_features(self, model: Any, texts: Sequence[str]) -> Features:
        """What the text tower makes of captions."""

        def encoded(tokens: NDArray[np.int64]) -> Features:
            found: Features = model.encode_text(tensor(tokens, device=current_device())).numpy()
            return found

        return self._over(encoded, model, self.captions(list(texts)))

    def _over(self, encoded: Any, model: Any, rows: NDArray[Any]) -> Features:
        size = self.config.batch_size
        batches = ((rows[i : i + size],) for i in range(0, len(rows), size))
        threads = self.config.threads
        return np.concatenate(list(over_batches(encoded, batches, model=model, threads=threads)))

    def similarity(self, model: Any, part: ImageTexts) -> NDArray[np.float32]:
        """The cosine of each image of a part with each text of it, (images, texts)."""
        return self.images_features(model, part.images) @ self.texts_features(model, part.texts).T

    def validate(self, model: Any) -> Figures:
        """Loss over all of validation, mean of one over the rank, recall at 1 and 10."""
        part = self.parts.validation
        table, right = self.similarity(model, part), belongs(part.texts)
        both = [retrieval_ranks(table, right), retrieval_ranks(table.T, right)]
        return {
            "validation_loss": loss_of(table, part.texts, float(model.scale().item())),
            "validation_mean_reciprocal_rank": float(np.mean([(1 / r).mean() for r in both])),
            "validation_image_to_text_r1": float((both[0] <= 1).mean()),
            "validation_image_to_text_r10": float((both[0] <= 10).mean()),
        }

    def sample(self, model: Any, step: int) -> str:
        """What some validation images are taken for, in the order of the part."""
        part = self.parts.validation.take(range(min(8, len(self.parts.validation))))
        table = self.images_features(model, part.images) @ (
            self.texts_features(model, self.parts.validation.texts).T
        )
        said = [self.parts.validation.texts[i] for i in table.argmax(1)]
        return "\n".join(f"{a}  ->  {b}" for a, b in zip(part.texts, said, strict=True))

    def measure(self, model: Any) -> Figures:
        """Recall and mean rank on the test part, both ways."""
        return figures(self.similarity(model, self.parts.test), self.parts.test.texts)

    def draw(self, model: Any, folder: Path) -> Sequence[Path]:
        """On test: images with the texts found for them, all similarities, recall by group."""
        test = self.parts.test
        table = self.similarity(model, test)
        names = ("pairs.png", "similarity.png", "groups.png", "groups.csv")
        drawn = [folder / name for name in names]
        draw_pairs(drawn[0], table, test, self.config.seed)
        draw_similarity(drawn[1], table, test)
        draw_groups(drawn[2], table, test)
        write_groups(drawn[3], table, test)
        return drawn
