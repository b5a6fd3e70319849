"""Texts and processed logits as transformers makes them, for every model that writes."""

import json
from pathlib import Path

import numpy as np
import pytest
from nt_autograd import tensor
from nt_models import generation as g
from nt_models.weights import _gpt2, _modern, _t5
from nt_nn import checkpoint

ARCHITECTURES = (*_gpt2.ARCHITECTURES, *_modern.ARCHITECTURES, *_t5.ARCHITECTURES)
CAUSAL = ["gpt2", "llama_gqa", "llama_tied", "mistral", "qwen2", "qwen3"]
ANSWERING = ["t5_v1_0", "t5_v1_1"]


def golden(name):
    """A golden file."""
    for root in Path(__file__).resolve().parents:
        file = root.parent / "shared" / "goldens" / "hf" / name
        if file.is_file():
            return file
    pytest.skip(f"the answers of transformers, ../shared/goldens/hf/{name}, are not here")


@pytest.fixture
def writer(published, device):
    """A function of a name: model, prompts, mask, expected texts, tokens for end and padding."""

    def load(name):
        config, weights, answers = published(name)
        kind = next(each for each in ARCHITECTURES if config["architectures"][0] in each.names)
        ours = kind.read_config(config)
        model = kind.model(ours)
        shapes = {n: p.shape for n, p in model.state_dict().items()}
        model.load_state_dict(kind.table_for(ours).to_ours(weights, shapes))
        part = "gen" if name in CAUSAL else "input"
        prompts, mask = (
            tensor(answers[f"{part}.{each}"], device=device)
            for each in ("input_ids", "attention_mask")
        )
        texts = {n.removeprefix("gen."): a for n, a in answers.items() if n.startswith("gen.")}
        meta = json.loads(golden(f"{name}/meta.json").read_text())["generation"]
        ends = {
            "eos_token_id": meta["eos_token_id_for_eos_runs"],
            "pad_token_id": meta["pad_token_id"],
        }
        return model.to(device), prompts, mask, texts, ends

    return load


@pytest.mark.parametrize("name", CAUSAL + ANSWERING)
@pytest.mark.parametrize("cached", [True, False])
@pytest.mark.parametrize("run", ["greedy", "greedy_eos", "beam3_eos"])
def test_texts_are_those_of_transformers(name, cached, run, writer):
    model, prompts, mask, texts, ends = writer(name)
    options = {"num_beams": 3} if run == "beam3_eos" else {"temperature": 0.0}
    found = g.generate(
        model,
        prompts,
        12,
        attention_mask=mask,
        use_cache=cached,
        **options,
        **(ends if run.endswith("eos") else {}),
    )
    np.testing.assert_array_equal(found.numpy(), texts[run])


def test_logits_are_processed_as_in_transformers(device):
    given = checkpoint.load(golden("generation_processors/goldens.safetensors")).tensors
    options = json.loads(golden("generation_processors/meta.json").read_text())
    processors = {
        "temperature": g.temperature(options["temperature"]["temperature"]),
        "top_k": g.top_k(options["top_k"]["top_k"]),
        "top_p": g.top_p(options["top_p"]["top_p"]),
        "min_p": g.min_p(options["min_p"]["min_p"]),
        "typical_p": g.typical(options["typical_p"]["mass"]),
        "repetition_penalty": g.repetition_penalty(options["repetition_penalty"]["penalty"]),
        "no_repeat_2gram": g.no_repeat_ngram(options["no_repeat_2gram"]["ngram"]),
        "min_length": g.minimum_length(
            options["min_length"]["min_length"], options["min_length"]["eos_token_id"]
        ),
    }
    tokens, logits = (tensor(given[f"input.{n}"], device=device) for n in ("input_ids", "scores"))
    assert {n.removeprefix("output.") for n in given if n.startswith("output.")} == {*processors}
    for name, process in processors.items():
        right = given[f"output.{name}"]
        np.testing.assert_allclose(process(tokens, logits).numpy(), right, rtol=1e-6, err_msg=name)
