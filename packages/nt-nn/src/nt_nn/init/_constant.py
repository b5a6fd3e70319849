"""No chance: one value everywhere, and what gives back its input."""

from __future__ import annotations

from nt_tensor import namespace

from ._fill import T, fill


def constant_(tensor: T, value: float) -> T:
    """Fill with one value.

    Example:
        >>> from nt_nn import Parameter
        >>> constant_(Parameter([0.0, 0.0]), 3.0).tolist()
        [3.0, 3.0]

    Source: PyTorch's `torch.nn.init.constant_`.
    """
    return fill(tensor, lambda: namespace(tensor.data).full_like(tensor.data, value))


def zeros_(tensor: T) -> T:
    """Fill with zeros.

    Example:
        >>> from nt_nn import Parameter
        >>> zeros_(Parameter([1.0, 2.0])).tolist()
        [0.0, 0.0]

    Source: PyTorch's `torch.nn.init.zeros_`.
    """
    return constant_(tensor, 0.0)


def ones_(tensor: T) -> T:
    """Fill with ones.

    Example:
        >>> from nt_nn import Parameter
        >>> ones_(Parameter([0.0, 2.0])).tolist()
        [1.0, 1.0]

    Source: PyTorch's `torch.nn.init.ones_`.
    """
    return constant_(tensor, 1.0)


def eye_(tensor: T) -> T:
    """Fill a matrix with the identity: ones on the diagonal, zeros elsewhere.

    Args:
        tensor: what to fill, (out, in).

    Raises:
        ValueError: the tensor is no matrix.

    Example:
        >>> from nt_nn import Parameter
        >>> from nt_tensor import zeros
        >>> eye_(Parameter(zeros((2, 3)))).tolist()
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]

    Source: PyTorch's `torch.nn.init.eye_`.
    """
    if tensor.ndim != 2:
        raise ValueError(f"the tensor must be a matrix (out, in), not of shape {tensor.shape}")
    xp = namespace(tensor.data)
    return fill(tensor, lambda: xp.eye(*tensor.shape, dtype=tensor.data.dtype))


def dirac_(tensor: T, groups: int = 1) -> T:
    """Fill a convolution's weight so that it gives back its input, as far as channels allow.

    Output channel `i` of each group takes input channel `i` at the centre of the kernel; outputs
    beyond the inputs give zero.

    Args:
        tensor: what to fill, (out, in / groups, width), (…, height, width) or three sizes.
        groups: of the convolution; they divide `out`.

    Raises:
        ValueError: the tensor has not three to five axes, or `groups` does not divide `out`.

    Example:
        >>> from nt_nn import Parameter
        >>> from nt_tensor import zeros
        >>> dirac_(Parameter(zeros((2, 2, 3)))).tolist()
        [[[0.0, 1.0, 0.0], [0.0, 0.0, 0.0]], [[0.0, 0.0, 0.0], [0.0, 1.0, 0.0]]]

    Source: Zagoruyko and Komodakis, DiracNets (2017); PyTorch's `torch.nn.init.dirac_`.
    """
    if tensor.ndim not in (3, 4, 5):
        raise ValueError(
            f"the tensor must be a convolution's weight (out, in, …), not of shape {tensor.shape}"
        )
    out, channels, *size = tensor.shape
    if groups < 1 or out % groups:
        raise ValueError(f"groups ({groups}) must divide the output channels ({out})")
    xp = namespace(tensor.data)
    one = xp.eye(out // groups, channels, dtype=tensor.data.dtype)
    weight = xp.reshape(xp.concat([one] * groups, axis=0), (out, channels, *[1] * len(size)))
    for axis, length in enumerate(size):
        place = xp.arange(length) == length // 2
        shape = [1] * tensor.ndim
        shape[axis + 2] = length
        weight = weight * xp.astype(xp.reshape(place, tuple(shape)), weight.dtype)
    return fill(tensor, lambda: weight)
