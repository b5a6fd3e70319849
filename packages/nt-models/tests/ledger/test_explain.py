"""What is counted while a model runs is what was published, and what the closed formula gives."""

import gc
import re
import tracemalloc

import nt_models
import pytest
from nt_autograd import count_flops, no_grad, scaled_dot_product_attention, tensor, zeros
from nt_models import (
    BERTConfig,
    CLIPConfig,
    GPT2Config,
    ModernConfig,
    ResNetConfig,
    T5Config,
    ViTConfig,
    explain,
)
from nt_models.ledger import preset_inputs, preset_names, preset_skeleton
from nt_nn import (
    GRU,
    LSTM,
    RNN,
    GRUCell,
    Linear,
    LSTMCell,
    Module,
    ReLU,
    RNNCell,
    Sequential,
    Softmax,
    count_parameters,
    skeleton,
)

BLOCK = {  # FLOPs of BERT-base's and GPT-2 small's block at 128 tokens
    "qkv.weight": 452_984_832,
    "QKᵀ": 25_165_824,
    "AV": 25_165_824,
    "out.weight": 150_994_944,
}


def run(name, fold=True, backward=False, **sizes):
    model = preset_skeleton(name)
    return explain(model, *preset_inputs(model, **sizes), fold=fold, backward=backward)


def flops(ledger, *patterns):
    return 2 * ledger.macs(*patterns)


@pytest.mark.parametrize("name", ["bert-base", "gpt2"])
def test_a_block_of_bert_base_and_of_gpt2_small_takes_what_is_published(name):
    ledger = run(name, seq=128)
    for block in ("blocks.0", "blocks.11"):
        for product, published in BLOCK.items():
            assert flops(ledger, f"{block}.attention.{product}") == published
        assert flops(ledger, f"{block}.up.weight", f"{block}.down.weight") == 1_207_959_552
        assert ledger.part(block).forward.product_flops == 1_862_270_976
    assert flops(ledger, "blocks.*") == 22_347_251_712
    assert ledger.agrees is True


def test_gpt2_small_takes_what_is_published_with_its_head():
    ledger = run("gpt2", seq=128)
    assert ledger.parameters == 124_439_808
    assert flops(ledger, "token_embedding.weight") == 9_880_928_256
    ledger = run("gpt2", seq=1024)
    assert ledger.forward.product_flops == 291_648_307_200
    assert ledger.agrees is True


def test_bert_base_has_the_published_parameters_with_its_pooler():
    assert run("bert-base", seq=8).parameters == 109_482_240


def test_t5_base_takes_what_is_published():
    ledger = run("t5-base", seq=128, source=128)
    assert ledger.part("encoder.blocks.3").forward.product_flops == 1_862_270_976
    assert ledger.part("decoder.blocks.3").forward.product_flops == 2_516_582_400
    assert flops(ledger, "*.blocks.*") == 52_546_240_512
    assert ledger.parameters == 222_903_552
    assert ledger.agrees is True


def test_llama_7b_takes_what_is_published_without_its_memory():
    ledger = run("llama-7b", seq=128)
    assert ledger.part("blocks.31").forward.product_flops == 52_076_478_464
    assert flops(ledger, "blocks.*") == 1_666_447_310_848
    assert flops(ledger, "head.weight") == 33_554_432_000
    assert ledger.parameters == 6_738_415_616
    assert ledger.agrees is True


def test_resnet50_and_vit_take_what_is_published():
    ledger = run("resnet50")
    assert ledger.forward.macs == 4_089_184_256  # "4.09 GMACs"
    assert ledger.parameters == 25_557_032
    assert ledger.agrees is True
    ledger = run("vit-base-patch16")
    assert round(ledger.forward.macs / 1e9, 1) == 17.6
    assert ledger.parameters == 86_567_656
    assert ledger.agrees is True


HUGE = re.compile(
    r"xl|xxl|large|3b|11b|7b|8b|13b|70b|1b|2b|large|101|152|RN|base|big|0\.[56]b|34|50"
)


