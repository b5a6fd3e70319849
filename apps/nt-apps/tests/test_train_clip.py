"""`nt train clip` and `nt retrieve` on real glyphs: Braille, whose names list the dots."""

import csv
import json
import math
import os
import signal
import time
from dataclasses import replace

import numpy as np
import pytest
from nt_apps.errors import UserError
from nt_apps.measure import measure
from nt_apps.train.clip import TrainCLIP
from nt_apps.train.clip_augment import RandomAffine
from nt_apps.train.clip_batches import Pixels, TrainingPairs, once_a_group
from nt_apps.train.clip_data import Captions, Parts, load_parts, make_tokenizer, with_faces
from nt_apps.train.clip_figures import belongs, chance, figures, nearest_words
from nt_apps.train.clip_settings import CLIPSettings
from nt_apps.train.clip_targets import Targets
from nt_apps.train.recipes import resolve
from nt_apps.train.reopen import load_run
from nt_autograd import tensor
from nt_data import Draws
from nt_data.sources import ImageTexts, load_image_texts

TINY = [
    "--width=32", "--text-width=32", "--text-layers=1", "--heads=2", "--projection=32", "--side=16",
    "--tokenizer=char", "--batch-size=48", "--token-dropout=0", "--dropout=0", "--ema=0.9",
    "--turn=0", "--slant=0",
    "--shift=1", "--zoom=0", "--lr=5e-3", "--steps=150", "--eval-every=50", "--no-jit",
]  # fmt: skip


def write(path, image):
    """An image (height, width, 1 or 3) of bytes, in the plainest format there is."""
    height, width, channels = image.shape
    path.write_bytes(
        f"P{5 if channels == 1 else 6} {width} {height} 255 ".encode() + image.tobytes()
    )


