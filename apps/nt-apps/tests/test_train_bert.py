"""BERT finds hidden words and tells texts apart, on texts whose rules are known."""

import itertools
import random
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from nt_apps.classify import classify_texts
from nt_apps.cli import main
from nt_apps.errors import UserError
from nt_apps.fill_mask import fill_mask
from nt_apps.measure import measure
from nt_apps.train.bert import BERTSettings, TrainBERT
from nt_apps.train.bert_masked import ShortFirst
from nt_apps.train.bert_rows import head_and_tail
from nt_apps.train.recipes import resolve
from nt_apps.train.reopen import load_run
from nt_apps.train.summary import read_summary
from nt_apps.train.text_baselines import logistic_regression, majority
from nt_data import Draws
from nt_data.sources import LabelledTexts

SMALL = [
    "--layers=1", "--heads=2", "--width=32", "--vocab-size=150", "--threads=1", "--no-jit",
    "--optimizer=muon", "--min-lr=1e-3", "--weight-decay=0", "--seed=3",
]  # fmt: skip
MASKED = [*SMALL, "--task=mlm", "--context=32", "--length=16", "--eval-batches=4", "--lr=2e-2",
          "--batch-size=16"]  # fmt: skip
CLASSES = [*SMALL, "--task=classify", "--context=16", "--length=16", "--lr=1e-2",
           "--batch-size=32", "--ema=0"]  # fmt: skip


@pytest.fixture(scope="session")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Who wins decides the class: the same words in another order mean the other class."""
    draw = random.Random(1)
    names = ["anna", "boris", "clara", "david", "elias", "frida", "georg", "hanna"]
    how = ["easily", "hardly", "again", "today", "at last", "here", "twice", "in vain"]
    lines = ["text\tlabel"]
    for one, other, word, behind in itertools.product(names, names, how, how):
        if one < other:
            first, second = draw.choice([(one, other), (other, one)])
            label = "rising" if first < second else "falling"
            lines.append(f"{word} {first} beats {second} {behind}\t{label}")
    path = tmp_path_factory.mktemp("table") / "games.tsv"
    path.write_text("\n".join(lines), "utf-8")
    return path


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Train bert once for each set of options; gives the run folder."""
    folder = tmp_path_factory.mktemp("runs")
    made: dict[tuple[str, ...], Path] = {}

    def run(*options: object) -> Path:
        key = tuple(map(str, options))
        if key not in made:
            made[key] = folder / str(len(made))
            assert main(["train", "bert", "--out", str(made[key]), *key]) == 0
        return made[key]

    return run


@pytest.fixture
def masked(trained: Callable[..., Path], text: Path) -> Path:
    options = ["--data", text, *MASKED, "--steps=240", "--eval-every=60", "--whole-windows=0.25"]
    return trained(*options, "--prompt=the [MASK] returns the needle;")


@pytest.fixture
def classifier(trained: Callable[..., Path], table: Path) -> Path:
    return trained("--data", table, *CLASSES, "--steps=480", "--eval-every=120")


def test_hidden_words_are_found_by_those_around_them(masked: Path) -> None:
    """A verb or noun is one of a few that the grammar allows there; all else can be known."""
    summary = read_summary(masked / "summary.json")
    figures, baseline = summary["figures"], summary["baselines"]["unigram"]
    assert figures["loss"] < 0.62 * baseline["loss"]
    assert figures["accuracy"] > baseline["accuracy"] + 0.2
    assert (masked / "heads.png").read_bytes()[1:4] == b"PNG"


def test_positions_that_begin_as_sinusoids_find_the_word_before_sooner(trained, tmp_path) -> None:
    """Each word mostly follows from the one before it, and from nothing else."""
    draw, words = random.Random(0), [0]
    for _ in range(12_000):
        words.append((7 * words[-1] + 3) % 50 if draw.random() < 0.85 else draw.randrange(50))
    text = tmp_path / "chain.txt"
    rows = (words[i : i + 40] for i in range(0, len(words), 40))
    text.write_text("\n".join(" ".join(f"w{word:02d}" for word in row) for row in rows), "utf-8")
    options = ["--data", text, *MASKED, "--width=64", "--context=64", "--length=64", "--lr=1e-2",
               "--steps=200", "--eval-every=200", "--prompt=[MASK]"]  # fmt: skip
    runs = {kind: trained(*options, "--positions", kind) for kind in ("normal", "sinusoids")}
    loss = {
        kind: read_summary(run / "summary.json")["figures"]["loss"] for kind, run in runs.items()
    }
    assert loss["sinusoids"] < loss["normal"] - 0.2, loss


