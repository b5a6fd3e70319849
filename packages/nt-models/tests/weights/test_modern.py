"""The LLaMA family's published weights: answers of transformers, configs that are read or refused.

The answers in `reference/modern.*` are made by `tools/decoder_references.py`.
"""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from nt_autograd import tensor
from nt_models import Modern, ModernConfig, load_balancing_loss
from nt_models.weights._modern import ARCHITECTURES, plain
from nt_nn import (
    DynamicNTKRopeScaling,
    LinearRopeScaling,
    Llama3RopeScaling,
    RopeScaling,
    YarnRopeScaling,
    checkpoint,
    skeleton,
)

FOLDER = Path(__file__).parents[1] / "reference"
CASES = {each["case"]: each for each in json.loads((FOLDER / "modern.json").read_text())}
PUBLISHED = {
    "vocab_size": 7,
    "hidden_size": 8,
    "intermediate_size": 6,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
}
OURS = ModernConfig(7, 16, layers=3, heads=2, width=8, hidden=6, kv_heads=1)


def architecture(name):
    return next(each for each in ARCHITECTURES if each.names == (f"{name}ForCausalLM",))


def parts(vector, shapes):
    """The arrays that lie end to end."""
    sizes = [int(np.prod(shape)) for shape in shapes.values()]
    assert sum(sizes) == len(vector)
    cut = np.split(vector, np.cumsum(sizes)[:-1])
    return {n: x.reshape(s) for x, (n, s) in zip(cut, shapes.items(), strict=True)}


def loaded(case, dtype, device):
    about = CASES[case]
    arrays = checkpoint.load(FOLDER / "modern.safetensors").tensors
    arrays = {n.partition("/")[2]: x for n, x in arrays.items() if n.startswith(f"{case}/")}
    name = about["config"]["architectures"][0].removesuffix("ForCausalLM")
    kind = architecture(name)
    config = kind.read_config(about["config"])
    model = Modern(config).to(dtype)
    shapes = {n: p.shape for n, p in model.named_parameters()}
    table = kind.table_for(config)
    model.load_state_dict(table.to_ours(parts(arrays["weights"], about["shapes"]), shapes))
    return model.to(device=device), table, arrays, about["shapes"]


def near(got, want, limit, floor=0.0):
    got = got.detach().numpy() if hasattr(got, "detach") else got
    assert got.shape == want.shape
    assert np.abs(got - want).max() <= limit * max(np.abs(want).max(), floor)


@pytest.mark.parametrize(("dtype", "limit"), [("float64", 1e-10), ("float32", 1e-5)])
@pytest.mark.parametrize("case", CASES)
def test_the_answers_are_those_of_transformers(case, dtype, limit, device):
    if (device, dtype) == ("mlx", "float64"):
        pytest.skip("MLX computes in float32")
    model, table, arrays, shapes = loaded(case, dtype, device)
    ids, mask = (tensor(arrays[name], device=device) for name in ("ids", "mask"))
    logits = model(ids, mask)
    real = tensor(arrays["mask"][..., None], dtype=dtype, device=device)
    near(logits * real, arrays["logits"], limit)
    alone = model(ids[:1])  # no mask, and no other sequence
    near(alone, arrays["logits"][:1], limit)
    if "balance" in arrays:
        routed = []
        model.hidden(ids, mask, routed=routed)
        near(load_balancing_loss(routed, 2, mask), arrays["balance"], limit)
    if "gradients" in arrays:
        cosines = np.cos(np.arange(logits.numel())).reshape(logits.shape)
        (logits * real * tensor(cosines, dtype=dtype, device=device)).sum().backward()
        mine = table.to_published({n: p.grad.numpy() for n, p in model.named_parameters()})
        wanted = parts(arrays["gradients"], shapes)
        assert mine.keys() == wanted.keys()
        floor = 1e-3 * np.abs(arrays["gradients"]).max()
        for name, gradient in wanted.items():
            near(mine[name], gradient, 2e-6 if dtype == "float64" else 1e-5, floor)


