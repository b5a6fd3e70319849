"""CLIP's published names and configs: every tower, both ways, against independent frameworks."""

import nt_models.weights._clip as clip
import numpy as np
import pytest
from nt_autograd import tensor
from nt_models import CLIP, CLIPConfig, CLIPResNetConfig, CLIPTextConfig
from nt_nn import count_parameters, skeleton

CASES = {  # case -> what the model gives, by the published name
    "first_end": lambda model, i: {
        "logits_per_image": model(i["pixel_values"], *i["texts"]),
        "text_embeds": model.encode_text(*i["texts"]),
        "image_embeds": model.encode_image(i["pixel_values"]),
    },
    "text": lambda model, i: {"text_embeds": model(*i["texts"])},
    "bare_text": lambda model, i: {"pooler_output": model(*i["texts"])},
    "images": lambda model, i: {"image_embeds": model(i["pixel_values"])},
    "bare_images": lambda model, i: {"pooler_output": model(i["pixel_values"])},
}
TEXTS = ("input_ids", "attention_mask", "position_ids")


def near(found, right, limit):
    assert found.shape == right.shape
    assert np.abs(found - right).max() <= limit * np.abs(right).max()


def waved(x):
    return (x * np.cos(np.arange(x.size)).reshape(x.shape)).sum()


def parted(arrays, prefix):
    """The arrays whose names begin so; int8 stands for 64ths."""
    return {
        n.removeprefix(prefix): a / 64 if a.dtype == np.int8 else a
        for n, a in arrays.items()
        if n.startswith(prefix)
    }


def compare(model, table, outputs, arrays, limit):
    """Outputs, and the slopes of their sum, weighted by cosines."""
    right = parted(arrays, "output.")
    for name, value in outputs.items():
        near(value.detach().numpy().reshape(right[name].shape), right[name], limit)
    assert set(outputs) == set(right)
    total = tensor(0.0, device=next(model.parameters()).device)
    for value in outputs.values():
        waves = tensor(np.cos(np.arange(value.numel())).reshape(value.shape), device=value.device)
        total = total + (value * waves.to(value.dtype)).sum()
    total.backward()
    slopes = table.to_published({n: p.grad.numpy() for n, p in model.named_parameters()})
    found = [waved(slopes[name]) for name in sorted(slopes)]
    assert len(found) == len(arrays["slopes"])
    np.testing.assert_allclose(found, arrays["slopes"], atol=limit * 10 * np.abs(found).max())


def loaded(model, table, arrays, dtype, device):
    shapes = {name: t.shape for name, t in model.state_dict().items()}
    model.load_state_dict(table.to_ours(parted(arrays, "weight."), shapes))
    return model.to(dtype).to(device).eval()


@pytest.mark.parametrize(("dtype", "limit"), [("float64", 1e-12), ("float32", 1e-5)])
@pytest.mark.parametrize("case", CASES)
def test_every_model_is_that_of_transformers(case, dtype, limit, device, reference):
    if device != "cpu" and dtype == "float64":
        pytest.skip("float64 is checked on NumPy")
    config, arrays = reference("clip", case)
    (name,) = config["architectures"]
    architecture = next(each for each in clip.ARCHITECTURES if name in each.names)
    model = architecture.model(architecture.read_config(config))
    loaded(model, architecture.table, arrays, dtype, device)
    given = {n: tensor(a, device=device) for n, a in parted(arrays, "input.").items()}
    if "pixel_values" in given:
        given["pixel_values"] = given["pixel_values"].to(dtype)
    given["texts"] = [given.get(n) for n in TEXTS]
    table = architecture.table
    if case.startswith("bare"):  # transformers writes these two without what stands in front
        table = prefixless(table)
    compare(model, table, CASES[case](model, given), arrays, limit)


def prefixless(table):
    """The table with names as the order of the slopes has them."""

    class Bare:
        def to_published(self, ours):
            return {n.removeprefix(table.prefix): a for n, a in table.to_published(ours).items()}

    return Bare()


