"""A published folder becomes a model, and a model a folder; nothing is skipped in silence."""

import json
import struct
import tracemalloc

import nt_tensor
import numpy as np
import pytest
from nt_autograd import tensor
from nt_models import GPT2, GPT2Config, from_pretrained, save_pretrained
from nt_nn import Linear, checkpoint
from nt_nn.checkpoint import CheckpointError

CONFIG = GPT2Config(vocab_size=13, context=6, layers=2, heads=2, width=8)
INDEX = "model.safetensors.index.json"


@pytest.fixture
def model(small):
    return small(**CONFIG.__dict__).eval()


@pytest.fixture
def folder(model, tmp_path):
    save_pretrained(model, tmp_path)
    return tmp_path


def same(found, model):
    right = dict(model.named_parameters())
    for name, parameter in found.named_parameters():
        np.testing.assert_array_equal(parameter.detach().numpy(), right.pop(name).detach().numpy())
    assert right == {}


def rewrite(folder, **changes):
    """Put other arrays into the file; None takes one away."""
    path = folder / "model.safetensors"
    arrays = {**checkpoint.load(path).tensors, **changes}
    checkpoint.save(path, {n: a for n, a in arrays.items() if a is not None}, {"format": "pt"})


def reconfigure(folder, **changes):
    path = folder / "config.json"
    said = {**json.loads(path.read_text()), **changes}
    path.write_text(json.dumps({name: value for name, value in said.items() if value != "absent"}))


def test_what_is_saved_comes_back(model, folder):
    found = from_pretrained(folder)
    assert found.config == CONFIG
    assert not found.training
    same(found, model)


def test_a_model_that_came_back_learns(folder):
    found = from_pretrained(folder)
    assert all(p.data.flags.c_contiguous and p.data.flags.writeable for p in found.parameters())
    found(tensor([[1, 2, 3]])).sum().backward()
    assert all(p.grad is not None for p in found.parameters())


def test_answers_are_those_of_transformers_on_every_device(published_folder, published, device):
    _, _, answers = published("gpt2")
    for dtype, limit in (("float64", 1e-10), ("float32", 1e-5)):
        if dtype == "float64" and device == "mlx":
            continue
        model = from_pretrained(published_folder("gpt2"), dtype=dtype, device=device)
        found = model(tensor(answers["plain.input_ids"], device=device)).detach()
        right = answers["plain.logits64"]
        assert str(found.dtype) == dtype
        assert np.abs(nt_tensor.to_numpy(found.data) - right).max() <= limit * np.abs(right).max()


def test_shards_hold_the_same_and_an_index_says_where(model, tmp_path):
    save_pretrained(model, tmp_path, max_shard_size=1500)
    index = json.loads((tmp_path / INDEX).read_text())
    files = {path.name for path in tmp_path.glob("*.safetensors")}
    assert set(index["weight_map"].values()) == files
    assert files == {
        f"model-{i:05}-of-{len(files):05}.safetensors" for i in range(1, len(files) + 1)
    }
    assert len(files) > 2
    assert index["metadata"]["total_size"] == 4 * sum(p.numel() for p in model.parameters())
    for file in files:
        arrays = checkpoint.load(tmp_path / file).tensors
        assert len(arrays) == 1 or sum(a.nbytes for a in arrays.values()) <= 1500
    same(from_pretrained(tmp_path), model)


def test_a_later_save_leaves_nothing_of_an_earlier_one(model, tmp_path):
    other = GPT2(CONFIG)
    for size in (1500, "1GB", "2KB", "1GB"):
        save_pretrained(other, tmp_path, max_shard_size=3000)
        save_pretrained(model, tmp_path, max_shard_size=size)
        same(from_pretrained(tmp_path), model)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.json", "model.safetensors"]


@pytest.mark.parametrize("size", [0, -1, "5", "5 PB", "GB", ""])
def test_what_is_no_size_is_refused(model, tmp_path, size):
    with pytest.raises(ValueError, match=r"max_shard_size \(.*\) must be a number of bytes"):
        save_pretrained(model, tmp_path, max_shard_size=size)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("stored", "asked", "found"),
    [
        ("float32", None, "float32"),
        ("float16", None, "float32"),
        ("float16", "float16", "float16"),
        ("float64", None, "float64"),
        ("float64", "float32", "float32"),
        ("float32", "float64", "float64"),
    ],
)
def test_the_dtype_is_float32_unless_asked_for(model, tmp_path, stored, asked, found):
    save_pretrained(model.to(stored), tmp_path)
    assert json.loads((tmp_path / "config.json").read_text())["torch_dtype"] == stored
    loaded = from_pretrained(tmp_path, dtype=asked)
    assert {str(p.dtype) for p in loaded.parameters()} == {found}
    same(loaded, model.to(found))


