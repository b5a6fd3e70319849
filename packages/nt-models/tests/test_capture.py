"""What capture shows is what the model computes, and nothing of it stays."""

import gc
import weakref

import nt_models
import numpy as np
import pytest
from nt_autograd import Tensor, no_grad, scaled_dot_product_attention, tensor, zeros
from nt_models import (
    CLIPConfig,
    CLIPResNetConfig,
    CLIPTextConfig,
    ModernConfig,
    T5Config,
    TransformerConfig,
    ViTConfig,
    capture,
)
from nt_models._inside import names_of
from nt_nn import Module

SMALL_MODERN = {"vocab_size": 11, "layers": 2, "width": 16, "heads": 4, "hidden": 20}
MODELS = {
    "BERT": nt_models.BERTConfig(11, context=8, layers=2, heads=2, width=12),
    "Modern": ModernConfig(**SMALL_MODERN, kv_heads=2, windows=(3, None)),
    "Modern capped": ModernConfig(**SMALL_MODERN, attention_softcap=2.0, kv_heads=2),
    "Modern mixed": ModernConfig(**SMALL_MODERN, mixers=("mamba", "attention"), experts=2),
    "T5": T5Config(11, 12, 2, 5, 18, 2, 3),
    "Transformer": TransformerConfig(11, 12, 2, 18, 2, 2),
    "ViT": ViTConfig(8, 4, layers=2, heads=2, width=12, classes=3),
    "ResNet": nt_models.ResNetConfig.preset("resnet20"),
    "CLIP": CLIPConfig(
        CLIPResNetConfig((1, 1, 1, 1), 64, image_size=32, projection=4),
        CLIPTextConfig(vocab_size=11, context=8, layers=1, heads=2, width=12, projection=4),
    ),
}


def inputs_of(name, device="cpu"):
    rng = np.random.default_rng(3)
    tokens = [tensor(rng.integers(0, 11, (2, n)), device=device) for n in (7, 5)]
    size = {"ViT": 8, "ResNet": 32, "CLIP": 32}.get(name)
    if size is None:
        return tokens if name in ("T5", "Transformer") else tokens[:1]
    images = tensor(rng.standard_normal((2, 3, size, size)).astype("float32"), device=device)
    return [images, tokens[0]] if name == "CLIP" else [images]


@pytest.mark.parametrize("name", MODELS)
def test_every_model_shows_all_that_runs_and_computes_the_same(name, device):
    model = getattr(nt_models, name.split()[0])(MODELS[name]).eval().to(device)
    inputs = inputs_of(name, device)
    before = model(*inputs).detach().numpy()
    with capture(model) as seen:
        after = model(*inputs)
        assert seen[""] is after
        assert set(seen.outputs) <= set(names_of(model))
        for maps in seen.attention.values():
            for weights in maps:
                sums = weights.sum(-1).numpy()
                np.testing.assert_allclose(sums, np.ones_like(sums), rtol=1e-5)
    np.testing.assert_array_equal(after.detach().numpy(), before)
    assert not seen.outputs
    assert not seen.attention


def test_the_maps_are_those_that_attention_itself_gives(small, tokens, watched, device):
    model, x = small(device=device), tokens(device=device)
    with capture(model) as seen:
        model(x)
        maps = [seen.attention[f"blocks.{i}.attention"][0].numpy() for i in range(2)]
        hidden = [each.detach().numpy() for each in seen.hidden_states()]
    states, expected = watched(model)
    model(x)
    for mine, its in zip(maps, expected, strict=True):
        assert mine.shape == (3, 2, 8, 8)
        np.testing.assert_allclose(mine, its.detach().numpy(), rtol=1e-5, atol=1e-7)
    for mine, its in zip(hidden, states[1:], strict=True):
        np.testing.assert_allclose(mine, its.detach().numpy(), rtol=1e-4, atol=1e-5)


def test_padding_is_masked_in_the_maps(small, tokens):
    model = small()
    mask = tensor([[1] * 8, [0, 0] + [1] * 6, [1] * 5 + [0] * 3])
    with capture(model) as seen:
        model(tokens(), mask)
        weights = seen.attention["blocks.0.attention"][0].numpy()
    assert not weights[1, :, :, :2].any()
    assert not weights[2, :, :, 5:].any()
    assert not np.triu(weights, 1).any()


