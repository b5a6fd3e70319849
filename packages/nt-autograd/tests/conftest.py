"""What the tests of nt-autograd share: each library's device, and PyTorch's stored answers."""

import json
from pathlib import Path

import nt_tensor
import numpy as np
import pytest


@pytest.fixture(params=["cpu", "mlx", pytest.param("cuda", marks=pytest.mark.cuda)])
def device(request):
    """Each device in turn: NumPy, MLX and, where there is one, a GPU."""
    try:
        nt_tensor.zeros(1, device=request.param)
    except (ImportError, RuntimeError) as missing:
        pytest.skip(f"no device {request.param} here: {missing}")
    return request.param


class Goldens:
    """Cases that PyTorch has answered once: their description and their arrays by name."""

    def __init__(self, stem):
        described = json.loads(stem.with_suffix(".json").read_text())
        self.cases = {case["case"]: case for case in described}
        self.arrays = _arrays(stem.with_suffix(".safetensors"))

    def __getitem__(self, case):
        prefix = case + "/"
        return self.cases[case], {
            name.removeprefix(prefix): array
            for name, array in self.arrays.items()
            if name.startswith(prefix)
        }


@pytest.fixture(scope="session")
def goldens():
    """A function from a family's name to PyTorch's answers, which lie in ../shared/goldens."""

    def load(family):
        for root in Path(__file__).resolve().parents:
            stem = root.parent / "shared" / "goldens" / "torch" / family
            if stem.with_suffix(".json").is_file():
                return Goldens(stem)
        pytest.skip(f"PyTorch's answers ../shared/goldens/torch/{family}.json are not here")

    return load


def _arrays(path):
    """Read a safetensors file: the length of a header in JSON, the header, the bytes."""
    data = path.read_bytes()
    start = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:start])
    kinds = {"F32": "<f4", "F64": "<f8", "I64": "<i8", "I32": "<i4", "BOOL": "?", "F16": "<f2"}
    found = {}
    for name, entry in header.items():
        if name != "__metadata__":
            first, last = entry["data_offsets"]
            array = np.frombuffer(data[start + first : start + last], kinds[entry["dtype"]])
            found[name] = array.reshape(entry["shape"])
    return found