def test_parameters_are_floats_that_the_device_has(folder):
    with pytest.raises(TypeError, match=r"dtype \(int32\) must be a floating-point one"):
        from_pretrained(folder, dtype="int32")
    with pytest.raises(TypeError, match="numpy has no bfloat16"):
        from_pretrained(folder, dtype="bfloat16", device="cpu")


def test_bfloat16_is_read_as_the_same_numbers(model, folder, device):
    path = folder / "model.safetensors"
    arrays = checkpoint.load(path).tensors
    header, data = {}, b""
    for name, array in arrays.items():
        bits = (np.ascontiguousarray(array).view(np.uint32) >> 16).astype(np.uint16).tobytes()
        place = [len(data), len(data) + len(bits)]
        header[name] = {"dtype": "BF16", "shape": array.shape, "data_offsets": place}
        data += bits
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
    loaded = dict(from_pretrained(folder, device=device).named_parameters())
    for name, parameter in model.named_parameters():
        array = parameter.detach().numpy()
        cut = (array.view(np.uint32) >> 16 << 16).view(np.float32)
        np.testing.assert_array_equal(nt_tensor.to_numpy(loaded[name].data), cut)
        assert str(loaded[name].dtype) == "float32"


def test_older_files_are_read(model, folder):
    arrays = checkpoint.load(folder / "model.safetensors").tensors
    older = {name.removeprefix("transformer."): array for name, array in arrays.items()}
    older["h.0.attn.bias"] = np.tril(np.ones((1, 1, 6, 6), np.float32))
    older["h.1.attn.masked_bias"] = np.float32(-1e4)
    older["lm_head.weight"] = older["wte.weight"]
    checkpoint.save(folder / "model.safetensors", older)
    same(from_pretrained(folder), model)


def test_a_tied_head_that_differs_is_refused(folder):
    rewrite(folder, **{"lm_head.weight": np.ones((13, 8), np.float32)})
    with pytest.raises(
        ValueError, match=r"lm_head\.weight should repeat transformer\.wte\.weight, and differs"
    ):
        from_pretrained(folder)


def test_every_weight_that_does_not_fit_is_named(folder):
    rewrite(
        folder,
        **{
            "transformer.ln_f.bias": None,
            "transformer.wpe.weight": np.zeros((7, 8), np.float32),
            "transformer.h.2.ln_1.weight": np.zeros(8, np.float32),
            "score.weight": np.zeros((2, 8), np.float32),
        },
    )
    with pytest.raises(ValueError, match="does not hold the weights of GPT2LMHeadModel") as refused:
        from_pretrained(folder)
    for complaint in (
        r"missing: transformer.ln_f.bias; ",
        r"unknown: score.weight, transformer.h.2.ln_1.weight; ",
        r"misshapen: transformer.wpe.weight is (7, 8), not (6, 8)",
    ):
        assert complaint in str(refused.value)


def test_integers_are_no_weights(folder):
    rewrite(folder, **{"transformer.ln_f.bias": np.zeros(8, np.int64)})
    with pytest.raises(ValueError, match=r"transformer\.ln_f\.bias is int64, not float32"):
        from_pretrained(folder)


def test_an_architecture_that_is_not_known_is_refused(folder):
    reconfigure(folder, architectures=["MambaForCausalLM"])
    with pytest.raises(
        ValueError,
        match=r"config\.json cannot be read: the architecture MambaForCausalLM is not supported; "
        r"supported are .*GPT2LMHeadModel",
    ):
        from_pretrained(folder)
    from_pretrained(folder, architecture="GPT2LMHeadModel")
    reconfigure(folder, architectures="GPT2LMHeadModel")
    from_pretrained(folder)
    with pytest.raises(ValueError, match="the architecture GPT5 is not supported"):
        from_pretrained(folder, architecture="GPT5")


