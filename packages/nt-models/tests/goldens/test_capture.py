"""What capture shows of every published model is what transformers showed of it."""

import numpy as np
import pytest
from nt_autograd import no_grad, tensor
from nt_models import capture, from_pretrained

TEXT = ("input_ids", "attention_mask")
PLACED = (*TEXT, "position_ids")
# model -> what it is called with; answers' name -> (list of blocks, its attention, last norm, mask)
CASES = {
    **{
        name: (PLACED, {"": ("blocks", "attention", "norm", "attention_mask")})
        for name in ("gpt2", "llama_gqa", "llama_tied", "mistral", "qwen2", "qwen3")
    },
    **{
        name: (
            (*TEXT, "token_type_ids", "position_ids"),
            {"": ("bert.blocks", "attention", None, "attention_mask")},
        )
        for name in ("bert_mlm", "bert_cls", "bert_regression")
    },
    "vit": (("pixel_values",), {"": ("encoder.blocks", "attention", None, None)}),
    "clip": (
        ("pixel_values", *TEXT),
        {
            "text.": ("text.blocks", "attention", None, "attention_mask"),
            "vision.": ("vision.blocks", "attention", None, None),
        },
    ),
    **{
        name: (
            ("input_ids", "decoder_input_ids", "attention_mask", "decoder_attention_mask"),
            {
                "encoder.": ("encoder.blocks", "attention", "encoder.norm", "attention_mask"),
                "decoder.": (
                    "decoder.blocks", "attention", "decoder.norm", "decoder_attention_mask",
                ),
                "cross.": ("decoder.blocks", "cross", None, "decoder_attention_mask"),
            },
        )
        for name in ("t5_v1_0", "t5_v1_1")
    },
}  # fmt: skip
LIMITS = {"float64": 2e-6, "float32": 1e-5}  # the files hold them rounded to float32


def near(found, right, limit):
    assert found.shape == right.shape
    assert np.abs(found - right).max() <= limit * np.abs(right).max()


@pytest.fixture(params=LIMITS)
def loaded(request, device, published_folder, published):
    """A function of a name: the model, what it is called with, the answers and the limit."""
    dtype = request.param
    if dtype == "float64" and device != "cpu":
        pytest.skip("float64 is checked on NumPy")

    def load(name, names):
        model = from_pretrained(published_folder(name), dtype=dtype).to(device).eval()
        answers = published(name)[2]
        given = [answers.get(f"input.{each}") for each in names]
        inputs = [None if x is None else tensor(x, device=device) for x in given]
        if names[0] == "pixel_values":
            inputs[0] = inputs[0].to(dtype)
        return model, inputs, answers, LIMITS[dtype]

    return load


@pytest.mark.parametrize("name", CASES)
def test_attention_maps_and_hidden_states_are_the_published_ones(name, loaded):
    names, parts = CASES[name]
    model, inputs, answers, limit = loaded(name, names)
    compared = 0
    with capture(model) as seen, no_grad():
        model(*inputs)
        for prefix, (blocks, attention, norm, mask) in parts.items():
            real = None if mask is None else answers[f"input.{mask}"]
            maps = [
                seen.attention[each][-1].numpy()
                for each in seen.attention
                if each.startswith(f"{blocks}.") and each.endswith(f".{attention}")
            ]
            states = [each.numpy() for each in seen.hidden_states(blocks)]
            if norm is not None:
                states[-1] = seen[norm].numpy()
            for i, weights in enumerate(maps):
                rows = 1 if real is None else real[:, None, :, None]
                near(weights * rows, answers[f"output.{prefix}attentions.{i}"], limit)
            assert f"output.{prefix}attentions.{len(maps)}" not in answers
            compared += len(maps)
            if prefix == "cross.":
                continue  # the decoder's states were compared with its own attention
            for i, state in enumerate(states):
                rows = 1 if real is None else real[..., None]
                near(state * rows, answers[f"output.{prefix}hidden_states.{i + 1}"], limit)
            assert f"output.{prefix}hidden_states.{len(states) + 1}" not in answers
    assert compared >= 2


@pytest.mark.parametrize("name", ["resnet_basic", "resnet_bottleneck"])
def test_the_stages_of_a_resnet_are_the_published_ones(name, loaded):
    model, inputs, answers, limit = loaded(name, ("pixel_values",))
    with capture(model) as seen, no_grad():
        model(*inputs)
        near(seen["stem"].numpy(), answers["output.hidden_states.0"], limit)
        for i in range(len(model.stages)):
            last = len(model.stages[i]) - 1
            right = answers[f"output.hidden_states.{i + 1}"]
            near(seen[f"stages.{i}.{last}"].numpy(), right, limit)
        assert not seen.attention
