"""A translator learns a made-up language: words have translations, which stand elsewhere."""

import io
import json
import random

import numpy as np
import pytest
from nt_apps.measure import measure
from nt_apps.train.reopen import load_run, load_task
from nt_apps.train.t5_pairs import read_parts
from nt_apps.train.t5_translate import encoded, translate
from safetensors.numpy import load_file

COLOURS = {"red": "rouge", "blue": "bleu", "green": "vert", "white": "blanc"}
ANIMALS = {"cat": "chat", "dog": "chien", "bird": "oiseau", "horse": "cheval", "wolf": "loup"}
VERBS = {"sees": "voit", "eats": "mange", "finds": "trouve", "wants": "veut"}
NUMBERS = {"two": "deux", "three": "trois", "six": "six", "ten": "dix"}
THINGS = {"trees": "arbres", "houses": "maisons", "apples": "pommes", "stones": "pierres"}
TINY = [
    "--layers=1", "--heads=4", "--head-dim=12", "--width=48", "--hidden=64", "--vocab-size=300",
    "--dropout=0", "--label-smoothing=0.1", "--batch-size=32",
    "--steps=40", "--eval-every=20", "--sample-every=20", "--lr=5e-2", "--warmup=10",
    "--eval-sentences=10", "--sample-sentences=2", "--beams=2", "--threads=2", "--no-jit",
]  # fmt: skip


@pytest.fixture(scope="session")
def pairs(tmp_path_factory):
    """Sentences whose colours and numbers stand elsewhere in their translations."""
    draw = random.Random(0)
    lines = set()
    while len(lines) < 900:
        colour, animal, verb, number, thing = (
            draw.choice(list(words.items())) for words in (COLOURS, ANIMALS, VERBS, NUMBERS, THINGS)
        )
        ours = f"the {colour[0]} {animal[0]} {verb[0]} {number[0]} {thing[0]}"
        theirs = f"le {animal[1]} {colour[1]} {verb[1]} {thing[1]} {number[1]}"
        lines.add(f"{ours}\t{theirs}\n")
    path = tmp_path_factory.mktemp("pairs") / "toy.tsv"
    path.write_text("".join(sorted(lines)), "utf-8")
    return path


@pytest.fixture(scope="session")
def translator(pairs, tmp_path_factory):
    """A run that has learned the language."""
    from nt_apps.cli import main

    out = tmp_path_factory.mktemp("learned") / "run"
    options = ["--steps=300", "--eval-every=150", "--sample-every=150"]
    assert main(["train", "t5", "--data", str(pairs), "--out", str(out), *TINY, *options]) == 0
    return out


@pytest.fixture
def train_t5(nt, pairs, tmp_path):
    def run(*options, name="run"):
        out = tmp_path / name
        ran = nt("train", "t5", "--data", pairs, "--out", out, *TINY, *options)
        assert ran.status == 0, ran.err
        return out

    return run


def told(run):
    return json.loads((run / "summary.json").read_text("utf-8"))


def test_it_learns_the_order_that_a_dictionary_cannot(translator, pairs):
    found = told(translator)
    figures, baselines = found["figures"], found["baselines"]
    assert baselines["word for word (IBM model 1)"]["bleu"] < 30
    assert baselines["copy"]["bleu"] < 5
    assert figures["bleu"] > 90
    assert figures["greedy_bleu"] > 90
    assert figures["loss"] < 0.3 * baselines["unigram"]["loss"]
    assert "test sentences" in found["measured_on"]


def test_what_it_leaves_behind(translator):
    for name in ("loss", "course", "cross-attention", "bleu-by-length"):
        assert (translator / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    samples = (translator / "samples.txt").read_text("utf-8")
    first, last = samples.split("=== step 300")
    answer, right = (line.split(" ", 3)[3] for line in last.splitlines()[2:4])
    assert answer == right
    assert first.count("  -> ") == 4


def test_nt_translate_translates(translator, nt):
    ran = nt("translate", translator, "the red cat sees two trees", "the blue dog eats six stones")
    right = "le chat rouge voit arbres deux\nle chien bleu mange pierres six\n"
    assert (ran.status, ran.out) == (0, right)
    ran = nt("translate", translator, "--beams", 1, "the green wolf wants ten apples")
    assert ran.out == "le loup vert veut pommes dix\n"
    ran = nt("translate", translator, "--alternatives", 3, "the white bird finds two houses")
    lines = ran.out.splitlines()
    assert lines[0] == "le oiseau blanc trouve maisons deux"
    assert len(set(lines)) == len(lines) == 3


def test_the_company_does_not_change_a_translation(translator):
    task, model = load_run(translator)
    texts = ["the red cat sees two trees", "the dog", "blue bird houses find", "white the six"]
    for beams in (1, 3):
        together = translate(model, task.tokenizer, texts, beams=beams, threads=2)
        alone = [translate(model, task.tokenizer, [text], beams=beams)[0] for text in texts]
        assert together == alone


def test_its_figures_come_again_from_the_checkpoint(translator, nt):
    found = measure(translator)
    assert found.figures == found.told == told(translator)["figures"]
    assert "the same as its summary.json" in nt("evaluate", translator).out


def test_resumed_it_is_the_run_that_was_never_stopped(train_t5, nt, learned, pairs, tmp_path):
    from nt_apps.train import loop, watch

    whole = train_t5("--dropout", 0.1)
    part = tmp_path / "part"

    class Enough(watch.Watch):
        @property
        def done(self):
            if self._state.step == 27:
                raise KeyboardInterrupt
            return super().done

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "Watch", Enough)
        ran = nt("train", "t5", "--data", pairs, "--out", part, *TINY, "--dropout", 0.1)
    assert ran.status == 130
    ran = nt("train", "t5", "--resume", part)
    assert ran.status == 0, ran.err
    assert learned(part) == learned(whole)
    for name in ("last", "best"):
        one, other = (load_file(r / "checkpoints" / f"{name}.safetensors") for r in (part, whole))
        assert one.keys() == other.keys()
        assert all((one[key] == other[key]).all() for key in one)


