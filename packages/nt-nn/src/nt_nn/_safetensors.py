"""One safetensors file, written atomically with a checksum and read with every doubt named."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from nt_autograd import Tensor
from nt_tensor import Array, asarray, empty, is_array, to_numpy
from safetensors import SafetensorError, safe_open

_CHECKSUM = "nt.crc32"
_KINDS = {
    "F": ("float", (16, 32, 64)),
    "I": ("int", (8, 16, 32, 64)),
    "U": ("uint", (8, 16, 32, 64)),
}
_DTYPES = {"BOOL": "bool", "BF16": "bfloat16"} | {
    f"{kind}{bits}": f"{name}{bits}" for kind, (name, sizes) in _KINDS.items() for bits in sizes
}


class CheckpointError(ValueError):
    """A file is no checkpoint that can be trusted; the message names it and what is wrong."""


def write(path: Path, tensors: Mapping[str, Tensor | Array], metadata: Mapping[str, str]) -> None:
    """Write beside the path, flush, and rename over it."""
    for key, value in metadata.items():
        if not isinstance(key, str) or not isinstance(value, str):
            raise TypeError(f"metadata {key!r}: {value!r} must be text to text")
    arrays = {name: _on_host(name, tensor) for name, tensor in tensors.items()}
    contents = _contents(arrays, {**metadata, _CHECKSUM: _checksum(arrays, metadata)})
    # The same name at every save: what a killed run left here is overwritten by the next one.
    beside = path.with_name(f".{path.name}.partial")
    try:
        with beside.open("wb") as file:
            file.write(contents)
            for name in _in_order(arrays):
                file.write(_bytes(arrays[name]))
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException as error:
        with suppress(OSError):
            beside.unlink()
        if isinstance(error, OSError):
            raise OSError(
                error.errno, f"{error.strerror}; nothing was changed", str(path)
            ) from error
        raise
    if hasattr(os, "O_DIRECTORY"):  # the rename itself reaches the disk with its folder
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


class Reader(Mapping[str, Array]):
    """The tensors of a safetensors file, each read when it is asked for.

    A mapping from names to NumPy arrays. Nothing is kept: what is asked for twice is read twice.
    The checksum that `save` adds is for `load`, which reads everything.

    Args:
        path: of the file, which stays open until `close` or the end of a `with` block.

    Attributes:
        shapes: name -> shape.
        dtypes: name -> what the file holds ("float16"), also where reading widens it (bfloat16).
        metadata: the text that was saved along.

    Raises:
        FileNotFoundError: there is no such file.
        CheckpointError: the file is cut short or no safetensors file, or holds a dtype that nt does
            not have. The message names the file and what is wrong with it.

    Example:
        >>> import tempfile
        >>> from nt_nn import Linear, checkpoint
        >>> path = f"{tempfile.mkdtemp()}/model.safetensors"
        >>> checkpoint.save(path, Linear(2, 3).state_dict())
        >>> with checkpoint.Reader(path) as reader:
        ...     print(reader.shapes["weight"], reader["bias"].shape)
        (3, 2) (3,)

    Source: the safetensors format, https://github.com/huggingface/safetensors.
    """

    shapes: dict[str, tuple[int, ...]]
    dtypes: dict[str, str]
    metadata: dict[str, str]

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        header, self._start = _header(self.path)
        self.metadata = header.pop("__metadata__", {})
        self._header = dict(sorted(header.items()))
        try:
            with safe_open(self.path, framework="np"):  # checks the whole table of contents
                pass
        except SafetensorError as error:
            raise CheckpointError(f"{path} is no whole safetensors file: {error}") from error
        foreign = [
            f"{n} holds {e['dtype']}" for n, e in self._header.items() if e["dtype"] not in _DTYPES
        ]
        if foreign:
            raise CheckpointError(f"{path}: {', '.join(foreign)}, which nt has no dtype for")
        self.shapes = {name: tuple(entry["shape"]) for name, entry in self._header.items()}
        self.dtypes = {name: _DTYPES[entry["dtype"]] for name, entry in self._header.items()}
        self._file = self.path.open("rb")

    def __getitem__(self, name: str) -> Array:
        # Read, not mapped: a mapping's pages would stay in memory beside the arrays.
        self._file.seek(self._start + self._header[name]["data_offsets"][0])
        widen = self.dtypes[name] == "bfloat16"
        array = empty(self.shapes[name], "uint16" if widen else self.dtypes[name], "cpu")
        if array.size and self._file.readinto(_bytes(array)) != array.nbytes:
            raise CheckpointError(f"{self.path} is cut short: {name} ends too early")
        # The bits of a bfloat16 are the upper half of float32's.
        return (array.astype("uint32") << 16).view("float32") if widen else array

    def __iter__(self) -> Iterator[str]:
        return iter(self._header)

    def __len__(self) -> int:
        return len(self._header)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file; nothing can be read any more."""
        self._file.close()


