"""Embedding: a row of a table for every id."""

from __future__ import annotations

from typing import Self

from nt_autograd import Tensor, embedding, no_grad
from nt_tensor import Array, DeviceLike, DTypeLike, Generator, float32

from .. import init
from .._skeleton import empty, sketching
from ..module import Module
from ..parameter import Parameter


class Embedding(Module):
    r"""A table that gives each id its vector: $y_i = W_{x_i}$.

    Shapes: ids (…) of integers -> (…, embedding_dim).

    Args:
        num_embeddings: how many ids there are, 0 to `num_embeddings` - 1.
        embedding_dim: the length of a vector.
        padding_idx: an id whose vector begins as zeros and gets no gradient; negative counts from
            the end.
        max_norm: vectors that are used and longer than this are made this long, for good.
        norm_type: the $p$ of the norm for `max_norm`.
        scale_grad_by_freq: divide the gradient of a vector by how often it is used in a call.
        device: where the table lies; None for the current device.
        dtype: of the table; None for float32.
        generator: where the initial values come from; None for the thread's own.

    Raises:
        ValueError: a size or `max_norm` is not positive, or `padding_idx` is no id.
        IndexError: in a call, an id is not in the table.

    Example:
        >>> from nt_autograd import tensor
        >>> table = Embedding(10, 4, padding_idx=0)
        >>> table(tensor([[1, 2, 0]])).shape
        (1, 3, 4)
        >>> table(tensor(0)).tolist()
        [0.0, 0.0, 0.0, 0.0]

    Source: PyTorch's `torch.nn.Embedding`, whose initial values it draws: $\mathcal N(0, 1)$.
    """

    weight: Parameter  # (num_embeddings, embedding_dim)

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        *,
        device: DeviceLike | None = None,
        dtype: DTypeLike = None,
        generator: Generator | None = None,
    ) -> None:
        if num_embeddings < 1 or embedding_dim < 1:
            raise ValueError(
                f"num_embeddings ({num_embeddings}) and embedding_dim ({embedding_dim}) "
                "must be positive"
            )
        if padding_idx is not None and not -num_embeddings <= padding_idx < num_embeddings:
            raise ValueError(
                f"padding_idx ({padding_idx}) must be an id below num_embeddings ({num_embeddings})"
            )
        if max_norm is not None and not max_norm > 0:
            raise ValueError(f"max_norm ({max_norm}) must be positive")
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.padding_idx = None if padding_idx is None else padding_idx % num_embeddings
        self.max_norm, self.norm_type = max_norm, norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        self.weight = Parameter(empty((num_embeddings, embedding_dim), dtype or float32, device))
        self.reset_parameters(generator)

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Tensor | Array,
        freeze: bool = True,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
    ) -> Self:
        """A table with the vectors that are given; they are not copied.

        Args:
            embeddings: (num_embeddings, embedding_dim).
            freeze: whether the table does not learn.
            padding_idx: an id whose vector gets no gradient; it stays as it is given.
            max_norm: as for the class, as is all that follows.
            norm_type: the $p$ of the norm for `max_norm`.
            scale_grad_by_freq: divide the gradient of a vector by how often it is used.

        Raises:
            ValueError: `embeddings` is no matrix, or an option does not fit it.

        Example:
            >>> from nt_autograd import tensor
            >>> table = Embedding.from_pretrained(tensor([[1.0, 2.0], [3.0, 4.0]]))
            >>> table(tensor(1)).tolist(), table.weight.requires_grad
            ([3.0, 4.0], False)
        """
        rows, width = table_shape(embeddings)
        table = cls(rows, width, padding_idx, max_norm, norm_type, scale_grad_by_freq)
        table.weight = Parameter(embeddings, requires_grad=not freeze)
        return table

    def reset_parameters(self, generator: Generator | None = None, *, std: float = 1.0) -> None:
        """Draw new initial values from N(0, std²); the padding's are zero."""
        init.normal_(self.weight, std=std, generator=generator)
        if self.padding_idx is not None and not sketching():
            with no_grad():
                self.weight[self.padding_idx] = 0.0

    def forward(self, ids: Tensor | Array) -> Tensor:
        """Look up ids (…) and give (…, embedding_dim)."""
        y: Tensor = embedding(
            ids,
            self.weight,
            self.padding_idx,
            self.max_norm,
            self.norm_type,
            self.scale_grad_by_freq,
        )
        return y

    def extra_repr(self) -> str:
        """The sizes, and the padding id and the largest norm if there are such."""
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        limit = "" if self.max_norm is None else f", max_norm={self.max_norm}"
        return f"{self.num_embeddings}, {self.embedding_dim}{padding}{limit}"


def table_shape(embeddings: Tensor | Array) -> tuple[int, int]:
    """How many vectors there are, and how long they are; raises unless it is a matrix."""
    shape = tuple(embeddings.shape)
    if len(shape) != 2:
        raise ValueError(f"embeddings must be (num_embeddings, embedding_dim), got {shape}")
    return shape[0], shape[1]
