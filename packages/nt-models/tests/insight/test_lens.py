"""The logit lens ends in what the model says, and reads every depth with the model's own head."""

import numpy as np
import pytest
from nt_autograd import no_grad, softmax, tensor
from nt_models import (
    T5,
    BERTConfig,
    BERTForMaskedLM,
    BERTForPreTraining,
    Modern,
    ModernConfig,
    ResNet,
    ResNetConfig,
    T5Config,
    capture,
)
from nt_models.insight import logit_lens

BERT = BERTConfig(11, context=8, layers=3, heads=2, width=12)


def models(small):
    modern = ModernConfig(
        vocab_size=11,
        layers=2,
        width=16,
        heads=4,
        hidden=20,
        kv_heads=2,
        scaled_embedding=True,
        logit_softcap=3.0,
    )
    return {
        "GPT2": (small(layers=3), 1),
        "Modern": (Modern(modern), 1),
        "BERTForMaskedLM": (BERTForMaskedLM(BERT), 1),
        "BERTForPreTraining": (BERTForPreTraining(BERT), 1),
        "T5": (T5(T5Config(11, 12, 2, 5, 18, 2, 3)), 2),
    }


@pytest.mark.parametrize("name", ["GPT2", "Modern", "BERTForMaskedLM", "BERTForPreTraining", "T5"])
def test_the_last_depth_is_what_the_model_says(name, small, tokens, device):
    model, texts = models(small)[name]
    model.to(device)
    inputs = [tokens(time=7, seed=i, device=device) for i in range(texts)]
    lens = logit_lens(model, *inputs, k=3)
    with no_grad():
        said = model(*inputs)
    said = said[0] if isinstance(said, tuple) else said
    p = softmax(said, -1).numpy()
    order = np.argsort(-p, axis=-1)[..., :3]
    np.testing.assert_array_equal(lens.tokens[-1].numpy(), order)
    right = np.take_along_axis(p, order, -1)
    np.testing.assert_allclose(lens.probabilities[-1].numpy(), right, rtol=1e-4)
    assert lens.inputs.tolist() == inputs[-1].tolist()
    layers = {"GPT2": 3, "Modern": 2}.get(name, 3)
    assert lens.tokens.shape == (layers + 1, 3, 7, 3)
    assert lens.names[0] == "embedding"
    with capture(model, *lens.names[1:]) as seen:  # the names are those of capture
        model(*inputs)
        assert set(lens.names[1:]) == set(seen.outputs)


def test_each_depth_is_its_residual_through_the_norm_and_the_head(small, tokens):
    model = small(layers=3)
    lens = logit_lens(model, tokens())
    with capture(model) as seen, no_grad():
        model(tokens())
        depths = [seen.outputs["dropout"][0], *seen.hidden_states()]
        for i, x in enumerate(depths):
            x = x.numpy().astype("float64")
            x = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5)
            x = x * model.norm.weight.detach().numpy() + model.norm.bias.detach().numpy()
            logits = x @ model.token_embedding.weight.detach().numpy().T
            np.testing.assert_array_equal(lens.tokens[i, ..., 0].numpy(), logits.argmax(-1))
            e = np.exp(logits - logits.max(-1, keepdims=True))
            right = (e / e.sum(-1, keepdims=True)).max(-1)
            np.testing.assert_allclose(lens.probabilities[i, ..., 0].numpy(), right, rtol=1e-4)


def test_masks_are_passed_on_and_nothing_stays(small, tokens):
    model = small()
    mask = tensor([[1] * 8, [0, 0] + [1] * 6, [1] * 5 + [0] * 3])
    lens = logit_lens(model, tokens(), attention_mask=mask)
    expected = model(tokens(), mask).argmax(-1)
    assert lens.tokens[-1, ..., 0].tolist() == expected.tolist()
    assert lens.tokens[-1].tolist() != logit_lens(model, tokens()).tokens[-1].tolist()
    assert not lens.probabilities.requires_grad
    assert not any(m._module_hooks and m._module_hooks.after for m in model.modules())


def test_what_cannot_be_read_is_refused(small, tokens):
    resnet = ResNet(ResNetConfig.preset("resnet20"))
    with pytest.raises(TypeError, match="not ResNet"):
        logit_lens(resnet, tokens())
    for k in (0, 12):
        with pytest.raises(ValueError, match=rf"k \({k}\) must be between 1 and the 11 tokens"):
            logit_lens(small(), tokens(), k=k)
