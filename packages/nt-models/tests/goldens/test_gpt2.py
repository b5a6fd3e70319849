"""GPT-2 as transformers computes it: logits, hidden states, attention, loss, every gradient."""

import numpy as np
import pytest
from nt_autograd import cross_entropy, no_grad, tensor
from nt_models import GPT2
from nt_models.weights._gpt2 import read_config, table

LIMITS = {"float32": 1e-5, "float64": 1e-10}
ROUNDED = 2e-6  # of what the files hold rounded to float32


@pytest.fixture(params=LIMITS)
def golden(request, published, device):
    """Model, answers, inputs, and the limits for exact and for rounded answers."""
    if device == "mlx" and request.param == "float64":
        pytest.skip("float64 is NumPy's")
    config, weights, answers = published("gpt2")
    model = GPT2(read_config(config)).to(request.param).eval()
    model.load_state_dict(table(read_config(config)).to_ours(weights))
    inputs = [
        tensor(answers[f"input.{name}"], device=device)
        for name in ("input_ids", "attention_mask", "position_ids", "labels")
    ]
    exact = LIMITS[request.param]
    return model.to(device), answers, inputs, exact, max(exact, ROUNDED)


def near(found, right, limit, floor=0.0):
    """The largest difference as a share of the largest value."""
    found, right = np.asarray(found, np.float64), np.asarray(right, np.float64)
    assert found.shape == right.shape
    assert np.abs(found - right).max() <= limit * max(np.abs(right).max(), floor)


def test_logits(golden, device):
    model, answers, (ids, mask, positions, _), exact, _ = golden
    real = answers["input.attention_mask"][..., None]
    for given in ((ids, mask, positions), (ids, mask)):  # positions follow from the mask
        near(model(*given).detach().numpy() * real, answers["output64.logits"], exact)
    plain = model(tensor(answers["plain.input_ids"], device=device))
    near(plain.detach().numpy(), answers["plain.logits64"], exact)


def test_hidden_states_and_attention_maps(golden, watched):
    model, answers, (ids, mask, positions, _), _, rounded = golden
    states, maps = watched(model)
    with no_grad():
        states[-1:] = [model.hidden(ids, mask, positions)]  # the last one is after the norm
    real = answers["input.attention_mask"]
    layers = model.config.layers
    assert (len(states), len(maps)) == (layers + 1, layers)
    for i, state in enumerate(states):
        near(state.numpy() * real[..., None], answers[f"output.hidden_states.{i}"], rounded)
    for i, weights in enumerate(maps):
        seen = weights.numpy() * real[:, None, :, None]
        near(seen, answers[f"output.attentions.{i}"], rounded)


def test_loss_and_every_gradient(golden):
    model, answers, (ids, mask, positions, labels), exact, rounded = golden
    logits = model(ids, mask, positions)
    loss = cross_entropy(logits[:, :-1].transpose(1, 2), labels[:, 1:])
    near(loss.detach().numpy(), answers["output64.loss"], exact)
    loss.backward()
    gradients = {n.removeprefix("grad."): a for n, a in answers.items() if n.startswith("grad.")}
    floor = 1e-3 * max(np.abs(a).max() for a in gradients.values())
    right = table(model.config).to_ours(gradients)
    found = dict(model.named_parameters())
    assert found.keys() == right.keys()
    for name, parameter in found.items():
        near(parameter.grad.numpy(), right[name], rounded, floor)
