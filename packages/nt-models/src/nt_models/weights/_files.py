"""The files of a published folder: their weights, in one file or in shards, and their JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from nt_nn.checkpoint import CheckpointError, Reader, save
from nt_tensor import Array

CONFIG = "config.json"
WHOLE = "model.safetensors"
INDEX = "model.safetensors.index.json"


def read_json(path: Path) -> dict[str, Any]:
    """What a JSON file says, which must be an object."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is no JSON: {error}") from error
    if not isinstance(said, dict):
        raise ValueError(f"{path} must hold an object, not {type(said).__name__}")
    return said


def write_json(path: Path, what: Mapping[str, Any]) -> None:
    """Write a JSON file, all of it or nothing."""
    beside = path.with_name(f".{path.name}.partial")
    beside.write_text(json.dumps(what, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    os.replace(beside, path)


def shards_of(index: Mapping[str, Any]) -> list[str]:
    """The names of the files in which an index says the weights are."""
    shards = sorted(set(index.get("weight_map", {}).values()))
    if strange := [name for name in shards if Path(name).name != name]:
        raise ValueError(f"an index must name files beside it, not {', '.join(strange)}")
    return shards


class Weights(Mapping[str, Array]):
    """The weights in a folder, by their published names, each read when it is asked for.

    Raises:
        FileNotFoundError: the folder has neither `model.safetensors` nor an index of shards, or
            a shard is absent.
        CheckpointError: a file is damaged, or the index and the shards do not agree.
    """

    shapes: dict[str, tuple[int, ...]]
    dtypes: dict[str, str]

    def __init__(self, folder: Path) -> None:
        self._where: dict[str, Reader] = {}
        with ExitStack() as opened:
            for path in self._paths(folder):
                reader = opened.enter_context(Reader(path))
                if twice := self._where.keys() & reader.keys():
                    raise CheckpointError(f"{path} holds what another shard has: {listed(twice)}")
                self._where.update(dict.fromkeys(reader, reader))
            self._promised(folder)
            self._opened = opened.pop_all()
        self.shapes = {name: reader.shapes[name] for name, reader in self._where.items()}
        self.dtypes = {name: reader.dtypes[name] for name, reader in self._where.items()}

    @staticmethod
    def _paths(folder: Path) -> list[Path]:
        if (folder / WHOLE).is_file():
            return [folder / WHOLE]
        if not (folder / INDEX).is_file():
            there = ", ".join(sorted(p.name for p in folder.iterdir())) or "nothing"
            raise FileNotFoundError(f"{folder} has no {WHOLE} and no {INDEX}; it has {there}")
        shards = shards_of(read_json(folder / INDEX))
        if absent := [name for name in shards if not (folder / name).is_file()]:
            raise FileNotFoundError(f"{folder} lacks {', '.join(absent)} of its {INDEX}")
        return [folder / name for name in shards]

    def _promised(self, folder: Path) -> None:
        """What the index says is where it says."""
        if (folder / WHOLE).is_file():
            return
        places = read_json(folder / INDEX)["weight_map"]
        strayed = [
            name
            for name in places.keys() | self._where.keys()
            if name not in self._where or places.get(name) != self._where[name].path.name
        ]
        if strayed:
            raise CheckpointError(
                f"{folder / INDEX} does not say where they are: {listed(strayed)}"
            )

    def __getitem__(self, name: str) -> Array:
        return self._where[name][name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._where)

    def __len__(self) -> int:
        return len(self._where)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._opened.close()


def write_weights(folder: Path, shards: Sequence[Callable[[], Mapping[str, Any]]]) -> None:
    """Write the weights, one file for each shard, and an index if there are several.

    Args:
        folder: where.
        shards: each gives its arrays by name, when its file is written.
    """
    count = len(shards)
    files = [f"model-{i:05}-of-{count:05}.safetensors" for i in range(1, count + 1)]
    files = files if count > 1 else [WHOLE]
    total, places = 0, {}
    for file, shard in zip(files, shards, strict=True):
        arrays = shard()
        save(folder / file, arrays, {"format": "pt"})  # transformers demands a format
        total += sum(array.nbytes for array in arrays.values())
        places.update(dict.fromkeys(arrays, file))
    if count > 1:
        write_json(folder / INDEX, {"metadata": {"total_size": total}, "weight_map": places})
        files.append(INDEX)
    # What an earlier save left would be read in the place of what stands here now.
    for path in (folder / WHOLE, folder / INDEX, *folder.glob("model-*-of-*.safetensors")):
        if path.name not in files:
            path.unlink(missing_ok=True)


def listed(names: Iterable[str]) -> str:
    """Names in order, with commas."""
    return ", ".join(sorted(names))
