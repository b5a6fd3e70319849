"""The floor: the step's matrix products alone, in NumPy. Run by `python -m tools.bench`.

The products of the linear maps, of the attention (whole, without the causal saving) and of the
head, forward and backward, on arrays of the step's shapes. No step made of these products can be
faster than they are.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from threadpoolctl import threadpool_limits

from .case import Case, measure


def products(case: Case, batch: int) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """The operands (a, b, out) of every product of a step on `batch` sequences."""
    rng = np.random.default_rng(0)

    def array(*shape: int) -> np.ndarray:
        return rng.standard_normal(shape, np.float32)

    found = []
    rows, c = batch * case.context, case.width
    shapes = [(c, 3 * c), (c, c), (c, 4 * c), (4 * c, c)] * case.layers + [(c, case.vocab)]
    for inner, outer in shapes:
        x, w, g = array(rows, inner), array(outer, inner), array(rows, outer)
        found += [(x, w.T, g), (g, w, np.empty_like(x)), (g.T, x, np.empty_like(w))]
    q, s = array(batch, case.heads, case.context, c // case.heads), (batch, case.heads)
    e = array(*s, case.context, case.context)
    for _ in range(case.layers):
        qt = q.swapaxes(-1, -2)
        found += [(q, qt, np.empty_like(e))] * 2  # scores, and their gradient's first half
        found += [(e, q, np.empty_like(q))] * 2  # values read, and the queries' gradient
        found += [(e.swapaxes(-1, -2), q, np.empty_like(q))] * 2  # the keys' and values' gradients
    return found


def main() -> None:
    """Time the products, each thread on its share of the batch."""
    case = Case.from_arguments()
    shares = [products(case, case.batch // case.threads) for _ in range(case.threads)]

    def run(share: list[tuple[np.ndarray, np.ndarray, np.ndarray]]) -> None:
        for a, b, out in share:
            np.matmul(a, b, out=out)

    with threadpool_limits(1), ThreadPoolExecutor(case.threads) as pool:

        def step(i: int) -> float:
            list(pool.map(run, shares))
            return 0.0

        measure(step, case)


if __name__ == "__main__":
    main()