@pytest.mark.parametrize("name", [name for name in preset_names() if not HUGE.search(name)])
def test_counted_and_computed_are_the_same_integer_for_every_small_preset(name):
    ledger = run(name)
    assert ledger.agrees is True
    assert [f.macs for f in ledger.formulas] == [ledger.macs(*f.patterns) for f in ledger.formulas]


TINY_MODERN = {"vocab_size": 32, "layers": 3, "width": 16, "heads": 4, "hidden": 20}
OTHERS = {
    "GPT2": GPT2Config(vocab_size=31, context=16, layers=2, heads=2, width=12, inner=20),
    "BERTForMaskedLM": BERTConfig(vocab_size=31, context=16, layers=2, heads=2, width=12),
    "BERTForPreTraining": BERTConfig(vocab_size=31, layers=2, heads=2, width=12, inner=20),
    "BERTForSequenceClassification": BERTConfig(31, layers=2, heads=2, width=12, labels=3),
    "BERTForNextSentencePrediction": BERTConfig(31, layers=2, heads=2, width=12),
    "BERTForTokenClassification": BERTConfig(31, layers=2, heads=2, width=12, labels=5),
    "BERTForQuestionAnswering": BERTConfig(31, layers=2, heads=2, width=12),
    "Modern": ModernConfig(**TINY_MODERN, kv_heads=2, head_dim=6, tied=True, windows=(3, None)),
    "Modern experts": ModernConfig(**TINY_MODERN, experts=4, experts_per_token=2),
    "Modern capped": ModernConfig(**TINY_MODERN, attention_softcap=5.0, qk_norm=True, kv_heads=1),
    "Modern mamba": ModernConfig(**TINY_MODERN, mixers=("mamba", "attention")),
    "Modern only mamba": ModernConfig(**TINY_MODERN, mixers=("mamba",)),
    "T5": T5Config(32, 12, 2, 5, 18, 2, 3, gated=True, tied=False),
    "T5Encoder": T5Config(32, 12, 2, 5, 18, 2, 3),
}


@pytest.mark.parametrize("name", OTHERS)
def test_formulas_hold_for_other_sizes_options_and_heads(name):
    model = getattr(nt_models, name.split()[0])(OTHERS[name])
    inputs = [zeros(2, 7, dtype="int64")]
    if name == "T5":
        inputs.append(zeros(2, 5, dtype="int64"))
    ledger = explain(model, *inputs)
    wrong = [f for f in ledger.formulas if f.macs != ledger.macs(*f.patterns)]
    assert not wrong
    assert ledger.agrees is True
    folded = explain(model, *inputs, fold=True)
    assert folded.agrees is True
    if "experts" not in name:  # whose loads differ from block to block
        assert folded == ledger


@pytest.mark.parametrize(
    ("model", "config", "shape"),
    [
        ("ResNet", ResNetConfig((2, 1), (8, 16), "basic", stem_width=8), (2, 3, 35, 29)),
        (
            "ResNet",
            ResNetConfig((1, 2), (16, 32), stem_width=8, preactivation=True),
            (1, 3, 33, 33),
        ),
        ("ResNet", ResNetConfig((1, 1), (128, 256), groups=4, group_width=32), (1, 3, 32, 40)),
        (
            "ResNet",
            ResNetConfig((1, 1), (16, 32), stride_in_1x1=True, classes=None),
            (1, 3, 31, 31),
        ),
        ("ViT", ViTConfig(20, 6, layers=2, heads=2, width=12, pooling="mean"), (2, 3, 20, 20)),
        ("ViTEncoder", ViTConfig(20, 6, 1, layers=2, heads=2, width=12, inner=7), (2, 1, 20, 20)),
    ],
)
def test_formulas_hold_for_images(model, config, shape):
    ledger = explain(getattr(nt_models, model)(config), zeros(*shape))
    wrong = [(f, ledger.macs(*f.patterns)) for f in ledger.formulas]
    assert [f.macs for f, _ in wrong] == [counted for _, counted in wrong]
    assert ledger.agrees is True


