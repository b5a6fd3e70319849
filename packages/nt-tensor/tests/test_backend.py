"""Which library an array is of, and what a backend tells about it."""

import importlib.util
import sys
import threading
import timeit
from types import SimpleNamespace

import nt_tensor as nt
import numpy as np
import pytest


@pytest.mark.parametrize("name", ["mlx", pytest.param("cupy", marks=pytest.mark.cuda)])
def test_a_library_that_can_run_here_is_tested_here(name):
    try:
        backend = nt.backend_named(name)
    except ImportError as missing:
        pytest.skip(f"nothing is tested on {name}: {missing}")
    if not backend.devices():
        pytest.skip(f"nothing is tested on {name}: it finds no device on this machine")


def test_an_array_knows_its_backend_and_namespace(backend, device):
    x = nt.zeros((2, 3), device=device)
    assert nt.backend_of(x) is backend
    assert nt.namespace(x) is backend.xp
    assert nt.is_array(x)
    assert nt.common_backend(x, x) is backend
    assert backend.name in repr(backend)
    assert backend.name in repr(backend.xp)


def test_numpy_scalars_and_subclasses_are_arrays(tmp_path):
    mapped = np.memmap(tmp_path / "data", np.float32, "w+", shape=(3,))
    for x in (np.float32(1), np.ones(2).sum(), np.bool_(True), mapped, np.ma.ones(2)):
        assert nt.backend_of(x).name == "numpy"


@pytest.mark.parametrize("value", [1.0, 3, True, None, [1.0], (np.ones(2),), "x", range(3), object])
def test_what_is_no_array_is_refused_by_its_type(value):
    assert not nt.is_array(value)
    with pytest.raises(
        TypeError, match=f"{type(value).__name__} is not an array of NumPy, CuPy or"
    ):
        nt.backend_of(value)


def test_a_class_that_only_sits_in_a_module_of_that_name_is_no_array():
    impostor = type("Array", (), {"__module__": "numpy.impostor"})
    assert not nt.is_array(impostor())


def test_backends_that_do_not_exist_are_refused():
    with pytest.raises(ValueError, match="'jax' is not one of nt's: numpy, cupy, mlx"):
        nt.backend_named("jax")


@pytest.mark.parametrize("name", ["cupy", "mlx"])
def test_a_library_that_is_not_installed_says_what_to_install(monkeypatch, name):
    monkeypatch.setattr(sys.modules["nt_tensor.backend"], "_loaded", {})
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match=rf'{name} is not installed: pip install "nt-tensor\['):
        nt.backend_named(name)


def test_arrays_of_two_libraries_are_told_apart(backend, device):
    if backend.name == "numpy":
        return
    with pytest.raises(
        TypeError, match=rf"arrays of numpy and {backend.name} meet.*to\(x, device\)"
    ):
        nt.common_backend(np.ones(2), nt.ones(2, device=device))


def test_common_backend_needs_an_array():
    with pytest.raises(TypeError, match="at least one array"):
        nt.common_backend()


def test_evaluate_and_synchronize_leave_values_alone(backend, device):
    x = nt.arange(3, device=device) + 1
    backend.evaluate(x)
    backend.evaluate()
    backend.synchronize()
    np.testing.assert_array_equal(nt.to_numpy(x), [1, 2, 3])


def overlap(a, b):
    """What the three answers of `memory` are for."""
    backend = nt.backend_of(a)
    (owner_a, start_a, stop_a), (owner_b, start_b, stop_b) = backend.memory(a), backend.memory(b)
    return owner_a is owner_b and start_a < stop_b and start_b < stop_a


def test_memory_tells_which_arrays_see_each_others_writes(backend, device):
    x = nt.zeros((4, 6), device=device)
    if not backend.mutable:
        assert backend.memory(x) is None
        return
    assert overlap(x, x)
    assert overlap(x, x[1:3].T)
    assert overlap(x[::-1], x[:, 2])
    assert overlap(x.reshape(-1)[3:][2:], x[0, 4:])
    assert not overlap(x[:2], x[2:])
    assert not overlap(x[1:1], x)
    assert not overlap(x, x.copy())
    start, stop = backend.memory(x[::-2, 1:3])[1:]
    assert stop - start == 4 * (2 * 6 + 2)


def test_memory_sees_through_buffers_of_others():
    buffer = bytearray(64)
    x = np.frombuffer(buffer, np.float32)
    y = np.frombuffer(memoryview(buffer), np.float32)[4:8]
    backend = nt.backend_of(x)
    assert backend.memory(x)[1] + 16 == backend.memory(y)[1]


def test_threads_meet_the_same_backend(backend, device):
    found = []
    x = nt.ones(2, device=device)
    backend.evaluate(x)  # MLX computes what it put off in the thread that asked for it

    def look():
        found.append((nt.backend_of(x), nt.to_numpy(nt.namespace(x).sum(x))))

    threads = [threading.Thread(target=look) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert [(each is backend, float(total)) for each, total in found] == [(True, 2.0)] * 4


def nanoseconds(statement, **names):
    # So short that some of them meet nothing else on a busy machine.
    times = timeit.repeat(statement, globals=names, number=500, repeat=400)
    return min(times) / 500 * 1e9


def test_finding_a_backend_costs_no_more_than_a_few_dictionary_lookups():
    names = {"x": np.ones(2), "d": {np.ndarray: 1}, "f": lambda x: x, **vars(nt)}
    names["xp"] = nt.namespace(names["x"])
    names["plain"] = SimpleNamespace(exp=1)
    call = nanoseconds("f(x)", **names)
    lookup = nanoseconds("d[type(x)]", **names)
    # 35 ns on the machine where a call costs 25 and a lookup 15; the factor is for loaded machines.
    for statement in ("backend_of(x)", "namespace(x)"):
        assert nanoseconds(statement, **names) < 4 * (call + lookup)
    assert nanoseconds("xp.exp", **names) < 4 * nanoseconds("plain.exp", **names)