def test_without_architectures_the_model_type_decides(model, folder):
    reconfigure(folder, architectures="absent")
    same(from_pretrained(folder), model)
    reconfigure(folder, model_type="mamba")
    with pytest.raises(ValueError, match=r"nor a model_type that is supported \('mamba'\)"):
        from_pretrained(folder)


def test_options_are_refused_by_name_unless_they_are_to_be_ignored(model, folder):
    reconfigure(folder, flash=True, is_decoder=True, n_head="absent")
    with pytest.raises(
        ValueError, match=r"config\.json cannot be read: missing: n_head"
    ) as refused:
        from_pretrained(folder)
    assert "is_decoder True (only False)" in str(refused.value)
    assert "unknown: flash (True)" in str(refused.value)
    reconfigure(folder, n_head=2, is_decoder=False)
    same(from_pretrained(folder, ignore_options=["flash"]), model)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is no JSON"),
        ("[]", "must hold an object, not list"),
        ('{"architectures": ["GPT2LMHeadModel"], "n_layer": "two"}', "missing: vocab_size"),
    ],
)
def test_a_config_that_is_none_is_refused(folder, text, message):
    (folder / "config.json").write_text(text)
    with pytest.raises(ValueError, match=rf"config\.json.*{message}"):
        from_pretrained(folder)


def test_absent_and_damaged_files_are_named(model, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"config\.json"):
        from_pretrained(tmp_path)
    save_pretrained(model, tmp_path, max_shard_size=3000)
    shard = sorted(tmp_path.glob("model-*"))[1]
    whole = shard.read_bytes()
    shard.write_bytes(whole[:-10])
    with pytest.raises(CheckpointError, match=f"{shard.name} is cut short"):
        from_pretrained(tmp_path)
    shard.unlink()
    with pytest.raises(FileNotFoundError, match=f"lacks {shard.name} of its {INDEX}"):
        from_pretrained(tmp_path)
    shard.write_bytes(whole)
    index = json.loads((tmp_path / INDEX).read_text())
    moved = next(n for n, place in index["weight_map"].items() if place == shard.name)
    index["weight_map"][moved] = sorted(tmp_path.glob("model-*"))[0].name
    (tmp_path / INDEX).write_text(json.dumps(index))
    with pytest.raises(CheckpointError, match=f"does not say where they are: {moved}"):
        from_pretrained(tmp_path)
    (tmp_path / INDEX).unlink()
    with pytest.raises(FileNotFoundError, match=r"has no model\.safetensors and no .*; it has"):
        from_pretrained(tmp_path)


def test_what_no_published_architecture_can_express_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"this GPT2: GPT2LMHeadModel: bias \(False\) must be"):
        save_pretrained(GPT2(GPT2Config.preset("nano", vocab_size=5)), tmp_path)
    with pytest.raises(ValueError, match="can express this Linear: none has such a model"):
        save_pretrained(Linear(2, 2), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_further_options_are_written(model, tmp_path):
    save_pretrained(model, tmp_path / "a" / "b", options={"id2label": {"0": "no"}})
    assert json.loads((tmp_path / "a/b/config.json").read_text())["id2label"] == {"0": "no"}
    same(from_pretrained(tmp_path / "a" / "b"), model)


def test_a_large_model_is_not_held_twice(tmp_path):
    config = GPT2Config(vocab_size=8000, context=8, layers=6, heads=2, width=256)
    save_pretrained(GPT2(config), tmp_path)
    size = (tmp_path / "model.safetensors").stat().st_size
    largest = 8000 * 256 * 4
    tracemalloc.start()
    model = from_pretrained(tmp_path)
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size <= held + 100_000  # the allocator is seen at all
    assert peak < size + 2.2 * largest < 2 * size
    assert model.config == config


def test_transformers_reads_what_is_written(model, tmp_path):
    transformers = pytest.importorskip("transformers", reason="transformers is not here")
    torch = pytest.importorskip("torch", reason="PyTorch is not here")
    save_pretrained(model, tmp_path, max_shard_size=1500)
    theirs, told = transformers.AutoModelForCausalLM.from_pretrained(
        tmp_path, output_loading_info=True
    )
    assert not any(told.values())
    tokens = np.random.default_rng(0).integers(0, 13, (2, 6))
    with torch.no_grad():
        right = theirs.double().eval()(torch.tensor(tokens)).logits.numpy()
    found = model.to("float64")(tensor(tokens)).detach().numpy()
    assert np.abs(found - right).max() <= 1e-10 * np.abs(right).max()
