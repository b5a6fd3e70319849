"""Fixtures: a test that asks for `backend` runs on each library that can run on this machine.

For those that cannot, `test_backend.py` has one test each that is skipped and says why.
"""

import nt_tensor as nt
import numpy as np
import pytest
from nt_tensor.backends import _numpy_like
from nt_tensor.backends._standard import complete
from nt_tensor.backends.numpy.namespace import DTYPES


def _can_run(name):
    try:
        return bool(nt.backend_named(name).devices())
    except ImportError:
        return False


BACKENDS = [
    *(pytest.param(name) for name in ("numpy", "mlx") if _can_run(name)),
    *(pytest.param(name, marks=pytest.mark.cuda) for name in ("cupy",) if _can_run(name)),
]


@pytest.fixture(params=BACKENDS)
def backend(request):
    """One `Backend` after the other."""
    return nt.backend_named(request.param)


@pytest.fixture
def xp(backend):
    return backend.xp


@pytest.fixture
def device(backend):
    """The name of the backend's first device."""
    return str(backend.devices()[0])


class StandIn:
    """What CuPy's namespace is made of, made of NumPy instead: its logic without a GPU."""

    name = "numpy in CuPy's place"
    mutable = True
    dtypes = DTYPES
    xp = complete(name, DTYPES, _numpy_like.functions(np))

    def asarray(self, data, dtype, device):
        return np.asarray(data, dtype)

    def to_numpy(self, array):
        return np.asarray(array)


@pytest.fixture(params=[*BACKENDS, "stand-in"])
def run(request):
    """A function that runs a program on a backend, with NumPy arrays in and out."""
    stand_in = request.param == "stand-in"
    backend = StandIn() if stand_in else nt.backend_named(request.param)
    device = None if stand_in else backend.devices()[0]

    def out(value):
        if isinstance(value, tuple | list):
            return (
                type(value)(*map(out, value)) if hasattr(value, "_fields") else [*map(out, value)]
            )
        return backend.to_numpy(value)

    def run(program, *arrays):
        own = [backend.asarray(a, backend.dtypes[nt.dtype_of(a)], device) for a in arrays]
        with np.errstate(all="ignore"):
            return out(program(backend.xp, *own))

    run.backend = backend
    return run
