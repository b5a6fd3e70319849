"""The watcher: writes down every op that runs, in which module, and what it cost."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from math import prod
from typing import Any

from nt_autograd.cost import cost_of
from nt_autograd.tape import Node, clock
from nt_nn import Module
from nt_tensor import is_array

from .._inside import Whereabouts
from ._records import Cost, Product, Shape
from ._recurrent import RECURRENT, at_gates, by_weight

PRODUCTS = {  # ops whose cost is that of matrix products, but for a bias
    "matmul",
    "linear",
    "convolution",
    "convolution_backward",
    "convolution_input",
    "convolution_weight",
    "attention",
    "attention_backward",
    "frugal_attention",
    "frugal_attention_backward",
    "product",
    *RECURRENT,
}
NOTHING = Cost()
ATTENTION = ("attention", "frugal_attention")
ON_SCORES = {  # operations on each score besides the products; a mask adds one
    "attention": 5,  # scale, difference, exponential, sum, quotient
    "attention_backward": 5,  # product, sum, difference, product, scale
    "frugal_attention": 5,
    "frugal_attention_backward": 8,  # those, after scale, difference and exponential once more
}


@dataclass
class Draft:
    """A step while it is being written down."""

    module: str
    op: str
    inputs: tuple[Shape, ...]
    outputs: tuple[Shape, ...]
    weights: tuple[str, ...]
    products: list[Product]
    forward: Cost
    backward: Cost = NOTHING
    kept: int = 0
    reads: list[int | str] = field(default_factory=list)


class Recorder:
    """Looks on while a model runs, there and back."""

    inside_rules = True

    def __init__(self, model: Module, where: Whereabouts) -> None:
        self.where = where
        self.drafts: list[Draft] = []
        self.stamps: list[int] = []  # when each step ran, by the tape's clock
        self.names = {id(p.data): name for name, p in model.named_parameters()}
        self.leaves = {p.node: name for name, p in model.named_parameters() if p.node}
        self.returning = False  # the walk back has begun
        self._turned = 0  # when
        self._views: list[Any] = []  # of parameters: kept, so that their ids stay theirs
        self._pending = Cost()  # of a rule's ops, whose node is told when it has ended
        self._marks: list[tuple[int, int]] = []  # the clock when a node was passed, and its step

    def ran(self, op: Any, arrays: tuple[Any, ...], params: dict[str, Any], y: Any) -> None:
        """Write down an op."""
        found = cost_of(op, arrays, params, y)
        macs = _macs(op.name, arrays, y, found.flops)
        outputs = y if isinstance(y, tuple) else (y,)
        made = sum(each.nbytes for each in outputs if is_array(each))
        written = min(made, found.bytes)
        read = found.bytes - written
        if op.name == "embedding":  # of its table only the rows that are asked for
            read = written + sum(each.nbytes for each in arrays if id(each) not in self.names)
        other = found.flops - 2 * macs + _softmax(op.name, arrays) + at_gates(op.name, arrays)
        cost = Cost(macs, other, read, written)
        if self.returning:
            self._pending += cost
            return
        names = [self.names.get(id(each)) for each in arrays]
        if found.bytes == 0 and names[:1] != [None] and names:  # a view of a parameter is still it
            for each in outputs:
                self.names[id(each)] = names[0]  # type: ignore[assignment]
                self._views.append(each)
        weights = tuple([name for name in names if name])
        self.stamps.append(clock())
        self.drafts.append(
            Draft(
                self.where.here,
                op.name,
                tuple([
                    tuple(each.shape)
                    for each, name in zip(arrays, names, strict=True)
                    if is_array(each) and not name
                ]),
                tuple([tuple(each.shape) for each in outputs if is_array(each)]),
                weights,
                self._products(op.name, arrays, macs, names),
                cost,
            )
        )  # fmt: skip

    def went_back(self, node: Node, g: Any, gradients: tuple[Any, ...]) -> None:
        """What ran since the last node was for this one."""
        at = self.step_of(node)
        if at is None:
            return  # a node inside of a rule, whose own node comes later
        self.drafts[at].backward += self._pending
        self._pending = Cost()
        self._marks.append((clock(), at))

    def step_of(self, node: Node) -> int | None:
        """The number of the step that made a node."""
        if self.returning and node.stamp > self._turned:
            later = bisect_right(self._marks, (node.stamp, -1))
            return self._marks[later][1] if later < len(self._marks) else None
        return bisect_right(self.stamps, node.stamp) - 1

    def turn(self) -> None:
        """From here on it is the walk back."""
        self.returning, self._turned = True, clock()

    def read_tape(self, roots: list[Node]) -> None:
        """Write down what each step reads, what the tape keeps for it, and what was left out."""
        nodes, stack = set(roots), list(roots)
        while stack:
            for parent in stack.pop().parents:
                if parent is not None and parent not in nodes:
                    nodes.add(parent)
                    stack.append(parent)
        seen: set[int] = set(self.names)
        for node in sorted((each for each in nodes if each.op), key=lambda each: each.stamp):
            at = self.step_of(node)
            if at is None or at < 0 or not node.op:
                continue
            draft = self.drafts[at]
            for parent in node.parents:
                if parent is None:
                    continue
                step = self.leaves.get(parent) if parent.op is None else self.step_of(parent)
                if step is not None and step != at and step not in draft.reads:
                    draft.reads.append(step)
            if not isinstance(node.saved, tuple):
                continue  # one output of several: its number
            inputs = node.inputs[0] if node.inputs else ()
            draft.kept += _held((*node.saved, *inputs), seen)
            if draft.op == "attention":
                _leave_out(draft, dict(zip(node.op.wanted, node.saved, strict=True)).get("e"))

    def _products(
        self, op: str, arrays: tuple[Any, ...], macs: int, names: list[str | None]
    ) -> list[Product]:
        if not macs:
            return []
        weights = [name for name in names if name]
        if op in RECURRENT and weights:
            return by_weight(arrays, names)
        here = f"{self.where.here}." if self.where.here else ""
        if op in ATTENTION:
            q, k = (tuple(each.shape) for each in arrays[:2])
            first = prod(q) * k[-2]
            return [
                Product(f"{here}QKᵀ", first, first),
                Product(f"{here}AV", macs - first, macs - first),
            ]
        name = weights[0] if weights else f"{here}{self._part()}"
        return [Product(name, macs, macs)]

    def _part(self) -> str:
        """What a product without weights is: in an attention from plain ops, one of the two."""
        inside = self.where.innermost
        if not (hasattr(inside, "num_heads") or hasattr(inside, "head_dim")):
            return "product"
        for draft in reversed(self.drafts):
            if draft.module != self.where.here or draft.products:
                break
            if draft.op == "softmax":
                return "AV"
        return "QKᵀ"


def _macs(op: str, arrays: tuple[Any, ...], y: Any, flops: int) -> int:
    """The multiply-accumulates of an op's matrix products, of all its operations."""
    if op not in PRODUCTS:
        return 0
    if op in ("linear", "convolution"):  # the bias is none
        return prod([*y.shape, *arrays[1].shape[1:]])
    return flops // 2


