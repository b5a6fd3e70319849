"""erf on CuPy: its own."""

from __future__ import annotations

from typing import Any

from cupyx.scipy.special import erf as cupy_erf

from nt_tensor.kernels._erf import erf


@erf.on("cupy")
def _erf(x: Any) -> Any:
    return cupy_erf(x)
