"""Published GPT-2 weights: every name has its place, and the model answers as transformers does."""

import numpy as np
import pytest
from nt_autograd import cross_entropy, tensor
from nt_models import GPT2, GPT2Config, from_pretrained, save_pretrained
from nt_models.weights._gpt2 import read_config, table, write_config

CONFIG = {"vocab_size": 7, "n_positions": 5, "n_layer": 2, "n_head": 2, "n_embd": 4}
TABLE = table(read_config(CONFIG))


def published_names(layers, prefix="transformer."):
    parts = [
        f"{part}.{kind}"
        for part in ("ln_1", "attn.c_attn", "attn.c_proj", "ln_2", "mlp.c_fc", "mlp.c_proj")
        for kind in ("weight", "bias")
    ]
    names = [
        "wte.weight",
        "wpe.weight",
        "ln_f.weight",
        "ln_f.bias",
        *(f"h.{i}.{part}" for i in range(layers) for part in parts),
    ]
    return [prefix + name for name in names]


def ported(config, weights, dtype):
    model = GPT2(read_config(config)).to(dtype)
    model.load_state_dict(TABLE.to_ours(weights))
    return model


def left_aligned(row, mask):
    """The real tokens in front: what is left-padded with positions from 0 means the same."""
    real = row[mask == 1]
    return np.concatenate([real, np.zeros(len(row) - len(real), row.dtype)])


def near(found, right, limit, floor=0.0):
    assert np.abs(found - right).max() <= limit * max(np.abs(right).max(), floor)


@pytest.mark.parametrize(("dtype", "limit"), [("float64", 1e-9), ("float32", 2e-5)])
def test_logits_are_those_of_transformers(published, dtype, limit):
    config, weights, answers = published("gpt2")
    model = ported(config, weights, dtype)
    logits = model(tensor(answers["plain.input_ids"])).detach().numpy()
    near(logits, answers["plain.logits64"], limit)


@pytest.mark.parametrize(("dtype", "limit"), [("float64", 2e-6), ("float32", 1e-4)])
def test_loss_and_gradients_are_those_of_transformers(published, dtype, limit):
    config, weights, answers = published("gpt2")
    model = ported(config, weights, dtype)
    mask = answers["input.attention_mask"]
    ids, labels = (
        np.stack([left_aligned(r, m) for r, m in zip(answers[f"input.{n}"], mask, strict=True)])
        for n in ("input_ids", "labels")
    )
    length = mask.sum(1)
    labels[np.arange(labels.shape[1]) >= length[:, None]] = -100
    logits = model(tensor(ids))
    for i, (row, m) in enumerate(zip(answers["output64.logits"], mask, strict=True)):
        near(
            logits.detach().numpy()[i, : length[i]],
            row[m == 1],
            1e-9 if dtype == "float64" else 2e-5,
        )
    loss = cross_entropy(logits[:, :-1].transpose(1, 2), tensor(labels[:, 1:]))
    assert loss.item() == pytest.approx(float(answers["output64.loss"]), rel=limit)
    loss.backward()
    gradients = {n.removeprefix("grad."): g for n, g in answers.items() if n.startswith("grad.")}
    floor = 1e-3 * max(np.abs(g).max() for g in gradients.values())
    ours = TABLE.to_ours(gradients)
    for name, p in model.named_parameters():
        near(p.grad.numpy(), ours.pop(name), limit, floor)
    assert ours == {}


def test_greedy_text_is_that_of_transformers(published):
    config, weights, answers = published("gpt2")
    model = ported(config, weights, "float32")
    prompts, mask, right = (answers[f"gen.{n}"] for n in ("input_ids", "attention_mask", "greedy"))
    for prompt, real, text in zip(prompts, mask, right, strict=True):
        for cached in (True, False):
            found = model.generate(
                tensor(prompt[real == 1][None]), 12, temperature=0.0, use_cache=cached
            )
            np.testing.assert_array_equal(found.numpy()[0, -12:], text[-12:])