@pytest.mark.parametrize("case", CASES)
def test_what_is_written_is_what_was_read(case):
    model, table, arrays, shapes = loaded(case, "float32", "cpu")
    name = CASES[case]["config"]["architectures"][0].removesuffix("ForCausalLM")
    kind = architecture(name)
    again = kind.read_config(json.loads(json.dumps(kind.write_config(model.config))))
    assert plain(again) == plain(model.config)
    written = table.to_published({n: p.data for n, p in model.named_parameters()})
    wanted = parts(arrays["weights"], shapes)
    assert written.keys() == wanted.keys()
    assert all(np.array_equal(written[n], wanted[n]) for n in wanted)


EXPRESSED = {
    "Llama": OURS,
    "Mistral": replace(OURS, windows=(3,)),
    "Mixtral": replace(OURS, experts=3, experts_per_token=1, theta=5.0),
    "Qwen2": replace(OURS, qkv_bias=True, windows=(None, 3, 3)),
    "Qwen3": replace(OURS, qk_norm=True, head_dim=6, tied=True),
    "Gemma": replace(OURS, scaled_embedding=True, offset_norm=True, activation="gelu_pytorch_tanh"),
    "Gemma2": replace(
        OURS,
        scaled_embedding=True,
        offset_norm=True,
        post_norms=True,
        activation="gelu_pytorch_tanh",
        windows=(3, None, None),
        logit_softcap=2.0,
    ),
}


@pytest.mark.parametrize("name", EXPRESSED)
def test_each_config_is_written_as_its_own_and_as_no_poorer_one(name):
    config = EXPRESSED[name]
    kind = architecture(name)
    assert plain(kind.read_config(kind.write_config(config))) == plain(config)
    for other in EXPRESSED:
        if other != name and name != "Llama" and (name, other) != ("Mistral", "Mixtral"):
            with pytest.raises(ValueError, match=r"has no such|not supported|missing"):
                architecture(other).write_config(config)
    with pytest.raises(ValueError, match=r"has no such mixers \(\('mamba',\)\)"):
        kind.write_config(replace(config, mixers=("mamba",)))
    if name == "Gemma2":
        with pytest.raises(ValueError, match=r"has no such query_scale \(2\.5\)"):
            kind.write_config(replace(config, query_scale=2.5))
    assert kind.write_config(replace(config, dropout=0.1)) == kind.write_config(config)


SCALINGS = {
    "default": RopeScaling(),
    "linear": LinearRopeScaling(2.0),
    "dynamic": DynamicNTKRopeScaling(3.0, 16),
    "yarn": YarnRopeScaling(4.0, 8, attention_factor=0.0, truncate=False),
    "llama3": Llama3RopeScaling(8.0, 1.0, 4.0, 8),
}


@pytest.mark.parametrize("kind", SCALINGS)
def test_every_scaling_goes_there_and_back_in_both_spellings(kind):
    llama, config = architecture("Llama"), replace(OURS, rope_scaling=SCALINGS[kind], theta=77.0)
    written = llama.write_config(config)
    assert plain(llama.read_config(written)) == plain(config)
    scaling = written.pop("rope_scaling") or {"rope_type": "default"}
    newer = {**written, "rope_parameters": {"rope_theta": written.pop("rope_theta"), **scaling}}
    newer.pop("rope_theta")
    assert plain(llama.read_config(newer)) == plain(config)
    oldest = {**written, "rope_theta": 77.0, "rope_scaling": {**scaling, "type": kind}}
    del oldest["rope_scaling"]["rope_type"]
    assert plain(llama.read_config(oldest)) == plain(config)


def test_what_configs_leave_out_is_as_transformers_has_it():
    llama = architecture("Llama").read_config(PUBLISHED)
    found = (llama.theta, llama.eps, llama.tied, llama.trained_length)
    assert found == (10000.0, 1e-6, False, 2048)
    alone = {n: v for n, v in PUBLISHED.items() if n != "num_key_value_heads"}
    assert architecture("Llama").read_config(alone).key_heads == 2
    assert architecture("Mistral").read_config(PUBLISHED).windows == (4096,)
    assert architecture("Mixtral").read_config(PUBLISHED).windows == (None,)
    assert architecture("Mixtral").read_config(PUBLISHED).theta == 1e6
    assert architecture("Qwen3").read_config(PUBLISHED).head_dim == 128
    assert architecture("Gemma").read_config(PUBLISHED).tied
    assert architecture("Gemma").read_config(PUBLISHED).padding_token == 0
    gemma2 = architecture("Gemma2").read_config(PUBLISHED)
    assert (gemma2.windows, gemma2.logit_softcap) == ((4096, None), 30.0)
    qwen = {**PUBLISHED, "sliding_window": 4, "max_window_layers": 2}
    assert architecture("Qwen2").read_config(qwen).windows == (None,)
    used = {**qwen, "use_sliding_window": True}
    assert architecture("Qwen2").read_config(used).windows == (None, None, 4)


