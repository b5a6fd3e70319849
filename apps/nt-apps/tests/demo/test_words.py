"""What words find is what `nt retrieve` finds."""

import re

import numpy as np
import pytest
from nt_apps.demo.models import identify
from nt_apps.demo.words import PARTS, Finder, found_words
from nt_apps.retrieve import retrieve


@pytest.fixture(scope="module")
def finder(run_of):
    return Finder.open(identify(run_of("clip")))


@pytest.mark.parametrize("part", PARTS)
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
