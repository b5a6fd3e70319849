"""Distances and similarities as modules."""

from __future__ import annotations

from nt_autograd import Tensor, cosine_similarity, pairwise_distance

from ..module import Module


class CosineSimilarity(Module):
    r"""The cosine of the angle between vectors.

    $$\frac{x_1 \cdot x_2}{\max(\lVert x_1 \rVert, \epsilon) \max(\lVert x_2 \rVert, \epsilon)}$$

    Shapes: x1 (…, D, …), x2 such as broadcasts with it -> the same without the axis `dim`.

    Args:
        dim: the axis along which the vectors lie.
        eps: $\epsilon$, by which shorter vectors are divided.

    Raises:
        IndexError: in a call, there is no axis `dim`.

    Example:
        >>> from nt_autograd import tensor
        >>> CosineSimilarity()(tensor([[1.0, 0.0]]), tensor([[3.0, 4.0]]))
        tensor([0.6])

    Source: PyTorch's `torch.nn.CosineSimilarity`.
    """

    def __init__(self, dim: int = 1, eps: float = 1e-8) -> None:
        self.dim, self.eps = dim, eps

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        """The similarities of vectors and their partners."""
        y: Tensor = cosine_similarity(x1, x2, self.dim, self.eps)
        return y

    def extra_repr(self) -> str:
        """The options."""
        return f"dim={self.dim}, eps={self.eps}"


class PairwiseDistance(Module):
    r"""The distance between vectors, $\lVert x_1 - x_2 + \epsilon \rVert_p$.

    Shapes: x1 (…, D), x2 such as broadcasts with it -> (…), or (…, 1) with `keepdim`.

    Args:
        p: the order of the norm.
        eps: $\epsilon$, added to every difference.
        keepdim: leave the last axis there with length 1.

    Raises:
        ValueError: in a call, the shapes do not broadcast.

    Example:
        >>> from nt_autograd import tensor
        >>> PairwiseDistance(eps=0.0)(tensor([[3.0, 0.0]]), tensor([[0.0, 4.0]]))
        tensor([5.])

    Source: PyTorch's `torch.nn.PairwiseDistance`.
    """

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> None:
        self.p, self.eps, self.keepdim = p, eps, keepdim

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        """The distances of vectors (…, D) and their partners."""
        y: Tensor = pairwise_distance(x1, x2, self.p, self.eps, self.keepdim)
        return y

    def extra_repr(self) -> str:
        """The options."""
        return f"p={self.p}, eps={self.eps}, keepdim={self.keepdim}"
