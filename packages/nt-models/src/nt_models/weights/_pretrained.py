"""Reading and writing the folders in which models are published."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from nt_autograd import Tensor
from nt_nn import Module, skeleton
from nt_tensor import (
    Array,
    DeviceLike,
    DType,
    DTypeLike,
    as_dtype,
    asarray,
    current_device,
    namespace,
)

from . import _hub, _registry
from ._files import CONFIG, Weights, read_json, write_json, write_weights
from ._table import Part, Table

__all__ = ["from_pretrained", "save_pretrained"]


def from_pretrained(
    path_or_name: str | os.PathLike[str],
    *,
    dtype: DTypeLike = None,
    device: DeviceLike | None = None,
    architecture: str | None = None,
    ignore_options: Collection[str] = (),
    revision: str = "main",
    cache: str | os.PathLike[str] | None = None,
    endpoint: str | None = None,
    token: str | None = None,
) -> Any:
    """Make the model that a published folder holds.

    The folder has a `config.json` and its weights in `model.safetensors`, or in shards with a
    `model.safetensors.index.json`. They are read array by array into a model that had none, so that
    nothing is held twice. Whatever is not understood is refused by name: an unknown architecture or
    option, and weights that are missing, left over or of another shape.

    Args:
        path_or_name: a folder, or else the name of one on the Hugging Face hub ("gpt2",
            "google/flan-t5-small"), which is downloaded first: `pip install "nt-models[hub]"`.
        dtype: of the parameters; None for float32 (or float64 if the file has it), also where the
            file holds float16 or bfloat16; these to keep them as they are stored.
        device: where the parameters lie; None for the current device.
        architecture: which to read, in the place of what the config says.
        ignore_options: names in `config.json` that are to be skipped though they are not known.
        revision: a branch, tag or commit on the hub.
        cache: where downloads are kept; None for the hub library's own folder.
        endpoint: the hub's address; None for the library's own.
        token: opens what is not public.

    Returns:
        The model, in evaluation mode.

    Raises:
        ValueError: something is refused; the message has all complaints.
        CheckpointError: a file is damaged.
        FileNotFoundError: there is no such folder or name, or a file is absent.
        ConnectionError: the hub cannot be reached and the cache does not have it.
        ImportError: a name needs the extra.
        TypeError: `dtype` is no floating-point one, or the device lacks it.

    Example:
        >>> import tempfile
        >>> from nt_models import GPT2, GPT2Config, from_pretrained, save_pretrained
        >>> folder = tempfile.mkdtemp()
        >>> save_pretrained(GPT2(GPT2Config.preset("nano", vocab_size=65, bias=True)), folder)
        >>> from_pretrained(folder).config.layers
        4

    Source: the folders of Hugging Face's transformers, `PreTrainedModel.from_pretrained`.
    """
    folder = Path(path_or_name)
    if not folder.is_dir():
        folder = _hub.fetch(
            os.fspath(path_or_name), revision=revision, cache=cache, endpoint=endpoint, token=token
        )
    if dtype is not None and as_dtype(dtype).kind != "float":
        raise TypeError(f"dtype ({dtype}) must be a floating-point one")
    published = read_json(folder / CONFIG)
    try:
        chosen = _registry.named(architecture) if architecture else _registry.of_config(published)
        config = chosen.read_config(
            {name: value for name, value in published.items() if name not in ignore_options}
        )
    except (ValueError, TypeError) as error:
        raise ValueError(f"{folder / CONFIG} cannot be read: {error}") from error
    with Weights(folder) as weights:
        config, further = chosen.settle(config, weights)
        with skeleton():
            model = chosen.model(config, **further)
        try:
            _load(model, chosen.table_for(config), weights, dtype, device or current_device())
        except ValueError as error:
            what = f"the weights of {chosen.names[0]} as {CONFIG} describes it"
            raise ValueError(f"{folder} does not hold {what}: {error}") from error
    return model.eval()


def save_pretrained(
    model: Module,
    folder: str | os.PathLike[str],
    *,
    max_shard_size: int | str = "5GB",
    architecture: str | None = None,
    options: Mapping[str, Any] | None = None,
) -> None:
    """Write a model as a folder that `from_pretrained` and Hugging Face's transformers read.

    Args:
        model: of nt_models.
        folder: is made if need be. Weights that an earlier save left there are replaced.
        max_shard_size: of one file, in bytes, or as in "200MB"; a larger model is written in
            several, with an index. An array is never divided.
        architecture: as which to write it; None for the first that can express it.
        options: further entries of `config.json`, such as `{"id2label": {"0": "no", "1": "yes"}}`.

    Raises:
        ValueError: no published architecture can express the model, or `max_shard_size` is no size.
        OSError: the folder cannot be written.

    Example:
        >>> import pathlib, tempfile
        >>> from nt_models import GPT2, GPT2Config, save_pretrained
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> model = GPT2(GPT2Config.preset("nano", vocab_size=65, bias=True))
        >>> save_pretrained(model, folder, max_shard_size="2MB")
        >>> sorted(path.name for path in folder.iterdir())  # doctest: +NORMALIZE_WHITESPACE
        ['config.json', 'model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors',
         'model.safetensors.index.json']

    Source: the folders of Hugging Face's transformers, `PreTrainedModel.save_pretrained`.
    """
    limit = _bytes(max_shard_size)
    config = getattr(model, "config", None)
    if architecture is None:
        chosen, written = _registry.of_model(model)
    else:
        chosen = _registry.named(architecture)
        written = chosen.write_config(config)
    state = model.state_dict()
    table = chosen.table_for(config)
    kinds = {str(tensor.dtype) for tensor in state.values() if tensor.dtype.kind == "float"}
    header = {
        "architectures": [chosen.names[0]],
        "model_type": chosen.model_type,
        "torch_dtype": next(iter(kinds)) if len(kinds) == 1 else "float32",
    }
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    shards = [
        lambda names=names: table.to_published({name: state[name].data for name in names})
        for names in _shards(state, limit)
    ]
    write_weights(folder, shards)
    write_json(folder / CONFIG, {**written, **header, **(options or {})})


def _load(
    model: Module, table: Table, weights: Weights, dtype: DTypeLike, device: DeviceLike
) -> None:
    """Give a model without memory its parameters and buffers, one after the other."""
    own: dict[str, Tensor] = dict(model.named_parameters())
    own |= {name: buffer for name, buffer in model.named_buffers() if buffer.persistent}
    parts = table.match(weights.shapes, {name: tensor.shape for name, tensor in own.items()})
    kinds = {kind for kind in weights.dtypes.values() if as_dtype(kind).kind == "float"}
    wanted = as_dtype(dtype or ("float64" if "float64" in kinds else "float32"))
    wrong = [c for name, part in parts.items() for c in _wrong(part, weights, own[name].dtype)]
    if wrong:
        raise ValueError("; ".join(wrong))
    for name, part in parts.items():
        tensor = own[name]
        array = part.read(weights.__getitem__)
        kind = wanted if tensor.dtype.kind == "float" else tensor.dtype
        tensor.data = _in_rows(array, kind, device)
    model.to(device=device, dtype=wanted)


def _wrong(part: Part, weights: Weights, dtype: DType) -> list[str]:
    """What speaks against arrays whose names and shapes are right."""
    wrong = [
        f"{name} is {weights.dtypes[name]}, not {dtype}"
        for name in part.names
        if (as_dtype(weights.dtypes[name]).kind == "float") != (dtype.kind == "float")
    ]
    for again in part.repeats:
        first, second = weights[part.names[0]], weights[again]
        if not namespace(first).all(first == second):
            wrong.append(f"{again} should repeat {part.names[0]}, and differs from it")
    return wrong


def _in_rows(array: Array, dtype: DType, device: DeviceLike) -> Array:
    """An array of the dtype on the device; one that was turned is laid out anew, row by row."""
    flat = namespace(array).reshape(array, (-1,))
    placed = asarray(flat, dtype, device)
    return namespace(placed).reshape(placed, array.shape)


def _shards(state: Mapping[str, Tensor], limit: int) -> list[list[str]]:
    """The names in order, in runs of at most so many bytes, or of one array."""
    shards: list[list[str]] = [[]]
    held = 0
    for name, tensor in state.items():
        size = tensor.numel() * tensor.dtype.itemsize
        if shards[-1] and held + size > limit:
            shards.append([])
            held = 0
        shards[-1].append(name)
        held += size
    return shards


def _bytes(size: int | str) -> int:
    """5_000_000_000 for "5GB"."""
    units = {"KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}
    if isinstance(size, str):
        found = re.fullmatch(r"(\d+)\s*([KMG]I?B)", size.strip().upper())
        number = int(found[1]) * units[found[2]] if found else 0
    else:
        number = size
    if number < 1:
        raise ValueError(f'max_shard_size ({size!r}) must be a number of bytes, or as in "200MB"')
    return number
