"""Kernels: the body is the type's, better bodies win, and the way there is short."""

import subprocess
import sys
import textwrap
import threading
import timeit

import nt_tensor as nt
import numpy as np
import pytest

KERNEL = sys.modules["nt_tensor.kernel"]


@pytest.fixture(autouse=True)
def kernels_of_a_test_leave_with_it(monkeypatch):
    monkeypatch.setattr(KERNEL, "_kernels", list(KERNEL._kernels))


@pytest.fixture
def where():
    """A kernel that tells which body ran."""

    @nt.kernel
    def where(x, suffix=""):
        """Tell it."""
        return "reference" + suffix

    return where


def register(kernel, *libraries):
    for library in libraries:
        kernel.on(library)(lambda x, suffix="", library=library: library + suffix)


def test_without_a_better_body_the_reference_runs_everywhere(where, device):
    assert where(nt.ones(2, device=device), "!") == "reference!"


def test_each_library_has_its_own_body(where, backend, device):
    register(where, "numpy", "cupy", "mlx")
    assert where(nt.ones(2, device=device)) == backend.name


def test_a_body_that_comes_late_is_used_from_then_on(where):
    x = np.ones(2)
    assert where(x) == "reference"
    register(where, "numpy")
    assert where(x) == "numpy"


def test_numba_goes_first_while_jit_is_on_and_numba_is_there(where, monkeypatch):
    register(where, "numpy", "numba")
    x = np.ones(2)
    monkeypatch.setitem(KERNEL._opened, "numba", True)
    before = nt.jit()
    try:
        nt.jit(True)
        assert where(x) == "numba"
        assert nt.jit(False) is False
        assert where(x) == "numpy"
        nt.jit(True)
        monkeypatch.setitem(KERNEL._opened, "numba", False)  # not installed
        where._by_type.clear()
        assert where(x) == "numpy"
    finally:
        nt.jit(before)


def test_numpys_scalars_go_to_the_reference(where):
    register(where, "numpy")
    assert where(np.float32(1)) == "reference"


def test_what_is_no_array_is_refused(where):
    with pytest.raises(TypeError, match="list is not an array"):
        where([1.0])


def test_a_kernel_keeps_the_name_and_the_docs_of_its_reference(where):
    register(where, "mlx")
    assert (where.__name__, where.name, where.__doc__) == ("where", "where", "Tell it.")
    assert repr(where) == "<kernel where: reference, mlx>"
    assert where.reference(None) == "reference"
    assert isinstance(where, nt.Kernel)


def test_a_second_body_for_a_library_is_a_mistake(where):
    register(where, "mlx")
    with pytest.raises(ValueError, match="where has a body for mlx already"):
        register(where, "mlx")


def test_a_library_that_nobody_knows_is_a_mistake(where):
    with pytest.raises(
        ValueError, match=r"where.on\('jax'\): it is one of numpy, numba, cupy, mlx"
    ):
        where.on("jax")


def test_threads_that_come_at_once_all_find_the_body(where):
    register(where, "numpy")
    found = []
    start = threading.Barrier(8)

    def call():
        start.wait()
        found.append(where(np.ones(2)))

    threads = [threading.Thread(target=call) for _ in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert found == ["numpy"] * 8


def in_a_fresh_process(program):
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    ).stdout


def test_bodies_are_imported_with_the_first_array_of_their_library_and_not_before():
    out = in_a_fresh_process("""
        import sys
        import numpy as np
        import nt_tensor as nt
        nt.jit(False)
        @nt.kernel
        def f(x):
            return x
        loaded = lambda: "nt_tensor.backends.numpy._indexing" in sys.modules
        before = loaded()
        f(np.ones(2))
        print(before, loaded(), "numba" in sys.modules)
    """)
    assert out.split() == ["False", "True", "False"]


def test_a_body_that_cannot_be_imported_fails_every_time():
    out = in_a_fresh_process("""
        import sys
        import numpy as np
        import nt_tensor as nt
        nt.jit(False)
        kernel = sys.modules["nt_tensor.kernel"]
        def broken(package):
            raise ImportError("broken body")
        kernel._import_bodies = broken
        @nt.kernel
        def f(x):
            return x
        for _ in range(2):
            try:
                f(np.ones(2))
            except ImportError as error:
                print(error)
    """)
    assert out.splitlines() == ["broken body"] * 2


def test_a_numba_that_does_not_load_is_told_and_left_aside(monkeypatch):
    def broken(name):
        raise ImportError("needs NumPy 1.0 or older")

    monkeypatch.setattr(KERNEL.importlib.util, "find_spec", lambda name: object())
    monkeypatch.setattr(KERNEL.importlib, "import_module", broken)
    with pytest.warns(RuntimeWarning, match="without Numba, which fails: needs NumPy 1.0 or older"):
        assert not KERNEL._numba_works()


def test_dispatch_costs_a_few_calls_at_most():
    def body(x, axis):
        return x

    kernel = nt.kernel(body)
    x = np.ones(2)
    kernel(x, 1)
    names = {"kernel": kernel, "body": body, "x": x}

    def nanoseconds(statement):
        # So short that some of them meet nothing else on a busy machine.
        times = timeit.repeat(statement, globals=names, number=500, repeat=400)
        return min(times) / 500 * 1e9

    # 85 ns above a plain call of 20 on the machine of the founding; the factor is for others.
    assert nanoseconds("kernel(x, 1)") < 10 * nanoseconds("body(x, 1)")