def test_other_modules_are_counted_too_without_a_formula():
    ledger = explain(Sequential(Linear(3, 4), Linear(4, 2)), zeros(5, 3))
    assert ledger.forward.macs == 5 * (3 * 4 + 4 * 2)
    assert ledger.forward.other == 5 * (4 + 2)  # the biases
    assert ledger.forward.read == 4 * (5 * 3 + 3 * 4 + 4 + 5 * 4 + 4 * 2 + 2)
    assert ledger.forward.written == 4 * 5 * (4 + 2)
    assert ledger.agrees is None


def test_the_walk_back_takes_two_products_for_each_and_none_for_the_first_input():
    ledger = explain(Sequential(Linear(3, 4), Linear(4, 2)), zeros(5, 3), backward=True)
    first, second = ledger.blocks
    assert first.backward.macs == 5 * 3 * 4  # of the weight alone: images need no gradient
    assert second.backward.macs == 2 * 5 * 4 * 2
    assert explain(Sequential(Linear(3, 4)), zeros(5, 3)).backward.flops == 0


def test_all_that_count_flops_counts_is_in_the_ledger(small, tokens):
    model = small()
    with count_flops() as there:
        model(tokens())
    ledger = explain(model, tokens(), backward=True)
    scores = 2 * 3 * 2 * 8 * 8  # whose softmax the ledger has besides: 5 operations each way
    assert ledger.forward.flops == there.flops + 5 * scores
    with count_flops() as both:
        explain(model, tokens(), backward=True)
    assert ledger.forward.flops + ledger.backward.flops == both.flops + 10 * scores


class Attention(Module):
    def __init__(self, options):
        self.value = Linear(4, 4, bias=False)
        self.options = options

    def forward(self, q, k, mask=None):
        v = self.value(k)
        return scaled_dot_product_attention(q, k, v, mask, enable_gqa=True, **self.options)


@pytest.mark.parametrize("options", [{}, {"memory_efficient": True}, {"is_causal": True}])
def test_what_attention_does_to_its_scores_is_counted_apart_from_its_products(options):
    q, k, mask = zeros(2, 6, 5, 4), zeros(2, 3, 7, 4), zeros(5, 7)
    scores = 2 * 6 * 5 * 7
    model = Attention(options)
    plain = explain(model, q, k, backward=True)
    step = next(step for step in plain.steps if "attention" in step.op)
    assert step.forward.macs == 2 * scores * 4
    # scale, difference, exponential, sum, quotient: a softmax, and the scale
    assert step.forward.other == 5 * scores
    assert step.backward.other == (8 if "memory_efficient" in options else 5) * scores
    masked = explain(model, q, k, mask)
    assert masked.forward.other == plain.forward.other + scores
    (softmax,) = explain(Softmax(), zeros(2, 6, 5, 7)).steps
    assert softmax.forward.other == 4 * scores  # the same rule, but for the scale


@pytest.mark.parametrize("size", [{"width": 32, "heads": 2}, {"width": 48, "heads": 4}])
def test_the_bytes_that_the_tape_keeps_are_those_that_stay_in_memory(size):
    config = GPT2Config(vocab_size=64, context=64, layers=3, **size)
    model = nt_models.GPT2(config)
    x = zeros(8, 64, dtype="int64")
    model(x).sum().backward()  # what is made once is there
    model.zero_grad()
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        y = model(x)
        gc.collect()
        stays = tracemalloc.get_traced_memory()[0] - before - y.data.nbytes
    finally:
        tracemalloc.stop()
    assert explain(model, x).kept == pytest.approx(stays, rel=0.02)


def test_bytes_are_those_of_the_shapes_by_hand():
    model = Sequential(Linear(3, 4), ReLU(), Linear(4, 2))
    first, relu, second = explain(model, zeros(5, 3), backward=True).steps
    assert (first.forward.read, first.forward.written) == (4 * (15 + 12 + 4), 4 * 20)
    assert (relu.forward.read, relu.forward.written) == (4 * 20, 4 * 20)
    assert (second.forward.read, second.forward.written) == (4 * (20 + 8 + 2), 4 * 10)
    # weight: gradient (5, 2) and input (5, 4) make (2, 4); input: gradient and weight make (5, 4);
    # bias: the gradient makes (2,)
    assert second.backward.macs == 2 * 5 * 2 * 4
    assert second.backward.written == 4 * (8 + 20 + 2)
    assert second.backward.read == 4 * ((10 + 20) + (10 + 8) + 10)