@pytest.mark.parametrize(("dtype", "limit"), [("float64", 1e-12), ("float32", 2e-5)])
def test_the_resnet_tower_is_that_of_openais_code(dtype, limit, device, reference):
    if device != "cpu" and dtype == "float64":
        pytest.skip("float64 is checked on NumPy")
    options, arrays = reference("clip_resnet", "openai")
    vision = CLIPResNetConfig(
        tuple(options["layers"]), options["width"], options["heads"], options["output"],
        options["size"],
    )  # fmt: skip
    text = CLIPTextConfig(1, 1, 4, projection=options["output"], vocab_size=3, context=2)
    whole = CLIP(CLIPConfig(vision, text))
    table = clip.openai_table(whole.config)
    renamed = table.to_ours(parted(arrays, "weight."))
    whole.load_state_dict(renamed, strict=False)
    tower = whole.vision.to(dtype).to(device).eval()
    assert {f"vision.{name}" for name in tower.state_dict()} == set(renamed)
    images = tensor(parted(arrays, "input.")["pixel_values"], device=device).to(dtype)

    class Inside:
        def to_published(self, ours):
            return table.to_published({f"vision.{n}": a for n, a in ours.items()})

    compare(tower, Inside(), {"image_embeds": tower(images)}, arrays, limit)


def test_every_name_and_shape_has_its_place(manifest):
    published = manifest("clip-vit-base-patch32")
    with skeleton():
        model = CLIP(CLIPConfig.preset("clip-vit-base-patch32"))
    shapes = {name: tuple(t.shape) for name, t in model.state_dict().items()}
    files = {name: tuple(shape) for name, shape in published["tensors"].items()}
    parts = clip.ARCHITECTURES[0].table.match(files, shapes)
    assert set(parts) == set(shapes)
    assert count_parameters(model) == published["parameters"]


@pytest.mark.parametrize("name", ["clip-vit-base-patch32", "RN50"])
def test_openais_names_are_read_and_written(name):
    with skeleton():
        model = CLIP(CLIPConfig.preset(name))
    table = clip.openai_table(model.config)
    state = {n: np.empty(t.shape) for n, t in model.state_dict().items() if "blocks.1." not in n}
    state = {n: a for n, a in state.items() if a.size < 1e6}
    written = table.to_published(state)
    assert len(written) == len(state)
    assert written["text_projection"].shape == (512, model.config.projection)
    again = table.to_ours({**written, "input_resolution": np.array(224)})
    assert {n: a.shape for n, a in again.items()} == {n: a.shape for n, a in state.items()}


SMALL_TEXT = {"hidden_size": 8, "num_attention_heads": 2, "intermediate_size": 9}


def test_a_config_comes_back():
    for read, write, published in (
        (clip.read_config, clip.write_config, {"projection_dim": 6, "text_config": SMALL_TEXT}),
        (clip.read_text_config, clip.write_text_config, {**SMALL_TEXT, "eos_token_id": 7}),
        (clip.read_vision_config, clip.write_vision_config, {"patch_size": 5}),
    ):
        ours = read(published)
        assert read(write(ours)) == ours
    for each in clip.ARCHITECTURES[1:]:
        assert each.read_config(each.write_config(each.read_config({}))) == each.read_config({})


def test_older_configs_tell_a_tower_twice():
    twice = {
        "text_config": {"hidden_size": 512, "num_hidden_layers": 3},
        "text_config_dict": {"hidden_size": 768, "num_attention_heads": 12},
        "vision_config": {"patch_size": 14},
        "vision_config_dict": None,
    }
    ours = clip.read_config(twice)
    assert (ours.text.width, ours.text.layers, ours.vision.patch) == (768, 12, 14)


def test_the_old_end_token_means_the_largest():
    assert clip.read_text_config({"eos_token_id": 2}).end_token is None
    assert clip.read_text_config({"eos_token_id": 3}).end_token == 3
    assert clip.read_text_config({}).end_token == 49407
    with pytest.raises(ValueError, match=r"eos_token_id \[2, 3\]"):
        clip.read_text_config({"eos_token_id": [2, 3]})
    with pytest.raises(ValueError, match="end_token 2"):
        clip.write_text_config(CLIPTextConfig(end_token=2))


def test_what_is_not_supported_is_refused():
    with pytest.raises(ValueError, match="unknown: rope_theta"):
        clip.read_text_config({"rope_theta": 1e4})
    with pytest.raises(ValueError, match="activation"):
        clip.read_vision_config({"hidden_act": "xielu"})
    with pytest.raises(ValueError, match="ResNet"):
        clip.write_config(CLIPConfig.preset("RN50"))
    with pytest.raises(ValueError, match="projection"):
        clip.write_text_config(CLIPTextConfig(projection=None))
    with pytest.raises(ValueError, match="projection"):
        clip.write_text_config(CLIPTextConfig(), projected=False)
    with pytest.raises(ValueError, match=r"unknown: .*mlp\.fc3"):
        clip.ARCHITECTURES[0].table.to_ours(
            {"text_model.encoder.layers.0.mlp.fc3.weight": np.zeros(1)}
        )
