"""KVCache: the keys and values of the positions that a generation has passed already."""

from __future__ import annotations

from nt_autograd import Tensor, index_select, is_grad_enabled, no_grad
from nt_tensor import DeviceLike, DTypeLike, float32, zeros


class KVCache:
    """Memory for one attention layer's keys and values, laid out once and filled as positions come.

    It is for generation, under `no_grad()`: gradients do not flow into what was stored.

    Args:
        batch: how many sequences.
        heads: how many heads keys and values have.
        capacity: how many positions fit.
        head_dim: the width of a head.
        dtype: of what is stored; None for float32.
        device: where it lies; None for the current device.

    Attributes:
        length: how many positions are stored.

    Raises:
        ValueError: a size is not positive.

    Example:
        >>> from nt_autograd import no_grad, ones
        >>> cache = KVCache(batch=1, heads=2, capacity=8, head_dim=4)
        >>> with no_grad():
        ...     keys, values = cache.append(ones(1, 2, 5, 4), ones(1, 2, 5, 4))
        ...     keys, values = cache.append(ones(1, 2, 1, 4), ones(1, 2, 1, 4))
        >>> keys.shape, cache
        ((1, 2, 6, 4), KVCache(6 of 8 positions, batch=1, heads=2, head_dim=4))

    Source: Shazeer, Fast transformer decoding (2019), section 2.4.
    """

    keys: Tensor  # (batch, heads, capacity, head_dim)
    values: Tensor  # (batch, heads, capacity, head_dim)

    def __init__(
        self,
        batch: int,
        heads: int,
        capacity: int,
        head_dim: int,
        *,
        dtype: DTypeLike = None,
        device: DeviceLike | None = None,
    ) -> None:
        shape = (batch, heads, capacity, head_dim)
        if min(shape) < 1:
            raise ValueError(f"batch, heads, capacity and head_dim {shape} must be positive")
        self.keys = Tensor(zeros(shape, dtype or float32, device))
        self.values = Tensor(zeros(shape, dtype or float32, device))
        self.length = 0

    @property
    def capacity(self) -> int:
        """How many positions fit."""
        return self.keys.shape[2]

    def append(self, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Store the next positions, and give all that are stored.

        Args:
            keys: (batch, heads, new, head_dim).
            values: the same shape.

        Returns:
            Keys and values (batch, heads, length, head_dim); on NumPy they are views, good until
            the next `reset`.

        Raises:
            ValueError: they do not fit into what is left, or have other sizes than the cache.
            RuntimeError: gradients are being recorded.
        """
        if is_grad_enabled() and (keys.requires_grad or values.requires_grad):
            raise RuntimeError("a KVCache stores no gradients: generate under no_grad()")
        batch, heads, capacity, head_dim = self.keys.shape
        wanted = (batch, heads, keys.shape[2], head_dim)
        if keys.shape != wanted or values.shape != wanted:
            raise ValueError(
                f"keys {keys.shape} and values {values.shape} must both be "
                f"({batch}, {heads}, new, {head_dim})"
            )
        end = self.length + keys.shape[2]
        if end > capacity:
            raise ValueError(
                f"{keys.shape[2]} positions after {self.length} do not fit into a cache "
                f"of {capacity}"
            )
        stored, fresh = (self.keys.data, self.values.data), (keys.data, values.data)
        for memory, each in zip(stored, fresh, strict=True):  # no graph holds what is stored here
            memory[:, :, self.length : end] = each
        self.length = end
        return Tensor(stored[0][:, :, :end]), Tensor(stored[1][:, :, :end])

    def reorder(self, rows: Tensor) -> None:
        """Take these rows in the place of all that there were, as beams branch or die.

        Args:
            rows: (new batch,) integers, each a row as it stood; one may come several times.

        Raises:
            IndexError: there is no such row.

        Example:
            >>> from nt_autograd import no_grad, tensor
            >>> cache, x = KVCache(2, 1, 8, 1), tensor([[[[1.0]]], [[[2.0]]]])
            >>> with no_grad():
            ...     keys, values = cache.append(x, x)
            >>> cache.reorder(tensor([1, 1, 0]))
            >>> cache.keys[:, 0, 0, 0].tolist()
            [2.0, 2.0, 1.0]
        """
        with no_grad():
            self.keys = self._taken(self.keys, rows)
            self.values = self._taken(self.values, rows)

    def _taken(self, stored: Tensor, rows: Tensor) -> Tensor:
        """What is filled of these rows, where it lay if there are as many rows as before."""
        filled = index_select(stored[:, :, : self.length], 0, rows)
        batch, heads, capacity, head_dim = stored.shape
        if len(rows) != batch:
            shape = (len(rows), heads, capacity, head_dim)
            stored = Tensor(zeros(shape, stored.dtype, stored.device))
        stored[:, :, : self.length] = filled
        return stored

    def reset(self) -> None:
        """Forget all positions; the memory stays."""
        self.length = 0

    def __repr__(self) -> str:
        batch, heads, capacity, head_dim = self.keys.shape
        return (
            f"KVCache({self.length} of {capacity} positions, "
            f"batch={batch}, heads={heads}, head_dim={head_dim})"
        )
