"""PackedSequence: sequences of different lengths without the padding between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from nt_autograd import Tensor, cat, index_select, stack, zeros
from nt_tensor import Array, DeviceLike, DType, asarray, is_array, to_numpy


class PackedSequence(NamedTuple):
    """Sequences in the layout in which recurrent layers run through them.

    They are sorted by length, the longest first. All first steps come first, then all second ones,
    of those that have a second one, and so on.

    Attributes:
        data: the steps, (sum of the lengths, …).
        batch_sizes: how many sequences have a first step, a second one, …
        sorted_indices: the place among the given sequences of each sorted one; None if they were
            sorted.
        unsorted_indices: the place among the sorted sequences of each given one; None likewise.

    Example:
        >>> from nt_autograd import tensor
        >>> pack_sequence([tensor([1.0, 2.0, 3.0]), tensor([4.0])])
        PackedSequence(data=tensor([1., 4., 2., 3.]), batch_sizes=(2, 1, 1), sorted_indices=None,
            unsorted_indices=None)

    Source: PyTorch's `torch.nn.utils.rnn.PackedSequence`.
    """

    data: Tensor
    batch_sizes: tuple[int, ...]
    sorted_indices: tuple[int, ...] | None = None
    unsorted_indices: tuple[int, ...] | None = None

    def to(self, target: DeviceLike | DType) -> PackedSequence:
        """The same with its data on another device or of another dtype.

        Example:
            >>> from nt_autograd import ones
            >>> pack_sequence([ones(2)]).to("float64").data.dtype
            nt.float64
        """
        return self._replace(data=self.data.to(target))


def pack_padded_sequence(
    input: Tensor,
    lengths: Tensor | Array | Sequence[int],
    batch_first: bool = False,
    enforce_sorted: bool = True,
) -> PackedSequence:
    """Pack sequences that were padded to one length.

    Args:
        input: (time, batch, …), or (batch, time, …) if `batch_first`.
        lengths: (batch,), each from 1 to time.
        batch_first: which axis of `input` is the batch.
        enforce_sorted: demand that the lengths fall; otherwise the sequences are sorted here.

    Raises:
        ValueError: the lengths do not fit the input, or do not fall where they must.

    Example:
        >>> from nt_autograd import tensor
        >>> x = tensor([[1.0, 0.0], [2.0, 3.0]])
        >>> packed = pack_padded_sequence(x, [1, 2], batch_first=True, enforce_sorted=False)
        >>> packed.data, packed.batch_sizes, packed.sorted_indices
        (tensor([2., 1., 3.]), (2, 1), (1, 0))

    Source: PyTorch's `torch.nn.utils.rnn.pack_padded_sequence`.
    """
    ends = _integers("lengths", lengths)
    if input.ndim < 2:
        raise ValueError(f"input must be (time, batch, …), got {input.shape}")
    steps, batch = input.shape[:2][::-1] if batch_first else input.shape[:2]
    if len(ends) != batch or not ends:
        raise ValueError(f"lengths must have one entry for each of {batch} sequences, got {ends}")
    if min(ends) < 1 or max(ends) > steps:
        raise ValueError(f"lengths must lie in 1 to {steps}, the steps of input, got {ends}")
    order = sorted(range(batch), key=lambda k: -ends[k])
    falling = order == list(range(batch))
    if enforce_sorted and not falling:
        raise ValueError(f"lengths must fall unless enforce_sorted is False, got {ends}")
    longest = [ends[k] for k in order]
    sizes = tuple([sum(end > t for end in longest) for t in range(longest[0])])
    rows = [
        order[k] * steps + t if batch_first else t * batch + order[k]
        for t, size in enumerate(sizes)
        for k in range(size)
    ]
    flat = input.reshape(steps * batch, *input.shape[2:])
    data = index_select(flat, 0, _index(rows, input))
    if falling:
        return PackedSequence(data, sizes)
    return PackedSequence(data, sizes, tuple(order), inverse(order))


def pad_packed_sequence(
    sequence: PackedSequence,
    batch_first: bool = False,
    padding_value: float = 0.0,
    total_length: int | None = None,
) -> tuple[Tensor, Tensor]:
    """Pad packed sequences to one length, in the order in which they once came.

    Args:
        sequence: the packed ones.
        batch_first: which axis of the result is the batch.
        padding_value: what stands behind a sequence's end.
        total_length: the length to pad to; that of the longest if None.

    Returns:
        (time, batch, …) or (batch, time, …), and the lengths, integers (batch,).

    Raises:
        ValueError: `total_length` is less than the longest length.

    Example:
        >>> from nt_autograd import tensor
        >>> x, lengths = pad_packed_sequence(pack_sequence([tensor([1.0, 2.0]), tensor([3.0])]))
        >>> x, lengths
        (tensor([[1., 3.], [2., 0.]]), tensor([2, 1]))

    Source: PyTorch's `torch.nn.utils.rnn.pad_packed_sequence`.
    """
    sizes, data = sequence.batch_sizes, sequence.data
    batch, steps = sizes[0], total_length or len(sizes)
    if steps < len(sizes):
        raise ValueError(
            f"total_length ({total_length}) must be at least {len(sizes)}, the longest"
        )
    order = sequence.unsorted_indices or tuple(range(batch))
    starts = [sum(sizes[:t]) for t in range(len(sizes))]
    nowhere = data.shape[0]  # one row more than there are: the padding

    def row(t: int, k: int) -> int:
        return starts[t] + order[k] if t < len(sizes) and order[k] < sizes[t] else nowhere

    if batch_first:
        rows = [row(t, k) for k in range(batch) for t in range(steps)]
    else:
        rows = [row(t, k) for t in range(steps) for k in range(batch)]
    lengths = [sum(size > place for size in sizes) for place in order]
    if nowhere in rows:
        padding = zeros(1, *data.shape[1:], dtype=data.dtype, device=data.device) + padding_value
        data = cat([data, padding.to(data.dtype)])
    shape = (batch, steps) if batch_first else (steps, batch)
    padded = index_select(data, 0, _index(rows, data)).reshape(*shape, *data.shape[1:])
    return padded, Tensor(asarray(lengths))


def pad_sequence(
    sequences: Sequence[Tensor],
    batch_first: bool = False,
    padding_value: float = 0.0,
    padding_side: str = "right",
) -> Tensor:
    """Stack sequences of different lengths, padded to the longest.

    Args:
        sequences: each (length, …), alike but for their lengths.
        batch_first: which axis of the result is the batch.
        padding_value: what fills the shorter ones up.
        padding_side: "right" or "left", where it stands.

    Returns:
        (time, batch, …) or (batch, time, …).

    Raises:
        ValueError: there are none, they differ in more than their length, or there is no such side.

    Example:
        >>> from nt_autograd import tensor
        >>> pad_sequence([tensor([1.0, 2.0]), tensor([3.0])], batch_first=True)
        tensor([[1., 2.], [3., 0.]])

    Source: PyTorch's `torch.nn.utils.rnn.pad_sequence`.
    """
    if padding_side not in ("right", "left"):
        raise ValueError(f'padding_side must be "right" or "left", got {padding_side!r}')
    shapes = _alike(sequences)
    steps = max(shape[0] for shape in shapes)
    padded = []
    for x in sequences:
        missing = steps - x.shape[0]
        if missing:
            fill = zeros(missing, *x.shape[1:], dtype=x.dtype, device=x.device) + padding_value
            parts = [x, fill.to(x.dtype)]
            x = cat(parts if padding_side == "right" else parts[::-1])
        padded.append(x)
    stacked: Tensor = stack(padded, 0 if batch_first else 1)
    return stacked


def unpad_sequence(
    padded_sequences: Tensor, lengths: Tensor | Array | Sequence[int], batch_first: bool = False
) -> list[Tensor]:
    """Take the padding off: the opposite of `pad_sequence`.

    Args:
        padded_sequences: (time, batch, …), or (batch, time, …) if `batch_first`.
        lengths: (batch,).
        batch_first: which axis is the batch.

    Raises:
        ValueError: there are not as many lengths as sequences.

    Example:
        >>> from nt_autograd import tensor
        >>> unpad_sequence(tensor([[1.0, 3.0], [2.0, 0.0]]), [2, 1])
        [tensor([1., 2.]), tensor([3.])]

    Source: PyTorch's `torch.nn.utils.rnn.unpad_sequence`.
    """
    ends = _integers("lengths", lengths)
    batch = padded_sequences.shape[0 if batch_first else 1]
    if len(ends) != batch:
        raise ValueError(f"lengths must have one entry for each of {batch} sequences, got {ends}")
    if batch_first:
        return [padded_sequences[k, :end] for k, end in enumerate(ends)]
    return [padded_sequences[:end, k] for k, end in enumerate(ends)]


def pack_sequence(sequences: Sequence[Tensor], enforce_sorted: bool = True) -> PackedSequence:
    """Pack sequences of different lengths.

    Args:
        sequences: each (length, …), alike but for their lengths.
        enforce_sorted: demand that the lengths fall; otherwise the sequences are sorted here.

    Raises:
        ValueError: there are none, they differ in more than their length, one is empty, or the
            lengths do not fall where they must.

    Example:
        >>> from nt_autograd import ones
        >>> pack_sequence([ones(1, 4), ones(3, 4)], enforce_sorted=False).batch_sizes
        (2, 1, 1)

    Source: PyTorch's `torch.nn.utils.rnn.pack_sequence`.
    """
    lengths = [shape[0] for shape in _alike(sequences)]
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Tensor]:
    """The sequences of a packed one, in the order in which they once came.

    Args:
        packed_sequences: the packed ones.

    Example:
        >>> from nt_autograd import tensor
        >>> unpack_sequence(pack_sequence([tensor([1.0, 2.0]), tensor([3.0])]))
        [tensor([1., 2.]), tensor([3.])]

    Source: PyTorch's `torch.nn.utils.rnn.unpack_sequence`.
    """
    return unpad_sequence(*pad_packed_sequence(packed_sequences))


def inverse(order: Sequence[int]) -> tuple[int, ...]:
    """The place of 0, 1, … in an order."""
    places = [0] * len(order)
    for place, k in enumerate(order):
        places[k] = place
    return tuple(places)


def _alike(sequences: Sequence[Tensor]) -> list[tuple[int, ...]]:
    shapes = [tuple(x.shape) for x in sequences]
    if not shapes or any(not shape or shape[1:] != shapes[0][1:] for shape in shapes):
        raise ValueError(
            f"sequences must be (length, …), alike but for their lengths, got {shapes}"
        )
    return shapes


def _integers(name: str, values: Any) -> list[int]:
    data = values.data if isinstance(values, Tensor) else values
    found = to_numpy(data).tolist() if is_array(data) else list(data)
    if not all(isinstance(value, int) for value in found):
        raise TypeError(f"{name} must be integers, got {found}")
    return found


def _index(rows: list[int], like: Tensor) -> Array:
    return asarray(rows, device=like.device)