def test_gaps_are_filled_with_what_the_grammar_allows(masked: Path) -> None:
    article, noun = fill_mask(masked, "[MASK] vector divides the [MASK];", top_k=6)
    assert article[0][0] == "the"
    nouns = {"matrix", "vector", "scalar", "tensor", "number", "needle"}
    assert {name for name, _ in noun} == nouns
    shares = [share for _, share in noun]
    assert shares == sorted(shares, reverse=True)
    assert 0.9 < sum(shares) <= 1.0


def test_fill_mask_prints_a_table(masked, nt) -> None:
    ran = nt("fill-mask", masked, "the [MASK] divides [MASK] scalar;", "--top-k", 2)
    assert ran.status == 0
    assert ran.out.count("%") == 4
    assert "[MASK] 2" in ran.out


@pytest.mark.parametrize("width", [30, 80, 400])
def test_fill_mask_shows_all_of_many_gaps(masked, nt, monkeypatch, width) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    text = "[MASK] divides [MASK] scalar; " * 5
    gaps = fill_mask(masked, text, top_k=3)
    ran = nt("fill-mask", masked, text, "--top-k", 3)
    assert ran.status == 0
    assert max(map(len, ran.out.splitlines())) <= width
    found: dict[int, list[str]] = {}
    blocks = ran.out.split("\n\n")
    for block in blocks:
        heading, *lines = (line.split() for line in block.splitlines())
        for line in lines:
            for number, word, share in zip(heading[1::2], line[::2], line[1::2], strict=True):
                found.setdefault(int(number), []).append(f"{word} {share}")
    assert found == {
        number: [f"{name} {share:.1%}" for name, share in gap] for number, gap in enumerate(gaps, 1)
    }
    assert (len(blocks) == 1) == (width == 400)


def test_order_decides_where_counting_words_cannot(classifier: Path) -> None:
    summary = read_summary(classifier / "summary.json")
    assert summary["figures"]["accuracy"] > 0.95
    assert summary["baselines"]["majority"]["accuracy"] < 0.6
    assert summary["baselines"]["TF-IDF regression"]["accuracy"] < 0.7
    assert {"accuracy.png", "confusion.png", "attention.png"} <= {
        path.name for path in classifier.iterdir()
    }


def test_texts_are_classified_by_a_run(classifier: Path, nt) -> None:
    up, down = "again anna beats hanna here", "again hanna beats anna here"
    found = classify_texts(classifier, [up, down])
    assert [text for text, _ in found] == [up, down]
    assert [named[0][0] for _, named in found] == ["rising", "falling"]
    assert all(sum(share for _, share in named) == pytest.approx(1, abs=1e-5) for _, named in found)
    ran = nt("classify", classifier, up, down, "--top", 1)
    assert [line.split()[-2] for line in ran.out.splitlines()] == ["rising", "falling"]


@pytest.mark.parametrize("kind", ["masked", "classifier"])
def test_measuring_again_gives_the_figures_of_the_run(kind: str, request) -> None:
    run = request.getfixturevalue(kind)
    found = measure(run)
    assert found.figures == found.told


def test_fine_tuning_begins_with_what_was_learned_before(masked, trained, table) -> None:
    options = ["--data", table, "--init", masked, "--task=classify", "--lr=1e-9", "--steps=1"]
    _, tuned = load_run(trained(*options, "--min-lr=0", "--threads=1", "--no-jit"))
    _, begun = load_run(masked)
    for name, weight in begun.bert.state_dict().items():
        np.testing.assert_allclose(tuned.bert.state_dict()[name].numpy(), weight.numpy(), atol=1e-6)


