"""Looking into a training step: what modules give, which units fire, where attentions look."""

from __future__ import annotations

import math
import threading
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from nt_autograd import Tensor, attention_weights, is_grad_enabled, no_grad
from nt_autograd.tape import Node
from nt_autograd.watch import watched_by
from nt_nn import Module
from nt_tensor import is_array

from nt_apps.diagnose._layers import Values, as_numpy

__all__ = ["Inside"]

# The input below which a unit lets through less than an eightieth of its gradient.
SILENT = {"relu": 0.0, "relu6": 0.0, "gelu": -3.0, "gelu_tanh": -3.0, "quick_gelu": -3.6,
          "silu": -6.0, "swiglu": -6.0}  # fmt: skip
ATTENTIONS = ("attention", "frugal_attention")
ITEMS = 4  # of a share whose attention maps are looked at: they cost as much as the attention


@dataclass
class _Sums:
    """What is added up while a step runs, by the module's name."""

    squares: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    elements: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    largest: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    highest: dict[str, Values] = field(default_factory=dict)  # (units,), what reached each at most
    entropy: dict[str, list[Values]] = field(default_factory=lambda: defaultdict(list))


class _Here(threading.local):
    """The modules that run in a thread, the outermost first."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.units: list[int] = []  # how many activations each has run
        self.busy = False


class Inside:
    """Watches a model's training steps, in all threads, between `open` and `close`.

    What runs without gradients (validation, samples) is not looked at, and nothing is changed.
    """

    inside_rules = False  # of what the way back is made of

    def __init__(self, model: Module) -> None:
        self._model = model
        self._here, self._lock = _Here(), threading.Lock()
        self._sums, self._opened = _Sums(), ExitStack()

    def open(self) -> None:
        """Begin to look, with nothing seen."""
        self.close()
        self._sums = _Sums()
        with ExitStack() as opened:
            for name, module in self._model.named_modules():
                self._follow(name or "model", module, opened)
            opened.enter_context(watched_by(self))
            self._opened = opened.pop_all()

    def close(self) -> None:
        """Look no more."""
        self._opened.close()

    def seen(self) -> dict[str, dict[str, Any]]:
        """Scale, largest value, share of dead units and entropy of each head, by module."""
        sums = self._sums
        scale = {name: math.sqrt(sums.squares[name] / sums.elements[name]) for name in sums.squares}
        dead = {name: float(np.mean(x <= 0)) for name, x in sums.highest.items()}
        entropy = {
            name: {str(head): float(value) for head, value in enumerate(np.mean(rows, 0))}
            for name, rows in sums.entropy.items()
        }
        return {"scale": scale, "largest": dict(sums.largest), "dead": dead, "entropy": entropy}

    def _follow(self, name: str, module: Module, opened: ExitStack) -> None:
        def before(_: Module, args: tuple[Any, ...]) -> None:
            self._here.names.append(name)
            self._here.units.append(0)

        def after(_: Module, args: tuple[Any, ...], output: Any) -> None:
            if name in self._here.names:  # what an error left behind goes too
                while self._here.names.pop() != name:
                    self._here.units.pop()
                self._here.units.pop()
            if is_grad_enabled() and isinstance(output, Tensor) and output.dtype.kind == "float":
                self._gave(name, as_numpy(output.data))

        opened.enter_context(module.register_forward_pre_hook(before))
        opened.enter_context(module.register_forward_hook(after))

    def _gave(self, name: str, x: Values) -> None:
        flat = x.reshape(-1)
        if not flat.size:
            return
        square, largest = float(np.vdot(flat, flat)), float(np.abs(flat).max())
        with self._lock:
            self._sums.squares[name] += square
            self._sums.elements[name] += flat.size
            self._sums.largest[name] = max(self._sums.largest[name], largest)

    def ran(self, op: Any, arrays: tuple[Any, ...], params: dict[str, Any], y: Any) -> None:
        """An op ran: units fire where an activation is, attentions look where one is."""
        here = self._here
        if here.busy or not here.names or not is_grad_enabled():
            return
        name = here.names[-1]
        if op.name in SILENT:
            here.units[-1] += 1
            which = name if here.units[-1] == 1 else f"{name} ({here.units[-1]})"
            self._fired(which, as_numpy(arrays[0]) - SILENT[op.name])
        elif op.name in ATTENTIONS:
            here.busy = True  # attention maps are made of ops, too
            try:
                rows = _entropy(arrays, **params)
            finally:
                here.busy = False
            with self._lock:
                self._sums.entropy[name].append(rows)

    def went_back(self, node: Node, g: Any, gradients: tuple[Any, ...]) -> None:
        """The way back is of no interest here."""

    def _fired(self, name: str, x: Values) -> None:
        units = 1 if x.ndim == 4 else x.ndim - 1  # images have their channels in front
        highest: Values = x.max(axis=tuple(axis for axis in range(x.ndim) if axis != units))
        with self._lock:
            known = self._sums.highest.get(name)
            if known is not None and known.shape == highest.shape:
                highest = np.maximum(known, highest)
            self._sums.highest[name] = highest


def _entropy(
    arrays: tuple[Any, ...],
    *,
    band: tuple[int | None, int | None],
    scale: float,
    groups: int,
    **other: Any,
) -> Values:
    r"""What each head's weights are spread over, (heads,): 0 one key, 1 all that it may see.

    $$\frac{1}{T} \sum_i \frac{-\sum_j a_{ij} \log a_{ij}}{\log n_i}$$

    where query i may see $n_i$ keys; those that see one alone are left out.
    """
    q, k, _, *masks = arrays
    batch = q.shape[0] if q.ndim > 3 else None
    some = [Tensor(x[:ITEMS] if _has(x, batch) else x) for x in (q, k, *masks) if is_array(x)]
    lower, upper = band
    with no_grad():
        weights = attention_weights(
            some[0], some[1], some[2] if len(some) > 2 else None,
            is_causal=upper is not None, scale=scale, enable_gqa=groups > 1,
            sliding_window=None if lower is None or upper is None else upper - lower + 1,
            offset=upper or 0,
        )  # fmt: skip
    a = as_numpy(weights.data)  # (…, heads, queries, keys)
    a = a.reshape(-1, *a.shape[-3:]) if a.ndim > 2 else a[None, None]
    queries, keys = a.shape[-2:]
    at = np.arange(keys)[None] - np.arange(queries)[:, None]
    allowed = (at >= (-keys if lower is None else lower)) & (
        at <= (keys if upper is None else upper)
    )
    count = np.minimum(allowed.sum(-1), (a > 0).any((0, 1)).sum(-1) if len(some) > 2 else keys)
    spread = -(a * np.log(np.maximum(a, 1e-30))).sum(-1)  # (items, heads, queries)
    several = count > 1
    if not several.any():
        return np.ones(a.shape[1], np.float32)
    found: Values = (spread[..., several] / np.log(count[several])).mean((0, 2))
    return found


def _has(x: Any, batch: int | None) -> bool:
    """Whether an array's first axis is the batch's."""
    return batch is not None and x.ndim > 3 and x.shape[0] == batch
