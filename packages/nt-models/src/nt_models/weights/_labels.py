"""How many classes a published classifier has: as many as its config has names for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def read_labels(published: Mapping[str, Any]) -> int:
    """The number of classes; 2 where the config says nothing.

    Raises:
        ValueError: the config says it twice, and differently.
    """
    told = {
        name: len(value) if name == "id2label" else value
        for name in ("id2label", "num_labels", "_num_labels")
        if (value := published.get(name)) is not None
    }
    if len(set(told.values())) > 1:
        said = ", ".join(f"{name} {count}" for name, count in told.items())
        raise ValueError(f"the number of classes is told in different ways: {said}")
    return next(iter(told.values()), 2)


def write_labels(count: int) -> dict[str, Any]:
    """What a config says of so many classes."""
    names = [f"LABEL_{i}" for i in range(count)]
    return {
        "id2label": {str(i): name for i, name in enumerate(names)},
        "label2id": {name: i for i, name in enumerate(names)},
    }
