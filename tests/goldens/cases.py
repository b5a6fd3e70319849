"""Reference cases: what was asked of PyTorch, and what it answered, in a JSON and a safetensors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

HERE = Path(__file__).parent
FOLDERS = {
    "own": HERE / "reference",  # made by tools/reference_values.py
    "shared": HERE.parents[2] / "shared" / "goldens" / "torch",
}


@dataclass(frozen=True)
class Case:
    """One case: its description, and its arrays by their names (`input.x`, `output.0`, …)."""

    group: str
    about: dict[str, Any]
    arrays: dict[str, np.ndarray]

    @property
    def name(self) -> str:
        """Its name within the group."""
        return str(self.about["case"])

    @property
    def op(self) -> str:
        """PyTorch's name of what is asked."""
        return str(self.about["op"])

    def options(self, key: str) -> dict[str, Any]:
        """Keyword arguments: lists as tuples, "inf" as the number."""
        return {k: _plain(v) for k, v in (self.about.get(key) or {}).items()}

    def starting(self, prefix: str) -> dict[str, np.ndarray]:
        """The arrays whose names begin so, without that beginning."""
        return {k.removeprefix(prefix): v for k, v in self.arrays.items() if k.startswith(prefix)}


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(_plain, value))
    return float(value) if value in ("inf", "-inf") else value


def read(folder: Path, group: str) -> Iterator[Case]:
    """The cases of a group in a folder."""
    arrays = load_file(folder / f"{group}.safetensors")
    for about in json.loads((folder / f"{group}.json").read_text(encoding="utf-8")):
        prefix = f"{about['case']}/"
        own = {k.removeprefix(prefix): v for k, v in arrays.items() if k.startswith(prefix)}
        yield Case(group, about, own)


def parameters(*groups: str, kinds: tuple[str, ...]) -> list[Any]:
    """Every case of those kinds in both folders, as parameters of a test."""
    found = []
    for origin, folder in FOLDERS.items():
        for group in groups:
            label = f"{origin}-{group}"
            if not (folder / f"{group}.json").is_file():
                absent = pytest.mark.skip(reason=f"no {group}.json in {folder.name} goldens here")
                found.append(pytest.param(None, marks=absent, id=label))
                continue
            found += [
                pytest.param(case, id=f"{label}-{case.name}")
                for case in read(folder, group)
                if case.about["kind"] in kinds
            ]
    return found


def assert_near(found: Any, right: np.ndarray, limit: float, what: str, floor: float = 0.0) -> None:
    """The largest difference is at most `limit` of the largest value (or of `floor`)."""
    found = np.asarray(found)
    assert found.shape == right.shape, f"{what} is {found.shape}, not {right.shape}"
    if not right.size:
        return
    if right.dtype.kind in "iub":
        np.testing.assert_array_equal(found, right, err_msg=what)
        return
    usual = np.isfinite(right)
    np.testing.assert_array_equal(found[~usual], right[~usual], err_msg=what)
    scale = max(float(np.abs(right[usual]).max(initial=0.0)), floor)
    error = float(np.abs(found[usual].astype(np.float64) - right[usual]).max(initial=0.0))
    assert error <= limit * scale, f"{what}: off by {error:.3g} where values reach {scale:.3g}"
