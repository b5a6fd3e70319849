"""What words find is what `nt retrieve` finds."""

import re

import numpy as np
import pytest
from nt_apps.demo.models import identify
from nt_apps.demo.words import FEW, Finder, found_words
from nt_apps.errors import UserError
from nt_apps.retrieve import retrieve
from nt_data.tokenizers import CharTokenizer
from nt_models import CLIP, CLIPConfig, CLIPTextConfig, CLIPVisionConfig, save_pretrained
from nt_tensor import Generator


@pytest.fixture(scope="module")
def finder(run_of):
    return Finder.open(identify(run_of("clip")))


@pytest.mark.parametrize("part", ["test", "validation", "train", "all"])
def test_it_finds_what_nt_retrieve_finds(finder, run_of, part):
    expected = retrieve(run_of("clip"), "c 5", top=3, part=part)
    hits = finder.find("c 5", part, most=3)
    assert [hit.text for hit in hits] == list(expected.pairs.texts)
    near = [hit.nearness for hit in hits]
    assert near == pytest.approx(list(map(float, expected.similarity)), abs=1e-5)
    assert (np.stack([hit.image for hit in hits]) == expected.pairs.images).all()


def test_what_it_learned_from_it_finds_by_its_text(finder):
    texts = finder.part("train").texts
    right = [finder.find(text, "train", most=1)[0].text == text for text in texts]
    assert np.mean(right) > 0.8


def test_pictures_come_with_their_captions_the_nearest_first(finder):
    made = found_words(finder, "a 1", "all")
    near = [float(each) for each in re.findall(r'data-nearness="([^"]+)"', made)]
    assert near == sorted(near, reverse=True)
    assert len(near) == made.count("<img") == 12
    assert "The nearest of 64" in made


@pytest.mark.parametrize("words", ["", "   ", "\n"])
def test_no_words_find_nothing(finder, words):
    assert "Type what to look for." in found_words(finder, words, "test")


def test_there_is_no_other_part_than_its_names_say(finder):
    assert finder.names == ["test", "validation", "train", "all"]
    assert len(finder.part("all")) == sum(len(finder.part(name)) for name in finder.names[:3])
    assert finder.features("all").shape[0] == 64


def test_pictures_that_are_not_here_are_not_fetched(run_of, monkeypatch):
    monkeypatch.setattr("nt_apps.demo.words.at_hand", lambda data, folder: False)
    with pytest.raises(UserError, match=r"pairs\.csv are not on this machine"):
        Finder.open(identify(run_of("clip")))


def test_published_weights_look_through_some_glyphs(tmp_path, monkeypatch):
    monkeypatch.setattr("nt_apps.demo.words.at_hand", lambda data, folder: data == "glyphs")
    tokenizer = CharTokenizer("abcdefghijklmnopqrstuvwxyz ")
    end = tokenizer.vocab_size
    sizes = {"layers": 1, "heads": 2, "width": 16, "projection": 8}
    model = CLIP(
        CLIPConfig(
            vision=CLIPVisionConfig(**sizes, image_size=16, patch=8),
            text=CLIPTextConfig(**sizes, vocab_size=end + 1, context=12, end_token=end),
        ),
        generator=Generator(0),
    )
    save_pretrained(model, tmp_path)
    tokenizer.add_tokens(["<end>"])
    tokenizer.save(tmp_path / "tokenizer.json")
    finder = Finder.open(identify(tmp_path))
    assert finder.names == [f"glyphs, {FEW} of them"]
    hits = finder.find("arrow<end>", finder.names[0], most=FEW)
    assert len({hit.text for hit in hits}) == FEW
    assert all(-1.0001 <= hit.nearness <= 1.0001 for hit in hits)
    assert "reads at most 12" in found_words(finder, "a" * 30, finder.names[0])
