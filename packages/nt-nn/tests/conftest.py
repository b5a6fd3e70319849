"""Reference results of PyTorch for tests that ask for `golden`, and how near two results must be.

The files are made by PyTorch 2.13.0 and lie beside the repository, in ../shared/goldens/torch, for
those who have them; without them such a test is skipped and says so. Every law that they check has
another test that always runs.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from nt_autograd import Tensor
from safetensors.numpy import load_file

FOLDER = Path(__file__).resolve().parents[3].parent / "shared" / "goldens" / "torch"


@dataclass(frozen=True)
class Case:
    """One case of a golden file: its description and its arrays, without its name in front."""

    about: dict[str, Any]
    arrays: dict[str, np.ndarray]

    def tensor(self, name, dtype="float64"):
        return Tensor(self.arrays[name].astype(dtype))

    def leaf(self, name, dtype="float64"):
        return self.tensor(name, dtype).requires_grad_()

    def starting(self, prefix):
        return {k.removeprefix(prefix): v for k, v in self.arrays.items() if k.startswith(prefix)}


def pytest_configure(config):
    config.addinivalue_line(
        "markers",
        "goldens(group, pattern): run once for each case of that group that the pattern matches",
    )


def pytest_generate_tests(metafunc):
    if "golden" not in metafunc.fixturenames:
        return
    group, pattern = metafunc.definition.get_closest_marker("goldens").args
    if not (FOLDER / f"{group}.json").is_file():
        reason = f"no ../shared/goldens/torch/{group}.json"
        absent = pytest.mark.skip(reason=reason)
        metafunc.parametrize("golden", [pytest.param(None, marks=absent, id=group)])
        return
    tensors = load_file(FOLDER / f"{group}.safetensors")
    cases = []
    for about in json.loads((FOLDER / f"{group}.json").read_text()):
        name = about["case"]
        if re.fullmatch(pattern, name):
            own = {
                k.removeprefix(f"{name}/"): v
                for k, v in tensors.items()
                if k.startswith(f"{name}/")
            }
            cases.append(pytest.param(Case(about, own), id=name))
    metafunc.parametrize("golden", cases)


def error(got, want):
    """The largest difference, as a share of the largest value."""
    got, want = (np.asarray(getattr(x, "data", x), np.float64) for x in (got, want))
    assert got.shape == want.shape
    return np.abs(got - want).max(initial=0) / max(np.abs(want).max(initial=0), 1e-12)


@pytest.fixture
def agree():
    """Asserts that two results agree to a share of the largest value."""

    def check(got, want, limit):
        found = error(got, want)
        assert found <= limit, f"differs by {found:.2e} of the largest value, allowed are {limit}"

    return check