def test_what_masks_skip_is_told_and_changes_no_count():
    ledger = run("gpt2", seq=128)
    qk = next(p for s in ledger.steps for p in s.products if p.name == "blocks.3.attention.QKᵀ")
    assert qk.macs == 12 * 128 * 128 * 64
    assert qk.computed == 12 * (64 * 64 + 64 * 128) * 64  # two blocks of queries
    assert ledger.computed_macs == ledger.forward.macs - 12 * 2 * (qk.macs - qk.computed)
    assert run("bert-mini").computed_macs == run("bert-mini").forward.macs


def test_the_tape_keeps_what_the_rules_asked_for():
    ledger = explain(Sequential(Linear(3, 4), Linear(4, 2)), zeros(5, 3))
    assert [step.kept for step in ledger.steps] == [4 * 5 * 3, 4 * 5 * 4]  # the inputs


@pytest.mark.parametrize(
    ("layer", "cell"),
    [(RNN, RNNCell), (LSTM, LSTMCell), (GRU, GRUCell)],
    ids=["rnn", "lstm", "gru"],
)
@pytest.mark.parametrize("bias", [True, False])
def test_a_recurrent_layer_takes_what_its_cell_takes_at_each_step(layer, cell, bias):
    time, batch, width = 7, 3, 5
    whole = explain(layer(4, width, bias=bias), zeros(time, batch, 4), backward=True)
    step = explain(cell(4, width, bias=bias), zeros(batch, 4), backward=True)
    assert whole.forward.macs == time * step.forward.macs > 0
    for weight in ("weight_ih", "weight_hh"):
        assert whole.macs(f"{weight}_l0") == time * step.macs(weight) > 0
    # A cell adds both of its biases, a layer their sum, but for gru's, which stand apart.
    gates = whole.parameters // (4 + width + 2 * bias)
    spared = (time * batch - 1) * gates if bias and layer is not GRU else 0
    assert whole.forward.other == time * step.forward.other - spared
    # The input asks for no gradient; the weights' are as much work as the forward products, and
    # the state's another time that of weight_hh.
    assert whole.backward.macs == whole.forward.macs + whole.macs("weight_hh_l0")


def test_each_layer_and_direction_and_the_projection_is_counted():
    time, batch = 6, 2
    both = explain(LSTM(4, 5, num_layers=2, bidirectional=True), zeros(time, batch, 4))
    rows = time * batch
    assert both.forward.macs == rows * 2 * 20 * ((4 + 5) + (10 + 5))
    assert both.macs("weight_ih_l1_reverse") == rows * 20 * 10
    narrow = explain(LSTM(4, 5, proj_size=3), zeros(time, batch, 4))
    assert narrow.macs("weight_hr_l0") == rows * 5 * 3
    assert narrow.forward.macs == rows * (20 * 4 + 20 * 3 + 5 * 3)


def test_a_view_of_a_weight_is_still_that_weight():
    class Tied(Module):
        def __init__(self):
            self.layer = Linear(4, 4, bias=False)

        def forward(self, x):
            return self.layer(x) @ self.layer.weight.transpose(0, 1)

    ledger = explain(Tied(), zeros(2, 4))
    assert ledger.macs("layer.weight") == ledger.forward.macs == 2 * 2 * 16


@pytest.mark.parametrize(
    "name", ["gpt2-mini", "bert-mini", "clip-mini", "resnet18", "modern-mini", "t5-mini"]
)
def test_folding_changes_nothing(name):
    assert run(name, fold=True, backward=True) == run(name, fold=False, backward=True)


def test_folding_runs_two_blocks_of_those_alike(small, tokens):
    model = small(layers=5)
    ran = []
    for block in model.blocks:
        block.norm1.register_forward_hook(lambda module, args, y: ran.append(module))
    explain(model, tokens(), fold=True)
    assert ran == [model.blocks[0].norm1, model.blocks[1].norm1]
    ran.clear()
    model(tokens())  # and leaves no trace
    assert len(ran) == 5
    assert "forward" not in vars(model.blocks[0])


