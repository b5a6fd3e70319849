"""The floor: the step's matrix products alone, in NumPy. Run by `python -m tools.bench`.

nt's step runs once, watched, and tells the shapes of its products: linear maps, attention (whole,
without the causal saving), and convolutions as products of their columns, image by image. Then they
run on arrays of these shapes, each with the two of its way back. No step made of these products can
be faster than they are. A compiled convolution can: it has other products.
"""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from math import prod
from typing import Any

import numpy as np
from nt_autograd import tensor
from nt_autograd.watch import watched_by
from threadpoolctl import threadpool_limits

from .case import CASES, Asked, Case, measure
from .step_nt import build

Shape = tuple[int, int, int, int]  # how many products, of (rows, inner) and (inner, columns)


class Shapes:
    """A watcher that counts the shapes of the products on the way there."""

    inside_rules = False

    def __init__(self) -> None:
        self.found: Counter[Shape] = Counter()

    def ran(self, op: Any, arrays: tuple[Any, ...], params: dict[str, Any], y: Any) -> None:
        """Count an op's products."""
        shapes = [getattr(each, "shape", ()) for each in arrays]
        if op.name == "linear":
            (*rows, inner), (columns, _) = shapes[:2]
            self.found[1, prod(rows), inner, columns] += 1
        elif op.name == "matmul":
            (*stack, rows, inner), columns = shapes[0], shapes[1][-1]
            self.found[prod(stack), rows, inner, columns] += 1
        elif op.name == "attention":
            *stack, queries, width = shapes[0]
            keys = shapes[1][-2]
            self.found[prod(stack), queries, width, keys] += 1
            self.found[prod(stack), queries, keys, shapes[2][-1]] += 1
        elif op.name == "convolution":
            images, columns, *places = y.shape
            self.found[images, prod(places), prod(shapes[1][1:]), columns] += 1

    def went_back(self, node: Any, g: Any, gradients: tuple[Any, ...]) -> None:
        """The way back has the same products twice, turned."""


def shapes_of(case: Case, threads: int) -> Counter[Shape]:
    """The products of a thread's share of a step."""
    _, loss = build(case)
    share = case.batch // threads
    with watched_by(shapes := Shapes()):
        loss(*[tensor(a[:share]) for a in case.batches()[0]])
    return shapes.found


def operands(shape: Shape) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """(a, b, out) of a product there, and of the two back."""
    count, rows, inner, columns = shape
    rng = np.random.default_rng(0)
    stack = (count,) if count > 1 else ()
    a, b, c = (
        rng.standard_normal((*stack, *size), np.float32)
        for size in ((rows, inner), (columns, inner), (rows, columns))
    )
    return [
        (a, b.swapaxes(-1, -2), c),
        (c, b, np.empty_like(a)),
        (c.swapaxes(-1, -2), a, np.empty_like(b)),
    ]


def main() -> None:
    """Time the products, each thread on its share of the batch."""
    asked = Asked.from_arguments()
    shapes = shapes_of(CASES[asked.case], asked.threads)
    shares = [
        [(operands(shape), times) for shape, times in shapes.items()] for _ in range(asked.threads)
    ]

    def run(share: list[tuple[list[tuple[np.ndarray, ...]], int]]) -> None:
        for products, times in share:
            for _ in range(times):
                for a, b, out in products:
                    np.matmul(a, b, out=out)

    with threadpool_limits(1), ThreadPoolExecutor(asked.threads) as pool:

        def step(i: int) -> float:
            list(pool.map(run, shares))
            return 0.0

        measure(step, asked)


if __name__ == "__main__":
    main()
