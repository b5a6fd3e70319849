"""Training pairs on their way to the model: images moved a little, captions shortened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from nt_data import Draws, WeightedRandomSampler
from nt_data.sources import ImageTexts
from nt_data.transforms import MaxMatchDropout, Normalize, RandomErasing
from numpy.typing import NDArray

from nt_apps.train.clip_augment import RandomAffine
from nt_apps.train.clip_data import Captions
from nt_apps.train.clip_settings import CLIPSettings

__all__ = ["Pixels", "TrainingPairs", "once_a_group"]

Bytes = NDArray[np.uint8]  # (n, side, side, channels)
Floats = NDArray[np.float32]  # the same
Ids = NDArray[np.int64]


class Pixels:
    """Bytes to numbers around 0, by the training part's mean and spread.

    Args:
        mean: of pixels from 0 to 1, by channel.
        std: the same, positive.

    Example:
        >>> Pixels([0.5], [0.5])(np.full((1, 1, 1, 1), 255, np.uint8))
        array([[[[1.]]]], dtype=float32)
    """

    def __init__(self, mean: list[float], std: list[float]) -> None:
        # The background has to be 0, which is what comes in where an image moves out: glyphs are
        # white on black, but colours stand on white, and are inverted.
        self._inverted = len(mean) > 1
        middle = [1 - value for value in mean] if self._inverted else mean
        self.normalize = Normalize(tuple(middle), tuple(std))

    def light(self, images: Bytes) -> Floats:
        """Floats from 0, the background, to 1."""
        light = images.astype(np.float32) / np.float32(255)
        return np.asarray(1 - light if self._inverted else light, np.float32)

    def __call__(self, images: Bytes) -> Floats:
        """What the image tower takes, with channels last."""
        return self.normalize(self.light(images))


def named(caption: str) -> int:
    """A number for a caption, the same on every rank: another caption's is another one.

    Example:
        >>> named("a sun") == named("a sun"), named("a sun") == named("a moon")
        (True, False)
    """
    digest = blake2b(caption.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)


class TrainingPairs:
    """A loader's transform: places in the training part become images, tokens and equal captions.

    Args:
        train: the pairs.
        captions: makes tokens of texts.
        pixels: makes numbers of bytes.
        config: how much is changed.
        looks: what each pair's image looks like, (looks, pairs, side, side, channels), of which one
            is shown each time; the pairs' own images if None.
    """

    def __init__(
        self,
        train: ImageTexts,
        captions: Captions,
        pixels: Pixels,
        config: CLIPSettings,
        looks: Bytes | None = None,
    ) -> None:
        self.captions, self.pixels, self.config = captions, pixels, config
        self.looks = train.images[None] if looks is None else looks
        self.known = [  # each pair's name and keywords as ids
            (captions.ids(text), [captions.ids(word) for word in words])
            for text, words in zip(train.texts, train.keywords, strict=True)
        ]
        self.split = (
            MaxMatchDropout(captions.tokenizer, config.subword_dropout)
            if config.subword_dropout
            else None
        )
        self.most = max(1, *(len(words) for words in train.keywords))

    def __call__(self, chosen: Ids, draws: Draws) -> tuple[Floats, Ids, Ids]:
        """Give some pairs, changed.

        Args:
            chosen: (batch,) places in the training part.
            draws: the numbers of the samples.

        Returns:
            The images (batch, side, side, channels), the tokens (batch, time), and numbers (batch,)
            that are equal where the captions are, in whichever batches.
        """
        c = self.config
        change = RandomAffine(c.shift, c.zoom, c.turn, c.slant)
        look = draws.integers(0, len(self.looks)) if len(self.looks) > 1 else 0
        images = change(self.pixels.light(self.looks[look, chosen]), draws)
        if c.erase:
            images = RandomErasing(p=c.erase)(images, draws)
        tokens = self._tokens(chosen, draws)
        # By what they say: the same words are the same caption, in whichever pieces.
        same = [named(self.captions.text(row)) for row in tokens]
        return self.pixels.normalize(images), tokens, np.array(same, np.int64)

    def _tokens(self, chosen: Ids, draws: Draws) -> Ids:
        """Names, or up to four keywords in any order, in pieces drawn anew, tokens left out."""
        c = self.config
        plain, many = draws.uniform() >= c.keywords, draws.integers(1, 5)
        order = draws.uniform((self.most,))
        kept = draws.uniform((c.context,)) >= c.token_dropout
        rows = []
        for row, i in enumerate(chosen.tolist()):
            name, words = self.known[i]
            if words and not plain[row]:
                some = np.argsort(order[row, : len(words)])[: many[row]]
                name = [token for k in some for token in words[k]]
            rows.append(name)
        if self.split is not None:
            rows = self.split(rows, draws)
        return self.captions.rows([
            [token for token, keep in zip(tokens, keeps, strict=False) if keep]
            for tokens, keeps in zip(rows, kept, strict=True)
        ])  # fmt: skip


def once_a_group(groups: Sequence[str]) -> WeightedRandomSampler:
    """Draw as many samples as there are groups, each group as often as any other on average.

    Example:
        >>> sampler = once_a_group(["hand"] * 6 + ["sun"])
        >>> len(sampler), sampler.weights.round(2).tolist()[5:]
        (2, [0.17, 1.0])
    """
    sizes = Counter(groups)
    return WeightedRandomSampler([1 / sizes[group] for group in groups], len(sizes))
