"""A trained run writes."""

import numpy as np
import pytest
from nt_apps.train.reopen import load_run
from nt_apps.write import as_text
from nt_autograd import tensor
from nt_data.tokenizers import BPETokenizer, load_tokenizer


def test_greedy_text_is_what_the_model_generates(train, nt):
    run = train()
    _, model = load_run(run)
    tokenizer = load_tokenizer(run / "tokenizer.json")
    prompt = tensor(tokenizer.encode("the ").astype(np.int64)[None])
    expected = tokenizer.decode(model.generate(prompt, 40, temperature=0.0).numpy()[0])
    ran = nt("generate", run, "--prompt", "the ", "--tokens", 40, "--greedy")
    assert ran.out == expected + "\n"


@pytest.mark.parametrize("temperature", ["1e-40", "1e-300"])
def test_a_tiny_temperature_is_as_good_as_greedy(train, nt, temperature):
    run = train()
    greedy = nt("generate", run, "--tokens", 20, "--greedy")
    ran = nt("generate", run, "--tokens", 20, "--temperature", temperature, "--seed", 1)
    assert (ran.status, ran.out, ran.err) == (0, greedy.out, "")


def test_a_seed_decides_the_text(train, nt):
    run = train()
    texts = [nt("generate", run, "--seed", seed, "--top-k", 9).out for seed in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]
    assert texts[0].startswith("\n")  # what a text other than Python's is continued from


def test_a_reader_who_has_seen_enough_is_no_error(train, spawn):
    process = spawn("generate", train("--steps", 1), "--tokens", 5000)
    process.stdout.read(5)
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    assert (process.wait(), err) == (1, "")


def test_characters_of_several_tokens_come_whole():
    text = "naïve café – Ω≈ç√∫ 漢字 🙂 end"
    tokenizer = BPETokenizer.train("", 257)
    pieces = list(as_text(tokenizer, iter(tokenizer.encode(text).tolist())))
    assert "".join(pieces) == text
    assert pieces == list(text)


def test_bytes_that_are_no_text_are_shown_as_such():
    tokenizer = BPETokenizer.train("", 257)
    broken = tokenizer.encode_bytes(b"a\xf0\x9fb").tolist()
    assert "".join(as_text(tokenizer, iter(broken))) == "a\N{REPLACEMENT CHARACTER}b"
    cut = tokenizer.encode_bytes(b"a\xf0\x9f").tolist()
    assert "".join(as_text(tokenizer, iter(cut))) == "a\N{REPLACEMENT CHARACTER}"