def test_a_tuned_run_needs_the_run_it_began_with_no_longer(trained, table, text, tmp_path) -> None:
    first = tmp_path / "first"
    base = ["train", "bert", *MASKED, "--data", str(text), "--steps=1", "--out"]
    assert main([*base, str(first)]) == 0
    tuned = trained("--data", table, "--init", first, "--task=classify", "--steps=1",
                    "--threads=1", "--no-jit")  # fmt: skip
    first.rename(tmp_path / "elsewhere")
    found = measure(tuned)
    assert found.figures == found.told


@pytest.mark.parametrize("task", ["mlm", "classify"])
def test_a_stopped_run_goes_on_bit_for_bit(task, text, table, tmp_path, learned) -> None:
    """Hidden tokens, dropout, the order and the lengths of windows, best and last weights."""
    if task == "mlm":
        options = ["--data", text, *MASKED, "--whole-windows=0.5", "--whole-words"]
    else:
        options = ["--data", table, *CLASSES, "--token-dropout=0.2"]
    options = ["train", "bert", *map(str, options), "--steps=12", "--eval-every=4",
               "--dropout=0.1"]  # fmt: skip
    whole, parted = tmp_path / "whole", tmp_path / "parted"
    assert main([*options, "--out", str(whole)]) == 0
    stopping(options, parted, after=6)
    assert main(["train", "bert", "--resume", str(parted)]) == 0
    assert learned(whole) == learned(parted)
    for one, other in zip(weights(whole), weights(parted), strict=True):
        np.testing.assert_array_equal(one, other)


def stopping(options: list[str], out: Path, after: int) -> None:
    """Run until so many steps are taken, as Ctrl-C would end it."""
    import signal

    from nt_apps.train.watch import Watch

    stepped = Watch.stepped

    def counted(self: Watch, **figures: float) -> None:
        stepped(self, **figures)
        if self._state.step == after:
            signal.raise_signal(signal.SIGINT)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Watch, "stepped", counted)
        assert main([*options, "--out", str(out)]) != 0


def weights(run: Path) -> Iterator[np.ndarray]:
    for last in (False, True):
        yield from (x.numpy() for x in load_run(run, last=last)[1].state_dict().values())


def test_the_words_alone_are_judged_as_scikit_learn_judges_them() -> None:
    """Two roads to one number, on a table of which a part of the labels is noise."""
    text = pytest.importorskip("sklearn.feature_extraction.text")
    linear = pytest.importorskip("sklearn.linear_model")
    draw = random.Random(0)
    words = [f"w{i}" for i in range(60)]
    texts = [" ".join(draw.choices(words, range(1, 61), k=12)) for _ in range(400)]
    labels = np.array(
        [("w3 " in t) + 2 * ("w59" in t) if draw.random() < 0.8 else 0 for t in texts]
    )
    whole = LabelledTexts(texts, labels.astype(np.int64), ("a", "b", "c", "d"))
    train, test = whole.take(range(250)), whole.take(range(250, 400))
    vectors = text.TfidfVectorizer(sublinear_tf=True)
    theirs = linear.LogisticRegression(max_iter=1000).fit(
        vectors.fit_transform(train.texts), train.labels
    )
    expected = theirs.score(vectors.transform(test.texts), test.labels)
    assert logistic_regression(train, test) == pytest.approx(expected, abs=0.007)
    assert expected > majority(train, test)


# Masking


@pytest.fixture
def reader(text: Path) -> Callable[..., TrainBERT]:
    def make(**settings: object) -> TrainBERT:
        given = {"data": str(text), "vocab_size": 60, "context": 32, "length": 16, **settings}
        task = TrainBERT(resolve(TrainBERT, given, cores=1))
        task.prepare()
        return task

    return make


