"""What is done to an op's inputs before it runs: autocast casts them, vmap makes samples of them.

Nobody, usually: an op then asks one question, whether `contexts` is zero.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

from .tape import state

if TYPE_CHECKING:
    from .op import Op

__all__ = ["Transform", "apply", "contexts", "under"]

Transform: TypeAlias = Callable[["Op", tuple[Any, ...], tuple[Any, ...]], tuple[Any, ...]]
"""Called with an op, its inputs and its parameters; gives other inputs."""

contexts = 0  # how many are open, in all threads: an op asks this before anything else
_lock = threading.Lock()


@contextmanager
def under(transforms: tuple[Transform, ...]) -> Iterator[None]:
    """Have exactly these transforms in this thread, the outermost first."""
    global contexts
    before = state.transforms
    with _lock:
        contexts += 1
    state.transforms = transforms
    try:
        yield
    finally:
        state.transforms = before
        with _lock:
            contexts -= 1


def apply(op: Op, inputs: tuple[Any, ...], parameters: tuple[Any, ...] = ()) -> tuple[Any, ...]:
    """The inputs of an op after this thread's transforms."""
    for transform in state.transforms:
        inputs = transform(op, inputs, parameters)
    return inputs