@pytest.fixture(scope="session")
def braille(tmp_path_factory):
    """All Braille patterns as files, and the table of them."""
    folder = tmp_path_factory.mktemp("braille")
    glyphs = load_image_texts("glyphs", "train+validation+test")
    with (folder / "pairs.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["image", "text", "group"])
        for i, (text, group) in enumerate(zip(glyphs.texts, glyphs.groups, strict=True)):
            if group == "Braille Patterns":
                dots = text.partition("-")[2]
                write(folder / f"{i}.ppm", glyphs.images[i])
                writer.writerow([f"{i}.ppm", f"dots {dots}", f"{len(dots)} dots"])
    return folder / "pairs.csv"


@pytest.fixture(scope="module")
def run(braille, tmp_path_factory):
    """A trained run."""
    from nt_apps.cli import main

    out = tmp_path_factory.mktemp("runs") / "run"
    assert main(["train", "clip", "--data", str(braille), "--out", str(out), *TINY]) == 0
    return out


def told_of(run):
    return json.loads((run / "summary.json").read_text("utf-8"))


def test_it_names_patterns_that_it_never_saw(run):
    told = told_of(run)
    assert told["figures"]["image_to_text_r1"] > 0.6
    assert told["figures"]["text_to_image_r1"] > 0.6
    for row in told["baselines"].values():
        assert told["figures"]["image_to_text_r1"] > 3 * row["image_to_text_r1"]
    assert "once, with the weights of step" in told["measured_on"]
    assert "test pairs" in told["measured_on"]


def test_a_word_that_was_never_learned_counts_for_half(run):
    task, model = load_run(run)
    assert not task.config.without_unknown  # Braille's new names are made of known pieces
    whole = task.texts_features(model, ["dots 12 never"])
    task.config = replace(task.config, without_unknown=True)
    plain = model.encode_text(tensor(task.captions(["dots 12 never", "dots 12"]))).detach().numpy()
    found = task.texts_features(model, ["dots 12 never", "dots 12", "never"])
    both = plain.sum(0)
    np.testing.assert_allclose(found[0], both / np.linalg.norm(both), atol=1e-5)
    np.testing.assert_allclose(found[1], plain[1], atol=1e-5)
    np.testing.assert_allclose(whole[0], plain[0], atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)


def test_recall_is_told_group_by_group(run):
    with (run / "groups.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    counts = [int(row["images"]) for row in rows]
    right = sum(n * float(row["image_to_text_r1"]) for n, row in zip(counts, rows, strict=True))
    assert right / sum(counts) == pytest.approx(
        told_of(run)["figures"]["image_to_text_r1"], abs=1e-3
    )
    for name in ("pairs", "similarity", "groups", "loss"):
        assert (run / f"{name}.png").read_bytes()[1:4] == b"PNG"


def test_pairs_that_are_each_a_group_of_their_own_have_no_recall_by_group(tmp_path):
    part = load_image_texts("glyphs", "test").take(range(5))
    table = np.eye(5, dtype=np.float32)
    task = TrainCLIP(CLIPSettings())
    for groups, drawn in ((part.texts, False), (["letters"] * 5, True)):
        test = replace(part, groups=list(groups))
        task.parts = Parts(part, part, test, "five", "not at all")
        names = {path.name for path in task.draw(None, table, tmp_path)}
        assert ("groups.png" in names) is ("groups.csv" in names) is drawn
        assert names >= {"pairs.png", "similarity.png"}


def test_evaluate_finds_the_same_figures(run):
    found = measure(run)
    assert found.figures == found.told


def test_two_threads_take_the_whole_batch_for_the_loss(braille, nt, tmp_path):
    losses = []
    for threads in (1, 2):
        out = tmp_path / str(threads)
        options = ["--data", braille, "--out", out, *TINY, "--steps=3", "--tower=vit"]
        ran = nt("train", "clip", *options, "--threads", threads)
        assert ran.status == 0, ran.err
        lines = (out / "metrics.jsonl").read_text("utf-8").splitlines()
        entries = map(json.loads, lines)
        losses.append([entry["train_loss"] for entry in entries if "train_loss" in entry])
    assert len(losses[0]) == 3
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)


def test_a_text_finds_its_image_and_an_image_its_text(run, braille, nt, tmp_path):
    with braille.open(encoding="utf-8") as file:
        rows = {row["image"]: row["text"] for row in csv.DictReader(file)}
    good = 0
    for image, text in list(rows.items())[::50]:
        for query, shown in ((text, image), (braille.parent / image, text)):
            picture = tmp_path / "found.png"
            ran = nt("retrieve", run, query, "--top", 3, "--part", "all", "--out", picture)
            assert ran.status == 0, ran.err
            good += shown in ran.out
            assert picture.read_bytes()[1:4] == b"PNG"
            picture.unlink()
    assert good >= 10  # of 12


@pytest.mark.skipif(os.name == "nt", reason="signals as POSIX has them")
def test_a_run_that_was_killed_goes_on_bit_for_bit(braille, spawn, nt, tmp_path, learned):
    options = ["--data", braille, *TINY, "--steps=40", "--eval-every=10", "--erase=0.5"]
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    assert nt("train", "clip", "--out", whole, *options).status == 0
    process = spawn("train", "clip", "--out", broken, *options)
    metrics = broken / "metrics.jsonl"
    while process.poll() is None and not (
        metrics.exists() and metrics.read_bytes().count(b"\n") >= 17
    ):
        time.sleep(0.002)
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    ran = nt("train", "clip", "--resume", broken)
    assert ran.status == 0, ran.err
    assert learned(broken) == learned(whole)
    assert told_of(broken)["figures"] == told_of(whole)["figures"]


def refused(ran, *words):
    assert ran.status == 2
    assert len(ran.err.strip().splitlines()) == 1, ran.err
    for word in words:
        assert word in ran.err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--data", "glyph"], ["glyph", "glyphs, emoji", ".csv"]),
        (["--data", "nowhere.csv"], ["nowhere.csv"]),
        (["--heads", 3], ["heads (3)", "width"]),
        (["--tower", "vit", "--patch", 5], ["patch (5)", "side (16)"]),
        (["--width", 30, "--text-width", 32], ["width (30)", "multiple of 4"]),
        (["--batch-size", 5000], ["batch_size (5000)", "pairs"]),
        (["--tokenizer", "word"], ["word", "wordpiece"]),
        (["--tokenizer", "bpe", "--vocab-size", 9], ["captions", "vocab_size (9)"]),
        (["--token-dropout", 1], ["token_dropout (1.0)"]),
        (["--subword-dropout", 0.1], ["subword_dropout", "wordpiece", "'char'"]),
        (["--preset", "RN50"], ["RN50"]),
        (["--preset", "huge"], ["huge", "clip-mini"]),
    ],
)
def test_an_option_that_does_not_fit(braille, nt, tmp_path, options, words):
    given = ["--data", braille, "--out", tmp_path / "run", *TINY, *options]
    refused(nt("train", "clip", *given), *words)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ("", "empty"),
        ("picture,text\na.png,one\n", "no column image"),
        ("image,text\na.png\n", "line 2"),
        ("image,text\nnowhere.png,one\n", "nowhere.png"),
        ("image,text\npairs.csv,one\n", "pairs.csv"),
        ("image,text\na.png,\n", "text is empty"),
        ("image,text\na.png,one\n", "too few"),
    ],
)
def test_a_table_that_is_none(nt, tmp_path, content, word):
    write(tmp_path / "a.png", np.full((9, 9, 3), 200, np.uint8))
    table = tmp_path / "pairs.csv"
    table.write_text(content, "utf-8")
    refused(nt("train", "clip", "--data", table, "--out", tmp_path / "run"), word)