def test_so_many_tokens_are_hidden_as_asked(reader) -> None:
    """Of the chosen 20 %: 80 % become [MASK], 10 % any token, 10 % stay; others stay all."""
    task = reader(mask=0.2, steps=60, warmup=1)
    mask_id, size = task.tokenizer.special_tokens["[MASK]"], task.tokenizer.vocab_size
    parts = list(task.loader())
    inputs, labels = (np.concatenate([b[i].ravel() for b in parts]) for i in (0, 1))
    chosen = labels != -100
    special = np.isin(labels[chosen], list(task.tokenizer.special_tokens.values()))
    assert not special.any()
    assert np.mean(chosen) == pytest.approx(0.2 * 31 / 32, abs=0.02)  # [CLS] never
    became, stayed = inputs[chosen] == mask_id, inputs[chosen] == labels[chosen]
    assert np.mean(became) == pytest.approx(0.8 + 0.1 / size, abs=0.02)
    assert np.mean(stayed) == pytest.approx(0.1 + 0.1 / size, abs=0.02)
    assert not (inputs[~chosen] == mask_id).any()


def test_pieces_of_a_word_are_hidden_together(reader) -> None:
    task = reader(whole_words=True, vocab_size=45, steps=30, warmup=1)
    names = task.tokenizer.token_strings()
    inside = np.array([name.startswith("##") for name in names])
    split = 0
    for window in task.train[:40]:
        tokens = window[None].astype(np.int64)
        _, labels, _ = task._hide((tokens, np.array([32])), Draws.of(0, 0, [0]))
        hidden, words = (labels != -100)[0], (~inside[tokens[0]]).cumsum()
        words[tokens[0] <= 4] = 0  # special tokens are never hidden
        for word in np.unique(words[hidden]):
            assert hidden[words == word].all()
            split += int((words == word).sum() > 1)
    assert split > 20


def test_windows_are_cut_at_first_and_whole_at_the_end(reader) -> None:
    task = reader(steps=10, warmup=1, batch_size=4, whole_windows=0.3)
    shapes, places = [], set()
    for (tokens, labels, first), _ in zip(task.loader(), range(10), strict=False):
        assert tokens.shape == labels.shape == (len(first), tokens.shape[1])
        shapes.append(tokens.shape)
        places |= set(first.tolist())
    assert shapes == [(8, 16)] * 7 + [(4, 32)] * 3
    assert places == {0, 16}


def test_every_window_is_read_once_before_any_is_read_again() -> None:
    order = ShortFirst(windows=7, samples=20, whole=6).indices(seed=0, epoch=0, batch_size=2)
    assert (order[:14] < 7).all()
    assert (order[14:] >= 7).all()
    for begin in (0, 7):
        assert sorted((order % 7)[begin : begin + 7]) == list(range(7))
    other = ShortFirst(windows=7, samples=20, whole=6).indices(seed=1, epoch=0, batch_size=2)
    assert (order != other).any()


def test_validation_hides_the_same_tokens_every_time(masked: Path) -> None:
    task, model = load_run(masked)
    task.prepare()
    assert task.validate(model) == task.validate(model)


def test_the_tokenizer_is_learned_from_the_training_part_alone(tmp_path: Path) -> None:
    path = tmp_path / "two.txt"
    path.write_text("alpha beta gamma " * 300 + "omega " * 60, "utf-8")
    task = TrainBERT(resolve(TrainBERT, {"data": str(path), "vocab_size": 60, "context": 8,
                                         "length": 8}, cores=1))  # fmt: skip
    task.prepare()
    assert task.tokenizer.token_to_id("alpha") is not None
    assert task.tokenizer.token_to_id("omega") is None


# Settings


def test_a_task_brings_the_settings_of_its_own() -> None:
    for data in ("sst-2", "imdb"):
        asked = resolve(TrainBERT, {"task": "classify", "data": data}, cores=1)
        assert asked == resolve(TrainBERT, {}, recipe=data, cores=1)
    own = resolve(TrainBERT, {"task": "classify", "data": "mine.tsv", "lr": 1e-4}, cores=1)
    assert (own.task, own.lr, own.data, own.steps) == ("classify", 1e-4, "mine.tsv", 1290)
    again = resolve(TrainBERT, {"task": "classify", "data": "a.tsv"}, recipe="imdb", cores=1)
    assert again.length == resolve(TrainBERT, {}, recipe="imdb", cores=1).length


