"""Splits that share nothing: by hash where none is published, and cleared of what stands twice."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from nt_data._samples import Samples

__all__ = ["apart", "first_of_each", "split_by_hash"]

S = TypeVar("S", bound=Samples)


def split_by_hash(samples: S, keys: Sequence[str], percents: Mapping[str, int]) -> dict[str, S]:
    """Divide samples by the SHA-256 of their keys, so that what shares a key stays together.

    A sample keeps its split whatever other samples there are.

    Args:
        samples: what is divided.
        keys: one a sample.
        percents: what each split is to get; the last one gets the rest.

    Example:
        >>> from nt_data.sources import LabelledTexts
        >>> texts = [f"text {i // 2}" for i in range(200)]
        >>> toy = LabelledTexts(texts, np.zeros(200, np.int64), ("a",))
        >>> parts = split_by_hash(toy, texts, {"test": 10, "train": 90})
        >>> len(parts["test"]), len(parts["train"])
        (10, 190)
        >>> set(parts["test"].texts) & set(parts["train"].texts)
        set()
    """
    places = [int.from_bytes(hashlib.sha256(key.encode()).digest()[:8]) % 100 for key in keys]
    limits = np.cumsum(list(percents.values()))[:-1]
    split = np.searchsorted(limits, places, side="right")
    return {name: samples.take(np.flatnonzero(split == i)) for i, name in enumerate(percents)}


def first_of_each(keys: Sequence[Hashable]) -> NDArray[np.int64]:
    """Give the index of the first sample with each key.

    Example:
        >>> first_of_each(["a", "b", "a"])
        array([0, 1])
    """
    seen: dict[Hashable, int] = {}
    for i, key in enumerate(keys):
        seen.setdefault(key, i)
    return np.array(list(seen.values()), np.int64)


def apart(parts: Mapping[str, S]) -> dict[str, S]:
    """Leave out what stands twice, and from earlier splits what a later one has.

    So a test set stays whole but for its own repetitions, and what is learnt from loses what it
    shares with it. Each split's note tells how many samples were left out.

    Args:
        parts: the splits; what a model learns from stands before what judges it.

    Example:
        >>> from nt_data.sources import LabelledTexts
        >>> def texts(*of: str) -> LabelledTexts:
        ...     return LabelledTexts(list(of), np.zeros(len(of), np.int64), ("a",))
        >>> tidy = apart({"train": texts("a", "b", "b", "c"), "test": texts("c", "d")})
        >>> tidy["train"].texts, tidy["test"].texts, tidy["train"].note
        (['a', 'b'], ['c', 'd'], '2 of 4 left out: in a later split, or there twice')
    """
    taken: set[Hashable] = set()
    tidy = {}
    for name, part in reversed(list(parts.items())):
        same, kin = part.identities(), part.kin()
        first = first_of_each(same)
        kept = [i for i in first if same[i] not in taken and kin[i] not in taken]
        taken.update(same, kin)
        left_out = len(part) - len(kept)
        told = f"{left_out:,} of {len(part):,} left out: in a later split, or there twice"
        note = "; ".join(filter(None, (part.note, told if left_out else "")))
        tidy[name] = replace(part.take(kept), note=note)
    return {name: tidy[name] for name in parts}
