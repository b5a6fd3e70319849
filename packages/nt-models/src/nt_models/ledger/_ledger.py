"""Ledger: what a model is made of, and what running it took."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from . import _diagram, _page, _text
from ._formulas._formula import Formula, matches
from ._records import Cost, Shape, Step, Weight, block_of

__all__ = ["Ledger"]


@dataclass(frozen=True)
class Ledger:
    """What `explain` gives.

    Attributes:
        title: the model's class.
        inputs: the shapes of what it was called with.
        weights: its parameters.
        steps: every op of the forward pass, in order, each with the cost of its gradients.
        formulas: the closed formulas of the architecture's products; none where it has none here.
        walked_back: whether gradients were taken.

    Example:
        >>> from nt_autograd import randn
        >>> from nt_nn import Linear, Sequential
        >>> from nt_models import explain
        >>> ledger = explain(Sequential(Linear(3, 4), Linear(4, 2)), randn(5, 3), backward=True)
        >>> ledger.forward.macs, ledger.backward.macs
        (100, 140)
        >>> [block.name for block in ledger.blocks]
        ['0', '1']
    """

    title: str
    inputs: tuple[Shape, ...]
    weights: tuple[Weight, ...]
    steps: tuple[Step, ...]
    formulas: tuple[Formula, ...]
    walked_back: bool

    @property
    def parameters(self) -> int:
        """How many numbers the model learns; a shared one counts once."""
        return sum(weight.parameters for weight in self.weights)

    @property
    def forward(self) -> Cost:
        """What the forward pass cost."""
        return sum((step.forward for step in self.steps), Cost())

    @property
    def backward(self) -> Cost:
        """What the gradients cost; nothing if they were not taken."""
        return sum((step.backward for step in self.steps), Cost())

    @property
    def kept(self) -> int:
        """The bytes that the tape keeps for the gradients, weights left out."""
        return sum(step.kept for step in self.steps)

    @property
    def computed_macs(self) -> int:
        """Of the forward pass's multiply-accumulates those not skipped behind a mask."""
        return sum(product.computed for step in self.steps for product in step.products)

    @property
    def blocks(self) -> tuple[Part, ...]:
        """The model's blocks and what stands between, in order; `Part.name` is "" for itself."""
        names: dict[str, list[Step]] = {}
        for step in self.steps:
            names.setdefault(block_of(step.module), []).append(step)
        for weight in self.weights:
            names.setdefault(block_of(weight.name.rpartition(".")[0]), [])
        return tuple([self._part(name, steps) for name, steps in names.items()])

    def part(self, name: str) -> Part:
        """What one module took, all below it included.

        Args:
            name: its dotted name, such as "blocks.0.attention".

        Raises:
            ValueError: no module of that name ran.
        """
        steps = [s for s in self.steps if s.module == name or s.module.startswith(name + ".")]
        if not steps:
            raise ValueError(f"no module {name!r} ran in this {self.title}")
        return self._part(name, steps)

    def macs(self, *patterns: str) -> int:
        """The multiply-accumulates of the products whose names match one of the patterns.

        Args:
            patterns: such as "blocks.*.attention.qkv.weight" or "blocks.0.attention.QKᵀ".
        """
        return sum(
            product.macs
            for step in self.steps
            for product in step.products
            if matches(product.name, patterns)
        )

    @property
    def agrees(self) -> bool | None:
        """Whether every formula gives what was counted, and together all of it; None for none."""
        if not self.formulas:
            return None
        counted = [self.macs(*formula.patterns) for formula in self.formulas]
        expected = [formula.macs for formula in self.formulas]
        return counted == expected and sum(expected) == self.forward.macs

    def __str__(self) -> str:
        return self.text()

    def text(self) -> str:
        """Tables in plain text; blocks that are alike stand there once."""
        return _text.text(self)

    def markdown(self) -> str:
        """The same tables in Markdown."""
        return _text.markdown(self)

    def tables(self) -> list[_text.Table]:
        """The same tables as rows of texts, for who draws them otherwise."""
        return _text.tables(self)

    def table(self, heading: str) -> _text.Table:
        """The first of the tables whose heading begins so.

        Raises:
            KeyError: there is none; the message lists the headings.

        Example:
            >>> from nt_autograd import ones
            >>> from nt_models import explain
            >>> from nt_nn import Linear
            >>> print(explain(Linear(3, 2), ones(4, 3)).table("Weights").markdown())
            | weight | shape | parameters |
            | --- | --- | ---: |
            | weight | (2, 3) | 6 |
            | bias | (2) | 2 |
        """
        headings = []
        for table in self.tables():
            if table.heading.startswith(heading):
                return table
            headings.append(table.heading)
        raise KeyError(f"heading: no table begins with {heading!r}; there are {headings}")

    def json(self, indent: int | None = 2) -> str:
        """Everything, as JSON."""
        return _text.json_of(self.as_dict(), indent)

    def as_dict(self) -> dict[str, Any]:
        """Everything, in plain Python."""
        found = asdict(self)
        for formula, plain in zip(self.formulas, found["formulas"], strict=True):
            plain |= {"macs": formula.macs, "counted_macs": self.macs(*formula.patterns)}
        return {
            "units": {"flops": "2 x macs + other", "read": "bytes", "written": "bytes",
                      "kept": "bytes"},
            "parameters": self.parameters,
            "total": {
                "forward": _cost(self.forward),
                "backward": _cost(self.backward) if self.walked_back else None,
                "kept": self.kept,
                "computed_macs": self.computed_macs,
                "agrees": self.agrees,
            },
            "blocks": [part.as_dict() for part in self.blocks],
            **found,
        }  # fmt: skip

    def svg(self, depth: int = 1, part: str = "") -> Drawing:
        """A picture of the computation: modules as boxes, what flows between them as arrows.

        Args:
            depth: how many names deep modules are opened: 1 shows "blocks.0" as one box, 2 shows
                "blocks.0.attention" in it; a number belongs to the name before it.
            part: draw the inside of this module alone.

        Returns:
            the document; a string, which notebooks draw.

        Raises:
            ValueError: the depth is not positive, or no such module ran.
        """
        return Drawing(_diagram.svg(self.steps, depth, part))

    def mermaid(self, depth: int = 1, part: str = "") -> str:
        """The same as text, which Markdown viewers draw; arguments as `svg`'s."""
        return _diagram.mermaid(self.steps, depth, part)

    def html(self) -> str:
        """A page with the picture of the whole, and each module's inside to unfold with a click."""
        return _page.page(self)

    def _part(self, name: str, steps: Iterable[Step]) -> Part:
        own = [w for w in self.weights if block_of(w.name.rpartition(".")[0]) == name]
        if name != block_of(name):
            own = [w for w in self.weights if w.name.startswith(name + ".")]
        return Part(name, tuple(own), tuple(steps))