def test_sizes_follow_from_the_run_that_is_gone_on_from(masked: Path) -> None:
    config = resolve(TrainBERT, {"init": str(masked), "task": "classify"}, cores=1)
    assert (config.layers, config.heads, config.width, config.context) == (1, 2, 32, 32)
    assert config.length == 32
    with pytest.raises(UserError, match=r"width \(64\) must be that of --init .*: 32"):
        resolve(TrainBERT, {"init": str(masked), "width": 64})


def test_the_recipe_of_the_quoted_run_has_5_8_million_parameters() -> None:
    task = TrainBERT(resolve(TrainBERT, {}, recipe="pretrain", cores=1))
    task.shape = {"vocab_size": task.config.vocab_size}
    assert sum(p.numel() for p in task.model().parameters()) == 5_798_940


def test_a_long_text_keeps_its_beginning_and_more_of_its_end() -> None:
    ids = np.arange(1000, dtype=np.uint16)
    kept = head_and_tail(ids, 100)
    assert kept.tolist() == [*range(25), *range(925, 1000)]
    assert head_and_tail(ids[:100], 100).tolist() == list(range(100))


# Bad input


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--task", "classify", "--data", "nothing.tsv"], "nothing.tsv"),
        (["--task", "classify", "--data", "nothing"], "nothing"),
        (["--data", "nothing"], "nothing"),
        (["--init", "nowhere"], "there is no run folder nowhere"),
        (["--context", "64", "--length", "60"], "length (60) must divide context (64)"),
        (["--heads", "3"], "heads (3) must divide width"),
        (["--task", "guess"], "guess"),
        (["--preset", "giant"], "giant"),
    ],
)
def test_what_cannot_be_trained_ends_in_one_line(options, told, nt, tmp_path) -> None:
    ran = nt("train", "bert", "--out", tmp_path / "run", *options)
    assert ran.status == 2
    assert told in ran.err
    assert len(ran.err.strip().splitlines()) == 1
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    "content",
    [b"", b"text\tlabel\n", b"text\tlabel\nfine\tgood\n", b"text\tlabel\n\xff\xfe\t1\n",
     b"text\tclass\na\t1\n", b"text\tlabel\n" + b"same\t1\nother\t0\n" * 50],
)  # fmt: skip
def test_a_table_that_is_none_ends_in_one_line(content, nt, tmp_path) -> None:
    path = tmp_path / "bad.tsv"
    path.write_bytes(content)
    ran = nt("train", "bert", "--task", "classify", "--data", path, "--out", tmp_path / "run")
    assert ran.status == 2
    assert "bad.tsv" in ran.err
    assert len(ran.err.strip().splitlines()) == 1


def test_a_text_without_gap_or_with_too_much_is_refused(masked, classifier, nt) -> None:
    for text, told in (("no gap", "no [MASK]"), ("[MASK] " * 60, "reads at most 32"),
                       ("", "no [MASK]")):  # fmt: skip
        ran = nt("fill-mask", masked, text)
        assert (ran.status, len(ran.err.strip().splitlines())) == (2, 1)
        assert told in ran.err
    assert "fills in no words" in nt("fill-mask", classifier, "a [MASK]").err
    for ran in (nt("fill-mask", masked, "\udcff [MASK]"), nt("classify", classifier, "\udcff")):
        assert (ran.status, len(ran.err.strip().splitlines())) == (2, 1)
        assert "text: character U+DCFF" in ran.err
    assert "names no texts" in nt("classify", masked, "a").err
    assert "at least one character" in nt("classify", classifier, " ").err


def test_a_table_cannot_bring_special_tokens(classifier: Path) -> None:
    task, _ = load_run(classifier)
    specials = set(task.tokenizer.special_tokens.values()) - {
        task.tokenizer.special_tokens["[UNK]"]
    }
    row = task.row("anna [MASK] [SEP] beats [PAD]")
    assert not specials & set(row[1:-1].tolist())


def test_the_config_repeats_the_run(masked: Path) -> None:
    told = tomllib.loads((masked / "config.toml").read_text("utf-8"))
    assert BERTSettings(**told) == load_run(masked)[0].config
