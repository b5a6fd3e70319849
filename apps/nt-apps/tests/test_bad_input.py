"""Bad input: one line that names it, a status that is not 0, nothing lost."""

import errno
import os

import pytest
from nt_nn import checkpoint


def refused(ran, *words):
    assert ran.status == 2
    assert "Traceback" not in ran.err
    assert len(ran.err.strip().splitlines()) == 1, ran.err
    for word in words:
        assert word in ran.err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--stepps", 3], ["--stepps"]),
        (["--steps", 0], ["steps (0)", "at least 1"]),
        (["--steps", "many"], ["--steps"]),
        (["--preset", "huge"], ["huge", "nano"]),
        (["--recipe", "cake"], ["cake", "shakespeare-char"]),
        (["--data", "pyton-stdlib"], ["pyton-stdlib", "tinyshakespeare"]),
        (["--heads", 3], ["heads (3)", "width (32)"]),
        (["--context", 10**6], ["context (1000000)", "tokens"]),
        (["--tokenizer", "words"], ["words", "bpe, byte, char"]),
        (["--tokenizer", "bpe", "--vocab-size", 3], ["vocab_size (3)"]),
        (["--device", "tpu"], ["tpu", "cpu"]),
        (["--device", "cuda:77"], ["cu"]),
        (["--lr", -1], ["lr (-1.0)"]),
        (["--lr", "nan"], ["lr (nan)"]),
        (["--dropout", 1], ["dropout (1.0)"]),
        (["--weight-decay", "inf"], ["weight_decay (inf)", "finite"]),
        (["--batch-size", 2, "--threads", 3], ["threads (3)", "batch_size (2)"]),
        (["--prompt", "Ω"], ["prompt ('Ω')", "another with --prompt, such as 'the'"]),
        (["--warmup", 60], ["warmup (60)", "steps (60)"]),
        (["--seed", -1], ["seed (-1)"]),
        (["--config", "nowhere.toml"], ["nowhere.toml"]),
        (["--resume", "nowhere"], ["--resume"]),
    ],
)
def test_an_option_that_does_not_fit(nt, text, tmp_path, options, words, tiny):
    out = tmp_path / "run"
    refused(nt("train", "gpt2", "--data", text, "--out", out, *tiny, *options), *words)


@pytest.mark.parametrize("arguments", [["train", "gpt9"], ["frain"], ["generate", "nowhere"]])
def test_a_command_or_run_that_is_not_there(nt, arguments):
    refused(nt(*arguments), arguments[-1])


@pytest.mark.parametrize(
    ("content", "word"),
    [(None, "mine.txt"), (b"", "empty"), (b"a\0b" * 99, "binary"), (b"\xff\xfe" * 99, "UTF-8")],
)
def test_a_text_that_is_none(nt, tmp_path, content, word):
    path = tmp_path / "mine.txt"
    if content is not None:
        path.write_bytes(content)
    refused(nt("train", "gpt2", "--data", path, "--out", tmp_path / "run"), "mine.txt", word)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ("steps = ", "TOML"),
        ("stepps = 3", "stepps"),
        ("steps = 'many'", "int"),
        ("lr = true", "lr"),
    ],
)
def test_a_config_file_that_does_not_fit(nt, tmp_path, content, word):
    path = tmp_path / "run.toml"
    path.write_text(content)
    refused(nt("train", "gpt2", "--config", path, "--out", tmp_path / "run"), word)


def test_a_folder_with_something_in_it_is_left_alone(nt, text, tmp_path, tiny):
    (tmp_path / "precious.txt").write_text("mine")
    refused(nt("train", "gpt2", "--data", text, "--out", tmp_path, *tiny), str(tmp_path), "--out")
    assert [path.name for path in tmp_path.iterdir()] == ["precious.txt"]


