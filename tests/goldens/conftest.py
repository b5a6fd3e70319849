"""The roads on which reference values are reproduced."""

from collections.abc import Iterator
from dataclasses import dataclass

import nt_tensor
import pytest


@dataclass(frozen=True)
class Road:
    """Where and in which precision a case is computed, and how near the answer must be."""

    name: str
    device: str
    dtype: str
    output_limit: float
    gradient_limit: float


ROADS = {
    "float64": Road("float64", "cpu", "float64", 1e-9, 1e-9),
    "float32": Road("float32", "cpu", "float32", 1e-5, 1e-4),
    "jit": Road("jit", "cpu", "float32", 1e-5, 1e-4),
    "mlx": Road("mlx", "mlx", "float32", 1e-5, 1e-4),
    "cuda": Road("cuda", "cuda", "float32", 1e-5, 1e-4),
}


@pytest.fixture(params=[*list(ROADS)[:-1], pytest.param("cuda", marks=pytest.mark.cuda)])
def road(request: pytest.FixtureRequest) -> Iterator[Road]:
    """NumPy in float64 and float32, Numba's bodies, MLX, CUDA."""
    road = ROADS[request.param]
    if road.name == "jit":
        pytest.importorskip("numba")
    try:
        nt_tensor.zeros(1, device=road.device)
    except (ImportError, RuntimeError) as missing:
        pytest.skip(f"no device {road.device} here: {missing}")
    before = nt_tensor.jit()
    nt_tensor.jit(road.name == "jit")
    yield road
    nt_tensor.jit(before)
