"""A CLIP finds pictures by words: the glyphs or emoji whose features lie nearest to a text's."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from nt_data.sources import ImageTexts
from numpy.typing import NDArray

from nt_apps.demo.html import message, picture
from nt_apps.demo.models import Found, load
from nt_apps.errors import UserError
from nt_apps.train.clip import TrainCLIP

__all__ = ["PARTS", "Finder", "Hit", "found_words"]

PARTS = ("test", "validation", "train", "all")


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
    """A trained CLIP with the pictures of its data.

    Args:
        task: the run's trainer, with its data read.
        model: the towers.
    """

    def __init__(self, task: TrainCLIP, model: Any) -> None:
        self.task, self.model = task, model
        self._features: dict[str, NDArray[np.float32]] = {}

    @classmethod
    def open(cls, found: Found) -> Finder:
        """Load one, and read its data.

        Raises:
            UserError: its files are damaged, or its data cannot be had.
        """
        task, model = load(found)
        if not isinstance(task, TrainCLIP):
            raise UserError(f"{found.folder} is no run of nt train clip")
        task.prepare()
        return cls(task, model)

    def part(self, name: str) -> ImageTexts:
        """The pairs of a part of the data: one of `PARTS`."""
        p = self.task.parts
        if name == "all":
            return p.train.joined(p.validation).joined(p.test)
        return {"test": p.test, "validation": p.validation, "train": p.train}[name]

    def features(self, part: str) -> NDArray[np.float32]:
        """The features of a part's images, (images, projection); computed once."""
        if part == "all":
            return np.concatenate([self.features(each) for each in ("train", "validation", "test")])
        if part not in self._features:
            images = self.part(part).images
            self._features[part] = self.task.images_features(self.model, images)
        return self._features[part]

    def find(self, words: str, part: str = "test", most: int = 12) -> list[Hit]:
        """The pictures nearest to the words, the nearest first.

        Raises:
            UserError: there are no words.
        """
        if not words.strip():
            raise UserError("Type what to look for.")
        pairs = self.part(part)
        one = self.task.texts_features(self.model, [words])[0]  # (projection,)
        near = self.features(part) @ one  # (images,)
        order = np.argsort(-near, kind="stable")[:most]
        return [
            Hit(pairs.images[i], pairs.texts[i], pairs.characters[i], float(near[i])) for i in order
        ]


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