def read(path: Path) -> tuple[dict[str, Array], dict[str, str]]:
    """All tensors and the metadata of a file."""
    with Reader(path) as reader:
        tensors = {name: reader[name] for name in reader}
    metadata = dict(reader.metadata)
    expected = metadata.pop(_CHECKSUM, None)
    if expected is not None and expected != _checksum(tensors, metadata):
        raise CheckpointError(f"{path} is damaged: its contents do not match its checksum")
    return tensors, metadata


def _on_host(name: str, tensor: Tensor | Array) -> Any:
    """The values as the writer wants them: a NumPy array, low byte first."""
    array = tensor.data if isinstance(tensor, Tensor) else tensor
    if not is_array(array):
        raise TypeError(f"{name} must be a tensor or an array, not {type(array).__name__}")
    values = to_numpy(asarray(array))
    return values.astype(values.dtype.newbyteorder("<"), copy=False)


def _checksum(arrays: Mapping[str, Any], metadata: Mapping[str, str]) -> str:
    crc = zlib.crc32(json.dumps(sorted(metadata.items())).encode())
    for name in sorted(arrays):
        array = arrays[name]
        crc = zlib.crc32(f"{name} {array.dtype.name} {array.shape}".encode(), crc)
        crc = zlib.crc32(_bytes(array), crc)
    return f"{crc:08x}"


def _in_order(arrays: Mapping[str, Array]) -> list[str]:
    """The names as the arrays lie in the file: the widest first, so that all are aligned."""
    return sorted(arrays, key=lambda name: (-arrays[name].dtype.itemsize, name))


def _contents(arrays: Mapping[str, Array], metadata: Mapping[str, str]) -> bytes:
    """What stands in front of the numbers: the table of contents, and its length."""
    names = {name: kind for kind, name in _DTYPES.items()}
    told: dict[str, Any] = {"__metadata__": dict(metadata)}
    end = 0
    for name in _in_order(arrays):
        start, end = end, end + arrays[name].nbytes
        told[name] = {
            "dtype": names[str(arrays[name].dtype)],
            "shape": list(arrays[name].shape),
            "data_offsets": [start, end],
        }
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text


def _header(path: Path) -> tuple[dict[str, Any], int]:
    """The table of contents and where the numbers begin; raises for a file that is cut short."""
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        length = int.from_bytes(file.read(8), "little")
        start = 8 + length
        if size < 8:
            raise CheckpointError(f"{path} is no safetensors file: it has {size} bytes")
        try:
            if length > min(size, 100_000_000):
                raise ValueError(f"its header would be {length:,} bytes, the file has {size:,}")
            header = json.loads(file.read(length))
            ends = [entry["data_offsets"][1] for k, entry in header.items() if k != "__metadata__"]
            whole = start + max(ends, default=0)
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise CheckpointError(f"{path} is no safetensors file: {error}") from error
    if size < whole:
        raise CheckpointError(f"{path} is cut short: {size:,} of {whole:,} bytes are there")
    return header, start


def _bytes(array: Any) -> Any:
    """The bytes of an array; one that lies otherwise in memory is put in order, for as long."""
    ordered = array if array.flags.c_contiguous else array.copy(order="C")
    return ordered.reshape(-1).view("uint8")
