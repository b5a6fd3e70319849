"""T5's published names and options: all of them have a place, there and back."""

import json
from dataclasses import replace

import numpy as np
import pytest
from nt_autograd import tensor
from nt_models import T5, T5Config, T5Encoder, from_pretrained, save_pretrained
from nt_models.weights._t5 import ARCHITECTURES
from nt_nn import checkpoint, skeleton
from nt_tensor import Generator

WHOLE, ENCODER = ARCHITECTURES
PUBLISHED = {"vocab_size": 9, "d_model": 6, "d_kv": 2, "d_ff": 10, "num_layers": 1, "num_heads": 2}
PUBLISHED |= {"num_decoder_layers": 2, "relative_attention_num_buckets": 8}
V1_1 = {"feed_forward_proj": "gated-gelu", "tie_word_embeddings": False}


def shapes_of(model):
    return {name: value.shape for name, value in model.state_dict().items()}


@pytest.mark.parametrize(
    ("file", "preset"), [("t5-small", "t5-small"), ("t5-v1_1-small", "flan-t5-small")]
)
def test_the_published_file_fits_the_preset(file, preset, manifest):
    published, config = manifest(file), T5Config.preset(preset)
    with skeleton():
        model = T5(config)
    tensors = {name: tuple(shape) for name, shape in published["tensors"].items()}
    parts = WHOLE.table_for(config).match(tensors, shapes_of(model))
    assert sorted(n for part in parts.values() for n in part.names) == sorted(tensors)


@pytest.mark.parametrize(
    "changes", [{}, V1_1, {"feed_forward_proj": "gated-silu"}, {"feed_forward_proj": "gelu_new"}]
)
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_what_is_written_is_read_as_the_same(architecture, changes):
    config = architecture.read_config({**PUBLISHED, **changes})
    assert architecture.read_config(architecture.write_config(config)) == config
    model = architecture.model(config, generator=Generator(0))
    state = {name: value.numpy() for name, value in model.state_dict().items()}
    table = architecture.table_for(config)
    published = table.to_published(state)
    assert published["encoder.block.0.layer.0.SelfAttention.q.weight"].shape == (4, 6)
    again = table.to_ours(published, shapes_of(model))
    assert again.keys() == state.keys()
    for name, array in state.items():
        np.testing.assert_array_equal(again[name], array)


def test_the_gate_is_the_first_in_the_file():
    config = WHOLE.read_config({**PUBLISHED, **V1_1})
    state = {n: v.numpy() for n, v in T5(config, generator=Generator(0)).state_dict().items()}
    published = WHOLE.table_for(config).to_published(state)
    for ours, theirs in (
        ("encoder", "encoder.block.0.layer.1"),
        ("decoder", "decoder.block.0.layer.2"),
    ):
        up = state[f"{ours}.blocks.0.network.up.weight"]
        np.testing.assert_array_equal(published[f"{theirs}.DenseReluDense.wi_0.weight"], up[10:])
        np.testing.assert_array_equal(published[f"{theirs}.DenseReluDense.wi_1.weight"], up[:10])


def test_the_embedding_may_be_there_again_and_an_unused_bias_too():
    config = WHOLE.read_config(PUBLISHED)
    model = T5(config, generator=Generator(0))
    table = WHOLE.table_for(config)
    published = table.to_published({n: v.numpy() for n, v in model.state_dict().items()})
    right = table.to_ours(published, shapes_of(model))
    unused = "decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight"
    for name in ("encoder.embed_tokens.weight", "decoder.embed_tokens.weight", "lm_head.weight"):
        more = {**published, unused: np.ones((8, 2)), name: published["shared.weight"]}
        assert table.to_ours(more, shapes_of(model)).keys() == right.keys()
        del more["shared.weight"]  # some files have the embedding under this name alone
        found = table.to_ours(more, shapes_of(model))["encoder.embedding.weight"]
        np.testing.assert_array_equal(found, right["encoder.embedding.weight"])


@pytest.mark.parametrize("changes", [{}, V1_1])
def test_a_saved_folder_is_read(changes, tmp_path):
    config = WHOLE.read_config({**PUBLISHED, **changes})
    model, ids = T5(config, generator=Generator(0)).eval(), tensor([[1, 5, 2]])
    save_pretrained(model, tmp_path)
    again = from_pretrained(tmp_path)
    assert again.config == config
    np.testing.assert_array_equal(
        again(ids, ids).detach().numpy(), model(ids, ids).detach().numpy()
    )
    encoder = from_pretrained(tmp_path, architecture="T5EncoderModel")
    np.testing.assert_array_equal(encoder(ids).detach().numpy(), model.encode(ids).detach().numpy())
    save_pretrained(encoder, tmp_path)
    assert isinstance(from_pretrained(tmp_path), T5Encoder)


