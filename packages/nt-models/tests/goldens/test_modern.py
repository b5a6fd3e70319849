"""Modern against what transformers computed for Llama, Mistral and Qwen: all of it, to the limits.

The files lie beside the repository; where they are absent these tests are skipped and say so.
"""

import json
from pathlib import Path

import nt_tensor
import numpy as np
import pytest
from nt_autograd import cross_entropy, no_grad, tensor
from nt_models import Modern
from nt_models.weights._modern import ARCHITECTURES
from nt_nn import checkpoint

NAMES = ["llama_gqa", "llama_tied", "mistral", "qwen2", "qwen3"]
LIMITS = {"float32": 1e-5, "float64": 1e-10}
ROUNDED = 2e-6  # of what the files keep in float32


def architecture(config):
    return next(each for each in ARCHITECTURES if config["architectures"][0] in each.names)


def loaded(config, weights, dtype, device="cpu"):
    kind = architecture(config)
    read = kind.read_config(config)
    model = Modern(read, generator=nt_tensor.Generator(0)).to(dtype).eval()
    model.load_state_dict(kind.table_for(read).to_ours(weights))
    return model.to(device=device)


def inputs(arrays, device="cpu", *names):
    names = names or ("input_ids", "attention_mask", "position_ids")
    return [tensor(arrays[f"input.{name}"], device=device) for name in names]


def compare(got, want, limit, floor=0.0):
    """The largest difference as a share of the largest value."""
    got = np.asarray(got.detach().numpy() if hasattr(got, "detach") else got, np.float64)
    want = np.asarray(want, np.float64)
    assert got.shape == want.shape
    error = np.abs(got - want).max() / max(np.abs(want).max(), floor)
    assert error <= limit, f"differs by {error:.1e} of the largest value, allowed are {limit}"


def loss_of(model, arrays, device="cpu"):
    labels = tensor(arrays["input.labels"], device=device)
    logits = model(*inputs(arrays, device))
    return logits, cross_entropy(logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", LIMITS)
def test_logits_and_loss(published, name, dtype, device):
    if device == "mlx" and dtype == "float64":
        pytest.skip("MLX computes in float32")
    config, weights, arrays = published(name)
    model = loaded(config, weights, dtype, device)
    logits, loss = loss_of(model, arrays, device)
    real = arrays["input.attention_mask"][..., None]
    compare(logits.detach().numpy() * real, arrays["output64.logits"], LIMITS[dtype])
    compare(loss.reshape(1), arrays["output64.loss"].reshape(1), LIMITS[dtype])
    plain = model(tensor(arrays["plain.input_ids"], device=device))
    compare(plain, arrays["plain.logits64"], LIMITS[dtype])
    counted = model(*inputs(arrays, device)[:2])  # positions follow from the mask
    compare(counted.detach().numpy() * real, arrays["output64.logits"], LIMITS[dtype])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", LIMITS)
def test_hidden_states_and_attention_maps(published, name, dtype, device):
    if device == "mlx" and dtype == "float64":
        pytest.skip("MLX computes in float32")
    config, weights, arrays = published(name)
    model = loaded(config, weights, dtype, device)
    states, maps = [], []
    model.token_embedding.register_forward_hook(lambda *call: states.append(call[-1]))
    for block in model.blocks:
        block.register_forward_hook(lambda *call: states.append(call[-1]))

        def looked_at(*args, forward=block.attention.forward, **options):
            y, weights = forward(*args, need_weights=True, average_attn_weights=False, **options)
            maps.append(weights)
            return y

        block.attention.forward = looked_at
    with no_grad():
        states[-1] = model.hidden(*inputs(arrays, device))  # the last one is after the norm
    real = arrays["input.attention_mask"]
    limit = ROUNDED if dtype == "float64" else LIMITS[dtype]
    assert len(states) == config["num_hidden_layers"] + 1
    for i, state in enumerate(states):
        compare(state.numpy() * real[..., None], arrays[f"output.hidden_states.{i}"], limit)
    for i, weights in enumerate(maps):
        mine = weights.numpy() * real[:, None, :, None]
        compare(mine, arrays[f"output.attentions.{i}"], limit)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", LIMITS)
def test_every_parameter_s_gradient(published, name, dtype, device):
    if device == "mlx" and dtype == "float64":
        pytest.skip("MLX computes in float32")
    config, weights, arrays = published(name)
    model = loaded(config, weights, dtype, device)
    loss_of(model, arrays, device)[1].backward()
    table = architecture(config).table_for(model.config)
    found = table.to_published({n: p.grad.numpy() for n, p in model.named_parameters()})
    wanted = {n.removeprefix("grad."): a for n, a in arrays.items() if n.startswith("grad.")}
    assert found.keys() == wanted.keys()
    floor = 1e-3 * max(np.abs(a).max() for a in wanted.values())
    for published_name, gradient in wanted.items():
        limit = ROUNDED if dtype == "float64" else LIMITS[dtype]
        compare(found[published_name], gradient, limit, floor)


@pytest.mark.parametrize("cached", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_greedy_tokens_of_left_padded_prompts(published, name, cached, device):
    config, weights, arrays = published(name)
    model = loaded(config, weights, "float32", device)
    seen, mask = arrays["gen.input_ids"], arrays["gen.attention_mask"]
    wanted = arrays["gen.greedy"]
    caches = model.caches(len(seen), wanted.shape[1]) if cached else None
    fresh = seen
    with no_grad():
        while seen.shape[1] < wanted.shape[1]:
            logits = model(
                tensor(fresh if cached else seen, device=device),
                tensor(mask, device=device),
                caches=caches,
            )
            fresh = logits.numpy()[:, -1].argmax(-1)[:, None]
            seen = np.concatenate([seen, fresh], 1)
            mask = np.concatenate([mask, np.ones_like(fresh)], 1)
    np.testing.assert_array_equal(seen, wanted)


@pytest.mark.parametrize("name", NAMES)
def test_both_spellings_of_the_config_are_one_model_and_are_written_again(published, name):
    config, *_ = published(name)
    kind = architecture(config)
    mine = kind.read_config(config)
    root = next(r for r in Path(__file__).resolve().parents if (r.parent / "shared").is_dir())
    legacy = root.parent / "shared" / "goldens" / "hf" / name / "config_legacy.json"
    assert kind.read_config(json.loads(legacy.read_text())) == mine
    again = kind.read_config(kind.write_config(mine))
    assert Modern(again, generator=nt_tensor.Generator(0)).config == again
    table = kind.table_for(mine)
    shapes = {n: p.shape for n, p in Modern(again).named_parameters()}
    weights = checkpoint.load(legacy.parent / "model.safetensors").tensors
    back = table.to_published(table.to_ours(weights, shapes))
    assert back.keys() == weights.keys()
    assert all(np.array_equal(back[n], weights[n]) for n in weights)
