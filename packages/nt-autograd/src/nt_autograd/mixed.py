"""autocast: matrix products in half precision, sums and exponentials in float32."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from nt_tensor import DType, DTypeLike, as_dtype, bfloat16, float16, float32, float64

from .op import OPS, Op
from .tape import state
from .tensor import Tensor

__all__ = ["FLOAT32", "LOWER", "autocast", "cast", "contexts", "use_autocast_dtype"]

LOWER = frozenset(
    """
    matmul linear convolution convolution_input attention frugal_attention
    rnn lstm gru
    """.split()  # noqa: SIM905 (words read better than quoted strings)
)
"""Ops that are sums of products: they run in the lower precision, which is where the speed is."""

FLOAT32 = frozenset(
    """
    exp exp2 expm1 log log1p log2 log10 pow_number pow_tensor reciprocal rsqrt sinh cosh tan
    sum prod cumsum cumprod norm var std logsumexp cdist
    softmax log_softmax softplus logsigmoid
    layer_norm rms_norm group_norm batch_norm
    cross_entropy squared_error
    """.split()  # noqa: SIM905
)
"""Ops that need float32's range or precision: they get their inputs in it. All others take what
comes, and where dtypes meet, the wider one wins."""

contexts = 0  # how many are open, in all threads: an op asks this before anything else
_lock = threading.Lock()


@contextmanager
def autocast(dtype: DTypeLike = float16, *, enabled: bool = True) -> Iterator[None]:
    r"""Run each op in the precision that suits it: products in a lower one, sums in float32.

    Parameters stay float32, and so do their gradients: the casts are recorded as ops. Values of
    float64 and integers are left alone. float16 has a small range, so gradients need a `GradScaler`
    (`nt_nn.GradScaler`); bfloat16 has float32's range and does not. The backward pass belongs
    outside. It holds for this thread. NumPy computes in float16, slower than in float32: on the CPU
    this serves to try what will run elsewhere.

    Args:
        dtype: float16 or bfloat16 (which NumPy does not have).
        enabled: False switches an outer autocast off.

    Raises:
        ValueError: another dtype.

    Example:
        >>> from nt_autograd import autocast, linear, ones, softmax
        >>> with autocast("float16"):
        ...     y = linear(ones(2, 3), ones(4, 3))
        ...     print(y.dtype, softmax(y, dim=-1).dtype)
        float16 float32

    Source: Micikevicius et al., Mixed precision training (2018); PyTorch's `torch.autocast`.
    """
    lower = as_dtype(dtype)
    if lower not in (float16, bfloat16):
        raise ValueError(f"dtype ({lower}) must be float16 or bfloat16")
    with use_autocast_dtype(lower if enabled else None):
        yield


@contextmanager
def use_autocast_dtype(dtype: DType | None) -> Iterator[None]:
    """Have `dtype` as this thread's lower precision; None for no autocast."""
    global contexts
    before = state.lower
    with _lock:
        contexts += 1
    state.lower = dtype
    try:
        yield
    finally:
        state.lower = before
        with _lock:
            contexts -= 1


def cast(op: Op, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """The inputs of an op in the precision that this thread's autocast gives it."""
    lower = state.lower
    if lower is None:
        return args
    dtype = lower if op.name in LOWER else float32 if op.name in FLOAT32 else None
    if dtype is None:
        return args
    return tuple([_cast(x, dtype) for x in args])


def _cast(x: Any, dtype: DType) -> Any:
    if not isinstance(x, Tensor) or x.dtype is dtype or x.dtype is float64:
        return x
    return OPS["astype"].call(x, dtype) if x.dtype.kind == "float" else x
