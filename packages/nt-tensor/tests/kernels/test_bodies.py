"""Every body of every fused kernel against its reference in float64, on hostile data too."""

import nt_tensor as nt
import numpy as np
import pytest
from nt_tensor import kernels

ROWS = [(1, 1), (3, 5), (7, 64), (130, 128), (2, 40000)]


def normal(*shape, scale=1.0, shift=0.0, seed=0):
    return np.random.default_rng([seed, *shape]).standard_normal(shape) * scale + shift


CASES = {}
for shape in ROWS:
    n, width = shape
    x, g, w = normal(*shape), normal(*shape, seed=1), normal(width, seed=2)
    CASES |= {
        f"softmax {shape}": ("softmax", (x * 5, -1)),
        f"softmax down {shape}": ("softmax", (x * 5, 0)),
        f"softmax_backward {shape}": ("softmax_backward", (g, abs(x), -1)),
        f"log_softmax {shape}": ("log_softmax", (x * 5, -1)),
        f"log_softmax_backward {shape}": ("log_softmax_backward", (g, -abs(x), -1)),
        f"layer_norm {shape}": ("layer_norm", (x * 3 + 2, w, w + 1, 1e-5)),
        f"layer_norm bare {shape}": ("layer_norm", (x, None, None, 1e-5)),
        f"rms_norm {shape}": ("rms_norm", (x * 3 + 2, w, 1e-5)),
        f"gelu {shape}": ("gelu", (x * 4,)),
        f"gelu_tanh {shape}": ("gelu_tanh", (x * 4,)),
        f"linear {shape}": ("linear", (x, normal(3, width, seed=3), normal(3))),
        f"linear bare {shape}": ("linear", (x, normal(3, width, seed=3), None)),
        f"column_sums {shape}": ("column_sums", (x,)),
        f"swiglu {shape}": ("swiglu", (x * 20, g)),
        f"swiglu_backward {shape}": ("swiglu_backward", (g, x * 20, g + 1)),
        f"dropout {shape}": ("dropout", (x, g > 0, 0.25)),
        f"cross_entropy {shape}": (
            "cross_entropy",
            (x * 5, np.arange(n) % width, None, -100, 0.0),
        ),
        f"cross_entropy ignoring {shape}": (
            "cross_entropy",
            (x * 5, np.where(np.arange(n) % 2, -100, 0), None, -100, 0.0),
        ),
        f"cross_entropy smoothed {shape}": (
            "cross_entropy",
            (x, np.arange(n) % width, abs(w), -100, 0.1),
        ),
    }
    mean, rstd = x.mean(-1, keepdims=True), 1 / np.sqrt(x.var(-1, keepdims=True) + 0.1)
    CASES[f"layer_norm_backward {shape}"] = ("layer_norm_backward", (g, x, w, mean, rstd))
    CASES[f"layer_norm_backward bare {shape}"] = ("layer_norm_backward", (g, x, None, mean, rstd))
    CASES[f"rms_norm_backward {shape}"] = ("rms_norm_backward", (g, x, w, rstd))
for interleaved in (False, True):
    CASES[f"rotary {interleaved}"] = (
        "rotary",
        (normal(2, 3, 5, 8), np.cos(normal(5, 4)), np.sin(normal(5, 4)), interleaved),
    )


def cast(value, dtype, device=None):
    if not isinstance(value, np.ndarray):
        return value
    value = value.astype(dtype) if value.dtype.kind == "f" else value.copy()
    return value if device is None else nt.asarray(value, device=device)


def outputs(found):
    return found if isinstance(found, tuple) else (found,)


kernels.gelu(np.ones(1, np.float32))  # the first call loads the bodies
BODIES = [
    (case, library)
    for case, (name, _) in CASES.items()
    for library in getattr(kernels, name).bodies
    if library in ("numpy", "numba")
]
LIBRARIES = [name for name in ("numpy", "numba") if name in kernels.gelu.bodies]


@pytest.mark.parametrize(("case", "library"), BODIES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_better_body_gives_the_reference_s_answer(case, library, dtype):
    name, arguments = CASES[case]
    kernel = getattr(kernels, name)
    expected = outputs(kernel.reference(*(cast(a, "float64") for a in arguments)))
    found = outputs(kernel.bodies[library](*(cast(a, dtype) for a in arguments)))
    for y, z in zip(found, expected, strict=True):
        if y is None:
            assert z is None
            continue
        assert y.dtype == dtype
        bound = 2e-5 if dtype == "float32" else 1e-12
        scale = max(1.0, float(abs(z).max()))
        np.testing.assert_allclose(y, z, atol=bound * scale, rtol=bound)


@pytest.mark.parametrize("case", CASES)
def test_every_library_agrees_with_the_reference_in_float64(case, backend, device):
    name, arguments = CASES[case]
    kernel = getattr(kernels, name)
    expected = outputs(kernel.reference(*(cast(a, "float64") for a in arguments)))
    found = outputs(kernel(*(cast(a, "float32", device) for a in arguments)))
    for y, z in zip(found, expected, strict=True):
        if y is not None:
            scale = max(1.0, float(abs(z).max()))
            np.testing.assert_allclose(nt.to_numpy(y), z, atol=5e-5 * scale, rtol=5e-5)


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("name", ["gelu", "gelu_tanh", "softmax", "layer_norm", "cross_entropy"])
def test_nan_is_never_hidden(name, library):
    kernel = getattr(kernels, name)
    x = normal(4, 70).astype("float32")
    x[2, 65] = np.nan
    rest = {"softmax": (-1,), "layer_norm": (None, None, 1e-5)}.get(name, ())
    if name == "cross_entropy":
        rest = (np.zeros(4, np.int64), None, -100, 0.0)
    with np.errstate(all="ignore"):
        found = outputs(kernel.bodies.get(library, kernel.reference)(x, *rest))
    assert np.isnan(found[0][2]).any()
    assert np.isfinite(found[0][[0, 1, 3]]).all()


@pytest.mark.parametrize("library", LIBRARIES)
def test_gelu_in_float32_is_right_to_the_last_bits(library):
    x = np.concatenate([np.linspace(-14, 14, 200_001), [-1e30, 1e30, -0.0]]).astype("float32")
    y, slope = kernels.gelu.bodies[library](x)
    exact, exact_slope = kernels.gelu.reference(np.clip(x.astype("float64"), -40, 40))
    small = abs(x) < 40
    assert abs(y - exact)[small].max() < 7e-7  # a unit in the last place at 5 is 4.8e-7
    assert abs(slope - exact_slope)[small].max() < 3e-7
    assert (y[-3], slope[-3]) == (0, 0)
    assert (y[-2], slope[-2]) == (np.float32(1e30), 1)