@pytest.mark.parametrize("prefix", ["", "transformer."])
def test_every_name_has_its_place_and_comes_back(prefix):
    model = GPT2(read_config(CONFIG))
    ours = TABLE.to_ours({name: np.zeros((0, 1)) for name in published_names(2, prefix)})
    assert sorted(ours) == sorted(name for name, _ in model.named_parameters())
    assert sorted(TABLE.to_published(ours)) == sorted(published_names(2))


@pytest.mark.parametrize("name", ["gpt2", "gpt2-medium"])
def test_the_published_file_fits_the_preset(name, manifest):
    published, preset = manifest(name), GPT2Config.preset(name)
    state = TABLE.to_ours(
        {n: np.broadcast_to(np.float32(0), s) for n, s in published["tensors"].items()}
    )
    assert sum(a.size for a in state.values()) == published["parameters"]
    assert len([n for n in state if n.endswith("norm1.weight")]) == preset.layers
    small = GPT2(GPT2Config.preset(name, vocab_size=1, layers=1))
    for part, p in small.named_parameters():
        shape = (50257, preset.width) if part == "token_embedding.weight" else p.shape
        assert state[part].shape == shape


def test_matrices_are_turned_and_masks_left_out():
    weight = np.arange(12.0).reshape(4, 3)
    state = TABLE.to_ours(
        {
            "h.10.attn.c_attn.weight": weight,
            "h.10.attn.bias": np.ones((1, 1, 5, 5)),
            "transformer.h.0.attn.masked_bias": np.float32(-1e4),
            "wte.weight": weight,
            "lm_head.weight": weight,
            "wpe.weight": weight,
        }
    )
    np.testing.assert_array_equal(state.pop("blocks.10.attention.qkv.weight"), weight.T)
    np.testing.assert_array_equal(state.pop("position_embedding.weight"), weight)
    np.testing.assert_array_equal(state.pop("token_embedding.weight"), weight)
    assert state == {}


@pytest.mark.parametrize(
    "name", ["h.0.attn.q.weight", "wte.scale", "h.x.ln_1.weight", "bert.pooler.weight"]
)
def test_a_foreign_name_is_refused(name):
    with pytest.raises(ValueError, match=f"unknown: {name}"):
        TABLE.to_ours({name: np.zeros(1)})


def test_a_config_that_gpt2_is_not_is_refused():
    with pytest.raises(ValueError, match="missing: n_head, n_embd"):
        read_config({"vocab_size": 7, "n_positions": 5, "n_layer": 2})
    for name, value in (
        ("n_ctx", 6),
        ("add_cross_attention", True),
    ):
        with pytest.raises(ValueError, match=rf"not supported: {name} {value!r} \(only "):
            read_config({**CONFIG, name: value})
    with pytest.raises(ValueError, match=r"unknown: rotary_dim \(64\), \w+ \(1\)"):
        read_config({**CONFIG, "rotary_dim": 64, "moe": 1})


def test_a_config_comes_back():
    config = read_config({**CONFIG, "resid_pdrop": 0.1, "n_inner": None, "n_ctx": 5})
    assert config == GPT2Config(vocab_size=7, context=5, layers=2, heads=2, width=4)
    for changes in (
        {},
        {"n_inner": 6, "activation_function": "relu", "layer_norm_epsilon": 1e-3},
        {"scale_attn_weights": False, "scale_attn_by_inverse_layer_idx": True},
        {"tie_word_embeddings": False},
    ):
        config = read_config({**CONFIG, **changes})
        assert read_config(write_config(config)) == config
        assert write_config(config).items() >= changes.items()
    with pytest.raises(ValueError, match=r"bias \(False\) must be True"):
        write_config(GPT2Config(bias=False))


def test_a_head_of_its_own_is_read_and_written_again(tmp_path):
    model = GPT2(read_config({**CONFIG, "tie_word_embeddings": False}))
    assert model.head is not None
    save_pretrained(model, tmp_path)
    again = from_pretrained(tmp_path)
    assert again.config == model.config
    np.testing.assert_array_equal(
        again.head.weight.detach().numpy(), model.head.weight.detach().numpy()
    )