def damage(path, how):
    content = path.read_bytes()
    if how == "cut short":
        path.write_bytes(content[: len(content) // 2])
    elif how == "empty":
        path.write_bytes(b"")
    elif how == "one bit":
        middle = len(content) - 1000
        path.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
    elif how == "other safetensors":
        checkpoint.save(path, checkpoint.load(path).tensors)
    elif how == "not safetensors":
        path.write_bytes(b"PK\x03\x04" + b"x" * 5000)
    else:
        state = checkpoint.load_state(path)
        how(state)
        checkpoint.save_state(path, state)


def forget_optimizer(state):
    del state["optimizer"]


def other_width(state):
    state["config"]["width"] = 64


def unknown_setting(state):
    state["config"]["stepps"] = 3


def other_loader(state):
    state["loader"]["position"] = 10**9


def odd_step(state):
    state["step"] = "seven"


def odd_group(state):
    state["optimizer"]["param_groups"] = 7


DAMAGES = [
    "cut short", "empty", "one bit", "other safetensors", "not safetensors",
    forget_optimizer, other_width, unknown_setting, odd_step,
]  # fmt: skip


@pytest.mark.parametrize("how", [*DAMAGES, other_loader, odd_group], ids=str)
def test_a_damaged_or_forged_checkpoint_is_not_resumed(train, nt, how):
    run = train("--steps", 2, "--sample-every", 2)
    damage(run / "checkpoints" / "last.safetensors", how)
    before = (run / "metrics.jsonl").read_bytes()
    refused(nt("train", "gpt2", "--resume", run), "last.safetensors")
    assert (run / "metrics.jsonl").read_bytes() == before


@pytest.mark.parametrize("name", ["metrics.jsonl", "samples.txt"])
def test_a_log_that_was_cut_is_named_and_nothing_is_lost(train, nt, name):
    run = train("--steps", 2, "--sample-every", 2)
    (run / name).write_bytes((run / name).read_bytes()[:20])
    before = (run / "checkpoints" / "last.safetensors").read_bytes()
    refused(nt("train", "gpt2", "--resume", run), name, "20 bytes")
    assert (run / "checkpoints" / "last.safetensors").read_bytes() == before


@pytest.mark.parametrize("how", DAMAGES, ids=str)
def test_a_damaged_or_forged_checkpoint_writes_nothing(train, nt, how):
    run = train("--steps", 2, "--sample-every", 2)
    damage(run / "checkpoints" / "best.safetensors", how)
    ran = nt("generate", run)
    refused(ran, "best.safetensors")
    assert ran.out == ""


def test_a_tokenizer_of_another_run_is_refused(train, nt, tmp_path):
    run = train("--steps", 1)
    (run / "tokenizer.json").write_text('{"format": "nt.tokenizer", "version": 1, "kind": "byte"}')
    refused(nt("generate", run), "tokenizer.json", "256")
    (run / "tokenizer.json").write_text("{")
    refused(nt("generate", run), "tokenizer.json")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--tokens", 0], ["tokens (0)"]),
        (["--temperature", -1], ["temperature (-1.0)"]),
        (["--top-k", 0], ["top_k (0)"]),
        (["--top-p", 1.5], ["top_p (1.5)"]),
        (["--prompt", ""], ["prompt"]),
        (["--prompt", "Ω"], ["Ω"]),
        (["--device", "tpu"], ["tpu"]),
    ],
)
def test_a_wish_that_generate_cannot_meet(train, nt, options, words):
    refused(nt("generate", train("--steps", 1), *options), *words)


def test_a_full_disk_leaves_the_last_good_checkpoint(nt, text, tmp_path, monkeypatch, tiny):
    out = tmp_path / "run"
    replace, done = os.replace, []

    def full(source, target):
        if "last.safetensors" in str(target):
            done.append(target)
            if len(done) == 3:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        replace(source, target)

    monkeypatch.setattr(os, "replace", full)
    ran = nt("train", "gpt2", "--data", text, "--out", out, *tiny)
    refused(ran, "last.safetensors", "No space left on device")
    monkeypatch.undo()
    assert checkpoint.load_state(out / "checkpoints" / "last.safetensors")["step"] == 20
    assert nt("train", "gpt2", "--resume", out).status == 0


@pytest.mark.skipif(os.name == "nt", reason="limits as POSIX has them")
def test_a_file_that_may_not_grow_is_named(text, tmp_path, tiny):
    import resource
    import subprocess
    import sys

    done = subprocess.run(
        [sys.executable, "-m", "nt_apps", "train", "gpt2", "--data", str(text),
         "--out", str(tmp_path / "run"), *tiny],
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000)),
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith("nt: error: cannot write")
    assert len(done.stderr.splitlines()) == 1


def test_a_fault_of_the_program_keeps_its_traceback(nt, text, tmp_path, monkeypatch, tiny):
    monkeypatch.setattr("nt_apps.train.loop.clip_grad_norm_", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        nt("train", "gpt2", "--data", text, "--out", tmp_path / "run", *tiny)
