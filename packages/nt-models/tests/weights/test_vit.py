"""ViT's published names and configs: all have their place, and what has none is refused."""

import numpy as np
import pytest
from nt_autograd import tensor
from nt_models import ViT, ViTConfig, ViTEncoder, from_pretrained, save_pretrained
from nt_models.weights._vit import ARCHITECTURES
from nt_nn import skeleton

CONFIG = {
    "image_size": 8,
    "patch_size": 4,
    "num_channels": 2,
    "hidden_size": 8,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 12,
}
BY_NAME = {each.names[0]: each for each in ARCHITECTURES}
EVERY = pytest.mark.parametrize("name", BY_NAME)


def made(name, **options):
    architecture = BY_NAME[name]
    config = architecture.read_config({**CONFIG, **options})
    state = {n: t.numpy() for n, t in architecture.model(config).state_dict().items()}
    return architecture.table_for(config), state, {n: a.shape for n, a in state.items()}


@EVERY
@pytest.mark.parametrize("qkv_bias", [True, False])
def test_what_is_written_is_read_again(name, qkv_bias):
    table, state, shapes = made(name, qkv_bias=qkv_bias, pooler_output_size=5)
    published = table.to_published(state)
    assert published["vit.embeddings.position_embeddings"].shape == (1, 5, 8)
    assert published["vit.encoder.layer.1.attention.attention.key.weight"].shape == (8, 8)
    assert any("key.bias" in n for n in published) is qkv_bias
    again = table.to_ours(published, shapes)
    assert sorted(again) == sorted(state)
    for n, array in again.items():
        np.testing.assert_array_equal(array, state[n])


def test_the_published_file_fits_the_preset(manifest):
    published, config = manifest("vit-base-patch16-224"), ViTConfig.preset("vit-base-patch16")
    with skeleton():
        model = ViT(config)
    shapes = {n: t.shape for n, t in model.state_dict().items()}
    files = {n: tuple(s) for n, s in published["tensors"].items()}
    parts = BY_NAME["ViTForImageClassification"].table_for(config).match(files, shapes)
    assert sorted(parts) == sorted(shapes)
    assert sum(np.prod(s) for s in shapes.values()) == published["parameters"] == 86_567_656


def test_a_bare_encoder_may_lack_the_prefix():
    table, state, shapes = made("ViTModel")
    bare = {n.removeprefix("vit."): a for n, a in table.to_published(state).items()}
    assert sorted(table.to_ours(bare, shapes)) == sorted(state)


def test_a_classifier_leaves_the_encoders_pooler():
    table, state, shapes = made("ViTForImageClassification")
    published = table.to_published(state)
    published |= {"vit.pooler.dense.weight": np.zeros((8, 8)), "vit.pooler.dense.bias": np.zeros(8)}
    assert sorted(table.to_ours(published, shapes)) == sorted(state)


@EVERY
def test_what_is_missing_foreign_or_misshapen_is_named(name):
    table, state, shapes = made(name)
    published = table.to_published(state)
    token, foreign = "vit.embeddings.cls_token", "vit.embeddings.mask_token"
    with pytest.raises(ValueError, match=f"missing: {token}"):
        table.to_ours({n: a for n, a in published.items() if n != token}, shapes)
    with pytest.raises(ValueError, match=f"unknown: {foreign}"):
        table.to_ours({**published, foreign: np.zeros((1, 1, 8))}, shapes)
    places = "vit.embeddings.position_embeddings"
    with pytest.raises(ValueError, match=rf"{places} is \(1, 17, 8\), not \(1, 5, 8\)"):
        table.to_ours({**published, places: np.zeros((1, 17, 8))}, shapes)


def test_a_config_is_read_and_written():
    options = {
        **CONFIG,
        "hidden_act": "quick_gelu",
        "layer_norm_eps": 1e-6,
        "hidden_dropout_prob": 0.2,
        "attention_probs_dropout_prob": 0.3,
        "qkv_bias": False,
        "pooler_output_size": 5,
        "pooler_act": "relu",
        "id2label": {str(i): f"LABEL_{i}" for i in range(3)},
        "label2id": {f"LABEL_{i}": i for i in range(3)},
    }
    architecture = BY_NAME["ViTModel"]
    config = architecture.read_config(options)
    assert (config.image_size, config.patch_size, config.channels, config.classes) == (8, 4, 2, 3)
    assert (config.width, config.layers, config.heads, config.inner) == (8, 2, 2, 12)
    assert (config.activation, config.eps, config.qkv_bias) == ("quick_gelu", 1e-6, False)
    assert (config.dropout, config.attention_dropout) == (0.2, 0.3)
    assert (config.pooled_width, config.pooled_activation) == (5, "relu")
    assert architecture.write_config(config) == options
    usual = architecture.read_config(CONFIG)  # as transformers has it where nothing is said
    assert (usual.dropout, usual.eps, usual.classes, usual.qkv_bias) == (0.0, 1e-12, 2, True)


def test_sizes_may_be_pairs_of_equals():
    read = BY_NAME["ViTModel"].read_config
    pairs = read({**CONFIG, "image_size": [8, 8], "patch_size": [4, 4], "encoder_stride": 16})
    assert pairs == read(CONFIG)
    with pytest.raises(ValueError, match=r"not supported: patch_size \(4, 2\) \(only squares\)"):
        read({**CONFIG, "patch_size": [4, 2]})


def test_images_that_are_no_squares_are_read_and_written_again(tmp_path):
    architecture = BY_NAME["ViTForImageClassification"]
    config = architecture.read_config({**CONFIG, "image_size": [8, 12], "patch_size": 4})
    assert (config.image_shape, config.grid, config.patches) == ((8, 12), (2, 3), 6)
    model = architecture.model(config).eval()
    images = tensor(
        np.random.default_rng(0).standard_normal((2, config.channels, 8, 12)), dtype="float32"
    )
    save_pretrained(model, tmp_path)
    again = from_pretrained(tmp_path)
    assert again.config == config
    np.testing.assert_array_equal(again(images).detach().numpy(), model(images).detach().numpy())


def test_an_encoder_without_pooler_is_read_as_such(tmp_path):
    model = ViTEncoder(BY_NAME["ViTModel"].read_config(CONFIG), pooler=False)
    save_pretrained(model, tmp_path)
    assert from_pretrained(tmp_path).pooler is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"head_dim": 4}, r"unknown: head_dim \(4\)"),
        ({"pooler_act": "softsign"}, r"pooled_activation \('softsign'\) must be one of"),
        ({"num_attention_heads": 3}, r"heads \(3\) must divide width \(8\)"),
    ],
)
def test_what_is_not_supported_is_refused_by_name(options, message):
    with pytest.raises(ValueError, match=message):
        BY_NAME["ViTModel"].read_config({**CONFIG, **options})
    with pytest.raises(ValueError, match="pooling 'mean' has no published form"):
        BY_NAME["ViTModel"].write_config(ViTConfig(pooling="mean"))


def test_each_published_name_makes_its_model():
    assert BY_NAME["ViTModel"].model is ViTEncoder
    assert BY_NAME["ViTForImageClassification"].model is ViT