@pytest.mark.parametrize(
    ("query", "options", "word"),
    [
        (" ", [], "empty"),
        ("nowhere.png", [], "nowhere.png"),
        ("dots 1", ["--part", "best"], "best"),
    ],
)
def test_a_query_that_cannot_be_met(run, nt, query, options, word):
    refused(nt("retrieve", run, query, *options), word)


@pytest.mark.parametrize(
    "query", ["dots 1 " * 60, "dots\0 1", "dots 1/2\n", "\x1b[31m ⠃ 漢字 $x_{", "a/b" * 2000]
)
def test_any_text_is_a_query(run, nt, tmp_path, query):
    ran = nt("retrieve", run, query, "--top", 2, "--out", tmp_path / "found.png")
    assert ran.status == 0, ran.err
    assert "the nearest of" in ran.out
    assert (tmp_path / "found.png").read_bytes()[1:4] == b"PNG"


def test_a_query_without_utf8_is_told(run, nt):
    refused(nt("retrieve", run, "dots \udcff"), "query: 'utf-8' codec")


@pytest.mark.parametrize(("ending", "begins"), [("", b"\x89PNG"), (".JPG", b"\xff\xd8"),
                                                (".svg", b"<?xml"), (".pdf", b"%PDF")])  # fmt: skip
def test_the_ending_is_the_format_of_the_picture(run, nt, tmp_path, ending, begins):
    picture = tmp_path / f"found{ending}"
    ran = nt("retrieve", run, "dots 1", "--top", 1, "--out", picture)
    assert ran.status == 0, ran.err
    assert picture.read_bytes().startswith(begins)


def test_a_picture_that_cannot_be_is_refused_before_any_search(run, nt, tmp_path, monkeypatch):
    monkeypatch.setattr("nt_apps.retrieve.retrieve", lambda *_, **__: pytest.fail("too late"))
    refused(nt("retrieve", run, "dots 1", "--out", "x.foo"), "out (x.foo) ends in .foo; ", ".png")
    refused(nt("retrieve", run, "dots 1", "--out", tmp_path), f"out ({tmp_path}) is a folder")


def test_a_damaged_image_is_named(run, nt, tmp_path):
    path = tmp_path / "half.png"
    path.write_bytes(next(iter(run.glob("*.png"))).read_bytes()[:100])
    refused(nt("retrieve", run, path), "half.png")


def test_a_run_of_another_trainer_retrieves_nothing(train, nt):
    refused(nt("retrieve", train("--steps", 1), "the matrix"), "nt train gpt2")


def test_the_tokenizer_knows_nothing_of_validation_and_test():
    images = np.zeros((2, 8, 8, 1), np.uint8)
    train = ImageTexts(images, ["ab", "ba"], ["", ""], ["", ""], [("c",), ()])
    tokens = make_tokenizer("char", 0, train).token_strings()
    assert tokens[:3] == ["a", "b", "c"]
    assert len(tokens) == 4  # and the unknown


def test_a_caption_stays_in_one_part_and_an_image_counts_once(tmp_path):
    rows = ["image,text"]
    for i in range(60):
        write(tmp_path / f"{i}.png", np.full((9, 9, 3), i % 50, np.uint8))
        rows.append(f"{i}.png,text {i % 40}")
    (tmp_path / "pairs.csv").write_text("\n".join(rows), "utf-8")
    parts = load_parts(str(tmp_path / "pairs.csv"), 8)
    sets = [set(part.texts) for part in (parts.train, parts.validation, parts.test)]
    assert not sets[0] & sets[1]
    assert not sets[0] & sets[2]
    assert not sets[1] & sets[2]
    assert sum(map(len, (parts.train, parts.validation, parts.test))) == 50


