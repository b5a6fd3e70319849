"""The published files, read and divided: counts, classes and examples as they are published."""

import functools
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from nt_data import DataError
from nt_data.sources import (
    GLYPH_FACES,
    _load,
    _register,
    glyph_faces,
    load_image_texts,
    load_images,
    load_labelled_texts,
    load_text,
    load_text_pairs,
    source,
    source_names,
)
from nt_data.sources._options import Options

Shared = Callable[[str], Path]
LOADERS: dict[str, Any] = {
    **_register.IMAGES, **_register.LABELLED, **_register.PAIRS, **_register.IMAGE_TEXTS
}  # fmt: skip
NAMES = [name for name in source_names() if source(name).kind != "text"]


def splits(shared: Shared, name: str, **options: Any) -> dict[str, Any]:
    """Every split of a source, none of it downloaded."""
    if source(name).files:
        options["data_dir"] = shared(f"data/{name}").parent
    return _loaded(name, **options)


@functools.cache
def _loaded(name: str, **options: Any) -> dict[str, Any]:
    return _load.all_splits(LOADERS[name], Options(**options))


@pytest.mark.parametrize("name", NAMES)
def test_splits_have_the_published_sizes_and_share_nothing(shared: Shared, name: str) -> None:
    parts = splits(shared, name)
    about = source(name)
    seen: set[Any] = set()
    kin: set[Any] = set()
    for part, samples in parts.items():
        expected = about.splits[part]
        if name != "cifar-10":
            assert expected in (None, len(samples)), part
        same = samples.identities()
        assert len(set(same)) == len(same), f"{part} has a sample twice"
        assert not seen & set(same), f"{part} shares a sample with an earlier split"
        assert not kin & set(samples.kin()), f"{part} shares a group with an earlier split"
        seen |= set(same)
        kin |= set(samples.kin())
        assert (samples.name, samples.split) == (name, part)


def test_what_was_left_out_of_imdb_is_told(shared: Shared) -> None:
    assert "199 of 25,000 left out" in splits(shared, "imdb")["test"].note


def test_cifar_10_from_the_copy_says_which_images_it_has(shared: Shared) -> None:
    whole = splits(shared, "cifar-10", deduplicate=False)
    sizes = {part: len(images) for part, images in whole.items()}
    assert sizes == {"train": 35_000, "validation": 1_000, "test": 5_000}
    assert "lossless copy of 41,000 images" in whole["test"].note
    train = whole["train"].joined(whole["test"])
    counts = [3986, 3986, 4048, 3984, 4003, 3975, 4020, 4023, 3997, 3978]
    assert np.bincount(train.labels).tolist() == counts
    counts = [103, 89, 100, 103, 90, 86, 112, 102, 106, 109]
    assert np.bincount(whole["validation"].labels).tolist() == counts
    means = train.images.mean(axis=(0, 1, 2)) / 255
    assert means == pytest.approx([0.4914, 0.4822, 0.4465], abs=2e-3)  # published for all five


@pytest.mark.parametrize(
    ("name", "mean", "std"), [("mnist", 0.1307, 0.3081), ("fashion-mnist", 0.2860, 0.3530)]
)
def test_grey_images_have_the_published_statistics(
    shared: Shared, name: str, mean: float, std: float
) -> None:
    data_dir = shared(f"data/{name}")
    train = load_images(name, "train+validation", data_dir=data_dir)
    assert train.images.shape == (60_000, 28, 28, 1)
    assert train.images.mean() / 255 == pytest.approx(mean, abs=5e-5)
    assert train.images.std() / 255 == pytest.approx(std, abs=5e-5)


def test_every_class_has_the_published_number_of_images(shared: Shared) -> None:
    fashion, mnist = (
        splits(shared, name, deduplicate=False) for name in ("fashion-mnist", "mnist")
    )
    train = fashion["train"].joined(fashion["validation"])
    assert np.bincount(train.labels).tolist() == [6000] * 10
    assert np.bincount(fashion["test"].labels).tolist() == [1000] * 10
    assert fashion["test"].classes[9] == "Ankle boot"
    counts = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    train = mnist["train"].joined(mnist["validation"])
    assert np.bincount(train.labels).tolist() == counts
    counts = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert np.bincount(mnist["test"].labels).tolist() == counts