@pytest.mark.parametrize(
    ("name", "changes", "said"),
    [
        ("Llama", {"hidden_size": ...}, "missing: hidden_size"),
        ("Llama", {"sliding_window": 3}, r"unknown: sliding_window \(3\)"),
        ("Llama", {"hidden_act": "snake"}, r"hidden_act \('snake'\) must be one of"),
        ("Llama", {"partial_rotary_factor": 0.5}, r"not supported: partial_rotary_factor 0\.5"),
        ("Llama", {"rope_scaling": {"type": "spiral"}}, "not supported: rope_type 'spiral'"),
        (
            "Llama",
            {"rope_scaling": {"type": "longrope"}},
            "missing: of rope_type 'longrope' .*long_f",
        ),
        ("Llama", {"rope_scaling": {"type": "linear"}}, "missing: of rope_type 'linear' .*factor"),
        (
            "Llama",
            {"rope_parameters": {"rope_type": "linear", "factor": 2.0, "odd": 1}},
            "unknown: of rope_type 'linear' odd",
        ),
        (
            "Llama",
            {"rope_parameters": {"partial_rotary_factor": 0.25}},
            r"not supported: partial_rotary_factor 0\.25",
        ),
        ("Llama", {"quantization_config": {"bits": 4}}, "not supported: quantization_config"),
        ("Mistral", {"layer_types": ["full_attention"]}, "unknown: layer_types"),
        ("Qwen2", {"layer_types": ["chunked_attention"] * 3}, "layer_types chunked_attention"),
        ("Qwen2", {"layer_types": ["full_attention"]}, "layer_types has 1 entries for 3 layers"),
        ("Qwen2", {"layer_types": ["sliding_attention"] * 3}, "missing: the sliding_window"),
        ("Llama", {"hidden_activation": "relu"}, r"unknown: hidden_activation \('relu'\)"),
        ("Gemma2", {"use_bidirectional_attention": True}, "use_bidirectional_attention"),
    ],
)
def test_what_is_not_supported_is_refused_by_name(name, changes, said):
    config = {**PUBLISHED, **changes}
    config = {name: value for name, value in config.items() if value is not ...}
    with pytest.raises(ValueError, match=said):
        architecture(name).read_config(config)


def test_missing_unknown_and_misshapen_weights_are_refused_by_name():
    kind = architecture("Llama")
    model = Modern(OURS)
    shapes = {n: p.shape for n, p in model.named_parameters()}
    table = kind.table_for(OURS)
    published = table.to_published({n: p.data for n, p in model.named_parameters()})
    del published["model.layers.1.self_attn.k_proj.weight"]
    published["model.layers.0.self_attn.q_proj.bias"] = np.zeros(8, np.float32)
    published["model.norm.weight"] = np.zeros(9, np.float32)
    with pytest.raises(ValueError, match=r"layers\.1\.self_attn\.k_proj\.weight") as raised:
        table.to_ours(published, shapes)
    assert "model.layers.0.self_attn.q_proj.bias" in str(raised.value)
    assert "model.norm.weight is (9,), not (8,)" in str(raised.value)


@pytest.mark.parametrize(
    ("preset", "name"),
    [
        ("llama-2-7b", "Llama"),
        ("llama-3.2-1b", "Llama"),
        ("mistral-7b-v0.1", "Mistral"),
        ("qwen3-0.6b", "Qwen3"),
    ],
)
def test_full_sizes_have_the_published_names_and_shapes(manifest, preset, name):
    """Without memory for a single weight."""
    told = manifest(preset)
    with skeleton():
        model = Modern(ModernConfig.preset(preset))
    kind = architecture(name)
    shapes = {n: tuple(p.shape) for n, p in model.named_parameters()}
    parts_ = kind.table_for(model.config).match(
        {n: tuple(s) for n, s in told["tensors"].items()}, shapes
    )
    assert parts_.keys() == shapes.keys()
    assert sum(p.numel() for p in model.parameters()) == told["parameters"]
