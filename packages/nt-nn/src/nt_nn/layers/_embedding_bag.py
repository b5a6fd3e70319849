"""EmbeddingBag: a sum, mean or maximum of vectors of a table for every bag of ids."""

from __future__ import annotations

from typing import Self

from nt_autograd import Tensor, embedding_bag
from nt_tensor import Array, DeviceLike, DTypeLike, Generator

from ..parameter import Parameter
from ._embedding import Embedding, table_shape


class EmbeddingBag(Embedding):
    r"""A table that gives each bag of ids a vector: the sum, mean or maximum of theirs.

    An empty bag gives zeros.

    Shapes: ids (bags, n), or (n,) with offsets (bags,) -> (bags, embedding_dim).

    Args:
        num_embeddings: how many ids there are, 0 to `num_embeddings` - 1.
        embedding_dim: the length of a vector.
        max_norm: vectors that are used and longer than this are made this long, for good.
        norm_type: the $p$ of the norm for `max_norm`.
        scale_grad_by_freq: divide the gradient of a vector by how often it is used in a call; not
            for "max".
        mode: "sum", "mean" or "max".
        include_last_offset: offsets end with the end of the last bag.
        padding_idx: an id that counts nothing, whose vector begins as zeros and gets no gradient;
            negative counts from the end.
        device: where the table lies; None for the current device.
        dtype: of the table; None for float32.
        generator: where the initial values come from; None for the thread's own.

    Raises:
        ValueError: a size or an option is out of range; in a call, a shape or offset does not fit.
        IndexError: in a call, an id is not in the table.

    Example:
        >>> from nt_autograd import tensor
        >>> table = EmbeddingBag(10, 4, mode="sum")
        >>> table(tensor([1, 2, 0, 3]), tensor([0, 3])).shape
        (2, 4)

    Source: PyTorch's `torch.nn.EmbeddingBag`, whose initial values it draws: $\mathcal N(0, 1)$.
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        *,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
        device: DeviceLike | None = None,
        dtype: DTypeLike = None,
        generator: Generator | None = None,
    ) -> None:
        if mode not in ("sum", "mean", "max"):
            raise ValueError(f'mode must be "sum", "mean" or "max", got {mode!r}')
        if scale_grad_by_freq and mode == "max":
            raise ValueError('scale_grad_by_freq does not go with mode "max"')
        self.mode, self.include_last_offset = mode, include_last_offset
        super().__init__(
            num_embeddings,
            embedding_dim,
            padding_idx,
            max_norm,
            norm_type,
            scale_grad_by_freq,
            device=device,
            dtype=dtype,
            generator=generator,
        )

    @classmethod
    def from_pretrained(  # type: ignore[override]
        cls,
        embeddings: Tensor | Array,
        freeze: bool = True,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        *,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
    ) -> Self:
        """A table with the vectors that are given; they are not copied.

        Args:
            embeddings: (num_embeddings, embedding_dim).
            freeze: whether the table does not learn.
            max_norm: as for the class, as is all that follows.
            norm_type: the $p$ of the norm for `max_norm`.
            scale_grad_by_freq: divide the gradient of a vector by how often it is used.
            mode: "sum", "mean" or "max".
            include_last_offset: offsets end with the end of the last bag.
            padding_idx: an id that counts nothing.

        Raises:
            ValueError: `embeddings` is no matrix, or an option does not fit it.

        Example:
            >>> from nt_autograd import tensor
            >>> table = EmbeddingBag.from_pretrained(tensor([[1.0], [3.0]]), mode="sum")
            >>> table(tensor([[0, 1]])).tolist()
            [[4.0]]
        """
        rows, width = table_shape(embeddings)
        table = cls(
            rows,
            width,
            max_norm,
            norm_type,
            scale_grad_by_freq,
            mode,
            include_last_offset=include_last_offset,
            padding_idx=padding_idx,
        )
        table.weight = Parameter(embeddings, requires_grad=not freeze)
        return table

    def forward(
        self,
        input: Tensor | Array,
        offsets: Tensor | Array | None = None,
        per_sample_weights: Tensor | None = None,
    ) -> Tensor:
        """Look up ids (bags, n), or (n,) with offsets, and give (bags, embedding_dim).

        Args:
            input: integers.
            offsets: where each bag begins, if `input` has one axis.
            per_sample_weights: a factor for each id; for "sum" only.
        """
        y: Tensor = embedding_bag(
            input,
            self.weight,
            offsets,
            self.max_norm,
            self.norm_type,
            self.scale_grad_by_freq,
            self.mode,
            per_sample_weights=per_sample_weights,
            include_last_offset=self.include_last_offset,
            padding_idx=self.padding_idx,
        )
        return y

    def extra_repr(self) -> str:
        """The sizes and the mode."""
        return f"{super().extra_repr()}, mode={self.mode!r}"
