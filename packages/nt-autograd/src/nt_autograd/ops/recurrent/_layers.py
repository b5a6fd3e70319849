"""What recurrent layers share: layers above each other, both directions, one step after another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

from nt_tensor import Generator, kernels

from ...primitive import primitive
from ...tensor import Tensor
from .._concat import concat, stack
from .._dropout import dropout as drop
from .._floating import check_floating
from .._permute import transpose
from .._reshape import reshape

__all__ = ["check_weights", "gates_of", "input_gradients", "product_cost", "run_layers", "scan"]

NAMES = ("w_ih", "w_hh", "b_ih", "b_hh", "w_hr")


def run_layers(
    name: str,
    gates: int,
    one: Callable[..., Any],
    input: Any,
    states: tuple[Any, ...],
    params: Sequence[Any],
    has_biases: bool,
    num_layers: int,
    dropout: float,
    train: bool,
    bidirectional: bool,
    batch_first: bool,
    batch_sizes: Sequence[int] | None,
    generator: Generator | None,
    projected: bool = False,
) -> tuple[Any, ...]:
    """Run `one` for every layer and direction.

    Args:
        name: the function that is called, for messages.
        gates: how many a cell has.
        one: maps (x, *states, w_ih, w_hh, b_ih, b_hh[, w_hr], sizes=, reverse=) to the outputs and
            the last states; x is packed, (rows, in).
        input: (time, batch, in), or (batch, time, in), or packed (rows, in) with `batch_sizes`.
        states: each (layers times directions, batch, width).
        params: of all layers and directions, one after another.
        has_biases: whether each has two biases.
        num_layers: how many lie above each other.
        dropout: between layers.
        train: whether there is dropout.
        bidirectional: both directions.
        batch_first: which axis of `input` is the batch.
        batch_sizes: how many sequences each step has.
        generator: draws for dropout.
        projected: whether each has a `w_hr`.

    Gives the outputs, shaped as `input` is, and the last states.
    """
    x, sizes = _packed(name, input, batch_first, batch_sizes)
    ways = 2 if bidirectional else 1
    each = 2 + 2 * has_biases + projected
    if num_layers < 1 or len(params) != num_layers * ways * each:
        raise ValueError(
            f"{name}: params must be {num_layers * ways * each} tensors ({num_layers} layers, "
            f"{ways} directions, {each} each), got {len(params)}"
        )
    for state in states:
        wanted = (num_layers * ways, sizes[0], state.shape[-1] if len(state.shape) else 0)
        if tuple(state.shape) != wanted:
            raise ValueError(
                f"{name}: hx must be (layers x directions, batch, width), here ({wanted[0]}, "
                f"{wanted[1]}, …), got {tuple(state.shape)}"
            )
    ends = []
    for layer in range(num_layers):
        outs = []
        for way in range(ways):
            k = layer * ways + way
            weights = list(params[k * each : (k + 1) * each])
            if not has_biases:
                weights[2:2] = [None, None]
            first = [state[k] for state in states]
            check_weights(f"{name}, layer {layer}", gates, x, first[0], first[-1], weights)
            y, *last = one(x, *first, *weights, sizes=sizes, reverse=way == 1)
            outs.append(y)
            ends.append(last)
        x = outs[0] if ways == 1 else concat(outs, -1)
        if layer + 1 < num_layers:
            x = drop(x, dropout, train, generator=generator)
    if batch_sizes is None:
        x = reshape(x, (len(sizes), sizes[0], x.shape[-1]))
        x = transpose(x, 0, 1) if batch_first else x
    return x, *[stack(last) for last in zip(*ends, strict=True)]


def check_weights(
    name: str, gates: int, input: Any, h: Any, c: Any, weights: Sequence[Any]
) -> None:
    """Raise unless the weights of a cell fit its input and its states."""
    check_floating("input", input.data if isinstance(input, Tensor) else input)
    hidden, out = c.shape[-1], h.shape[-1]
    rows = gates * hidden
    wanted = ((rows, input.shape[-1]), (rows, out), (rows,), (rows,), (out, hidden))
    for weight, shape, which in zip(weights, wanted, NAMES, strict=False):
        if weight is not None and tuple(weight.shape) != shape:
            raise ValueError(
                f"{name}: {which} has shape {tuple(weight.shape)}, not {shape}, for an input of "
                f"width {input.shape[-1]} and a state of width {hidden}"
            )


def scan(
    step: Callable[..., tuple[Any, ...]],
    gates: Any,
    states: Sequence[Any],
    sizes: Sequence[int],
    reverse: bool,
) -> tuple[Any, ...]:
    """All outputs of `step`, a function of a step's gates and states, and the last states.

    What a fused layer is made of, for higher derivatives; the first state is the output.
    """
    ys = []
    for start, stop in kernels.spans(sizes, reverse):
        n = stop - start
        fresh = step(gates[start:stop], *[state[:n] for state in states])
        ys.append(fresh[0])
        states = [
            new if n == old.shape[0] else concat([new, old[n:]])
            for new, old in zip(fresh, states, strict=True)
        ]
    return concat(ys[::-1] if reverse else ys), *states


def input_gradients(gates: Any, x: Any, weight: Any, needs: tuple[bool, ...]) -> tuple[Any, Any]:
    """The gradients of the input and its weight, from those of the gates, in one product each."""
    return _product(gates, weight) if needs[0] else None, _product(gates.T, x)


@primitive
def _product(a: Any, b: Any, /) -> Any:
    """A product of matrices, for the ways back alone: higher derivatives take the plain form."""
    return kernels.product(a, b)


@_product.cost
def _(a_shape: tuple[int, int], b_shape: tuple[int, int]) -> int:
    return product_cost(a_shape[0], b_shape)


def gates_of(x: Any, weight: Any, bias: Any) -> Any:
    """What the inputs of all steps give to the gates, in one product; all are arrays."""
    gates = kernels.product(x, weight.T)
    if bias is not None:
        gates += bias
    return gates


def product_cost(rows: int, *weights: Any) -> int:
    """The FLOPs of every row's product with every weight."""
    return sum(2 * rows * prod(shape) for shape in weights if shape is not None)


def _packed(
    name: str, input: Any, batch_first: bool, batch_sizes: Sequence[int] | None
) -> tuple[Any, tuple[int, ...]]:
    """The steps of the input below each other, and how many sequences each has."""
    shape = tuple(input.shape)
    if batch_sizes is not None:
        sizes = tuple([int(n) for n in batch_sizes])
        if len(shape) != 2 or not sizes or sum(sizes) != shape[0]:
            raise ValueError(
                f"{name}: a packed input must be (rows, in) with as many rows as batch_sizes sum "
                f"to ({sum(sizes)}), got {shape}"
            )
        if any(n < 1 for n in sizes) or sorted(sizes, reverse=True) != list(sizes):
            raise ValueError(f"{name}: batch_sizes must be positive and fall, got {sizes}")
        return input, sizes
    if len(shape) != 3:
        order = "(batch, time, in)" if batch_first else "(time, batch, in)"
        raise ValueError(f"{name}: input must be {order}, got {shape}")
    if batch_first:
        input = transpose(input, 0, 1)
    steps, batch, width = input.shape
    if not steps:
        raise ValueError(f"{name}: input must have at least one step, got {shape}")
    return reshape(input, (steps * batch, width)), (batch,) * steps
