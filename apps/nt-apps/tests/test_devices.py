"""The same run on another library's arrays."""

import pytest


def test_mlx_learns_what_numpy_learns(train, learned):
    pytest.importorskip("mlx.core")
    options = ["--steps", 20, "--eval-every", 10, "--threads", 1]
    cpu = learned(train(*options, name="cpu"))
    mlx = learned(train(*options, "--device", "mlx", name="mlx"))
    assert len(cpu) == len(mlx) == 21
    for a, b in zip(cpu, mlx, strict=True):
        assert a == pytest.approx(b, rel=1e-3, abs=1e-5)