def test_capped_scores_and_shared_keys_have_a_map_for_each_head():
    model = nt_models.Modern(MODELS["Modern capped"])
    with capture(model) as seen:
        model(inputs_of("Modern capped")[0])
        assert seen.attention["blocks.1.attention"][0].shape == (2, 4, 7, 7)


def test_what_the_decoder_reads_has_maps_too():
    model = nt_models.T5(MODELS["T5"])
    with capture(model) as seen:
        model(*inputs_of("T5"))
        assert seen.attention["decoder.blocks.2.cross"][0].shape == (2, 2, 5, 7)
        assert seen.attention["decoder.blocks.2.attention"][0].shape == (2, 2, 5, 5)
        assert len(seen.hidden_states("encoder.blocks")) == 2


def test_each_call_is_kept_and_the_last_one_given(small, tokens):
    model = small()
    with capture(model, "norm") as seen, no_grad():
        caches = model.caches(3, 8)
        model(tokens(time=5), caches=caches)
        model(tokens(time=1), caches=caches)
        assert [y.shape for y in seen.outputs["norm"]] == [(3, 5, 12), (3, 1, 12)]
        assert seen["norm"] is seen.outputs["norm"][1]


def test_generation_shows_the_map_of_each_token(small, tokens):
    model = small()
    with capture(model, "blocks.1.attention") as seen:
        model.generate(tokens(time=3), 4, temperature=0.0)
        maps = seen.attention["blocks.1.attention"]
        assert [weights.shape[-2:] for weights in maps] == [(3, 3), (1, 4), (1, 5), (1, 6)]


GENERATING = {
    "GPT2": nt_models.GPT2Config(vocab_size=11, context=32, layers=2, heads=2, width=12),
    "Modern": ModernConfig(**SMALL_MODERN, kv_heads=2, windows=(3, None), qk_norm=True),
    "Modern capped": ModernConfig(**SMALL_MODERN, attention_softcap=2.0, kv_heads=1),
    "T5": T5Config(11, 12, 2, 5, 18, 2, 2),
}


@pytest.mark.parametrize("name", GENERATING)
def test_maps_of_cached_generation_are_the_rows_of_those_of_the_whole_text(name, device):
    model = getattr(nt_models, name.split()[0])(GENERATING[name]).eval().to(device)
    rng = np.random.default_rng(5)
    for p in model.parameters():  # lively: the maps differ from row to row
        noise = tensor(rng.standard_normal(p.shape).astype("float32") * 0.5, device=device)
        p.data = (p.detach() + noise).data
    read = inputs_of(name, device)[:1]
    with no_grad(), capture(model) as seen:
        text = model.generate(*read, 6, temperature=0.0, eos_token_id=None)
        drawn = {
            key: [w.numpy() for w in maps]
            for key, maps in seen.attention.items()
            if not key.startswith("encoder")
        }
    whole = [*read, text[:, :-1]] if name == "T5" else [text[:, :-1]]
    with no_grad(), capture(model) as seen:
        model(*whole)
        for key, maps in drawn.items():
            full, row = seen.attention[key][-1].numpy(), 0
            assert len(maps) == 6
            for w in maps:
                steps, keys = w.shape[-2:]
                right = full[:, :, row : row + steps]
                np.testing.assert_allclose(w, right[..., :keys], rtol=2e-4, atol=2e-6)
                assert not right[..., keys:].any()
                row += steps
            assert row == full.shape[2]


def test_a_window_and_shared_keys_are_in_the_map():
    model = nt_models.Modern(MODELS["Modern"]).eval()
    with capture(model) as seen:
        model(inputs_of("Modern")[0])
        near, far = (seen.attention[f"blocks.{i}.attention"][0].numpy() for i in range(2))
    assert near.shape == far.shape == (2, 4, 7, 7)
    steps = np.arange(7)[:, None] - np.arange(7)
    np.testing.assert_array_equal(near[0, 0] > 0, (steps >= 0) & (steps < 3))
    np.testing.assert_array_equal(far[0, 0] > 0, steps >= 0)