def test_equal_captions_are_both_right():
    table = np.array([[0.1, 0.9, 0.2], [0.3, 0.8, 0.1], [0.9, 0.2, 0.1]], np.float32)
    assert belongs(["a", "b", "a"]).sum() == 5
    found = figures(table, ["a", "b", "a"])
    assert found["image_to_text_r1"] == pytest.approx(2 / 3)  # the first takes b's
    assert found["text_to_image_mean_rank"] == pytest.approx((1 + 2 + 1) / 3)


def test_chance_is_what_random_similarities_reach():
    draw, texts = np.random.default_rng(0), [str(i) for i in range(50)]
    tables = [draw.normal(size=(50, 50)).astype(np.float32) for _ in range(100)]
    for name, value in chance(50).items():
        mean = np.mean([figures(table, texts)[name] for table in tables])
        assert mean == pytest.approx(value, rel=0.1)


def test_the_nearest_images_words_find_what_is_said_alike():
    pixels = np.zeros((4, 2, 2, 1), np.uint8)
    for i in range(4):
        pixels[i].flat[i] = 255
    train = ImageTexts(pixels, ["small a", "small b", "capital a", "sign"], [""] * 4, [""] * 4,
                       [()] * 4)  # fmt: skip
    test = ImageTexts(pixels[[2, 0]], ["capital c", "small c"], [""] * 2, [""] * 2, [()] * 2)
    table = nearest_words(train, test)
    assert table.argmax(1).tolist() == [0, 1]
    assert table.max() <= 1 + 1e-6


def test_an_image_moved_by_whole_pixels_is_the_image_moved():
    images = np.random.default_rng(0).random((1, 9, 9, 1)).astype(np.float32)

    class Fixed(Draws):
        def uniform(self, shape=()):
            drawn = np.full((1, *shape), 0.5)
            drawn[:, 4] = 1.0  # to the largest shift: 2 pixels
            return drawn

    moved = RandomAffine(shift=2, zoom=0, turn=0, slant=0)(images, Fixed([0]))
    assert np.allclose(moved[:, :, :-2], images[:, :, 2:])
    assert not moved[:, :, -2:].any()


def test_a_checkpoint_with_another_tokenizer_is_refused(braille, nt, tmp_path):
    out = tmp_path / "run"
    assert nt("train", "clip", "--data", braille, "--out", out, *TINY, "--steps=1").status == 0
    path = out / "tokenizer.json"
    path.write_text("{}", "utf-8")
    with pytest.raises(UserError, match=r"tokenizer\.json"):
        measure(out)


def test_a_group_of_many_comes_no_more_often_than_one_of_few():
    groups = np.array(["hand"] * 90 + ["sun"] * 9 + ["moon"])
    sampler = once_a_group(groups.tolist())
    drawn = [sampler.indices(seed=0, epoch=i, batch_size=3) for i in range(1000)]
    assert {len(some) for some in drawn} == {3}
    names, counts = np.unique(groups[np.concatenate(drawn)], return_counts=True)
    assert set(names) == {"hand", "sun", "moon"}
    assert abs(counts / 3000 - 1 / 3).max() < 0.04
    assert len(set(np.concatenate(drawn).tolist())) == 100


def test_glyphs_are_seen_in_all_faces_of_their_font_and_always_by_their_own_name():
    glyphs = load_image_texts("glyphs", "train").take(range(200))
    config = CLIPSettings(faces=True, shift=0, zoom=0, turn=0, slant=0, token_dropout=0)
    captions = Captions(make_tokenizer("char", 0, glyphs), config.context, ())
    looks = with_faces(glyphs, 32)
    pairs = TrainingPairs(glyphs, captions, Pixels([0.0], [1.0]), config, looks)
    seen = set()
    for epoch in range(60):
        images, tokens, _ = pairs(np.arange(50, 54), Draws(range(4 * epoch, 4 * epoch + 4)))
        assert (tokens == captions(glyphs.texts[50:54])).all()
        for i, image in enumerate(images, 50):
            near = np.abs(looks[:, i] / 255 - image).reshape(len(looks), -1).max(axis=1)
            assert near.min() < 1e-5
            seen |= set(np.flatnonzero(near < 1e-5).tolist())
    assert seen == set(range(7))


