"""An expression of five nodes, stepped forward and backward by nt_autograd itself.

The values come from running the operations on tensors, and the gradients from one walk back, both
followed by `nt_autograd.draw_steps`; here they get the names and the places of the page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from nt_autograd import Tensor, draw_steps, tanh, tensor

__all__ = ["EXPRESSIONS", "Expression", "Operation", "Step", "nudged", "steps"]

Place = tuple[float, float]  # column and row in the drawing
Arrow = tuple[str, str]  # from an input to what is made of it


@dataclass(frozen=True)
class Operation:
    """One node that is computed.

    Attributes:
        name: the node's.
        written: how it is written in the drawing.
        inputs: the names of the nodes that it is computed from.
        function: takes their tensors, and gives the node's.

    Example:
        >>> double = Operation("d", "2 · a", ("a",), lambda a: 2 * a)
        >>> double.function(tensor(3.0)).item()
        6.0
    """

    name: str
    written: str
    inputs: tuple[str, ...]
    function: Callable[..., Tensor]


@dataclass(frozen=True)
class Expression:
    """Five nodes: leaves with their first values, then operations, the last being the result.

    Attributes:
        title: what it shows, in a line.
        leaves: name -> the value that it begins with.
        operations: in the order in which they are computed.
        places: column and row of each node in the drawing.

    Example:
        >>> product = EXPRESSIONS["a · b + c"]
        >>> product.result, product.arrows
        ('e', [('a', 'd'), ('b', 'd'), ('d', 'e'), ('c', 'e')])
    """

    title: str
    leaves: Mapping[str, float]
    operations: tuple[Operation, ...]
    places: Mapping[str, Place]

    @property
    def result(self) -> str:
        """The name of the last node."""
        return self.operations[-1].name

    @property
    def arrows(self) -> list[Arrow]:
        """Which node goes into which, once for each time."""
        return [(each, op.name) for op in self.operations for each in op.inputs]


@dataclass(frozen=True)
class Step:
    """What is known at one moment.

    Attributes:
        told: what happens in this step, in a sentence.
        values: of the nodes computed so far.
        gradients: of the nodes that the walk back has reached; the sum of what has come so far.
        sent: what each operation has handed to its inputs on the way back.
        active: the nodes that the step is about.

    Example:
        >>> last = steps(EXPRESSIONS["a · b + c"], {"a": 2.0, "b": -3.0, "c": 10.0})[-1]
        >>> last.active, last.sent["d", "e"], last.values["e"]
        (('d', 'a', 'b'), 1.0, 4.0)
    """

    told: str
    values: Mapping[str, float] = field(default_factory=dict)
    gradients: Mapping[str, float] = field(default_factory=dict)
    sent: Mapping[Arrow, float] = field(default_factory=dict)
    active: tuple[str, ...] = ()


EXPRESSIONS: Mapping[str, Expression] = {
    "a · b + c": Expression(
        "a product and a sum",
        {"a": 2.0, "b": -3.0, "c": 10.0},
        (
            Operation("d", "a · b", ("a", "b"), lambda a, b: a * b),
            Operation("e", "d + c", ("d", "c"), lambda d, c: d + c),
        ),
        {"a": (0, 0), "b": (0, 1), "c": (0, 2), "d": (1, 0.5), "e": (2, 1)},
    ),
    "(x · y + x)²": Expression(
        "a value used twice: its gradients add up",
        {"x": 2.0, "y": 0.5},
        (
            Operation("p", "x · y", ("x", "y"), lambda x, y: x * y),
            Operation("s", "p + x", ("p", "x"), lambda p, x: p + x),
            Operation("L", "s²", ("s",), lambda s: s**2),
        ),
        {"x": (0, 0), "y": (0, 2), "p": (1, 1), "s": (2, 0), "L": (2, 2)},
    ),
    "tanh(w · x)²": Expression(
        "a small neuron: where tanh is flat, little gradient passes",
        {"w": 0.5, "x": 1.5},
        (
            Operation("z", "w · x", ("w", "x"), lambda w, x: w * x),
            Operation("h", "tanh(z)", ("z",), tanh),
            Operation("L", "h²", ("h",), lambda h: h**2),
        ),
        {"w": (0, 0), "x": (0, 2), "z": (1, 1), "h": (2, 0), "L": (2, 2)},
    ),
}


def steps(expression: Expression, leaves: Mapping[str, float]) -> list[Step]:
    """Every moment of computing the expression and its gradients.

    Args:
        expression: one of `EXPRESSIONS`.
        leaves: name -> value, of all its leaves.

    Returns:
        The leaves alone; then a step for each operation; then the gradient of the result, 1, and a
        step for each operation on the way back, in the order in which nt_autograd walks.

    Example:
        >>> every = steps(EXPRESSIONS["a · b + c"], {"a": 2.0, "b": -3.0, "c": 10.0})
        >>> every[0].told, every[2].told
        ('The leaves have their values.', 'Forward: e = d + c = 4')
        >>> every[-1].gradients
        {'e': 1.0, 'd': 1.0, 'c': 1.0, 'a': -3.0, 'b': 2.0}
    """
    nodes = {name: _leaf(leaves[name]) for name in expression.leaves}
    for op in expression.operations:
        nodes[op.name] = op.function(*[nodes[each] for each in op.inputs])
    written = {op.name: op.written for op in expression.operations}
    found = []
    for step in draw_steps(nodes[expression.result], nodes):
        values = {name: value.item() for name, value in step.values.items()}
        gradients = {name: gradient.item() for name, gradient in step.gradients.items()}
        sent = {arrow: part.item() for arrow, part in step.sent.items()}
        told, name = step.told, step.active[0]
        if name in written and not gradients:
            told = f"Forward: {name} = {written[name]} = {short(values[name])}"
        found.append(Step(told, values, gradients, sent, step.active))
    return found


def nudged(
    expression: Expression, leaves: Mapping[str, float], name: str, by: float = 1e-4
) -> float:
    r"""How fast the result grows with one leaf: its slope between a bit less and a bit more of it.

    $$\frac{L(x + h) - L(x - h)}{2 h}$$

    Example:
        >>> round(nudged(EXPRESSIONS["a · b + c"], {"a": 2.0, "b": -3.0, "c": 10.0}, "a"), 6)
        -3.0
    """
    more, less = (
        _result(expression, {**leaves, name: leaves[name] + h}) for h in (by, -by)
    )  # fmt: skip
    return (more - less) / (2 * by)


def short(value: float) -> str:
    """A number in four digits, with a true minus sign.

    Example:
        >>> short(-0.123456), short(4.0), short(1e7)
        ('−0.1235', '4', '1e+07')
    """
    written = f"{value:.4g}" if value else "0"
    return f"−{written[1:]}" if written.startswith("-") else written


def _leaf(value: float) -> Tensor:
    made: Tensor = tensor(float(value), dtype="float64", requires_grad=True)
    return made


def _result(expression: Expression, leaves: Mapping[str, float]) -> float:
    nodes = {name: _leaf(value) for name, value in leaves.items()}
    for op in expression.operations:
        nodes[op.name] = op.function(*[nodes[each] for each in op.inputs])
    return float(nodes[expression.result].item())