def test_padding_changes_no_loss(translator):
    task, model = load_run(translator)
    model.eval()
    source, target = encoded(task.tokenizer, ["the red cat sees", "le chat rouge voit"])
    alone = task.loss(model, source[None], target[None]).item()
    wide = np.pad(source, (0, 5))[None], np.pad(target, (0, 4), constant_values=-100)[None]
    assert task.loss(model, *wide).item() == pytest.approx(alone, rel=1e-5)
    assert (task.weigh(*wide), task.count(*wide)) == (len(target), len(source) + len(target))


def test_all_translations_of_a_sentence_are_in_one_part(pairs):
    parts = read_parts(str(pairs), None, None)
    sources = [set(part.sources) for part in parts.values()]
    assert not sources[0] & sources[1]
    assert not sources[0] & sources[2]
    assert sum(map(len, parts.values())) == 900
    assert min(map(len, parts.values())) > 20


def test_spans_of_a_text_are_written_again(nt, text, tmp_path):
    out = tmp_path / "run"
    options = ["--task", "spans", "--data", text, "--context", 24, "--vocab-size", 400]
    ran = nt("train", "t5", "--out", out, *TINY, *options, "--steps", 250, "--eval-every", 250)
    assert ran.status == 0, ran.err
    found = told(out)
    assert found["figures"]["loss"] < 0.7 * found["baselines"]["unigram"]["loss"]
    assert "<extra_id_0>" in (out / "samples.txt").read_text("utf-8")
    ran = nt("translate", out, "the matrix")
    assert ran.status == 2
    assert "does not translate" in ran.err


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, ["mine.tsv", "tatoeba-eng-fra"]),
        (b"", ["empty"]),
        (b"one\ttwo\nalone\n", ["line 2", "tab"]),
        (b"one\ttwo\n\tno source\n", ["line 2"]),
        (b"a\tb\tc\n", ["line 1"]),
        (b"one\ttwo\n", ["too few pairs (1)"]),
        (b"a\xff\tb\n" * 9, ["UTF-8"]),
        (b"a\0\tb\n" * 9, ["binary"]),
    ],
)
def test_a_file_that_holds_no_pairs(nt, tmp_path, content, words):
    path = tmp_path / "mine.tsv"
    if content is not None:
        path.write_bytes(content)
    ran = nt("train", "t5", "--data", path, "--out", tmp_path / "run", *TINY)
    assert ran.status == 2
    assert len(ran.err.strip().splitlines()) == 1
    assert [word for word in words if word not in ran.err] == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--task", "sing"], ["sing", "translate, spans"]),
        (["--languages", "fr-en"], ["languages (fr-en)"]),
        (["--context", 2], ["context (2)"]),
        (["--vocab-size", 100], ["vocab_size (100)"]),
        (["--preset", "t6"], ["t6", "t5-mini"]),
    ],
)
def test_an_option_that_does_not_fit(nt, pairs, tmp_path, options, words):
    ran = nt("train", "t5", "--data", pairs, "--out", tmp_path / "run", *TINY, *options)
    assert ran.status == 2
    assert len(ran.err.strip().splitlines()) == 1
    assert [word for word in words if word not in ran.err] == []


@pytest.mark.parametrize(
    ("arguments", "word"),
    [(["--alternatives", 5, "--beams", 2, "a"], "alternatives (5)"), (["--beams", 0, "a"], "beams"),
     (["--beams", 10**5, "a"], "beams (100000) must be at most"), ([" "], "text"),
     (["--alternatives", 10**5, "a"], "alternatives (100000) must be at most")],
)  # fmt: skip
def test_a_translation_that_cannot_be(nt, translator, arguments, word):
    ran = nt("translate", translator, *arguments)
    assert ran.status == 2
    assert word in ran.err
    assert ran.err.count("\n") == 1


def test_as_many_beams_as_tokens_fit(nt, translator):
    most = load_task(translator)[0].tokenizer.vocab_size
    ran = nt("translate", translator, "--beams", most, "the red cat sees two trees")
    assert (ran.status, ran.out.count("\n")) == (0, 1)
    assert nt("translate", translator, "--beams", most + 1, "a").status == 2


@pytest.mark.parametrize("alternatives", [1, 3])
def test_the_lines_of_stdin_stay_in_their_places(nt, translator, monkeypatch, alternatives):
    said = "the red cat sees two trees"
    lines = ["", f"{said}\x0b", "", "  ", said, ""]
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
    ran = nt("translate", translator, "--alternatives", alternatives)
    assert ran.status == 0
    written = ran.out.split("\n")[:-1]
    assert len(written) == alternatives * len(lines)
    for place, line in enumerate(lines):
        own = written[alternatives * place : alternatives * (place + 1)]
        assert all(own) == bool(line.strip())
    assert written[4 * alternatives] == "le chat rouge voit arbres deux"


def test_bytes_of_stdin_that_are_no_text_are_told(nt, translator, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"a\xff\n"), "utf-8"))
    ran = nt("translate", translator)
    assert ran.status == 2
    assert "stdin: 'utf-8'" in ran.err
    assert ran.err.count("\n") == 1


def test_a_run_that_writes_no_translations_is_named(train, nt):
    ran = nt("translate", train("--steps", 1), "hello")
    assert ran.status == 2
    assert "nt train gpt2" in ran.err
