"""fused_update: every body of it against its reference in float64."""

import nt_tensor as nt
import numpy as np
import pytest
from nt_tensor import kernels


def rule(xp, g, p, m, mu, new, lr):
    m = mu * m + new * xp.where(g > 0, xp.sqrt(xp.abs(g)), xp.sign(g))
    return p - lr * xp.minimum(xp.maximum(m, p), g), m


NUMBERS = (0.9, 0.25, 0.5)
BLOCKS = [0, 1, 3, 1 << 16, (1 << 16) + 1, 200_003]


def values(size):
    return np.random.default_rng(size).standard_normal((3, size))


@pytest.mark.parametrize("size", BLOCKS)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("jit", [False, True])
def test_blocks_and_loops_give_the_reference_s_answer_in_place(size, dtype, jit):
    if jit:
        pytest.importorskip("numba")
    before = nt.jit()
    nt.jit(jit)
    g, p, m = values(size).astype(dtype)
    expected = kernels.fused_update.reference(
        g.astype("float64"), rule, (p.astype("float64"), m.astype("float64")), NUMBERS
    )
    found = kernels.fused_update(g, rule, (p, m), NUMBERS)
    nt.jit(before)
    assert found[0] is p
    assert found[1] is m
    bound = {"float16": 2e-3, "float32": 1e-6, "float64": 1e-14}[dtype]
    for y, z in zip(found, expected, strict=True):
        assert y.dtype == dtype
        np.testing.assert_allclose(y, z, rtol=bound, atol=bound)


def test_every_library_agrees_with_the_reference_in_float64(backend, device):
    g, p, m = values(1000)
    expected = kernels.fused_update.reference(g, rule, (p, m), NUMBERS)
    arrays = [nt.asarray(a.astype("float32"), device=device) for a in (g, p, m)]
    found = kernels.fused_update(arrays[0], rule, tuple(arrays[1:]), NUMBERS)
    for y, z in zip(found, expected, strict=True):
        np.testing.assert_allclose(nt.to_numpy(y), z, rtol=1e-5, atol=1e-5)


def test_what_changes_in_a_rule_is_never_taken_from_an_old_compilation():
    numba = pytest.importorskip("numba")
    del numba
    g = np.ones(2, np.float32)
    for factor in (2.0, 3.0):
        scope = {}
        exec(f"def rule(xp, g, p): return p - {factor} * g", scope)
        (p,) = kernels.fused_update(g, scope["rule"], (np.zeros(2, np.float32),), ())
        assert p.tolist() == [-factor, -factor]
