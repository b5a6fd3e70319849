"""Optimizers on every road: NumPy in float64, in float32 with compiled rules and without, MLX."""

import nt_tensor
import numpy as np
import pytest
from nt_autograd import Tensor
from nt_nn import Parameter

ROADS = ["float64", "numpy", "numba", "mlx"]


@pytest.fixture(params=ROADS)
def road(request):
    """(dtype, device) of a road."""
    name = request.param
    if name in ("numba", "mlx"):
        pytest.importorskip({"numba": "numba", "mlx": "mlx.core"}[name])
    before = nt_tensor.jit()
    nt_tensor.jit(name == "numba")
    yield ("float64" if name == "float64" else "float32", "mlx" if name == "mlx" else "cpu")
    nt_tensor.jit(before)


@pytest.fixture
def walk(road):
    """A function: where steps with these gradients lead from a start, as float64."""
    dtype, device = road

    def steps(make, start, gradients):
        x = Parameter(nt_tensor.asarray(np.array(start), dtype=dtype, device=device))
        optimizer = make([x])
        for g in gradients:
            g = nt_tensor.asarray(g, dtype=dtype, device=device)
            x.grad = Tensor(g)
            kept = nt_tensor.to_numpy(g).copy()
            optimizer.step()
            assert np.array_equal(nt_tensor.to_numpy(x.grad.data), kept)  # read, not written
            assert str(x.dtype) == dtype
        return nt_tensor.to_numpy(x.data).astype(np.float64)

    return steps


@pytest.fixture
def follows(walk, road):
    """Asserts that an optimizer goes where its equations go, for gradients of several sizes."""

    def check(make, by_hand, *, shape=(3, 4), steps=10, sizes=(1e-3, 1.0, 1e3), limit=2e-4):
        for size in sizes:
            source = np.random.default_rng(0)
            start = source.normal(size=shape)
            gradients = source.normal(size=(steps, *shape)) * size
            # The equations get the numbers that float32 holds: signs depend on the last bit.
            want = by_hand(
                start.astype(road[0]).astype(float), gradients.astype(road[0]).astype(float)
            )
            found = walk(make, start, gradients)
            limits = 1e-10 if road[0] == "float64" else limit
            np.testing.assert_allclose(found, want, rtol=limits, atol=limits * abs(want).max())

    return check
