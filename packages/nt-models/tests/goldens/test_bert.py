"""BERT answers as transformers does: logits, hidden states, attention maps, loss and gradients."""

import nt_models.weights._bert as bert
import numpy as np
import pytest
from nt_autograd import cross_entropy, mse_loss, tensor

EXACT, ROUNDED = ("float64", 1e-10), ("float32", 1e-5)  # how near the outputs must be
INPUTS = ("input_ids", "attention_mask", "token_type_ids", "position_ids")


def ported(config, weights, dtype, device="cpu"):
    """The model of a published config, with published weights."""
    (name,) = config["architectures"]
    architecture = next(each for each in bert.ARCHITECTURES if name in each.names)
    ours = architecture.read_config(config)
    model = architecture.model(ours)
    table = architecture.table_for(ours)
    shapes = {name: t.shape for name, t in model.state_dict().items()}
    model.load_state_dict(table.to_ours(weights, shapes))
    return model.to(dtype).to(device).eval(), lambda arrays: table.to_ours(arrays, shapes)


def asked(answers, device="cpu"):
    """What the model is called with, and where tokens are real."""
    given = [answers.get(f"input.{name}") for name in INPUTS]
    real = np.ones_like(given[0]) if given[1] is None else given[1]
    return [None if x is None else tensor(x, device=device) for x in given], real


def near(found, right, limit, floor=0.0):
    assert found.shape == right.shape
    assert np.abs(found - right).max() <= limit * max(np.abs(right).max(), floor)


def near_gradients(model, right, limit):
    floor = 1e-3 * max(np.abs(g).max() for g in right.values())
    for name, p in model.named_parameters():
        # the sum over three texts of what the head is off, by either sign: the rest of a difference
        # of larger numbers. In float64, weights moved by up to half a float32 ulp move it by up to
        # 1.3e-5; PyTorch's float32 is 0.8e-5 off
        cancelled = 2.0 if name == "classifier.bias" else 1.0
        near(p.grad.numpy(), right.pop(name), cancelled * limit, floor)
    assert right == {}


def each_parted(arrays, prefix):
    return {n.removeprefix(prefix): a for n, a in arrays.items() if n.startswith(prefix)}


@pytest.mark.parametrize(("dtype", "limit"), [EXACT, ROUNDED])
@pytest.mark.parametrize("name", ["bert_mlm", "bert_cls", "bert_regression"])
def test_a_published_model_is_that_of_transformers(name, dtype, limit, device, published, watched):
    if device != "cpu" and dtype == "float64":
        pytest.skip("float64 is checked on NumPy")
    config, weights, answers = published(name)
    model, ours = ported(config, weights, dtype, device)
    plain = model(tensor(answers["plain.input_ids"], device=device)).detach().numpy()
    near(plain, answers["plain.logits64"], limit)
    states, maps = watched(model.bert)
    given, real = asked(answers, device)
    y = model(*given)
    logits = y.detach().numpy() * (real[:, :, None] if name == "bert_mlm" else 1)
    near(logits, answers["output64.logits"], limit)
    kept = max(limit, 2e-6)  # these are rounded to float32
    for i, state in enumerate(states):
        found = state.detach().numpy() * real[:, :, None]
        near(found, answers[f"output.hidden_states.{i}"], kept)
    for i, weights in enumerate(maps):
        found = weights.detach().numpy() * real[:, None, :, None]
        near(found, answers[f"output.attentions.{i}"], kept)
    assert (len(states), len(maps)) == (config["num_hidden_layers"] + 1, len(states) - 1)
    labels = tensor(answers["input.labels"], device=device)
    if name == "bert_regression":
        loss = mse_loss(y[:, 0], labels.to(dtype))
    else:
        loss = cross_entropy(y.transpose(1, 2) if name == "bert_mlm" else y, labels)
    assert loss.item() == pytest.approx(float(answers["output64.loss"]), rel=limit)
    loss.backward()
    right = ours(each_parted(answers, "grad."))
    near_gradients(model, right, 2e-6 if dtype == "float64" else 1e-5)


def test_the_pooled_text_is_that_of_transformers(published):
    config, weights, answers = published("bert_cls")
    model, _ = ported(config, weights, "float64")
    given, _ = asked(answers)
    pooled = model.bert.pooled(model.bert(*given)).detach().numpy()
    near(pooled, answers["output64.pooler_output"], 1e-10)


OUTPUTS = {  # of an architecture, as transformers calls them, in our order
    "BertModel": ["last_hidden_state", "pooler_output"],
    "BertForPreTraining": ["prediction_logits", "seq_relationship_logits"],
    "BertForQuestionAnswering": ["start_logits", "end_logits"],
}
CASES = ["pooler", "both", "untied", "sentence", "number", "tokens", "question"]


def outputs(model, given):
    y = model(*given)
    if hasattr(model, "pooled"):
        return [y, model.pooled(y)]
    if type(model).__name__ == "BERTForQuestionAnswering":
        return [y[..., 0], y[..., 1]]
    return list(y) if isinstance(y, tuple) else [y]


@pytest.mark.parametrize(("dtype", "limit"), [EXACT, ROUNDED])
@pytest.mark.parametrize("case", CASES)
def test_every_head_and_option_is_that_of_transformers(case, dtype, limit, device, reference):
    if device != "cpu" and dtype == "float64":
        pytest.skip("float64 is checked on NumPy")
    config, arrays = reference("bert", case)
    model, _ = ported(config, each_parted(arrays, "weight."), dtype, device)
    given, real = asked(arrays, device)
    names = OUTPUTS.get(config["architectures"][0], ["logits"])
    for name, y in zip(names, outputs(model, given), strict=True):
        right, found = arrays[f"output.{name}"], y.detach().numpy()
        if right.shape[1:2] == real.shape[1:]:  # what a library says of padding is its own
            right, found = right[real == 1], found[real == 1]
        near(found, right, limit)


def test_the_inside_of_a_small_model_is_that_of_transformers(reference, watched):
    config, arrays = reference("bert", "both")
    model, ours = ported(config, each_parted(arrays, "weight."), "float64")
    states, maps = watched(model.bert)
    given, real = asked(arrays)
    words, sentence = model(*given)
    for kind, found in (("hidden_states", states), ("attentions", maps)):
        for i, value in enumerate(found):
            right, value = arrays[f"output.{kind}.{i}"], value.detach().numpy()
            if kind == "attentions":
                right, value = right.swapaxes(1, 2), value.swapaxes(1, 2)  # queries in front
            near(value[real == 1], right[real == 1], 2e-6)
    scored = words * tensor(real[:, :, None].astype("float64"))
    loss = sum(
        (y * tensor(np.cos(np.arange(y.numel())).reshape(y.shape))).sum()
        for y in (scored, sentence)
    )
    loss.backward()
    near_gradients(model, ours(each_parted(arrays, "grad.")), 2e-6)
