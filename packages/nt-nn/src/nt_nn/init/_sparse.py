"""sparse_: a few normal weights into each output, the others zero."""

from __future__ import annotations

import math

from nt_tensor import Generator, default_generator, namespace

from ._fill import T, fill


def sparse_(
    tensor: T, sparsity: float, std: float = 0.01, *, generator: Generator | None = None
) -> T:
    r"""Fill a matrix with draws from $\mathcal N(0, \mathrm{std}^2)$ and set a share to zero.

    In every column the same number of weights, $\lceil \mathrm{sparsity} \cdot \mathrm{out}
    \rceil$, is zero.

    Args:
        tensor: what to fill, (out, in).
        sparsity: the share of zeros in a column.
        std: of the others.
        generator: where draws come from.

    Raises:
        ValueError: the tensor is no matrix, or `sparsity` is not between 0 and 1.

    Example:
        >>> from nt_nn import Parameter
        >>> from nt_tensor import Generator, zeros
        >>> w = sparse_(Parameter(zeros((10, 3))), sparsity=0.8, generator=Generator(0))
        >>> (w == 0).sum(dim=0).tolist()
        [8, 8, 8]

    Source: Martens, Deep learning via Hessian-free optimization (2010), section 5; PyTorch's
        `torch.nn.init.sparse_`.
    """
    if tensor.ndim != 2:
        raise ValueError(f"the tensor must be a matrix (out, in), not of shape {tensor.shape}")
    if not 0 <= sparsity <= 1:
        raise ValueError(f"sparsity ({sparsity}) must be between 0 and 1")
    source = generator or default_generator()
    rows = tensor.shape[0]
    values = source.normal(tensor.shape, std=std, dtype=tensor.dtype, device="cpu")
    xp = namespace(values)
    # The rank of a random number within its column is a random order of the rows.
    order = xp.argsort(source.uniform(tensor.shape, device="cpu"), axis=0)
    keep = xp.argsort(order, axis=0) >= math.ceil(sparsity * rows)
    return fill(tensor, lambda: xp.where(keep, values, xp.zeros_like(values)))
