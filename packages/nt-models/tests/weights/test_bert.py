"""BERT's published names and configs: all have their place, and what has none is refused."""

import numpy as np
import pytest
from nt_models import (
    BERT,
    BERTConfig,
    BERTForMaskedLM,
    BERTForPreTraining,
    from_pretrained,
    save_pretrained,
)
from nt_models.weights._bert import ARCHITECTURES
from nt_nn import skeleton

CONFIG = {
    "vocab_size": 11,
    "hidden_size": 8,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 12,
    "max_position_embeddings": 6,
}
BY_NAME = {each.names[0]: each for each in ARCHITECTURES}
EVERY = pytest.mark.parametrize("name", BY_NAME)


def made(name, **options):
    architecture = BY_NAME[name]
    config = architecture.read_config({**CONFIG, **options})
    model = architecture.model(config)
    table = architecture.table_for(config)
    state = {n: t.numpy() for n, t in model.state_dict().items()}
    shapes = {n: a.shape for n, a in state.items()}
    return table, state, shapes


@EVERY
@pytest.mark.parametrize("tied", [True, False])
def test_what_is_written_is_read_again(name, tied):
    table, state, shapes = made(name, tie_word_embeddings=tied)
    published = table.to_published(state)
    assert all(n.startswith(("bert.", "cls.", "classifier.", "qa_outputs.")) for n in published)
    again = table.to_ours(published, shapes)
    assert sorted(again) == sorted(state)
    for n, array in again.items():
        np.testing.assert_array_equal(array, state[n])


def test_the_published_files_fit_the_presets(manifest):
    for name in ("bert-base", "bert-large"):
        published = manifest(f"{name}-uncased")
        config = BERTConfig.preset(name)
        with skeleton():
            model = BERTForMaskedLM(config)
        shapes = {n: t.shape for n, t in model.state_dict().items()}
        files = {n: tuple(s) for n, s in published["tensors"].items()}
        parts = BY_NAME["BertForMaskedLM"].table_for(config).match(files, shapes)
        assert sorted(parts) == sorted(shapes)
        assert sum(np.prod(s) for s in shapes.values()) == published["parameters"]


def test_queries_keys_and_values_become_one_matrix_in_this_order():
    table, state, shapes = made("BertModel")
    published = table.to_published(state)
    parts = [
        published[f"bert.encoder.layer.1.attention.self.{part}.weight"]
        for part in ("query", "key", "value")
    ]
    assert [part.shape for part in parts] == [(8, 8)] * 3
    ours = table.to_ours(published, shapes)["blocks.1.attention.qkv.weight"]
    np.testing.assert_array_equal(ours, np.concatenate(parts))


@EVERY
def test_older_files_call_a_norms_weight_gamma_and_hold_positions(name):
    table, state, shapes = made(name)
    older = {
        n.replace("LayerNorm.weight", "LayerNorm.gamma").replace(
            "LayerNorm.bias", "LayerNorm.beta"
        ): a
        for n, a in table.to_published(state).items()
    }
    assert any(n.endswith("gamma") for n in older)
    older["bert.embeddings.position_ids"] = np.arange(6)[None]
    again = table.to_ours(older, shapes)
    for n, array in again.items():
        np.testing.assert_array_equal(array, state[n])


def test_a_bare_model_may_lack_the_prefix():
    table, state, shapes = made("BertModel")
    bare = {n.removeprefix("bert."): a for n, a in table.to_published(state).items()}
    assert sorted(table.to_ours(bare, shapes)) == sorted(state)


@pytest.mark.parametrize("name", ["BertModel", "BertForMaskedLM", "BertForNextSentencePrediction"])
def test_the_file_of_pre_training_serves_its_parts(name):
    """As the published bert-base-uncased: it says BertForMaskedLM, and holds everything."""
    whole, state, _ = made("BertForPreTraining")
    file = whole.to_published(state)
    file["cls.predictions.decoder.weight"] = file["bert.embeddings.word_embeddings.weight"]
    file["cls.predictions.decoder.bias"] = file["cls.predictions.bias"]
    table, part, shapes = made(name)
    found = table.to_ours(file, shapes)
    assert sorted(found) == sorted(part)
    for n, array in found.items():
        np.testing.assert_array_equal(array, state[n if name != "BertModel" else f"bert.{n}"])


def test_an_untied_head_has_a_matrix_and_a_bias_of_its_own():
    table, state, shapes = made("BertForMaskedLM", tie_word_embeddings=False)
    published = table.to_published(state)
    published["cls.predictions.bias"] = np.full(11, 7.0)  # transformers writes it, unused
    published["cls.predictions.decoder.bias"] = np.arange(11.0)
    ours = table.to_ours(published, shapes)
    np.testing.assert_array_equal(ours["head.decoder.bias"], np.arange(11.0))
    assert "head.bias" not in ours


