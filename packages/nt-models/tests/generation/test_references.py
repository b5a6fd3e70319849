"""Texts and processed logits that transformers made of a tiny GPT-2, in every clone."""

import json
from pathlib import Path

import numpy as np
import pytest
from nt_autograd import tensor
from nt_models import GPT2, generation
from nt_models.weights._gpt2 import read_config, table
from nt_nn import checkpoint

FOLDER = Path(__file__).parents[1] / "reference"
TOLD = json.loads((FOLDER / "gpt2.json").read_text(encoding="utf-8"))
TABLE = table(read_config(TOLD["config"]))
ARRAYS = checkpoint.load(FOLDER / "gpt2.safetensors").tensors


def named(prefix):
    return {n.removeprefix(prefix): a for n, a in ARRAYS.items() if n.startswith(prefix)}


@pytest.fixture
def model(device):
    made = GPT2(read_config(TOLD["config"]))
    made.load_state_dict(TABLE.to_ours(named("weight.")))
    return made.to(device)


@pytest.mark.parametrize("i", range(len(TOLD["texts"])))
@pytest.mark.parametrize("cached", [True, False])
def test_texts_are_those_of_transformers(i, cached, model, device):
    options = {"pad_token_id": 1, **TOLD["texts"][i]}
    if "num_beams" not in options:
        options["temperature"] = 0.0
    prompts, mask = (tensor(ARRAYS[n], device=device) for n in ("prompts", "prompts_mask"))
    found = model.generate(prompts, 14, attention_mask=mask, use_cache=cached, **options)
    np.testing.assert_array_equal(found.numpy(), ARRAYS[f"text.{i}"])


@pytest.mark.parametrize("i", range(len(TOLD["processors"])))
def test_logits_are_processed_as_by_transformers(i, device):
    name, value = TOLD["processors"][i]
    tokens, scores = (tensor(ARRAYS[n], device=device) for n in ("tokens", "scores"))
    found = getattr(generation, name)(value)(tokens, scores).numpy()
    np.testing.assert_allclose(found, ARRAYS[f"processed.{i}"], rtol=1e-6)


@pytest.mark.parametrize(("dtype", "limit"), [("float64", 1e-10), ("float32", 1e-5)])
def test_logits_and_gradients_are_those_of_transformers(dtype, limit, model, device):
    if device != "cpu" and dtype == "float64":
        pytest.skip("float64 is NumPy's")
    model.to(dtype)
    ids, mask = (tensor(ARRAYS[n], device=device) for n in ("ids", "mask"))
    logits = model(ids, mask) * mask.to(dtype)[..., None]
    right = ARRAYS["logits"]
    assert np.abs(logits.detach().numpy() - right).max() <= limit * np.abs(right).max()
    cosines = np.cos(np.arange(right.size)).reshape(right.shape)
    (logits * tensor(cosines, dtype=dtype, device=device)).sum().backward()
    gradients = TABLE.to_ours(named("gradient."))
    floor = 1e-3 * max(np.abs(g).max() for g in gradients.values())
    for name, p in model.named_parameters():
        wide = max(np.abs(gradients[name]).max(), floor)
        off = np.abs(p.grad.numpy() - gradients[name]).max() / wide
        assert off <= (2e-7 if dtype == "float64" else limit), name  # the file is float32
