"""What every test of the workspace may ask for. Package tests run alone too and do not need it."""

from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parent

# Doctests import every module; a backend's can only be imported where its library is.
collect_ignore_glob = [
    f"packages/nt-tensor/src/nt_tensor/backends/{backend}/*"
    for backend in ("cupy", "mlx", "numba")
    if find_spec(backend) is None
]


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The folder of real data sets beside the repository; tests that need it skip without it."""
    folder = ROOT.parent / "shared"
    if not (folder / "data").is_dir():
        pytest.skip("needs the shared data folder, ../shared, which is not here")
    return folder