@EVERY
def test_what_is_missing_foreign_or_misshapen_is_named(name):
    table, state, shapes = made(name)
    published = table.to_published(state)
    key, foreign = "bert.encoder.layer.1.attention.self.key.weight", "bert.encoder.layer.0.gate"
    with pytest.raises(ValueError, match=f"missing: {key}"):
        table.to_ours({n: a for n, a in published.items() if n != key}, shapes)
    with pytest.raises(ValueError, match=f"unknown: {foreign}"):
        table.to_ours({**published, foreign: np.zeros(1)}, shapes)
    with pytest.raises(ValueError, match=rf"{key} is \(8, 9\), not \(8, 8\)"):
        table.to_ours({**published, key: np.zeros((8, 9))}, shapes)
    deeper = "bert.encoder.layer.2.output.dense.bias"
    with pytest.raises(ValueError, match=f"unknown: {deeper}"):
        table.to_ours({**published, deeper: np.zeros(8)}, shapes)


def test_a_config_is_read_and_written():
    options = {
        **CONFIG,
        "type_vocab_size": 3,
        "hidden_act": "relu",
        "layer_norm_eps": 1e-5,
        "hidden_dropout_prob": 0.2,
        "attention_probs_dropout_prob": 0.3,
        "classifier_dropout": 0.4,
        "pad_token_id": 4,
        "tie_word_embeddings": False,
        "id2label": {str(i): f"LABEL_{i}" for i in range(5)},
        "label2id": {f"LABEL_{i}": i for i in range(5)},
    }
    architecture = BY_NAME["BertModel"]
    config = architecture.read_config(options)
    assert config == BERTConfig(
        11, 6, 2, 2, 8, 12, 3, "relu", 1e-5, 0.2, 0.3, 0.4, 4, labels=5, tied=False
    )
    assert architecture.write_config(config) == options
    usual = architecture.read_config(CONFIG)  # as transformers has it where nothing is said
    assert (usual.dropout, usual.eps, usual.labels, usual.pad_token) == (0.1, 1e-12, 2, 0)
    assert architecture.read_config(architecture.write_config(BERTConfig())) == BERTConfig(
        inner=3072
    )


def test_a_published_config_of_any_age_is_read():
    """Of bert-base-multilingual-cased, with what the first programs wrote."""
    config = BY_NAME["BertForMaskedLM"].read_config(
        {
            **CONFIG,
            "architectures": ["BertForMaskedLM"],
            "directionality": "bidi",
            "gradient_checkpointing": False,
            "initializer_range": 0.02,
            "model_type": "bert",
            "pooler_fc_size": 768,
            "pooler_num_attention_heads": 12,
            "pooler_num_fc_layers": 3,
            "pooler_size_per_head": 128,
            "pooler_type": "first_token_transform",
            "position_embedding_type": "absolute",
            "transformers_version": "4.6.0",
            "use_cache": True,
        }
    )
    assert config.width == 8


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"position_embedding_type": "relative_key"}, "position_embedding_type 'relative_key'"),
        ({"is_decoder": True}, "is_decoder True"),
        ({"add_cross_attention": True}, "add_cross_attention True"),
        ({"embedding_size": 4}, r"unknown: embedding_size \(4\)"),
        ({"hidden_act": "xielu"}, r"activation \('xielu'\) must be one of"),
        ({"num_labels": 3, "id2label": {"0": "a", "1": "b"}}, "id2label 2, num_labels 3"),
    ],
)
def test_what_is_not_supported_is_refused_by_name(options, message):
    with pytest.raises(ValueError, match=message):
        BY_NAME["BertForSequenceClassification"].read_config({**CONFIG, **options})
    without = {n: v for n, v in CONFIG.items() if n != "hidden_size"}
    with pytest.raises(ValueError, match="missing: hidden_size"):
        BY_NAME["BertModel"].read_config(without)


@pytest.mark.parametrize("pooler", [True, False])
def test_the_file_tells_whether_a_trunk_has_a_pooler(pooler, tmp_path):
    model = BERT(BY_NAME["BertModel"].read_config(CONFIG), pooler=pooler)
    save_pretrained(model, tmp_path)
    assert (from_pretrained(tmp_path).pooler is not None) == pooler


def test_of_two_biases_in_a_file_the_decoders_counts():
    """Transformers 4 has one for both, and writes it as the predictions'; 5 has two, uses one."""
    table, state, shapes = made("BertForMaskedLM", tie_word_embeddings=False)
    published = table.to_published(state)
    own, other = "cls.predictions.decoder.bias", "cls.predictions.bias"
    np.testing.assert_array_equal(published[own], published[other])
    published[other] = published[other] + 1
    np.testing.assert_array_equal(
        table.to_ours(published, shapes)["head.decoder.bias"], published[own]
    )
    del published[own]
    np.testing.assert_array_equal(
        table.to_ours(published, shapes)["head.decoder.bias"], published[other]
    )


def test_each_published_name_makes_its_model():
    classes = {name: each.model for name, each in BY_NAME.items()}
    assert classes["BertModel"] is BERT
    assert classes["BertForPreTraining"] is BERTForPreTraining
    assert len(set(classes.values())) == len(classes) == 7
