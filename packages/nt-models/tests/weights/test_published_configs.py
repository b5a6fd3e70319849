"""The configs that well-known models are published with are read, and give models of their size."""

import json
from pathlib import Path

import pytest
from nt_models.weights._registry import of_config
from nt_nn import skeleton

# As they stand on the hub, some from before the options of today; classes cut down to three.
PUBLISHED = json.loads(Path(__file__).with_name("published_configs.json").read_text())


def made(published):
    """The model without memory, its architecture, and the shapes of all that it keeps."""
    chosen = of_config(published)
    config = chosen.read_config(published)
    with skeleton():
        model = chosen.model(config)
    shapes = {name: p.shape for name, p in model.named_parameters()}
    shapes |= {name: b.shape for name, b in model.named_buffers() if b.persistent}
    return model, chosen, shapes


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_config_gives_a_model_of_the_published_size(name):
    model, _, _ = made(PUBLISHED[name]["config"])
    assert sum(p.numel() for p in model.parameters()) == PUBLISHED[name]["parameters"]


@pytest.mark.parametrize("name", PUBLISHED)
def test_it_is_the_same_when_written_and_read(name):
    model, chosen, shapes = made(PUBLISHED[name]["config"])
    header = {"architectures": [chosen.names[0]], "model_type": chosen.model_type}
    written = json.loads(json.dumps({**chosen.write_config(model.config), **header}))
    again, _, same = made(written)
    assert same == shapes
    assert chosen.write_config(again.config) == chosen.write_config(model.config)


@pytest.mark.parametrize(
    ("name", "file"),
    [
        *((name, name) for name in ("gpt2", "bert-base-uncased", "clip-vit-base-patch32")),
        *((name, name) for name in ("t5-small", "llama-2-7b", "llama-3.2-1b")),
        *((name, name) for name in ("mistral-7b-v0.1", "qwen3-0.6b")),
        ("flan-t5-small", "t5-v1_1-small"),
    ],
)
def test_every_tensor_of_the_published_file_has_its_place(name, file, manifest):
    model, chosen, shapes = made(PUBLISHED[name]["config"])
    tensors = {name: tuple(shape) for name, shape in manifest(file)["tensors"].items()}
    parts = chosen.table_for(model.config).match(tensors, shapes)
    assert parts.keys() == shapes.keys()


@pytest.mark.parametrize("name", PUBLISHED)
def test_an_option_that_nobody_knows_is_refused(name):
    with pytest.raises(ValueError, match=r"unknown: .*warp_drive \(9\)"):
        made({**PUBLISHED[name]["config"], "warp_drive": 9})


@pytest.mark.parametrize("name", PUBLISHED)
def test_quantized_weights_are_refused(name):
    bits = {"bits": 4, "quant_method": "gptq"}
    with pytest.raises(ValueError, match="not supported: quantization_config"):
        made({**PUBLISHED[name]["config"], "quantization_config": bits})
