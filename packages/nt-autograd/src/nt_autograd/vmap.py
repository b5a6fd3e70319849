"""vmap: a function of one sample, called for all of them at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from nt_tensor import batching, is_array

from .op import OPS, Op
from .ops._concat import cat
from .ops._samples import as_samples, from_samples, same_for_all
from .tape import state
from .tensor import Tensor
from .transforms import under

__all__ = ["vmap"]

Dims = int | None | Sequence[int | None]


def vmap(
    fn: Callable[..., Any],
    in_dims: Dims = 0,
    out_dims: int | Sequence[int] = 0,
    *,
    chunk_size: int | None = None,
) -> Callable[..., Any]:
    r"""Make of a function of one sample a function of many: $y_i = f(x_i)$ for all $i$ at once.

    The function runs once, on tensors whose samples' axis is hidden: it sees the shapes of one
    sample, and every op works on all of them. Gradients flow as ever, and functions that take
    gradients inside give those of each sample. Maps nest.

    The function takes one way for all samples: what depends on a value (`if`, `item()`, `nonzero`,
    a mask as an index) raises, unless all samples agree; `where` chooses element by element. Random
    ops draw once for all samples.

    Args:
        fn: takes tensors and whatever else, returns a tensor or a tuple of them.
        in_dims: the samples' axis in each argument, one number for all arguments or one for each;
            None for an argument that is the same for all samples, as it must be for those that are
            no tensors.
        out_dims: where the samples' axis shall stand in what comes back, likewise.
        chunk_size: how many samples at once, to bound memory; None for all.

    Returns:
        A function of the same arguments.

    Raises:
        ValueError: in a call, there is no samples' axis at all, the arguments differ in its length,
            or `in_dims` does not fit the arguments.
        TypeError: in a call, `fn` returns something else than tensors, or asks for a value that
            depends on the sample.

    Example:
        >>> from nt_autograd import dot, grad, ones, tensor
        >>> x = tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
        >>> vmap(dot, in_dims=(0, None))(x, ones(2))
        tensor([ 3.,  7., 11.])
        >>> w = tensor([1.0, -1.0], requires_grad=True)
        >>> vmap(lambda w, x: grad((w * x).sum() ** 2, w)[0], in_dims=(None, 0))(w, x)
        tensor([[ -2.,  -4.],
                [ -6.,  -8.],
                [-10., -12.]])

    Source: PyTorch's `torch.func.vmap`; Frostig et al., Compiling machine learning programs via
        high-level tracing (2018).
    """
    if chunk_size is not None and chunk_size < 1:
        raise ValueError(f"chunk_size ({chunk_size}) must be at least 1")

    def mapped(*args: Any) -> Any:
        dims = _dims(in_dims, args)
        size = _size(args, dims)
        if chunk_size is None or chunk_size >= size:
            return _run(fn, args, dims, out_dims, size)
        parts = []
        for start in range(0, size, chunk_size):
            length = min(chunk_size, size - start)
            part = [
                x if dim is None else x[(slice(None),) * dim + (slice(start, start + length),)]
                for x, dim in zip(args, dims, strict=True)
            ]
            parts.append(_run(fn, part, dims, out_dims, length))
        if not isinstance(parts[0], tuple):
            return cat(parts, _out_dim(out_dims, 0))
        columns = enumerate(zip(*parts, strict=True))
        return tuple([cat(column, _out_dim(out_dims, i)) for i, column in columns])

    return mapped


def _run(
    fn: Callable[..., Any],
    args: Sequence[Any],
    dims: list[int | None],
    out_dims: int | Sequence[int],
    size: int,
) -> Any:
    around = sum(each is _lift for each in state.transforms)  # maps that this one stands in
    inside = []
    for x, dim in zip(args, dims, strict=True):
        if isinstance(x, Tensor):
            x = _raised(x, around)
            x = same_for_all(x) if dim is None else as_samples(x, dim)
        inside.append(x)
    with under((*state.transforms, _lift)):
        made = fn(*inside)
    outputs = made if isinstance(made, tuple) else (made,)
    found = []
    for i, y in enumerate(outputs):
        if not isinstance(y, Tensor):
            raise TypeError(
                f"vmap: fn returned a {type(y).__name__}, not a tensor or a tuple of tensors"
            )
        y = _raised(y, around + 1)
        dim = _out_dim(out_dims, i)
        if not -y.ndim - 1 <= dim <= y.ndim:
            raise ValueError(f"out_dims ({dim}) is no axis of an output of {y.ndim} axes and one")
        found.append(from_samples(y, dim % (y.ndim + 1), size))
    return tuple(found) if isinstance(made, tuple) else found[0]


def _dims(in_dims: Dims, args: tuple[Any, ...]) -> list[int | None]:
    """The samples' axis of each argument, counted from the front."""
    if isinstance(in_dims, int) or in_dims is None:
        dims: list[int | None] = [in_dims if isinstance(x, Tensor) else None for x in args]
    else:
        dims = list(in_dims)
    if len(dims) != len(args):
        raise ValueError(
            f"in_dims ({in_dims}) must have an entry for each of {len(args)} arguments"
        )
    for i, (x, dim) in enumerate(zip(args, dims, strict=True)):
        if dim is None:
            continue
        if not isinstance(x, Tensor):
            raise ValueError(
                f"in_dims[{i}] ({dim}) must be None: argument {i} is no tensor but a "
                f"{type(x).__name__}"
            )
        if not -x.ndim <= dim < x.ndim:
            raise ValueError(f"in_dims[{i}] ({dim}) is no axis of an argument of shape {x.shape}")
        dims[i] = dim % x.ndim
    return dims


def _size(args: tuple[Any, ...], dims: list[int | None]) -> int:
    """How many samples there are."""
    sizes = {
        i: x.shape[dim]
        for i, (x, dim) in enumerate(zip(args, dims, strict=True))
        if dim is not None
    }
    if not sizes:
        raise ValueError(f"in_dims ({dims}) must name the samples' axis of at least one argument")
    if len(set(sizes.values())) > 1:
        told = ", ".join(f"argument {i} has {n}" for i, n in sizes.items())
        raise ValueError(f"all arguments must have as many samples: {told}")
    return int(min(sizes.values()))


def _out_dim(out_dims: int | Sequence[int], i: int) -> int:
    return out_dims if isinstance(out_dims, int) else out_dims[i]


_OWN = ("as_samples", "from_samples", "same_for_all")


def _lift(op: Op, inputs: tuple[Any, ...], parameters: tuple[Any, ...]) -> tuple[Any, ...]:
    """What is the same for all samples, made samples where it meets some."""
    if op.name in _OWN:
        return inputs
    depths = [_depth(x) for x in inputs]
    most = max([*depths, *map(_depth, parameters)], default=0)
    if not most or min(depths, default=0) == most:
        return inputs
    return tuple([_raised(x, most) for x in inputs])


def _depth(x: Any) -> int:
    if isinstance(x, tuple):
        return max(map(_depth, x), default=0)
    x = x.data if isinstance(x, Tensor) else x
    return batching.depth(x) if is_array(x) else 0


def _raised(x: Any, level: int) -> Any:
    if not (isinstance(x, Tensor) or is_array(x)):
        return x
    for _ in range(level - _depth(x)):
        x = OPS["same_for_all"].call(x)
    return x
