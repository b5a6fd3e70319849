"""`nt train clip`: images and their captions learn to find each other.

    images (batch, side, side, channels), moved and stretched  -> image tower -> u
    captions, as tokens (batch, time), some left out           -> text tower  -> v
    loss: each u is to be nearest to its v among the batch's, and each v to its u

The batch is that of all threads and ranks. Batch norm, in the image tower `resnet`, takes the
statistics of its share of it.

Validation chooses the weights by the mean of one over the rank, of both directions; the test part
is measured once, with the chosen weights. `clip_data.py` has the pairs, `clip_model.py` the
towers, `clip_figures.py` what is measured and what must be beaten.

Source: Radford et al., Learning Transferable Visual Models From Natural Language Supervision
(2021), figure 3. Departing from it, texts that are equal or alike share the probability:
`clip_targets.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from nt_autograd import Tensor, cross_entropy, tensor
from nt_data import ArrayDataset, DataLoader
from nt_data.metrics import retrieval_ranks
from nt_data.sources import ImageTexts
from nt_models import CLIPConfig, CLIPVisionConfig
from nt_nn import gather_shares
from nt_tensor import Generator, current_device
from numpy.typing import NDArray

from nt_apps.errors import UserError, telling
from nt_apps.train.clip_batches import Pixels, TrainingPairs, once_a_group
from nt_apps.train.clip_data import (
    Captions,
    Parts,
    load_parts,
    make_tokenizer,
    spread,
    with_faces,
    words_of,
)
from nt_apps.train.clip_figures import (
    Table,
    belongs,
    chance,
    figures,
    loss_of,
    nearest_words,
)
from nt_apps.train.clip_model import Sizes, SmallCLIP
from nt_apps.train.clip_plots import draw_groups, draw_pairs, draw_similarity, write_groups
from nt_apps.train.clip_settings import RECIPES, CLIPSettings
from nt_apps.train.clip_targets import Targets
from nt_apps.train.kept_tokenizer import keep_tokenizer, reopen_tokenizer
from nt_apps.train.over_batches import over_batches
from nt_apps.train.task import Figures, Task

__all__ = ["TrainCLIP"]

Features = NDArray[np.float32]  # (samples, projection), each of length 1


class TrainCLIP(Task[CLIPSettings]):
    """Train a small CLIP: by default, on the glyphs of a font and their Unicode names.

    `shape` has `channels`, `mean` and `std` of the training part's pixels by channel, `vocab_size`,
    with the two tokens around a caption, and the `words` of the training captions.

    Example:
        >>> TrainCLIP.preset("clip-mini")["text_width"]
        192
    """

    name = "clip"
    config_type = CLIPSettings
    recipes: ClassVar = RECIPES
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

    @classmethod
    def following(cls, chosen: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
        """What the recipes know of their data and tokenizer is not assumed of others."""
        known = {"glyphs": (), "emoji": ("faces",)}
        off: dict[str, Any] = dict.fromkeys(
            known.get(chosen["data"], ("faces", "without_unknown")), False
        )
        if chosen["tokenizer"] != "wordpiece":
            off["subword_dropout"] = 0.0
        return {name: value for name, value in off.items() if name not in given}

    # Data

    def prepare(self) -> None:
        """Read the pairs; tokenizer and pixels' spread follow from the training part."""
        c = self.config
        self.parts = load_parts(c.data, c.side, c.data_dir)
        train = self.parts.train
        if not hasattr(self, "captions"):
            words = {word for text in train.texts for word in words_of(text)}
            tokenizer = make_tokenizer(c.tokenizer, c.vocab_size, train)
            self.captions = Captions(tokenizer, c.context, words)
        mean, std = spread(train.images)
        self.shape = {
            "channels": train.images.shape[3], "mean": mean, "std": std,
            "vocab_size": self.captions.vocab_size, "words": sorted(self.captions.words),
        }  # fmt: skip

    def keep(self, folder: Path) -> None:
        """Write the tokenizer."""
        keep_tokenizer(self.captions.tokenizer, folder)

    def reopen(self, folder: Path, shape: dict[str, Any]) -> None:
        """Read the tokenizer, and see that it is the one that the weights were trained with."""
        own = shape["vocab_size"] - 2  # without begin and end
        tokenizer = reopen_tokenizer(folder, own)
        self.captions = Captions(tokenizer, self.config.context, shape["words"])
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
        c, train = self.config, self.parts.train
        sampler = once_a_group(train.groups) if c.balanced else None
        count = len(train) if sampler is None else len(sampler)
        if c.batch_size > count:
            what = "pairs" if sampler is None else "groups of pairs"
            raise UserError(f"batch_size ({c.batch_size}) must be at most the {count} {what}")
        looks = with_faces(train, c.side) if c.faces else None
        changed = TrainingPairs(train, self.captions, self._pixels, c, looks)
        order = {} if sampler is None else {"sampler": sampler}
        places = ArrayDataset(np.arange(len(train)))
        return self.batches(places, drop_last=True, transform=changed, **order)

    @cached_property
    def _targets(self) -> Targets:
        texts = [self.captions.ids(text) for text in self.parts.train.texts]
        return Targets(texts, self.captions.vocab_size, self.config.soft_targets)

    @cached_property
    def _pixels(self) -> Pixels:
        return Pixels(self.shape["mean"], self.shape["std"])

    def loss(
        self, model: Any, images: NDArray[np.float32], tokens: NDArray[Any], same: NDArray[Any]
    ) -> Tensor:
        r"""The symmetric loss of pairs, in nats.

        $$L = \frac1{2N} \sum_i H\big(t_i, \operatorname{softmax}_j(s\, u_i \cdot v_j)\big)
        + H\big(t_i, \operatorname{softmax}_j(s\, u_j \cdot v_i)\big)$$

        with the targets $t$ of `Targets`.

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
        target = tensor(self._targets(tokens, same), device=here)  # (pairs, pairs)
        logits = u @ v.transpose(0, 1) * model.scale()  # (pairs, pairs)
        to_text = cross_entropy(logits, target, label_smoothing=smooth)
        to_image = cross_entropy(logits.transpose(0, 1), target, label_smoothing=smooth)
        loss: Tensor = (to_text + to_image) * 0.5
        return loss

    # Looks

    def images_features(self, model: Any, images: NDArray[np.uint8]) -> Features:
        """What the image tower makes of bytes (n, side, side, channels)."""

        def encoded(some: NDArray[np.uint8]) -> Features:
            x = tensor(self._pixels(some), device=current_device())
            found: Features = model.encode_image(x.permute(0, 3, 1, 2)).numpy()
            return found

        return self._over(encoded, model, images)

    def texts_features(self, model: Any, texts: Sequence[str]) -> Features:
        """What the text tower makes of captions.

        The pieces of a word that it never learned were learned in others, and may lead anywhere.
        `config.without_unknown` makes the features of a caption with such words the mean of those
        with and without them, as the paper's are of several prompts for one class.

        Source: Radford et al. (2021), section 3.1.4.
        """

        def encoded(tokens: NDArray[np.int64]) -> Features:
            found: Features = model.encode_text(tensor(tokens, device=current_device())).numpy()
            return found

        found = self._over(encoded, model, self.captions(list(texts)))
        known = [self.captions.known(text) for text in texts]
        cut = [i for i, text in enumerate(texts) if text != known[i]]
        if cut and self.config.without_unknown:
            found[cut] += self._over(encoded, model, self.captions([known[i] for i in cut]))
            found[cut] /= np.linalg.norm(found[cut], axis=1, keepdims=True)
        return found

    def _over(self, encoded: Any, model: Any, rows: NDArray[Any]) -> Features:
        size = self.config.batch_size
        batches = ((rows[i : i + size],) for i in range(0, len(rows), size))
        threads = self.config.threads
        return np.concatenate(list(over_batches(encoded, batches, model=model, threads=threads)))

    def similarity(self, model: Any, part: ImageTexts) -> Table:
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

    def answer(self, model: Any) -> Table:
        """The cosine of each test image with each test text."""
        return self.similarity(model, self.parts.test)

    def measure(self, model: Any, said: Table) -> Figures:
        """Recall and mean rank on the test part, both ways."""
        return figures(said, self.parts.test.texts)

    def draw(self, model: Any, said: Table, folder: Path) -> Sequence[Path]:
        """On test: images with the texts found for them, all similarities, recall by group.

        There is no recall by group where each group is a single pair.
        """
        test = self.parts.test
        drawn = [folder / "pairs.png", folder / "similarity.png"]
        draw_pairs(drawn[0], said, test, self.config.seed)
        draw_similarity(drawn[1], said, test)
        if len(set(test.groups)) < len(test):
            drawn += [folder / "groups.png", folder / "groups.csv"]
            draw_groups(drawn[2], said, test)
            write_groups(drawn[3], said, test)
        return drawn
