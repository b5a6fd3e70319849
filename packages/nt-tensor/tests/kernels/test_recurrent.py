"""Recurrent layers: each body against the reference in float64, for lengths of many kinds."""

import nt_tensor as nt
import numpy as np
import pytest
from nt_tensor import kernels
from nt_tensor.kernels import _recurrent

SIZES = {"one": (1,), "even": (3, 3, 3), "uneven": (5, 3, 3, 1), "empty": (0, 0)}
LIMITS = {"float64": 1e-12, "float32": 2e-6}


def drawn(*shapes):
    rng = np.random.default_rng([*shapes[0]])
    return [rng.standard_normal(shape) * 0.6 for shape in shapes]


def calls(run, sizes, reverse, hidden=7, out=3):
    """All results of all kernels, each forward and back."""
    rows, batch = sum(sizes), sizes[0]
    step = sizes, reverse
    for relu in (False, True):
        gates, h, w, gy, gh = drawn(
            (rows, hidden), (batch, hidden), (hidden, hidden), (rows, hidden), (batch, hidden)
        )
        found = run("rnn", gates, h, w, relu, *step)
        yield from (*found, *run("rnn_backward", gy, gh, found[0], h, w, relu, *step))
    for project in (None, *drawn((out, hidden))):
        width = hidden if project is None else out
        gates, h, c, w, gy, gh, gc = drawn(
            (rows, 4 * hidden),
            (batch, width),
            (batch, hidden),
            (4 * hidden, width),
            (rows, width),
            (batch, width),
            (batch, hidden),
        )
        y, *more = found = run("lstm", gates, h, c, w, project, *step)
        back = run("lstm_backward", gy, gh, gc, y, h, c, *more[2:], w, project, *step)
        yield from (*found, *back)
    for bias in (None, *drawn((3 * hidden,))):
        gates, h, w, gy, gh = drawn(
            (rows, 3 * hidden),
            (batch, hidden),
            (3 * hidden, hidden),
            (rows, hidden),
            (batch, hidden),
        )
        y, *more = found = run("gru", gates, h, w, bias, *step)
        yield from (*found, *run("gru_backward", gy, gh, y, h, *more[1:], w, *step))


def reference(name, *arguments):
    return getattr(kernels, name).reference(*[np.copy(a) if _array(a) else a for a in arguments])


def _array(value):
    return isinstance(value, np.ndarray)


kernels.gelu(np.ones(1, np.float32))  # the first call loads the bodies


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("sizes", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("dtype", LIMITS)
@pytest.mark.parametrize("library", [n for n in ("numpy", "numba") if n in kernels.gelu.bodies])
def test_a_better_body_gives_the_reference_s_answer(library, dtype, sizes, reverse):
    def run(name, *arguments):
        body = getattr(kernels, name).bodies.get(library) or getattr(kernels, name).bodies["numpy"]
        return body(*[a.astype(dtype) if _array(a) else a for a in arguments])

    expected = list(calls(reference, sizes, reverse))
    for y, z in zip(calls(run, sizes, reverse), expected, strict=True):
        assert y.dtype == dtype
        np.testing.assert_allclose(y, z, atol=LIMITS[dtype] * max(1, abs(z).max(initial=0)))


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("sizes", SIZES.values(), ids=SIZES)
def test_every_library_agrees_with_the_reference_in_float64(sizes, reverse, device):
    def run(name, *arguments):
        moved = [
            nt.asarray(a.astype("float32"), device=device) if _array(a) else a for a in arguments
        ]
        return tuple(nt.to_numpy(y) for y in getattr(kernels, name)(*moved))

    expected = list(calls(reference, sizes, reverse))
    for y, z in zip(calls(run, sizes, reverse), expected, strict=True):
        np.testing.assert_allclose(y, z, atol=4e-6 * max(1, abs(z).max(initial=0)))


@pytest.mark.parametrize("library", [n for n in ("numpy", "numba") if n in kernels.lstm.bodies])
def test_nan_and_large_numbers_are_never_hidden(library):
    zeros = np.zeros((3, 2), np.float32)
    gates = np.zeros((3, 8), np.float32)
    gates[1, 5] = np.nan
    gates[2] = [3e38, -3e38] * 4
    weight = np.zeros((8, 2), np.float32)
    y, *_ = kernels.lstm.bodies[library](gates, zeros, zeros, weight, None, (3,), False)
    assert np.isnan(y[1, 1])
    assert not np.isnan(np.delete(y, 3)).any()
    assert y[2].tolist() == [np.float32(np.tanh(1.0)), 0.0]


def test_what_was_before_each_step_is_the_step_before_it():
    sizes = (3, 2, 2)
    y, first = np.arange(10, 17)[:, None], np.arange(3)[:, None]
    there = _recurrent.before(y, first, sizes, False)[:, 0].tolist()
    assert there == [0, 1, 2, 10, 11, 13, 14]
    back = _recurrent.before(y, first, sizes, True)[:, 0].tolist()
    assert back == [13, 14, 2, 15, 16, 0, 1]
    assert kernels.spans(sizes, False) == [(0, 3), (3, 5), (5, 7)]
    assert kernels.spans(sizes, True) == [(5, 7), (3, 5), (0, 3)]
