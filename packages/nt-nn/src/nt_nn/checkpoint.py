"""Checkpoints: safetensors files, written whole or not at all, and read whole or refused by name.

A file is first written beside its place, flushed to the disk, and then renamed over the old one.
Renaming is one action of the file system: a kill, a crash or a full disk at any moment leaves the
last good file.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from nt_autograd import Tensor
from nt_tensor import Array

from . import _safetensors
from ._safetensors import CheckpointError, Reader
from ._tree import fill, flatten

__all__ = ["Checkpoint", "CheckpointError", "Reader", "load", "load_state", "save", "save_state"]

StrPath: TypeAlias = str | os.PathLike[str]

_STATE = "nt.state"  # the metadata entry that holds the JSON part of a nested state


class Checkpoint(NamedTuple):
    """What `load` finds in a file.

    Attributes:
        tensors: NumPy arrays under their dotted names.
        metadata: the text that was saved along.

    Example:
        >>> import tempfile
        >>> from nt_nn import checkpoint
        >>> path = f"{tempfile.mkdtemp()}/x.safetensors"
        >>> checkpoint.save(path, {}, {"epoch": "3"})
        >>> tensors, metadata = checkpoint.load(path)
        >>> tensors, metadata
        ({}, {'epoch': '3'})
    """

    tensors: dict[str, Array]
    metadata: dict[str, str]


def save(
    path: StrPath,
    tensors: Mapping[str, Tensor | Array],
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Write named tensors into one safetensors file, all of it or nothing.

    bfloat16, which NumPy lacks, is written as float32: the same numbers in twice the space.

    Args:
        path: where the file goes; its folder exists.
        tensors: dotted names to tensors or arrays of any backend and device, as `Module.state_dict`
            gives them.
        metadata: text that goes along.

    Raises:
        TypeError: a value is no tensor or array, or metadata is not text.
        OSError: the disk is full or the folder cannot be written. What stood at `path` before is
            still there.

    Example:
        >>> import tempfile
        >>> from nt_nn import Linear, checkpoint
        >>> path = f"{tempfile.mkdtemp()}/model.safetensors"
        >>> checkpoint.save(path, Linear(2, 3).state_dict(), {"made": "by hand"})
        >>> checkpoint.load(path).metadata
        {'made': 'by hand'}

    Source: the safetensors format, https://github.com/huggingface/safetensors.
    """
    _safetensors.write(Path(path), tensors, metadata or {})


def load(path: StrPath) -> Checkpoint:
    """Read a safetensors file, whoever wrote it.

    Values come as NumPy arrays; `Module.load_state_dict` takes them to their device. bfloat16 comes
    as float32, which holds the same numbers.

    Raises:
        FileNotFoundError: there is no such file.
        CheckpointError: the file is cut short, damaged, or no safetensors file, or holds a dtype
            that nt does not have. The message names the file and what is wrong with it.

    Example:
        >>> import pathlib, tempfile
        >>> from nt_nn import checkpoint
        >>> from nt_tensor import arange
        >>> path = pathlib.Path(tempfile.mkdtemp(), "x.safetensors")
        >>> checkpoint.save(path, {"x": arange(4)})
        >>> checkpoint.load(path).tensors["x"]
        array([0, 1, 2, 3])

    Source: the safetensors format, https://github.com/huggingface/safetensors.
    """
    return Checkpoint(*_safetensors.read(Path(path)))


def save_state(path: StrPath, state: Mapping[str, Any]) -> None:
    """Write a nested state into one file, all of it or nothing: model, optimizer, random state.

    Tensors and arrays anywhere inside become tensors of the file, under their dotted path; all else
    goes into the file's metadata as JSON.

    Args:
        path: where the file goes; its folder exists.
        state: dicts with text keys, lists and tuples (which come back as lists), tensors, arrays,
            numbers, text, None.

    Raises:
        TypeError: something inside is none of these.
        ValueError: two tensors would get one name.
        OSError: as for `save`.

    Example:
        >>> import tempfile
        >>> from nt_nn import Linear, checkpoint
        >>> from nt_nn.optim import SGD
        >>> path = f"{tempfile.mkdtemp()}/last.safetensors"
        >>> model = Linear(2, 1)
        >>> optimizer = SGD(model.named_parameters(), lr=0.1)
        >>> checkpoint.save_state(
        ...     path, {"step": 7, "model": model.state_dict(), "optimizer": optimizer.state_dict()}
        ... )
        >>> state = checkpoint.load_state(path)
        >>> state["step"], list(state["model"])
        (7, ['weight', 'bias'])
        >>> sorted(checkpoint.load(path).tensors)
        ['model.bias', 'model.weight']
    """
    skeleton, tensors = flatten(state)
    save(path, tensors, {_STATE: json.dumps(skeleton)})


def load_state(path: StrPath) -> dict[str, Any]:
    """Read back what `save_state` wrote; arrays come as NumPy arrays.

    Raises:
        FileNotFoundError: there is no such file.
        CheckpointError: as for `load`, or the file holds tensors but no state.

    Example:
        >>> import tempfile
        >>> from nt_nn import checkpoint
        >>> path = f"{tempfile.mkdtemp()}/x.safetensors"
        >>> checkpoint.save_state(path, {"random": {"words": [1, 2**64 - 1]}})
        >>> checkpoint.load_state(path)
        {'random': {'words': [1, 18446744073709551615]}}
    """
    tensors, metadata = load(path)
    if _STATE not in metadata:
        raise CheckpointError(f"{path} holds {len(tensors)} tensors but no training state")
    try:
        state: dict[str, Any] = fill(json.loads(metadata[_STATE]), tensors)
    except (ValueError, KeyError) as error:
        raise CheckpointError(f"{path} holds a damaged training state: {error}") from error
    return state
