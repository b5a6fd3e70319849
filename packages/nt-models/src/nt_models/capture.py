"""capture: what a model's modules give, and where its attentions look, while it runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from threading import get_ident
from typing import Any

from nt_autograd import Tensor, attention_weights, no_grad
from nt_autograd.tape import Node
from nt_autograd.watch import watched_by
from nt_nn import Module
from nt_tensor import is_array

from ._inside import Follower, Whereabouts, followed, names_of

__all__ = ["Capture", "capture"]


class Capture:
    """What `capture` saw: `seen["blocks.0"]` is what that module gave last.

    Attributes:
        outputs: dotted name -> what the module gave in each of its calls; "" is the model.
        attention: dotted name -> attention maps (…, heads, queries, keys), one a call. They are
            computed beside the model's own, and have no gradient.

    Example:
        >>> from nt_autograd import ones
        >>> from nt_nn import Linear, Sequential
        >>> net = Sequential(Linear(3, 2))
        >>> with capture(net) as seen:
        ...     _ = net(ones(3))
        ...     print("0" in seen, seen["0"].shape)
        True (2,)
    """

    def __init__(self) -> None:
        self.outputs: dict[str, list[Any]] = {}
        self.attention: dict[str, list[Tensor]] = {}

    def __getitem__(self, name: str) -> Any:
        """What the module of this dotted name gave last.

        Raises:
            KeyError: it did not run, or was not asked for.
        """
        if name not in self.outputs:
            raise KeyError(f"{name!r} gave nothing; there are {', '.join(self.outputs) or 'none'}")
        return self.outputs[name][-1]

    def __contains__(self, name: object) -> bool:
        return name in self.outputs

    def hidden_states(self, blocks: str = "blocks") -> list[Any]:
        """What each module of a list gave last, in order.

        Args:
            blocks: the dotted name of the list, such as "encoder.blocks".

        Raises:
            KeyError: none of them ran.
        """
        numbers = (name.removeprefix(f"{blocks}.") for name in self.outputs)
        own = sorted(int(number) for number in numbers if number.isdigit())
        if not own:
            raise KeyError(f"no module of a list {blocks!r} gave anything")
        return [self[f"{blocks}.{number}"] for number in own]

    def release(self) -> None:
        """Forget everything; the end of `capture` does."""
        self.outputs.clear()
        self.attention.clear()


@contextmanager
def capture(model: Module, *names: str, attention: bool = True) -> Iterator[Capture]:
    """While open, keep what modules give and where attentions look, by dotted name.

    The model computes what it computes without: outputs are kept as they are, with their graph, and
    attention maps are computed beside. At the end everything is released: take what is to stay.

    Args:
        model: any module.
        names: patterns of the modules to keep, such as "blocks.*" or "norm" (`*` matches dots too);
            none for all.
        attention: whether to compute the attention maps of the modules that match.

    Raises:
        ValueError: a pattern matches no module.

    Example:
        >>> from nt_autograd import tensor
        >>> from nt_models import GPT2, GPT2Config
        >>> model = GPT2(GPT2Config(vocab_size=65, context=8, layers=2, heads=2, width=16))
        >>> with capture(model) as seen:
        ...     logits = model(tensor([[1, 2, 3]]))
        ...     print(seen["blocks.0.up"].shape, seen.attention["blocks.1.attention"][0].shape)
        ...     print(len(seen.hidden_states()), seen[""] is logits)
        (1, 3, 64) (1, 2, 3, 3)
        2 True

    Source: PyTorch's forward hooks, and `output_attentions` of transformers.
    """
    known = list(names_of(model))
    for pattern in names:
        if not any(fnmatchcase(name, pattern) for name in known):
            raise ValueError(f"{pattern!r} matches no module; there are {', '.join(known[1:])}")
    seen = Capture()
    keeper = _Keeper(seen, names)
    try:
        with followed(model, keeper) as where:
            if not attention:
                yield seen
                return
            with watched_by(_Attentions(where, keeper)):
                yield seen
    finally:
        seen.release()


class _Keeper(Follower):
    """Keeps what modules give."""

    def __init__(self, seen: Capture, patterns: tuple[str, ...]) -> None:
        self.seen = seen
        self.patterns = patterns

    def wants(self, name: str) -> bool:
        return not self.patterns or any(fnmatchcase(name, each) for each in self.patterns)

    def left(self, name: str, module: Module, output: Any) -> None:
        if self.wants(name):
            self.seen.outputs.setdefault(name, []).append(output)


class _Attentions:
    """Looks at the ops of attentions and computes their weights once more, in full."""

    inside_rules = False

    def __init__(self, where: Whereabouts, keeper: _Keeper) -> None:
        self.where = where
        self.keeper = keeper
        self.looking = False  # computing weights is made of ops too

    def ran(self, op: Any, arrays: tuple[Any, ...], params: dict[str, Any], y: Any) -> None:
        here = self.where
        if self.looking or not here.running or get_ident() != here.thread:
            return
        if not self.keeper.wants(here.here):
            return
        if op.name in ("attention", "frugal_attention"):
            self.looking = True
            try:
                with no_grad():
                    made = _weights(arrays, **params)
            finally:
                self.looking = False
        elif op.name == "softmax" and _attends(here.innermost):  # dropout, or capped scores
            made = Tensor(y)
        else:
            return
        self.keeper.seen.attention.setdefault(here.here, []).append(made)

    def went_back(self, node: Node, g: Any, gradients: tuple[Any, ...]) -> None:
        """The way back makes no maps."""


def _weights(
    arrays: tuple[Any, ...],
    *,
    band: tuple[int | None, int | None],
    scale: float,
    groups: int,
    **other: Any,
) -> Tensor:
    """The weights behind one call of an attention's op.

    Query i sees the keys from i + lower to i + upper; however that came about, it is what a causal
    window of that length sees from an offset.
    """
    q, k, _, *masks = [Tensor(each) if is_array(each) else each for each in arrays]
    lower, upper = band
    made: Tensor = attention_weights(
        q,
        k,
        masks[0] if masks else None,
        is_causal=upper is not None,
        scale=scale,
        enable_gqa=groups > 1,
        sliding_window=None if lower is None or upper is None else upper - lower + 1,
        offset=upper or 0,
    )
    return made


def _attends(module: Module) -> bool:
    """Whether a module is an attention: what it takes the softmax of are then its scores."""
    return hasattr(module, "num_heads") or hasattr(module, "heads")