def test_the_memory_efficient_attention_shows_its_maps_too():
    class Frugal(Module):
        def __init__(self):
            self.width = 4

        def forward(self, q, k, mask):
            return scaled_dot_product_attention(
                q, k, k, mask, sliding_window=2, enable_gqa=True, memory_efficient=True
            )

    rng = np.random.default_rng(0)
    q, k = (tensor(rng.standard_normal((2, h, 5, 4)).astype("float32")) for h in (4, 2))
    mask = tensor(rng.standard_normal((5, 5)).astype("float32"))
    with capture(model := Frugal()) as seen:
        y = model(q, k, mask)
        (w,) = seen.attention[""]
    keys = np.repeat(k.numpy(), 2, axis=1)
    np.testing.assert_allclose(w.numpy() @ keys, y.numpy(), rtol=1e-4, atol=1e-5)
    assert not w.numpy()[..., 0, 2:].any()


def test_patterns_choose(small, tokens):
    model = small()
    with capture(model, "blocks.*.up", "norm") as seen:
        model(tokens())
        assert set(seen.outputs) == {"blocks.0.up", "blocks.1.up", "norm"}
        assert not seen.attention
        assert "blocks.0" not in seen
        with pytest.raises(KeyError, match=r"'blocks.0' gave nothing; there are blocks.0.up"):
            seen["blocks.0"]
        with pytest.raises(KeyError, match="no module of a list 'blocks'"):
            seen.hidden_states()
    with (
        pytest.raises(
            ValueError, match=r"'block\.\*' matches no module; there are token_embedding"
        ),
        capture(model, "block.*"),
    ):
        pass


def test_a_shared_module_goes_by_the_name_that_its_caller_has_for_it():
    model = nt_models.T5(MODELS["T5"])
    with capture(model, "*embedding") as seen:
        model(*inputs_of("T5"))
        assert seen["encoder.embedding"].shape == (2, 7, 12)
        assert seen["decoder.embedding"].shape == (2, 5, 12)
    rotary = nt_models.Modern(MODELS["Modern"])
    with capture(rotary, "blocks.1.attention.rotary") as seen:
        rotary(inputs_of("Modern")[0])
        assert len(seen.outputs["blocks.1.attention.rotary"]) == 2  # queries and keys


def test_maps_can_be_left_out(small, tokens):
    with capture(model := small(), attention=False) as seen:
        model(tokens())
        assert seen.outputs
        assert not seen.attention


def test_outputs_keep_their_graph_and_gradients_can_be_taken_of_them(small, tokens):
    model = small()
    with capture(model) as seen:
        loss = model(tokens()).sum()
        middle = seen["blocks.0"]
        middle.retain_grad()
        loss.backward()
        assert middle.grad.shape == middle.shape
        assert not seen.attention["blocks.0.attention"][0].requires_grad


def test_at_the_end_everything_is_released_and_no_hook_stays(small, tokens):
    model = small()
    with capture(model) as seen:
        model(tokens())
        kept = weakref.ref(seen["blocks.0"])
        assert kept() is not None
    gc.collect()
    assert kept() is None
    assert not any(m._module_hooks and m._module_hooks.after for m in model.modules())


def test_an_error_inside_leaves_nothing_behind(small, tokens):
    model = small()
    with capture(model) as seen:
        with pytest.raises(ValueError, match="do not fit the context"):
            model(tokens(time=9))
        model(tokens())
        assert "blocks.0.attention" in seen.attention
    with pytest.raises(ZeroDivisionError), capture(model):
        raise ZeroDivisionError
    assert not any(m._module_hooks and m._module_hooks.after for m in model.modules())


def test_another_model_in_the_block_is_not_seen(small, tokens):
    model, other = small(), small()
    with capture(model) as seen:
        other(tokens())
        assert not seen.outputs
        assert not seen.attention


def test_captures_go_inside_each_other(small, tokens):
    model = small()
    with capture(model, "norm") as outer, capture(model, "blocks.0") as inner:
        model(tokens())
        assert list(outer.outputs) == ["norm"]
        assert list(inner.outputs) == ["blocks.0"]


def test_what_is_captured_may_be_any_output():
    model = nt_models.BERTForPreTraining(SMALL_BERT)
    with capture(model) as seen:
        words, _ = model(zeros(1, 4, dtype="int64"))
        assert isinstance(words, Tensor)
        assert seen[""][0] is words


SMALL_BERT = nt_models.BERTConfig(11, context=8, layers=1, heads=2, width=12)
