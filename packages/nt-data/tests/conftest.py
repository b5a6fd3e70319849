"""Where the real data and the published reference results lie, for those who have them."""

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared() -> Callable[[str], Path]:
    """Finds a file below a folder `shared` beside the repository, or skips the test."""

    def find(name: str) -> Path:
        for folder in Path(__file__).resolve().parents:
            if (path := folder / "shared" / name).exists():
                return path
        pytest.skip(f"no shared/{name} beside the repository")

    return find
