"""Every architecture is written and read alike; what transformers has run comes back the same."""

import json
import shutil

import numpy as np
import pytest
from nt_models import from_pretrained, save_pretrained
from nt_models.weights import ARCHITECTURES
from nt_tensor import Generator, use_generator

ENCODER = {
    "hidden_size": 12,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 20,
}
BERT = {**ENCODER, "vocab_size": 13, "max_position_embeddings": 9}
TEXT = {**BERT, "eos_token_id": 12}
IMAGE = {**ENCODER, "image_size": 8, "patch_size": 4}
MODERN = {**BERT, "num_key_value_heads": 1, "head_dim": 6}
SMALL = {  # by model_type, what a config must say
    "gpt2": {"vocab_size": 13, "n_positions": 9, "n_embd": 12, "n_layer": 2, "n_head": 2},
    "bert": BERT,
    "vit": IMAGE,
    "clip": {"text_config": TEXT, "vision_config": IMAGE, "projection_dim": 6},
    "clip_text_model": {**TEXT, "projection_dim": 6},
    "clip_vision_model": {**IMAGE, "projection_dim": 6},
    "resnet": {"embedding_size": 4, "hidden_sizes": [4, 8], "depths": [1, 2]},
    "t5": {"vocab_size": 13, "d_model": 12, "d_kv": 5, "d_ff": 20, "num_heads": 2, "num_layers": 2},
    "mixtral": {**MODERN, "num_local_experts": 3, "num_experts_per_tok": 2},
}
MADE_BY_TRANSFORMERS = ["bert_cls", "bert_mlm", "bert_regression", "clip", "gpt2", "llama_gqa"]
MADE_BY_TRANSFORMERS += ["llama_tied", "mistral", "qwen2", "qwen3", "resnet_basic"]
MADE_BY_TRANSFORMERS += ["resnet_bottleneck", "t5_v1_0", "t5_v1_1", "vit"]


def same(one, other):
    assert type(one) is type(other)
    right = one.state_dict()
    found = other.state_dict()
    assert found.keys() == right.keys()
    for name, tensor in right.items():
        np.testing.assert_array_equal(found[name].numpy(), tensor.numpy())


@pytest.mark.parametrize(
    "name", [each.names[0] for each in ARCHITECTURES if "torchvision" not in each.names[0]]
)
def test_what_is_written_is_read(name, tmp_path):
    [chosen] = [each for each in ARCHITECTURES if name in each.names]
    config = chosen.read_config(SMALL.get(chosen.model_type, MODERN))
    with use_generator(Generator(3)):
        model = chosen.model(config)
    save_pretrained(model, tmp_path, architecture=name, max_shard_size=3000)
    assert json.loads((tmp_path / "config.json").read_text())["architectures"] == [name]
    assert (tmp_path / "model.safetensors.index.json").exists()
    same(from_pretrained(tmp_path), model)
    for size in ("1GB", "3KB"):  # without its name, as whatever can express it
        save_pretrained(model, tmp_path, max_shard_size=size)
        same(from_pretrained(tmp_path), model)


@pytest.mark.parametrize("name", MADE_BY_TRANSFORMERS)
def test_what_transformers_wrote_comes_back(name, published_folder, published, tmp_path):
    folder = published_folder(name)
    model = from_pretrained(folder)
    save_pretrained(model, tmp_path)
    same(from_pretrained(tmp_path), model)
    _, theirs, _ = published(name)
    held = {}
    for path in tmp_path.glob("*.safetensors"):
        held |= _arrays(path)
    assert held.keys() <= theirs.keys()
    for key, array in held.items():
        np.testing.assert_array_equal(array, theirs[key])


@pytest.mark.parametrize("name", ["llama_gqa", "llama_tied", "mistral", "qwen2", "qwen3"])
def test_both_spellings_of_a_config_are_one_model(name, published_folder, tmp_path):
    folder = published_folder(name)
    shutil.copy(folder / "config_legacy.json", tmp_path / "config.json")
    shutil.copy(folder / "model.safetensors", tmp_path)
    older, newer = from_pretrained(tmp_path), from_pretrained(folder)
    assert older.config == newer.config
    same(older, newer)


@pytest.mark.parametrize("name", MADE_BY_TRANSFORMERS)
def test_transformers_answers_alike_from_what_is_written(name, published_folder, tmp_path):
    transformers = pytest.importorskip("transformers", reason="transformers is not here")
    torch = pytest.importorskip("torch", reason="PyTorch is not here")
    folder = published_folder(name)
    save_pretrained(from_pretrained(folder), tmp_path)
    kind = json.loads((folder / "config.json").read_text())["architectures"][0]
    answers = _arrays(folder / "goldens.safetensors")
    given = {"input_ids": answers.get("plain.input_ids", answers.get("input.input_ids"))}
    if "input.pixel_values" in answers:
        given["pixel_values"] = answers["input.pixel_values"].astype("float64")
    if "input.decoder_input_ids" in answers:
        given["decoder_input_ids"] = answers["input.decoder_input_ids"]
    given = {name: torch.tensor(array) for name, array in given.items() if array is not None}
    found = []
    for path in (folder, tmp_path):
        model, told = getattr(transformers, kind).from_pretrained(path, output_loading_info=True)
        assert not any(told.values())
        with torch.no_grad():
            output = model.double().eval()(**given)
        found.append(output[0 if "logits" not in output else "logits"].numpy())
    np.testing.assert_allclose(found[1], found[0], rtol=0.0, atol=1e-12 * np.abs(found[0]).max())


def _arrays(path):
    from safetensors.numpy import load_file

    return load_file(path)