class Drawing(str):
    """An SVG document that a notebook draws when a cell ends with it."""

    def _repr_svg_(self) -> str:
        return str(self)


@dataclass(frozen=True)
class Part:
    """One module's share of a ledger.

    Attributes:
        name: its dotted name.
        weights: its parameters.
        steps: the ops that ran in it.

    Example:
        >>> from nt_autograd import ones
        >>> from nt_models import explain
        >>> from nt_nn import Linear, Sequential
        >>> part = explain(Sequential(Linear(3, 2), Linear(2, 1)), ones(4, 3)).part("1")
        >>> part.parameters, part.forward.macs
        (3, 8)
    """

    name: str
    weights: tuple[Weight, ...]
    steps: tuple[Step, ...]

    @property
    def parameters(self) -> int:
        """How many numbers it learns."""
        return sum(weight.parameters for weight in self.weights)

    @property
    def forward(self) -> Cost:
        """What its forward pass cost."""
        return sum((step.forward for step in self.steps), Cost())

    @property
    def backward(self) -> Cost:
        """What its gradients cost."""
        return sum((step.backward for step in self.steps), Cost())

    @property
    def kept(self) -> int:
        """The bytes that the tape keeps for its gradients."""
        return sum(step.kept for step in self.steps)

    def as_dict(self) -> dict[str, Any]:
        """Its sums, in plain Python."""
        return {
            "name": self.name,
            "parameters": self.parameters,
            "forward": _cost(self.forward),
            "backward": _cost(self.backward),
            "kept": self.kept,
        }


def _cost(cost: Cost) -> dict[str, int]:
    return asdict(cost) | {"flops": cost.flops, "product_flops": cost.product_flops}
