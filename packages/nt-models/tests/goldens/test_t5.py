"""T5 as transformers computes it: logits, hidden states, attention, gradients, texts."""

from importlib import import_module

import numpy as np
import pytest
from nt_autograd import attention_weights, cross_entropy, no_grad, tensor
from nt_models.weights._t5 import ARCHITECTURES
from nt_nn import T5RelativePositionBias

GENERATING = ARCHITECTURES[0]
EXACT = 2e-6  # of what the files hold rounded to float32


@pytest.fixture(params=["t5_v1_0", "t5_v1_1"])
def golden(request, published, device):
    """A function of a dtype: the model, its table, answers, and what of them is put in."""

    def load(dtype):
        if device == "mlx" and dtype == "float64":
            pytest.skip("float64 is NumPy's")
        config, weights, answers = published(request.param)
        ours = GENERATING.read_config(config)
        model = GENERATING.model(ours).eval()
        table = GENERATING.table_for(ours)
        shapes = {name: value.shape for name, value in model.state_dict().items()}
        model.load_state_dict(table.to_ours(weights, shapes))
        inputs = {
            name.removeprefix("input."): tensor(value, device=device)
            for name, value in answers.items()
            if name.startswith("input.")
        }
        return model.to(dtype).to(device), table, answers, inputs

    return load


def run(model, inputs):
    names = ("input_ids", "decoder_input_ids", "attention_mask", "decoder_attention_mask")
    return model(*(inputs[name] for name in names))


def near(found, right, limit, floor=0.0):
    assert found.shape == right.shape
    assert np.abs(found - right).max() <= limit * max(np.abs(right).max(), floor)


@pytest.mark.parametrize(("dtype", "limit"), [("float64", 1e-10), ("float32", 1e-5)])
def test_logits_and_loss(golden, dtype, limit):
    model, _, answers, inputs = golden(dtype)
    np.testing.assert_array_equal(
        model.shift_right(inputs["labels"]).numpy(), answers["input.decoder_input_ids"]
    )
    logits = run(model, inputs)
    real = answers["input.decoder_attention_mask"][..., None]
    near(logits.detach().numpy() * real, answers["output64.logits"], limit)
    loss = cross_entropy(logits.transpose(1, 2), inputs["labels"]).item()
    assert loss == pytest.approx(float(answers["output64.loss"]), rel=limit)


@pytest.mark.parametrize(("dtype", "limit"), [("float64", EXACT), ("float32", 1e-5)])
def test_gradients(golden, dtype, limit):
    model, table, answers, inputs = golden(dtype)
    cross_entropy(run(model, inputs).transpose(1, 2), inputs["labels"]).backward()
    found = table.to_published({n: p.grad.numpy() for n, p in model.named_parameters()})
    right = {n.removeprefix("grad."): g for n, g in answers.items() if n.startswith("grad.")}
    assert sorted(found) == sorted(right)
    floor = 1e-3 * max(np.abs(g).max() for g in right.values())
    for name, gradient in right.items():
        near(found[name], gradient, limit, floor)


@pytest.mark.parametrize(("dtype", "limit"), [("float64", EXACT), ("float32", 1e-5)])
def test_hidden_states_and_attention(golden, dtype, limit, monkeypatch):
    model, _, answers, inputs = golden(dtype)
    hidden, maps = {"encoder": [], "decoder": []}, []
    for name, states in hidden.items():
        stack = getattr(model, name)
        for block in stack.blocks:
            block.register_forward_pre_hook(lambda _, args, to=states: to.append(args[0]))
        stack.register_forward_hook(lambda _, args, out, to=states: to.append(out))

    def watched(attend):
        def look(q, k, v, mask, p, is_causal=False, scale=None, **options):
            offset = options.get("offset", 0)
            maps.append(attention_weights(q, k, mask, is_causal, scale, offset=offset))
            return attend(q, k, v, mask, p, is_causal, scale, **options)

        return look

    for name in ("nt_nn.layers.attention._attention", "nt_models._memory"):
        module = import_module(name)
        attend = module.scaled_dot_product_attention
        monkeypatch.setattr(module, "scaled_dot_product_attention", watched(attend))
    with no_grad():
        run(model, inputs)
    layers = model.config.encoder_layers
    own = maps[layers:]
    found = {"encoder": maps[:layers], "decoder": own[::2], "cross": own[1::2]}
    real = {"encoder": answers["input.attention_mask"]}
    real["decoder"] = real["cross"] = answers["input.decoder_attention_mask"]
    for name, seen in found.items():
        for i, each in enumerate(seen):
            rows = real[name][:, None, :, None]
            near(each.numpy() * rows, answers[f"output.{name}.attentions.{i}"], limit)
    for name, seen in hidden.items():
        assert f"output.{name}.hidden_states.{len(seen)}" not in answers
        for i, each in enumerate(seen):
            rows = real[name][..., None]
            near(each.numpy() * rows, answers[f"output.{name}.hidden_states.{i}"], limit)


@pytest.mark.parametrize("use_cache", [True, False])
def test_texts(golden, use_cache):
    model, _, answers, inputs = golden("float32")
    eos = {"t5_v1_0": 51, "t5_v1_1": 52}[("t5_v1_0", "t5_v1_1")[model.config.gated]]

    def written(**options):
        text = model.generate(
            inputs["input_ids"],
            12,
            attention_mask=inputs["attention_mask"],
            use_cache=use_cache,
            **options,
        )
        return text.numpy()

    greedy = written(temperature=0.0, eos_token_id=None)
    np.testing.assert_array_equal(greedy, answers["gen.greedy"])
    ended = written(temperature=0.0, eos_token_id=eos)
    np.testing.assert_array_equal(ended, answers["gen.greedy_eos"])
    beams = written(num_beams=3, eos_token_id=eos)
    np.testing.assert_array_equal(beams, answers["gen.beam3_eos"])


@pytest.mark.parametrize("name", ["t5_v1_0", "t5_v1_1"])
def test_the_buckets_of_distances(published, name):
    _, _, answers = published(name)
    for kind in ("bidirectional", "causal"):
        bias = T5RelativePositionBias(1, bidirectional=kind == "bidirectional")
        found = [bias.bucket(int(d)) for d in answers["bucket.relative_position"]]
        np.testing.assert_array_equal(found, answers[f"bucket.{kind}"])


def test_the_encoder_reads_the_whole_models_file(published):
    config, weights, answers = published("t5_v1_1")
    encoder = ARCHITECTURES[1]
    ours = encoder.read_config(config)
    model = encoder.model(ours).eval().to("float64")
    table = encoder.table_for(ours)
    shapes = {name: value.shape for name, value in model.state_dict().items()}
    model.load_state_dict(table.to_ours(weights, shapes))
    mask = answers["input.attention_mask"]
    found = model(tensor(answers["input.input_ids"]), tensor(mask)).detach().numpy()
    near(found * mask[..., None], answers["output.encoder.hidden_states.2"], EXACT)
