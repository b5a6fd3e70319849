"""A CLIP finds pictures by words: the glyphs or emoji whose features lie nearest to a text's.

A run has the pictures of its own data. Published weights get glyphs that lie at hand, fewer, for
their towers are large.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from nt_autograd import no_grad, tensor
from nt_data import TokenizerError
from nt_data.sources import ImageTexts, load_image_texts
from nt_data.transforms import Normalize, Resize
from numpy.typing import NDArray

from nt_apps.demo.html import message, picture
from nt_apps.demo.models import Found, at_hand, load, tokenizer_of
from nt_apps.errors import UserError, telling
from nt_apps.train.clip import TrainCLIP

__all__ = ["Finder", "Hit", "found_words"]

FEW = 96  # pictures that published weights, with their large towers, look through
# Of the pixels that published weights were trained on: openai/CLIP, clip/clip.py.
MEAN, STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)

Features = NDArray[np.float32]


@dataclass(frozen=True)
class Hit:
    """One picture that was found.

    Attributes:
        image: its pixels, (side, side, channels).
        text: its own caption.
        character: what it shows.
        nearness: the cosine between its features and those of the words.
    """

    image: NDArray[np.uint8]
    text: str
    character: str
    nearness: float


class Finder:
    """What finds pictures by words.

    Args:
        parts: the pictures to look through, by name.
        of_words: gives the features of words, (projection,), of length 1.
        of_images: gives those of images (n, side, side, channels), (n, projection).
    """

    def __init__(
        self,
        parts: Mapping[str, ImageTexts],
        of_words: Callable[[str], Features],
        of_images: Callable[[NDArray[np.uint8]], Features],
    ) -> None:
        self.parts, self.of_words, self.of_images = parts, of_words, of_images
        self._features: dict[str, Features] = {}

    @classmethod
    def open(cls, found: Found) -> Finder:
        """Load one, and read its data.

        Raises:
            UserError: its files are damaged, or its data is not on this machine.
        """
        task, model = load(found)
        if not isinstance(task, TrainCLIP):
            return _published(found, model)
        c, run = task.config, task
        if not at_hand(c.data, c.data_dir):
            raise UserError(f"{found.folder}: the pictures of {c.data} are not on this machine")
        run.prepare()
        p = run.parts
        return cls(
            {"test": p.test, "validation": p.validation, "train": p.train},
            lambda words: run.texts_features(model, [words])[0],
            lambda images: run.images_features(model, images),
        )

    @property
    def names(self) -> list[str]:
        """What can be looked through: the parts, and where there are several, all of them."""
        return [*self.parts, *(["all"] if len(self.parts) > 1 else [])]

    def part(self, name: str) -> ImageTexts:
        """The pairs of a part, or of all; of the first part if there is none of that name."""
        first, *others = self.parts.values()
        if name == "all":
            for each in others:
                first = first.joined(each)
            return first
        return self.parts.get(name, first)

    def features(self, name: str) -> Features:
        """The features of a part's images, (images, projection); computed once."""
        if name == "all":
            return np.concatenate([self.features(each) for each in self.parts])
        if name not in self._features:
            self._features[name] = self.of_images(self.part(name).images)
        return self._features[name]

    def find(self, words: str, part: str = "test", most: int = 12) -> list[Hit]:
        """The pictures nearest to the words, the nearest first.

        Raises:
            UserError: there are no words.
        """
        if not words.strip():
            raise UserError("Type what to look for.")
        pairs = self.part(part)
        near = self.features(part) @ self.of_words(words)  # (images,)
        order = np.argsort(-near, kind="stable")[:most]
        return [
            Hit(pairs.images[i], pairs.texts[i], pairs.characters[i], float(near[i])) for i in order
        ]


def _published(found: Found, model: Any) -> Finder:
    """Published weights, with their tokenizer, over some emoji if they are here, else glyphs."""
    tokenizer = tokenizer_of(found)
    seen, context = model.config.vision, model.config.text.context
    name = "emoji" if at_hand("emoji", None) else "glyphs"
    with telling(OSError, ValueError, ImportError):
        pairs = load_image_texts(name, "test", progress=False)
    few = pairs.take(np.linspace(0, len(pairs) - 1, min(FEW, len(pairs))).astype(int))
    fit = Resize((seen.image_size, seen.image_size))
    normalize = Normalize(MEAN[: seen.channels], STD[: seen.channels])

    def of_words(words: str) -> Features:
        with telling(TokenizerError):
            ids = tokenizer.encode(words).astype(np.int64)
        if len(ids) > context:
            raise UserError(f"The words are {len(ids)} tokens; the model reads at most {context}.")
        with no_grad():
            features: Features = model.encode_text(tensor(ids[None])).numpy()[0]
        return features

    def of_images(images: NDArray[np.uint8]) -> Features:
        made = []
        for one in images:  # one by one: a large tower takes much memory
            coloured = np.repeat(one, seen.channels, 2) if one.shape[2] == 1 else one
            x = tensor(normalize(fit(coloured[None])))
            with no_grad():
                made.append(model.encode_image(x.permute(0, 3, 1, 2)).numpy()[0])
        return np.stack(made)

    return Finder({f"{name}, {len(few)} of them": few}, of_words, of_images)


def found_words(finder: Finder, words: str, part: str) -> str:
    """The pictures nearest to the words, with their captions; or why there are none."""
    try:
        hits = finder.find(words, part)
    except UserError as error:
        return message(str(error))
    made = "".join(
        f'<figure class="nt-hit" data-nearness="{hit.nearness!r}">{picture(hit.image, hit.text)}'
        f"<figcaption><b>{hit.nearness:.3f}</b> {escape(hit.text.capitalize())}</figcaption>"
        "</figure>"
        for hit in hits
    )
    among = len(finder.part(part))
    note = f"The nearest of {among:,}, with the cosine of their features and those of the words."
    return f'<div class="nt-hits">{made}</div><p class="nt-note">{note}</p>'
