"""An op's bookkeeping in nt. Run by `python -m tools.bench --tape`."""

from __future__ import annotations

from nt_autograd import ones

from .tape import measure

if __name__ == "__main__":
    constant, weight = ones(1), ones(1, requires_grad=True)
    measure(
        lambda: ones(1, requires_grad=True),
        {"-x": lambda x: -x, "x + c": lambda x: x + constant, "x * c": lambda x: x * constant,
         "x * w": lambda x: x * weight},
    )  # fmt: skip
