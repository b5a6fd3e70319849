"""T5 as transformers computes it, with options away from the usual; in every clone."""

import numpy as np
import pytest
from nt_autograd import cross_entropy, tensor
from nt_models.weights._t5 import ARCHITECTURES

CASES = ["plain", "own_head", "gated_tied", "other_start", "encoder"]


def ported(config, arrays, dtype, device):
    """The model of a published config and weights, and the table of its names."""
    (name,) = config["architectures"]
    architecture = next(each for each in ARCHITECTURES if name in each.names)
    weights = {n.removeprefix("weight."): a for n, a in arrays.items() if n.startswith("weight.")}
    ours, further = architecture.settle(architecture.read_config(config), weights)
    model, table = architecture.model(ours, **further), architecture.table_for(ours)
    shapes = {n: t.shape for n, t in model.state_dict().items()}
    model.load_state_dict(table.to_ours(weights, shapes))
    return model.to(dtype).to(device).eval(), table


def near(found, right, limit):
    assert found.shape == right.shape
    assert np.abs(found - right).max() <= limit * np.abs(right).max()


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(("dtype", "limit"), [("float64", 1e-10), ("float32", 1e-5)])
def test_it_answers_as_transformers_does(case, dtype, limit, device, reference):
    if device == "mlx" and dtype == "float64":
        pytest.skip("float64 is NumPy's")
    config, arrays = reference("t5", case)
    model, table = ported(config, arrays, dtype, device)
    ids, mask, decoder_mask, labels = (
        tensor(arrays[f"input.{name}"], device=device)
        for name in ("input_ids", "attention_mask", "decoder_attention_mask", "labels")
    )
    if case == "encoder":
        found = model(ids, mask).detach().numpy()
        real = arrays["input.attention_mask"][..., None]
        near(found * real, arrays["output.hidden"] * real, limit)
        return
    logits = model(ids, model.shift_right(labels), mask, decoder_mask)
    real = arrays["input.decoder_attention_mask"][..., None]
    near(logits.detach().numpy() * real, arrays["output.logits"] * real, limit)
    loss = cross_entropy(logits.transpose(1, 2), labels)
    assert loss.item() == pytest.approx(float(arrays["output.loss"]), rel=limit)
    if case == "own_head":
        loss.backward()
        found = table.to_published({n: p.grad.numpy() for n, p in model.named_parameters()})
        right = {n.removeprefix("grad."): a for n, a in arrays.items() if n.startswith("grad.")}
        assert found.keys() == right.keys()
        for name, gradient in right.items():
            near(found[name], gradient, max(10 * limit, 2e-6))


@pytest.mark.parametrize("case", CASES[:-1])
def test_it_writes_what_transformers_writes(case, device, reference):
    config, arrays = reference("t5", case)
    model, _ = ported(config, arrays, "float32", device)
    ids, mask = (
        tensor(arrays[f"input.{name}"], device=device) for name in ("input_ids", "attention_mask")
    )
    greedy = model.generate(ids, 9, attention_mask=mask, temperature=0.0)
    np.testing.assert_array_equal(greedy.numpy(), arrays["text.greedy"])
    beams = model.generate(ids, 9, attention_mask=mask, num_beams=3)
    np.testing.assert_array_equal(beams.numpy(), arrays["text.beams"])
