"""orthogonal_: rows (or columns) at right angles, all of one length."""

from __future__ import annotations

import math

from nt_tensor import Array, Generator, default_generator, float64, namespace

from ._fill import T, fill


def orthogonal_(tensor: T, gain: float = 1.0, *, generator: Generator | None = None) -> T:
    r"""Fill with a random matrix whose rows, or columns where those are fewer, are orthogonal.

    $$W W^\top = \mathrm{gain}^2 I \quad (\text{rows} \le \text{columns}), \qquad
    W^\top W = \mathrm{gain}^2 I \quad \text{otherwise}$$

    The columns of a normal matrix are made orthogonal one after the other (Gram and Schmidt), so
    that every such matrix is equally likely. It is computed in float64.

    Args:
        tensor: what to fill, (out, in, …); the axes after the first are taken as one.
        gain: the length of the rows.
        generator: where draws come from.

    Raises:
        ValueError: the tensor has fewer than two axes.

    Example:
        >>> from nt_nn import Parameter
        >>> from nt_tensor import Generator, zeros
        >>> w = orthogonal_(Parameter(zeros((2, 5))), generator=Generator(0))
        >>> (w @ w.mT).detach().numpy().round(4) + 0.0
        array([[1., 0.],
               [0., 1.]], dtype=float32)

    Source: Saxe, McClelland and Ganguli, Exact solutions to the nonlinear dynamics of learning in
        deep linear networks (2014); equally likely: Mezzadri, How to generate random matrices from
        the classical compact groups (2007), section 4.
    """
    if tensor.ndim < 2:
        raise ValueError(f"the tensor must be (out, in, …), not of shape {tensor.shape}")
    rows, columns = tensor.shape[0], math.prod(tensor.shape[1:])
    source = generator or default_generator()
    tall = (max(rows, columns), min(rows, columns))
    normal = source.normal(tall, dtype=float64, device="cpu")
    q = _orthonormal(normal)
    q = q if rows >= columns else namespace(q).matrix_transpose(q)
    return fill(tensor, lambda: gain * namespace(q).reshape(q, tensor.shape))


def _orthonormal(columns: Array) -> Array:
    """Gram and Schmidt by halves, so that nearly all of the work is matrix products."""
    xp = namespace(columns)
    count = columns.shape[1]
    if count <= 1:
        return columns / xp.sqrt(xp.sum(columns * columns))
    left = _orthonormal(columns[:, : count // 2])
    right = columns[:, count // 2 :]
    for _ in range(2):  # what rounding left of the other half in the first pass goes in the second
        right = right - left @ (xp.matrix_transpose(left) @ right)
    return xp.concat([left, _orthonormal(right)], axis=1)