def _softmax(op: str, arrays: tuple[Any, ...]) -> int:
    """What an op of attention does to its scores, whose own cost is that of its products."""
    if op not in ON_SCORES:
        return 0
    first = 0 if op in ATTENTION else 1  # the gradient comes in front
    q, k, mask = arrays[first], arrays[first + 1], arrays[first + 3 : first + 4]
    masked = op != "attention_backward" and mask and is_array(mask[0])
    each: int = ON_SCORES[op] + bool(masked)
    scores: int = prod([*q.shape[:-1], k.shape[-2]])
    return each * scores


def _held(value: Any, seen: set[int]) -> int:
    """The bytes that stay in memory because of a value; what was seen before counts nothing."""
    if isinstance(value, tuple):
        return sum(_held(each, seen) for each in value)
    if not is_array(value) or id(value) in seen:
        return 0
    while is_array(base := getattr(value, "base", None)):  # a view holds what it looks at
        value = base
    if id(value) in seen:
        return 0
    seen.add(id(value))
    return int(value.nbytes)


def _leave_out(draft: Draft, exponentials: Any) -> None:
    """Where the backend kept only what masks let through, no more was computed."""
    if not isinstance(exponentials, tuple):
        return
    q = draft.inputs[0]
    pairs = sum(prod(each.shape) for each in exponentials)
    whole = prod(q[:-1]) * draft.inputs[1][-2]
    draft.products = [
        Product(each.name, each.macs, each.macs * pairs // whole) for each in draft.products
    ]
