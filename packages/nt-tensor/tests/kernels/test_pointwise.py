"""Activations' kernels: every body against its reference in float64, in blocks and any layout."""

import tracemalloc

import nt_tensor as nt
import numpy as np
import pytest
from nt_tensor import kernels, namespace
from nt_tensor.kernels import pointwise
from nt_tensor.memory import BLOCK

INF = float("inf")
ONE = {  # one array, then numbers
    "sigmoid": (),
    "swish": (1.5,),
    "relu": (),
    "leaky_relu": (0.2,),
    "hardswish": (),
    "softplus": (2.0, 20.0),
    "mish": (),
    "elu": (1.1, 1.8, 0.7),
}
TWO = {
    "sigmoid_backward": (),
    "swish_backward": (1.5,),
    "relu_backward": (),
    "leaky_relu_backward": (0.2,),
    "hardtanh_backward": (-0.5, 2.0),
    "hardswish_backward": (),
    "softplus_backward": (2.0, 20.0),
    "mish_backward": (),
    "elu_backward": (1.1, 1.8, 0.7),
    "swiglu": (),
}
CASES = [(n, 1, p) for n, p in ONE.items()] + [(n, 2, p) for n, p in TWO.items()]
CASES += [("swiglu_backward", 3, ())]
each = pytest.mark.parametrize(("name", "count", "numbers"), CASES, ids=[c[0] for c in CASES])


@pytest.fixture(params=["numpy", "numba", "mlx"])
def library(request):
    """The library whose bodies run, and a function that makes its arrays."""
    device = "mlx" if request.param == "mlx" else "cpu"
    pytest.importorskip("numba" if request.param == "numba" else "numpy")
    try:
        nt.zeros(1, device=device)
    except ImportError as missing:
        pytest.skip(str(missing))
    before = nt.jit()
    nt.jit(request.param == "numba")
    yield lambda a: nt.asarray(a, device=device)
    nt.jit(before)


def right(name, arrays, numbers):
    """The reference in float64, a tuple of results."""
    before = nt.jit()
    nt.jit(False)
    with np.errstate(over="ignore"):
        y = getattr(kernels, name).reference(*[a.astype(np.float64) for a in arrays], *numbers)
    nt.jit(before)
    return y if isinstance(y, tuple) else (y,)


def found(name, arrays, numbers):
    y = getattr(kernels, name)(*arrays, *numbers)
    return y if isinstance(y, tuple) else (y,)


def hostile(count, *shape):
    """Arrays of numbers, and among them one near zero and far out, with the kinks in it."""
    draw = np.random.default_rng([count, *shape])
    arrays = draw.standard_normal((count, *shape)).astype(np.float32)
    x = arrays[min(count - 1, 1)]
    x *= draw.choice([1e-6, 1, 4, 30], shape)
    kinks = [0.0, -0.0, -3, 3, -0.5, 2, 1e-30, -1e-30, 80, -80, 100, -100]
    x.reshape(-1)[: len(kinks)] = kinks[: x.size]
    return list(arrays)


@each
@pytest.mark.parametrize("shape", [(1,), (17,), (3, 5, 7), (BLOCK,), (2 * BLOCK + 3,), (0, 3)])
def test_every_body_gives_the_reference(name, count, numbers, shape, library):
    arrays = hostile(count, *shape)
    got = found(name, [library(a) for a in arrays], numbers)
    for y, want in zip(got, right(name, arrays, numbers), strict=True):
        y = nt.to_numpy(y)
        assert y.dtype == np.float32
        np.testing.assert_allclose(y, want, rtol=1e-5, atol=3e-6)


@each
@pytest.mark.parametrize("dtype", ["float16", "float64"])
def test_other_floats_keep_their_dtype(name, count, numbers, dtype, library):
    arrays = [a.clip(-30, 30).astype(dtype) for a in hostile(count, 300, 300)]
    got = found(name, [library(a) for a in arrays], numbers)
    limit = 4e-3 if dtype == "float16" else 3e-7  # MLX computes exp in float32
    for y, want in zip(got, right(name, arrays, numbers), strict=True):
        y = nt.to_numpy(y)
        assert y.dtype == dtype
        np.testing.assert_allclose(y, want, rtol=limit, atol=limit)


@each
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0), (2, 1, 0)])
@pytest.mark.parametrize("step", [1, 2])
def test_the_layout_of_the_first_array_stays_and_others_follow(name, count, numbers, order, step):
    arrays = [a.transpose(order)[::step] for a in hostile(count, 40, 60, 50)]
    arrays[1:] = [np.ascontiguousarray(a) for a in arrays[1:]]
    for y, want in zip(found(name, arrays, numbers), right(name, arrays, numbers), strict=True):
        np.testing.assert_allclose(y, want, rtol=1e-5, atol=3e-6)
        if step == 1:
            assert y.strides == arrays[0].strides


@each
def test_no_input_is_written_into(name, count, numbers, library):
    arrays = hostile(count, 5, 9)
    given = [library(a.copy()) for a in arrays]
    found(name, given, numbers)
    for a, b in zip(arrays, given, strict=True):
        np.testing.assert_array_equal(a, nt.to_numpy(b))


@each
def test_a_broadcast_array_is_one_too(name, count, numbers, library):
    arrays = [np.broadcast_to(a, (300, 301)) for a in hostile(count, 301)]
    got = found(name, [library(a) for a in arrays], numbers)
    for y, want in zip(got, right(name, arrays, numbers), strict=True):
        np.testing.assert_allclose(nt.to_numpy(y), want, rtol=1e-5, atol=3e-6)


@pytest.mark.parametrize("jit", [False, True])
@each
def test_what_lies_between_takes_no_memory_to_speak_of(name, count, numbers, jit):
    arrays = hostile(count, 1200, 1000)
    before = nt.jit()
    nt.jit(jit)
    try:
        found(name, [a[:2] for a in arrays], numbers)  # compiled, and warm
        tracemalloc.start()
        made = found(name, arrays, numbers)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        nt.jit(before)
    assert peak < sum(y.nbytes for y in made) + 10 * 4 * BLOCK


def _both(x, other, factor):
    xp = namespace(x)
    return xp.abs(x) * factor + other, x * other


@pytest.mark.parametrize("size", [5, BLOCK + 1])
def test_pointwise_takes_any_formula_and_gives_one_result_or_several(size, library):
    a, b = hostile(2, size)
    plus, times = pointwise(library(a), _both, library(b), 3.0)
    np.testing.assert_allclose(nt.to_numpy(plus), np.abs(a) * 3 + b, rtol=1e-6)
    np.testing.assert_allclose(nt.to_numpy(times), a * b, rtol=1e-6)
    single = pointwise(library(a), lambda x: x > 0)
    assert nt.to_numpy(single).dtype == bool
    np.testing.assert_array_equal(nt.to_numpy(single), a > 0)


def test_half_precision_is_computed_in_float32(library):
    x = library(np.full(10, 300.0, np.float16))
    y = pointwise(x, lambda x: (x * x) ** 0.5)
    np.testing.assert_array_equal(nt.to_numpy(y), np.full(10, 300, np.float16))
