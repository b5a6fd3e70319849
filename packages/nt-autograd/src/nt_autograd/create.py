"""Making tensors: from Python's numbers and lists, or filled by a rule."""

from __future__ import annotations

from collections.abc import Sequence
from operator import index
from typing import Any

import nt_tensor as nt
from nt_tensor import DeviceLike, DTypeLike, Generator, current_device, default_generator

from .tensor import Tensor

__all__ = [
    "arange",
    "empty",
    "empty_like",
    "eye",
    "from_numpy",
    "full",
    "full_like",
    "linspace",
    "ones",
    "ones_like",
    "rand",
    "rand_like",
    "randint",
    "randn",
    "randn_like",
    "randperm",
    "tensor",
    "zeros",
    "zeros_like",
]


def tensor(
    data: Any,
    *,
    dtype: DTypeLike = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Make a tensor of numbers, nested sequences, an array or a tensor, by copying the values.

    Python's floats become float32, its integers int64, its booleans bool; an array keeps its dtype
    and, without a `device`, its place.

    Args:
        data: the values.
        dtype: what the elements become.
        device: where the tensor goes: `"cpu"`, `"cuda"`, `"cuda:1"`, `"mlx"`; None means the
            current device.
        requires_grad: whether gradients are wanted for it.

    Raises:
        TypeError: `data` is not numbers, or gradients are asked for integers.

    Example:
        >>> tensor([[1, 2], [3, 4]])
        tensor([[1, 2], [3, 4]])
        >>> tensor([1.0, 2.0], dtype="float64", requires_grad=True)
        tensor([1., 2.], dtype=float64, requires_grad=True)

    Source: PyTorch's `torch.tensor`.
    """
    if isinstance(data, Tensor):
        data = data.data
    elif isinstance(data, list | tuple):
        data = _numbers(data)
    array = nt.asarray(data, dtype=dtype, device=device)
    if nt.is_array(data):
        array = nt.namespace(array).asarray(array, copy=True)
    return _made(array, requires_grad)


def from_numpy(array: Any) -> Tensor:
    """Make a tensor that shares memory with a NumPy array.

    Example:
        >>> import numpy as np
        >>> a = np.zeros(2, np.float32)
        >>> x = from_numpy(a)
        >>> a[0] = 5
        >>> x
        tensor([5., 0.])

    Source: PyTorch's `torch.from_numpy`.
    """
    return Tensor(nt.asarray(array, device="cpu"))


def zeros(
    *shape: Any,
    dtype: DTypeLike = nt.float32,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Make a tensor of zeros; `shape` is several integers or one sequence.

    Example:
        >>> zeros(2, 3)
        tensor([[0., 0., 0.], [0., 0., 0.]])

    Source: PyTorch's `torch.zeros`.
    """
    return _made(nt.zeros(_shape(shape), dtype, device), requires_grad)


def ones(
    *shape: Any,
    dtype: DTypeLike = nt.float32,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Make a tensor of ones; `shape` is several integers or one sequence.

    Example:
        >>> ones((2,), dtype="int64")
        tensor([1, 1])

    Source: PyTorch's `torch.ones`.
    """
    return _made(nt.ones(_shape(shape), dtype, device), requires_grad)


def empty(
    *shape: Any,
    dtype: DTypeLike = nt.float32,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Make a tensor whose values are whatever the memory held; `shape` as in `zeros`.

    Example:
        >>> empty(2, 3).shape
        (2, 3)

    Source: PyTorch's `torch.empty`.
    """
    return _made(nt.empty(_shape(shape), dtype, device), requires_grad)


def full(
    size: int | Sequence[int],
    fill_value: float,
    *,
    dtype: DTypeLike = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Make a tensor that holds one value everywhere.

    Example:
        >>> full((2,), 0.5)
        tensor([0.5, 0.5])

    Source: PyTorch's `torch.full`.
    """
    return _made(nt.full(size, fill_value, dtype, device), requires_grad)


def arange(
    start: float,
    end: float | None = None,
    step: float = 1,
    *,
    dtype: DTypeLike = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Count from `start` (0 if one bound is given) up to, not including, `end`.

    Example:
        >>> arange(3), arange(1, 2, 0.5)
        (tensor([0, 1, 2]), tensor([1. , 1.5]))

    Source: PyTorch's `torch.arange`.
    """
    return _made(nt.arange(start, end, step, dtype, device), requires_grad)


def linspace(
    start: float,
    end: float,
    steps: int,
    *,
    dtype: DTypeLike = nt.float32,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Space `steps` values evenly from `start` to `end`, both included.

    Example:
        >>> linspace(0, 1, 3)
        tensor([0. , 0.5, 1. ])

    Source: PyTorch's `torch.linspace`.
    """
    return _made(nt.linspace(start, end, steps, dtype, device), requires_grad)


def eye(
    n: int,
    m: int | None = None,
    *,
    dtype: DTypeLike = nt.float32,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Make a matrix of n rows and m columns (n if not given) with ones on its diagonal.

    Example:
        >>> eye(2)
        tensor([[1., 0.], [0., 1.]])

    Source: PyTorch's `torch.eye`.
    """
    return _made(nt.eye(n, m, dtype, device), requires_grad)


def rand(
    *shape: Any,
    generator: Generator | None = None,
    dtype: DTypeLike = nt.float32,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Draw evenly from [0, 1).

    The same seed gives the same numbers on every device.

    Example:
        >>> from nt_tensor import Generator
        >>> bool((rand(100, generator=Generator(0)) < 1).all())
        True

    Source: PyTorch's `torch.rand`.
    """
    random = generator or default_generator()
    return _made(
        random.uniform(_shape(shape), dtype=dtype, device=device or current_device()), requires_grad
    )


def randn(
    *shape: Any,
    generator: Generator | None = None,
    dtype: DTypeLike = nt.float32,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Draw from the normal distribution of mean 0 and variance 1.

    The same seed gives the same numbers on every device.

    Example:
        >>> from nt_tensor import Generator
        >>> randn(2, 3, generator=Generator(0)).shape
        (2, 3)

    Source: PyTorch's `torch.randn`.
    """
    random = generator or default_generator()
    return _made(
        random.normal(_shape(shape), dtype=dtype, device=device or current_device()), requires_grad
    )


def randint(
    low: int,
    high: int | Sequence[int],
    size: Sequence[int] | None = None,
    *,
    generator: Generator | None = None,
    dtype: DTypeLike = nt.int64,
    device: DeviceLike | None = None,
) -> Tensor:
    """Draw integers evenly from `low` up to, not including, `high`.

    `randint(high, size)` begins at 0.

    Example:
        >>> from nt_tensor import Generator
        >>> randint(0, 10, (2, 3), generator=Generator(0)).shape
        (2, 3)

    Source: PyTorch's `torch.randint`.
    """
    if isinstance(high, int):
        first, last, shape = low, high, size
    else:
        first, last, shape = 0, low, high
    if shape is None:
        raise TypeError("randint needs a size: randint(low, high, size) or randint(high, size)")
    random, place = generator or default_generator(), device or current_device()
    return Tensor(random.integers(first, last, tuple(shape), dtype=dtype, device=place))


def randperm(
    n: int, *, generator: Generator | None = None, device: DeviceLike | None = None
) -> Tensor:
    """Draw an order of the integers below `n`.

    Example:
        >>> from nt_tensor import Generator
        >>> sorted(randperm(4, generator=Generator(0)).tolist())
        [0, 1, 2, 3]

    Source: PyTorch's `torch.randperm`.
    """
    return Tensor(
        (generator or default_generator()).permutation(n, device=device or current_device())
    )


def zeros_like(input: Any, *, dtype: DTypeLike = None, device: DeviceLike | None = None) -> Tensor:
    """Make zeros of the shape, dtype and device of `input`.

    Example:
        >>> zeros_like(tensor([1, 2]))
        tensor([0, 0])

    Source: PyTorch's `torch.zeros_like`.
    """
    return zeros(input.shape, **_like(input, dtype, device))


def ones_like(input: Any, *, dtype: DTypeLike = None, device: DeviceLike | None = None) -> Tensor:
    """Make ones of the shape, dtype and device of `input`.

    Example:
        >>> ones_like(tensor([1.0, 2.0]))
        tensor([1., 1.])

    Source: PyTorch's `torch.ones_like`.
    """
    return ones(input.shape, **_like(input, dtype, device))


def empty_like(input: Any, *, dtype: DTypeLike = None, device: DeviceLike | None = None) -> Tensor:
    """Make a tensor of the shape, dtype and device of `input`, with whatever the memory held.

    Example:
        >>> empty_like(tensor([1.0, 2.0])).shape
        (2,)

    Source: PyTorch's `torch.empty_like`.
    """
    return empty(input.shape, **_like(input, dtype, device))


def full_like(
    input: Any, fill_value: float, *, dtype: DTypeLike = None, device: DeviceLike | None = None
) -> Tensor:
    """Make a tensor of one value of the shape, dtype and device of `input`.

    Example:
        >>> full_like(tensor([1.0, 2.0]), 3)
        tensor([3., 3.])

    Source: PyTorch's `torch.full_like`.
    """
    return full(input.shape, fill_value, **_like(input, dtype, device))


def rand_like(
    input: Any,
    *,
    generator: Generator | None = None,
    dtype: DTypeLike = None,
    device: DeviceLike | None = None,
) -> Tensor:
    """Draw evenly from [0, 1) in the shape, dtype and device of `input`.

    Example:
        >>> rand_like(tensor([1.0, 2.0])).shape
        (2,)

    Source: PyTorch's `torch.rand_like`.
    """
    return rand(input.shape, generator=generator, **_like(input, dtype, device))


def randn_like(
    input: Any,
    *,
    generator: Generator | None = None,
    dtype: DTypeLike = None,
    device: DeviceLike | None = None,
) -> Tensor:
    """Draw from the normal distribution in the shape, dtype and device of `input`.

    Example:
        >>> randn_like(tensor([1.0, 2.0])).shape
        (2,)

    Source: PyTorch's `torch.randn_like`.
    """
    return randn(input.shape, generator=generator, **_like(input, dtype, device))


def _made(array: Any, requires_grad: bool) -> Tensor:
    made = Tensor(array)
    return made.requires_grad_() if requires_grad else made


def _shape(shape: tuple[Any, ...]) -> tuple[int, ...]:
    """`zeros(2, 3)`, `zeros((2, 3))` and `zeros()` all name a shape."""
    if len(shape) == 1 and not hasattr(shape[0], "__index__"):
        shape = tuple(shape[0])
    return tuple([index(n) for n in shape])


def _like(input: Any, dtype: DTypeLike, device: DeviceLike | None) -> dict[str, Any]:
    return {
        "dtype": input.dtype if dtype is None else dtype,
        "device": input.device if device is None else device,
    }


def _numbers(data: Any) -> Any:
    """Nested sequences in which tensors stand, with the tensors' numbers in their place."""
    if isinstance(data, Tensor):
        return data.tolist()
    return [_numbers(each) for each in data] if isinstance(data, list | tuple) else data