def test_folding_keeps_blocks_apart_that_differ():
    config = ModernConfig(**{**TINY_MODERN, "layers": 7}, windows=(2, None))
    model = nt_models.Modern(config)
    x = zeros(1, 70, dtype="int64")
    folded, whole = explain(model, x, fold=True), explain(model, x)
    assert folded == whole
    assert folded.part("blocks.0").steps != folded.part("blocks.1").steps


def test_a_skeleton_and_a_model_are_explained_alike():
    config = GPT2Config(vocab_size=31, context=16, layers=2, heads=2, width=12)
    x = tensor([[1, 2, 3]])
    with skeleton():
        sketch = nt_models.GPT2(config)
    assert explain(sketch, x, backward=True) == explain(nt_models.GPT2(config), x, backward=True)


def test_libraries_count_the_same(small, tokens, device):
    here = explain(small(device=device), tokens(device=device), backward=True)
    cpu = explain(small(), tokens(), backward=True)
    assert here.forward == cpu.forward
    assert here.backward.macs == cpu.backward.macs
    assert here.agrees is True


def test_explaining_leaves_the_model_as_it_was(small, tokens):
    model, x = small(), tokens()
    before = model(x).tolist()
    explain(model, x, backward=True, fold=True)
    assert model(x).tolist() == before
    assert all(p.grad is None for p in model.parameters())
    assert all(
        module._module_hooks is None or not module._module_hooks.before
        for module in model.modules()
    )


def test_without_anything_that_learns_there_is_no_way_back(small, tokens):
    model = small().requires_grad_(False)
    assert explain(model, tokens()).forward.macs > 0
    with pytest.raises(ValueError, match="no output of GPT2 depends on a parameter"):
        explain(model, tokens(), backward=True)


def test_presets_are_known_by_name_and_others_refused():
    assert count_parameters(preset_skeleton("preact-resnet50")) > 25_000_000
    with pytest.raises(ValueError, match=r"'bert-bas', perhaps bert-base or .*; there are nano"):
        preset_skeleton("bert-bas")
    bert, resnet = preset_skeleton("bert-mini"), preset_skeleton("resnet20")
    with pytest.raises(ValueError, match=r"source \(3\) is for models that read one text"):
        preset_inputs(bert, source=3)
    with pytest.raises(ValueError, match=r"seq \(3\) is for models that read texts"):
        preset_inputs(resnet, seq=3)
    with pytest.raises(ValueError, match=r"batch \(0\) must be positive"):
        preset_inputs(bert, batch=0)
    assert [x.shape for x in preset_inputs(resnet, batch=2)] == [(2, 3, 32, 32)]


def test_clip_counts_both_towers():
    vision, text = CLIPConfig.preset("clip-mini").vision, CLIPConfig.preset("clip-mini").text
    ledger = run("clip-mini", batch=2)
    parts = [f.part for f in ledger.formulas]
    assert "image QKV" in parts
    assert "text QKV" in parts
    n = 2 * vision.positions
    assert ledger.macs("vision.blocks.0.attention.qkv.weight") == 3 * n * vision.width**2
    assert ledger.macs("text.projection.weight") == 2 * text.width * text.projection


def test_float64_takes_twice_the_bytes(small, tokens):
    single, double = (explain(small(dtype=t), tokens()) for t in ("float32", "float64"))
    assert double.forward.macs == single.forward.macs
    assert double.forward.written == pytest.approx(2 * single.forward.written, rel=0.01)


def test_arguments_may_come_by_name_in_any_order():
    model = nt_models.T5(OTHERS["T5"])
    source, target = zeros(2, 7, dtype="int64"), zeros(2, 5, dtype="int64")
    ledger = explain(model, decoder_tokens=target, tokens=source)
    assert ledger == explain(model, source, target)
    assert ledger.agrees is True


def test_what_reads_a_cache_is_counted_without_a_formula(small, tokens):
    model = small()
    with no_grad():
        caches = model.caches(3, 8)
        model(tokens(time=6), caches=caches)
    ledger = explain(model.requires_grad_(False), tokens(time=1), caches=caches)
    assert ledger.agrees is None
    assert ledger.macs("blocks.0.attention.QKᵀ") == 3 * 7 * 12  # one query, seven keys
