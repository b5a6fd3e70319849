"""What the tests of nt-models share: small models, each library's device, published answers."""

import json
from pathlib import Path

import nt_tensor
import numpy as np
import pytest
from nt_autograd import tensor
from nt_models import GPT2, GPT2Config
from nt_nn import checkpoint

SMALL = GPT2Config(vocab_size=11, context=8, layers=2, heads=2, width=12)


@pytest.fixture(params=["cpu", "mlx", pytest.param("cuda", marks=pytest.mark.cuda)])
def device(request):
    """Each device in turn: NumPy, MLX and, where there is one, a GPU."""
    try:
        nt_tensor.zeros(1, device=request.param)
    except (ImportError, RuntimeError) as missing:
        pytest.skip(f"no device {request.param} here: {missing}")
    return request.param


@pytest.fixture
def small():
    """A function: a small GPT-2 with lively weights, the same every time."""

    def make(device="cpu", dtype="float32", **changes):
        config = GPT2Config(**{**SMALL.__dict__, **changes})
        model = GPT2(config, generator=nt_tensor.Generator(0))
        rng = np.random.default_rng(1)
        for p in model.parameters():  # 0.02 would leave attention and GELU nearly linear
            p.data = tensor(rng.standard_normal(p.shape) * 0.3 + (p.ndim == 1) * 0.5).data
        return model.to(dtype).to(device)

    return make


@pytest.fixture
def tokens():
    """A function: (batch, time) token ids below 11."""

    def make(batch=3, time=8, device="cpu", seed=0):
        return tensor(np.random.default_rng(seed).integers(0, 11, (batch, time)), device=device)

    return make


@pytest.fixture(scope="session")
def published(published_folder):
    """A function: config, weights and answers of a model that transformers has run."""

    def load(name):
        folder = published_folder(name)
        config = json.loads((folder / "config.json").read_text())
        weights = checkpoint.load(folder / "model.safetensors").tensors
        return config, weights, checkpoint.load(folder / "goldens.safetensors").tensors

    return load


@pytest.fixture(scope="session")
def published_folder():
    """A function: the folder of a model that transformers has run."""

    def find(name):
        for root in Path(__file__).resolve().parents:
            folder = root.parent / "shared" / "goldens" / "hf" / name
            if folder.is_dir():
                return folder
        pytest.skip(f"the answers of transformers, ../shared/goldens/hf/{name}, are not here")

    return find


@pytest.fixture(scope="session")
def manifest():
    """A function: the names and shapes of a published file."""

    def load(name):
        for root in Path(__file__).resolve().parents:
            file = root.parent / "shared" / "goldens" / "hf" / "manifests" / f"{name}.json"
            if file.is_file():
                return json.loads(file.read_text())
        pytest.skip(f"the manifest ../shared/goldens/hf/manifests/{name}.json is not here")

    return load


@pytest.fixture(scope="session")
def reference():
    """A function: config and arrays of a case in `reference/`, which transformers has run."""

    def load(model, case):
        folder = Path(__file__).parent / "reference"
        cases = json.loads((folder / f"{model}.json").read_text())
        config = next(each["config"] for each in cases if each["case"] == case)
        arrays = checkpoint.load(folder / f"{model}.safetensors").tensors
        return config, {
            name.removeprefix(f"{case}/"): array
            for name, array in arrays.items()
            if name.startswith(f"{case}/")
        }

    return load


@pytest.fixture
def watched():
    """A function: lists that fill with a trunk's hidden states and attention maps as it runs."""

    def watch(trunk):
        states, maps = [], []

        def with_maps(forward):
            def run(*args, **kwargs):
                y, weights = forward(*args, **kwargs, need_weights=True, average_attn_weights=False)
                maps.append(weights)
                return y

            return run

        for layer in (trunk.dropout, *trunk.blocks):  # the embeddings leave through a dropout
            layer.register_forward_hook(lambda module, args, y: states.append(y))
        for block in trunk.blocks:
            block.attention.forward = with_maps(block.attention.forward)
        return states, maps

    return watch