def test_digits_are_all_there_and_bright_to_the_end() -> None:
    whole = load_images("digits", "train+validation+test")
    assert len(whole) == 1797
    assert sorted(np.unique(whole.images))[-1] == 255
    assert len(np.unique(whole.images)) == 17


def test_sst_2_is_as_published_but_for_what_leaks(shared: Shared) -> None:
    published = splits(shared, "sst-2", deduplicate=False)
    counts = {part: (len(each), int(each.labels.sum())) for part, each in published.items()}
    assert counts == {"train": (6920, 3610), "validation": (872, 444), "test": (1821, 909)}
    first = "a stirring , funny and finally transporting re imagining of beauty and the beast"
    assert published["train"].texts[0].startswith(first)
    assert published["train"].labels[0] == 1
    shared_texts = set(published["train"].texts) & set(published["test"].texts)
    assert len(shared_texts) == 2
    tidy = splits(shared, "sst-2")
    assert not shared_texts & set(tidy["train"].texts)
    assert "11 of 6,920 left out" in tidy["train"].note


def test_rt_polarity_is_read_as_latin_1(shared: Shared) -> None:
    whole = load_labelled_texts(
        "rt-polarity", "train+validation+test", data_dir=shared("data/rt-polarity")
    )
    assert np.bincount(whole.labels).tolist() == [5331, 5331]
    where = whole.texts.index("simplistic , silly and tedious .")
    assert whole.classes[whole.labels[where]] == "negative"
    assert any("é" in text for text in whole.texts)


def test_imdb_is_as_published_but_for_what_stands_twice(shared: Shared) -> None:
    published = splits(shared, "imdb", deduplicate=False)
    whole = published["train"].joined(published["validation"])
    assert np.bincount(whole.labels).tolist() == [12_500, 12_500]
    tail = whole.labels[-2500:]
    assert np.bincount(tail).tolist() == [1250, 1250]
    words = [len(text.split()) for text in whole.texts]
    assert 225 < np.mean(words) < 240


def test_wikitext_2_has_the_published_lines_and_tokens(shared: Shared) -> None:
    text = load_text("wikitext-2", data_dir=shared("data/wikitext-2"))
    parts = {"train": text.train, "validation": text.validation, "test": text.test}
    lines = {part: each.count("\n") for part, each in parts.items()}
    assert lines == {"train": 36_718, "validation": 3_760, "test": 4_358}
    tokens = {part: len(each.split()) + lines[part] for part, each in parts.items()}
    assert tokens == {"train": 2_088_628, "validation": 217_646, "test": 245_569}
    assert len({*text.train.split(), "<eos>"}) == 33_278
    assert {part: len(each) for part, each in parts.items()} == source("wikitext-2").splits
    short = load_text("wikitext-2", data_dir=shared("data/wikitext-2"), max_bytes=100_000)
    assert text.train.startswith(short.train)
    assert sum(len(p.encode()) for p in (short.train, short.validation, short.test)) > 99_000


def test_tatoeba_is_whole_and_split_by_english_sentence(shared: Shared) -> None:
    parts = splits(shared, "tatoeba-eng-fra")
    pairs = {pair for part in parts.values() for pair in part.identities()}
    assert len(pairs) == 142_782  # five of the published 142,787 stand twice
    assert ("I felt ill.", "Je me suis senti mal.") in pairs
    assert len({english for english, _ in pairs}) == 98_659
    back = load_text_pairs(
        "tatoeba-eng-fra", "test", languages=("fr", "en"), data_dir=shared("data/tatoeba-eng-fra")
    )
    assert back.sources == parts["test"].targets
    assert back.targets == parts["test"].sources


def test_multi30k_lines_up_in_three_languages(shared: Shared) -> None:
    folder = shared("data/multi30k")
    german = load_text_pairs("multi30k", languages=("de", "fr"), data_dir=folder)
    assert german.sources[0] == (
        "Zwei junge weiße Männer sind im Freien in der Nähe vieler Büsche."
    )
    assert german.targets[0] == "Deux jeunes hommes blancs sont dehors près de buissons."
    assert german.groups[0] == "Two young, White males are outside near many bushes."
    english = load_text_pairs("multi30k", data_dir=folder, deduplicate=False)
    assert len(english) == 29_000
    assert english.sources[0] == german.groups[0]
    assert english.targets[0] == german.sources[0]


