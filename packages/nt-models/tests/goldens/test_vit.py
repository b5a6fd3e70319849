"""ViT answers as transformers does: logits, hidden states, attention maps, loss and gradients."""

import nt_models.weights._vit as vit
import numpy as np
import pytest
from nt_autograd import cross_entropy, tensor

EXACT, ROUNDED = ("float64", 1e-10), ("float32", 1e-5)  # how near the outputs must be


def ported(config, weights, dtype, device="cpu"):
    """The model of a published config, with published weights."""
    (name,) = config["architectures"]
    architecture = next(each for each in vit.ARCHITECTURES if name in each.names)
    ours = architecture.read_config(config)
    model = architecture.model(ours)
    table = architecture.table_for(ours)
    shapes = {name: t.shape for name, t in model.state_dict().items()}
    model.load_state_dict(table.to_ours(weights, shapes))
    return model.to(dtype).to(device).eval(), lambda arrays: table.to_ours(arrays, shapes)


def near(found, right, limit, floor=0.0):
    assert found.shape == right.shape
    assert np.abs(found - right).max() <= limit * max(np.abs(right).max(), floor)


def near_gradients(model, right, limit):
    floor = 1e-3 * max(np.abs(g).max() for g in right.values())
    for name, p in model.named_parameters():
        near(p.grad.numpy(), right.pop(name), limit, floor)
    assert right == {}


def near_inside(states, maps, answers, limit):
    for kind, found in (("hidden_states", states), ("attentions", maps)):
        assert f"output.{kind}.{len(found)}" not in answers
        for i, value in enumerate(found):
            near(value.detach().numpy(), answers[f"output.{kind}.{i}"], limit)


def each_parted(arrays, prefix):
    return {n.removeprefix(prefix): a for n, a in arrays.items() if n.startswith(prefix)}


@pytest.mark.parametrize(("dtype", "limit"), [EXACT, ROUNDED])
def test_a_published_model_is_that_of_transformers(dtype, limit, device, published, watched):
    if device != "cpu" and dtype == "float64":
        pytest.skip("float64 is checked on NumPy")
    config, weights, answers = published("vit")
    model, ours = ported(config, weights, dtype, device)
    states, maps = watched(model.encoder)
    logits = model(tensor(answers["input.pixel_values"], device=device).to(dtype))
    near(logits.detach().numpy(), answers["output64.logits"], limit)
    near_inside(states, maps, answers, max(limit, 2e-6))  # rounded to float32
    loss = cross_entropy(logits, tensor(answers["input.labels"], device=device))
    assert loss.item() == pytest.approx(float(answers["output64.loss"]), rel=limit)
    loss.backward()
    right = ours(each_parted(answers, "grad."))
    near_gradients(model, right, 2e-6 if dtype == "float64" else 1e-5)


@pytest.mark.parametrize(("dtype", "limit"), [EXACT, ROUNDED])
@pytest.mark.parametrize("case", ["plain", "no_qkv_bias", "stretched", "shrunk", "pooler"])
def test_every_option_and_size_is_that_of_transformers(case, dtype, limit, device, reference):
    if device != "cpu" and dtype == "float64":
        pytest.skip("float64 is checked on NumPy")
    config, arrays = reference("vit", case)
    model, _ = ported(config, each_parted(arrays, "weight."), dtype, device)
    images = tensor(arrays["input.pixel_values"], device=device).to(dtype)
    y = model(images, interpolate_positions=True)
    if case == "pooler":
        near(y.detach().numpy(), arrays["output.last_hidden_state"], limit)
        near(model.pooled(y).detach().numpy(), arrays["output.pooler_output"], limit)
    else:
        near(y.detach().numpy(), arrays["output.logits"], limit)


def test_the_inside_of_a_small_model_is_that_of_transformers(reference, watched):
    config, arrays = reference("vit", "no_qkv_bias")
    model, ours = ported(config, each_parted(arrays, "weight."), "float64")
    states, maps = watched(model.encoder)
    y = model(tensor(arrays["input.pixel_values"]).to("float64"))
    near_inside(states, maps, arrays, 2e-6)
    (y * tensor(np.cos(np.arange(y.numel())).reshape(y.shape))).sum().backward()
    near_gradients(model, ours(each_parted(arrays, "grad.")), 2e-6)
