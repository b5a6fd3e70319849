"""autocast: matrix products in half precision, sums and exponentials in float32."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from nt_tensor import DType, DTypeLike, as_dtype, bfloat16, float16, float32, float64

from .op import OPS, Op
from .tape import state
from .tensor import Tensor
from .transforms import under

__all__ = ["FLOAT32", "LOWER", "autocast"]

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
    softmax log_softmax softplus
    layer_norm rms_norm group_norm batch_norm
    cross_entropy squared_error of_logits of_probabilities ctc
    """.split()  # noqa: SIM905
)
"""Ops that need float32's range or precision: they get their inputs in it. All others take what
comes, and where dtypes meet, the wider one wins."""


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
    others = tuple([each for each in state.transforms if not isinstance(each, _Casting)])
    with under((*others, _Casting(lower)) if enabled else others):
        yield


class _Casting:
    """Gives an op its inputs in the precision that suits it."""

    def __init__(self, lower: DType) -> None:
        self.lower = lower

    def __call__(
        self, op: Op, inputs: tuple[Any, ...], parameters: tuple[Any, ...]
    ) -> tuple[Any, ...]:
        if op.name in LOWER:
            return tuple([_cast(x, self.lower) for x in inputs])
        return tuple([_cast(x, float32) for x in inputs]) if op.name in FLOAT32 else inputs


def _cast(x: Any, dtype: DType) -> Any:
    if not isinstance(x, Tensor) or x.dtype is dtype or x.dtype is float64:
        return x
    return OPS["astype"].call(x, dtype) if x.dtype.kind == "float" else x