def test_what_would_be_read_as_something_else_is_not_written():
    with pytest.raises(ValueError, match="scaled needs tied"):
        WHOLE.write_config(T5Config(tied=False))


@pytest.mark.parametrize("scaled", [True, False])
@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("told", [True, False])
def test_the_file_tells_whether_the_head_is_the_embedding(told, tied, scaled, tmp_path):
    """Transformers 5 says of every T5 that it is, and older configs what was so."""
    config = WHOLE.read_config({**PUBLISHED, **V1_1, "scale_decoder_outputs": scaled})
    model = T5(replace(config, tied=tied)).eval()
    writable = T5(replace(config, tied=tied, scaled=tied)).eval()
    save_pretrained(writable, tmp_path)
    path = tmp_path / "config.json"
    said = {"tie_word_embeddings": told, "scale_decoder_outputs": scaled}
    path.write_text(json.dumps({**json.loads(path.read_text()), **said}))
    model.load_state_dict(writable.state_dict())
    again = from_pretrained(tmp_path)
    assert again.config == model.config
    ids = tensor([[3, 4, 1]])
    np.testing.assert_array_equal(
        again(ids, ids).detach().numpy(), model(ids, ids).detach().numpy()
    )


def test_a_tied_head_that_is_not_scaled_is_written_for_transformers_4_too(tmp_path):
    config = WHOLE.read_config({**PUBLISHED, **V1_1})
    model = T5(replace(config, tied=True))
    save_pretrained(model, tmp_path)
    held = checkpoint.load(tmp_path / "model.safetensors").tensors
    np.testing.assert_array_equal(held["lm_head.weight"], held["shared.weight"])
    assert from_pretrained(tmp_path).config == model.config


def test_a_head_of_its_own_is_missed():
    config = WHOLE.read_config({**PUBLISHED, **V1_1})
    model = T5(config)
    table = WHOLE.table_for(config)
    published = table.to_published({n: v.numpy() for n, v in model.state_dict().items()})
    del published["lm_head.weight"]
    with pytest.raises(ValueError, match=r"missing: lm_head\.weight"):
        table.to_ours(published, shapes_of(model))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {"activation": "relu", "gated": False, "tied": True, "scaled": True}),
        (V1_1, {"activation": "gelu_new", "gated": True, "tied": False, "scaled": False}),
        (
            {**V1_1, "scale_decoder_outputs": False, "dense_act_fn": "gelu_new"},
            {"activation": "gelu_new", "tied": False, "scaled": False},
        ),
        (  # as transformers 5 writes version 1.1
            {"tie_word_embeddings": True, "scale_decoder_outputs": False},
            {"tied": True, "scaled": False},  # unless the file has a head
        ),
        ({"feed_forward_proj": "gelu"}, {"activation": "gelu", "gated": False}),
        ({"feed_forward_proj": "gated-silu"}, {"activation": "silu", "gated": True}),
        ({"num_decoder_layers": None}, {"decoder_layers": 1}),
        ({"relative_attention_max_distance": 40, "layer_norm_epsilon": 1e-5}, {"max_distance": 40}),
        ({"pad_token_id": 3, "eos_token_id": 2}, {"start": 3, "pad": 3, "eos": 2}),
        ({"decoder_start_token_id": 5, "n_positions": 512}, {"start": 5, "pad": 0}),
    ],
)
def test_configs_of_all_ages_are_read(changes, expected):
    config = WHOLE.read_config({**PUBLISHED, **changes})
    assert {name: getattr(config, name) for name in expected} == expected
    assert (config.width, config.heads, config.head_dim, config.hidden) == (6, 2, 2, 10)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"is_decoder": True}, "not supported: is_decoder True"),
        ({"rotary": 3}, r"unknown: rotary \(3\)"),
        ({"feed_forward_proj": "gated-wave"}, r"activation \('wave'\) must be one of"),
        ({"feed_forward_proj": "half-gelu"}, r"feed_forward_proj \('half-gelu'\) must be"),
    ],
)
def test_what_t5_does_not_have_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        WHOLE.read_config({**PUBLISHED, **changes})
    with pytest.raises(ValueError, match="missing: d_model"):
        WHOLE.read_config({n: v for n, v in PUBLISHED.items() if n != "d_model"})


def test_dropout_comes_from_the_config_and_is_for_training_alone():
    config = WHOLE.read_config({**PUBLISHED, "dropout_rate": 0.2})
    model, ids = T5(config).eval(), tensor([[1, 2, 3]])
    assert config.dropout == 0.2
    np.testing.assert_array_equal(
        model(ids, ids).detach().numpy(), model(ids, ids).detach().numpy()
    )
