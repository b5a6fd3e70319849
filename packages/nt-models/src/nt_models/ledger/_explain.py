"""explain: run a model once and write down what every op of it does and costs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from inspect import signature
from typing import Any

from nt_autograd import Tensor, enable_grad, grad, ones_like
from nt_autograd.watch import watched_by
from nt_nn import Module

from .._inside import Follower, followed
from ._fold import Folding
from ._formulas import formulas_of
from ._ledger import Ledger
from ._recorder import Recorder
from ._records import Step, Weight

__all__ = ["explain"]


def explain(
    model: Module, *inputs: Any, backward: bool = False, fold: bool = False, **named: Any
) -> Ledger:
    """Run a model and give its ledger: matrices, shapes, operations, bytes, memory.

    Everything is counted from the ops as they run; the matrix products are set against the closed
    formulas where the architecture has them. The model is the same afterwards, but for what its
    forward pass itself changes (the statistics of a batch norm that trains).

    Args:
        model: any module; with a `skeleton()` one without memory for its weights.
        inputs: what it is called with.
        backward: walk back too, from gradients of one at each output. The loss is not part of it.
        fold: of blocks that are alike (same modules, same shapes, in one list) run two, and count
            the second for all that follow. What depends on values, as the work of each expert of a
            mixture does, is then that of the second, too.
        named: further arguments of the model.

    Returns:
        The ledger.

    Raises:
        ValueError: there is nothing to walk back from.

    Example:
        >>> from nt_autograd import tensor
        >>> from nt_models import GPT2, GPT2Config
        >>> model = GPT2(GPT2Config(vocab_size=65, context=8, layers=2, heads=2, width=16))
        >>> ledger = explain(model, tensor([[1, 2, 3, 4]]))
        >>> ledger.parameters, ledger.forward.macs, ledger.agrees
        (7760, 29760, True)

    Source: counted as in Hoffmann et al., Training Compute-Optimal Large Language Models (2022),
        appendix F: products in full, also where a mask is causal.
    """
    with followed(model, Follower()) as where, enable_grad():
        recorder = Recorder(model, where)
        folding = Folding(recorder)
        with watched_by(recorder):
            with folding.around(model) if fold else nullcontext():
                made = model(*inputs, **named)
            outputs = [each for each in _tensors(made) if each.node is not None]
            recorder.read_tape([each.node for each in outputs if each.node is not None])
            if backward:
                _walk_back(recorder, model, outputs)
    del made, outputs
    steps = tuple([
        Step(
            each.module, each.op, each.inputs, each.outputs, each.weights, tuple(each.products),
            each.forward, each.backward, each.kept, tuple(each.reads),
        )
        for each in folding.unfolded()
    ])  # fmt: skip
    came = signature(model.forward).bind(*inputs, **named).arguments  # in their order
    arguments = tuple([each.shape for each in _tensors(came)])
    # what stands in caches is in no formula
    known = all(each is None or isinstance(each, Tensor | bool) for each in came.values())
    return Ledger(
        title=type(model).__name__,
        inputs=arguments,
        weights=tuple([Weight(n, p.shape, p.numel()) for n, p in model.named_parameters()]),
        steps=steps,
        formulas=formulas_of(model, arguments) if known else (),
        walked_back=backward,
    )


def _walk_back(recorder: Recorder, model: Module, outputs: list[Tensor]) -> None:
    learning = [p for p in model.parameters() if p.requires_grad]
    if not outputs or not learning:
        raise ValueError(
            f"backward: no output of {type(model).__name__} depends on a parameter that learns"
        )
    recorder.turn()
    grad(outputs, learning, [ones_like(each) for each in outputs], allow_unused=True)


def _tensors(value: Any) -> Iterator[Tensor]:
    """The tensors in an output or in arguments, from left to right."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _tensors(each)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for each in value:
            yield from _tensors(each)
