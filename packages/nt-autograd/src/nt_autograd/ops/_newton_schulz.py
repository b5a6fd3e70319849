"""newton_schulz: a matrix with its singular values brought near 1, by products alone."""

from __future__ import annotations

from typing import Any

from ._maximum import clamp
from ._norm import norm
from ._permute import mT

__all__ = ["newton_schulz"]

_FASTEST = (3.4445, -4.7750, 2.0315)


def newton_schulz(
    x: Any,
    coefficients: tuple[float, float, float] = _FASTEST,
    steps: int = 5,
    eps: float = 1e-7,
) -> Any:
    r"""Orthogonalise a matrix: $U S V^\top$ becomes about $U V^\top$.

    From $X_0 = x / \max(\lVert x \rVert_F, \epsilon)$, `steps` times

    $$A = X X^\top, \qquad X \leftarrow a X + (b A + c A^2) X,$$

    which applies the odd polynomial $a s + b s^3 + c s^5$ to every singular value. With the default
    coefficients small ones grow fastest and all end between 0.7 and 1.2 or so; with
    $(15/8, -5/4, 3/8)$ they converge to 1.

    Args:
        x: (rows, columns), a tensor or an array.
        coefficients: $(a, b, c)$.
        steps: how often.
        eps: the smallest norm that is divided by.

    Returns:
        (rows, columns), in the dtype of `x`.

    Raises:
        ValueError: `x` is no matrix, `steps` is negative or `coefficients` are not three.

    Example:
        >>> from nt_autograd import tensor
        >>> x = tensor([[3.0, 0.0], [0.0, -4.0]])
        >>> newton_schulz(x, (15 / 8, -5 / 4, 3 / 8), steps=10).numpy().round(3)
        array([[ 1.,  0.],
               [ 0., -1.]], dtype=float32)

    Source: Bernstein and Newhouse, Old optimizer, new norm (2024); Jordan et al., Muon (2024), and
        PyTorch's `torch.optim.Muon`, which computes in bfloat16.
    """
    if x.ndim != 2:
        raise ValueError(f"x must be a matrix, got shape {tuple(x.shape)}")
    if len(coefficients) != 3 or steps < 0:
        raise ValueError(
            f"coefficients must be three, got {coefficients}, and steps ({steps}) at least 0"
        )
    a, b, c = (float(each) for each in coefficients)
    tall = x.shape[0] > x.shape[1]
    y = mT(x) if tall else x  # the smaller product
    y = y / clamp(norm(y), min=float(eps))
    for _ in range(steps):
        gram = y @ mT(y)
        y = a * y + (b * gram + c * (gram @ mT(gram))) @ y  # symmetric: BLAS computes half of it
    return mT(y) if tall else y
