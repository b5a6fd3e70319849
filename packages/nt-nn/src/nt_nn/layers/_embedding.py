"""Embedding: a row of a table for every id."""

from __future__ import annotations

from nt_autograd import Tensor, embedding, no_grad
from nt_tensor import Array, DeviceLike, DTypeLike, Generator, empty, float32

from .. import init
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
        device: where the table lies; None for the current device.
        dtype: of the table; None for float32.
        generator: where the initial values come from; None for the thread's own.

    Raises:
        ValueError: a size is not positive, or `padding_idx` is no id.
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
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.padding_idx = None if padding_idx is None else padding_idx % num_embeddings
        self.weight = Parameter(empty((num_embeddings, embedding_dim), dtype or float32, device))
        self.reset_parameters(generator)

    def reset_parameters(self, generator: Generator | None = None) -> None:
        """Draw new initial values."""
        init.normal_(self.weight, generator=generator)
        if self.padding_idx is not None:
            with no_grad():
                self.weight[self.padding_idx] = 0.0

    def forward(self, ids: Tensor | Array) -> Tensor:
        """Look up ids (…) and give (…, embedding_dim)."""
        y: Tensor = embedding(ids, self.weight, self.padding_idx)
        return y

    def extra_repr(self) -> str:
        """The sizes, and the padding id if there is one."""
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        return f"{self.num_embeddings}, {self.embedding_dim}{padding}"