def test_names_come_in_pieces_drawn_anew_and_stay_the_same_words():
    glyphs = load_image_texts("glyphs", "train").take(range(400))
    config = CLIPSettings(subword_dropout=0.3, token_dropout=0)
    tokenizer = make_tokenizer("wordpiece", 300, glyphs)
    captions = Captions(tokenizer, config.context, ())
    pairs = TrainingPairs(glyphs, captions, Pixels([0.0], [1.0]), config)
    ways = set()
    for epoch in range(40):
        _, tokens, _ = pairs(np.arange(30, 34), Draws(range(4 * epoch, 4 * epoch + 4)))
        for row, name in zip(tokens, glyphs.texts[30:34], strict=True):
            inside = row[1:][row[1:] != captions.end]
            whole = tokenizer.decode(captions.ids(name))
            assert tokenizer.decode(inside) == whole
            ways.add((name, *inside.tolist()))
    assert len(ways) > 40
    assert {(name, *captions.ids(name)) for name in glyphs.texts[30:34]} < ways


def test_a_caption_in_other_pieces_is_the_same_caption():
    glyphs = load_image_texts("glyphs", "train").take(range(400))
    config = CLIPSettings(subword_dropout=0.5, token_dropout=0)
    captions = Captions(make_tokenizer("wordpiece", 300, glyphs), config.context, ())
    pairs = TrainingPairs(glyphs, captions, Pixels([0.0], [1.0]), config)
    _, tokens, same = pairs(np.array([30] * 8 + [31]), Draws(range(9)))
    assert len({tuple(row) for row in tokens[:8].tolist()}) > 1
    assert len(set(same[:8].tolist())) == 1
    assert same[8] != same[0]


def test_texts_that_share_a_rare_token_are_each_others_next_best_guess():
    script, rare, other, common, end = 1, 2, 3, 4, 5
    captions = [
        [common, script, rare],
        [common, script, other],
        *([[common, 6 + i] for i in range(20)]),
    ]
    tokens = np.array([[common, script, 7, end], [common, script, 8, end], [common, 9, end, end],
                       [common, 9, end, end]])  # fmt: skip
    same = np.array([0, 1, 2, 2])
    plain = Targets(captions, 30, soft=0.0)(tokens, same)
    assert plain.tolist() == [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0.5, 0.5], [0, 0, 0.5, 0.5]]
    spread = Targets(captions, 30, soft=0.5)(tokens, same)
    assert np.allclose(spread.sum(1), 1)
    assert np.allclose(spread, spread.T)
    shared, single = math.log(22 / 2) ** 2, math.log(22 / 1) ** 2  # of 22 captions, 2 and 1
    assert spread[0, 1] == pytest.approx(0.5 * (shared / (shared + single)) ** 2)
    assert spread[0, 2] == spread[0, 3] == 0  # all captions have what they share
    assert np.allclose(spread[2, 2:], 0.5)  # equals stay equal


def test_a_spread_target_keeps_its_optimum_at_the_own_text(braille, tmp_path, nt):
    options = ["--data", braille, *TINY, "--soft-targets", 0.4]
    ran = nt("train", "clip", *options, "--out", tmp_path / "run")
    assert ran.status == 0, ran.err
    assert told_of(tmp_path / "run")["figures"]["image_to_text_r1"] > 0.6


def test_only_glyphs_have_faces(braille, tmp_path, nt):
    assert resolve(TrainCLIP, {}).faces
    own = resolve(TrainCLIP, {"data": str(braille)})
    assert not own.faces
    assert not own.without_unknown
    assert resolve(TrainCLIP, {}, recipe="emoji").without_unknown
    assert resolve(TrainCLIP, {}).subword_dropout
    assert not resolve(TrainCLIP, {"tokenizer": "bpe"}).subword_dropout
    ran = nt("train", "clip", "--data", braille, "--faces", "--out", tmp_path / "run")
    assert ran.status == 2
    assert "faces: only data glyphs has them" in ran.err


def test_balanced_batches_learn_what_all_groups_show(braille, tmp_path, nt):
    options = ["--data", braille, *TINY, "--balanced", "--batch-size", 8, "--steps", 20]
    ran = nt("train", "clip", *options, "--eval-every", 20, "--out", tmp_path / "run")
    assert ran.status == 0, ran.err
    assert told_of(tmp_path / "run")["finished"]
    ran = nt("train", "clip", *options, "--batch-size", 48, "--out", tmp_path / "other")
    assert ran.status == 2
    assert "batch_size (48) must be at most the 8 groups of pairs" in ran.err