def test_glyphs_are_5300_distinct_pictures_with_their_names() -> None:
    parts = {part: load_image_texts("glyphs", part) for part in ("train", "validation", "test")}
    whole = parts["train"].joined(parts["validation"]).joined(parts["test"])
    assert 5200 < len(whole) < 5400
    assert 480 < len(parts["test"]) < 600
    assert len(set(whole.texts)) == len(whole)
    a = whole.texts.index("LATIN SMALL LETTER A")
    assert (whole.characters[a], whole.groups[a]) == ("a", "Basic Latin")
    assert "CYRILLIC SMALL LETTER A" not in whole.texts  # it looks the same
    assert "Other" not in whole.groups
    assert len(set(whole.groups)) > 60
    ink = whole.images.reshape(len(whole), -1).max(axis=1)
    assert (ink > 60).all()


def test_a_full_stop_and_a_middle_dot_are_two_glyphs() -> None:
    whole = load_image_texts("glyphs", "train+validation+test")
    rows = {
        name: np.flatnonzero(whole.images[whole.texts.index(name), :, :, 0].any(axis=1))
        for name in ("FULL STOP", "MIDDLE DOT")
    }
    assert rows["FULL STOP"].min() > rows["MIDDLE DOT"].max()


def test_other_faces_show_the_same_characters_and_no_other_glyph_of_the_source() -> None:
    whole = load_image_texts("glyphs", "train+validation+test")
    some = whole.take(range(0, len(whole), 5))
    faces = glyph_faces(some.characters)
    assert faces.shape == (len(GLYPH_FACES), *some.images.shape)
    changed = (faces != some.images).any(axis=(2, 3, 4))
    assert (changed.mean(axis=1) > 0.4).all()  # half of the characters are in every face
    own = set(whole.identities())
    assert not any(image.tobytes() in own for image in faces[changed])
    letters = np.array(["LETTER A" in text for text in some.texts])
    ink = dict(zip(GLYPH_FACES, faces[:, letters].mean(axis=(1, 2, 3, 4)), strict=True))
    assert ink["Sans-Bold"] > 1.2 * ink["Sans-Oblique"]
    assert ink["Serif-Bold"] > 1.2 * ink["Serif"]


def test_other_faces_of_what_is_no_glyph_of_the_font() -> None:
    with pytest.raises(DataError, match="DejaVu Sans has no glyph of '漢'"):
        glyph_faces(["a", "漢"])


def test_emoji_are_named_and_no_skin_tone_twin_crosses(shared: Shared) -> None:
    parts = splits(shared, "emoji")
    whole = parts["train"].joined(parts["validation"]).joined(parts["test"])
    tones = set(map(chr, range(0x1F3FB, 0x1F400)))
    assert len(whole) == 3_520
    assert sum(not tones & set(character) for character in whole.characters) == 1_645
    biker = whole.texts.index("man mountain biking")
    assert whole.characters[biker] == "\U0001f6b5\u200d\u2642"
    keywords = "bicycle, bicyclist, bike, biking, cycle, cyclist, man, mountain, riding, sport"
    assert ", ".join(whole.keywords[biker]) == keywords
    home: dict[str, str] = {}
    for part, each in parts.items():
        for character in each.characters:
            base = "".join(c for c in character if c not in tones)
            assert home.setdefault(base, part) == part, f"{base} is in two splits"
    assert 130 < len(parts["test"].first_of_groups()) < 190


def test_the_copies_are_what_their_checksums_say(shared: Shared) -> None:
    listed = {}
    for line in shared("data/SHA256SUMS").read_text("utf-8").splitlines():
        sha256, name = line.split()
        listed[name.removeprefix("*").removeprefix("./")] = sha256
    known = [file for name in source_names() for file in (*source(name).files, *source(name).also)]
    there = [file for file in known if file.name in listed]
    assert len(there) == 45
    for file in there:
        assert file.sha256 == listed[file.name], file.name
        assert file.size == (shared("data") / file.name).stat().st_size, file.name
    text = shared("data/tinyshakespeare/input.txt").read_bytes()
    assert hashlib.sha256(text).hexdigest() == listed["tinyshakespeare/input.txt"]
