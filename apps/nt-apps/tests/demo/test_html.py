"""What tabs draw with shows words as they are and numbers as they are."""

import base64
import io
import re

import numpy as np
import pytest
from nt_apps.demo.attention import choice, head_grid, large_head
from nt_apps.demo.html import bars, coloured, message, percent, pick, picture, shown

HOSTILE = """<img src=x onerror=alert(1)> & "quotes" 'and' {{value}} ${value}"""


@pytest.mark.parametrize(
    "made",
    [
        bars([(HOSTILE, 0.5, 0.25)], HOSTILE),
        message(HOSTILE),
        pick(HOSTILE, "", HOSTILE),
        picture(np.zeros((2, 2), np.uint8), HOSTILE),
        large_head(np.eye(1, dtype=np.float32), [HOSTILE], HOSTILE),
    ],
    ids=["bars", "message", "pick", "picture", "head"],
)
def test_what_a_person_or_a_model_wrote_stays_text(made):
    assert "onerror" not in re.sub(r'"[^"]*"', "", made).replace("&lt;img src=x onerror", "")
    assert "<img src=x" not in made


def test_bars_keep_the_exact_shares():
    made = bars([("a", 1 / 3, None), ("b", 2 / 3, None)], "shares")
    assert sum(map(float, re.findall(r'data-share="([^"]+)"', made))) == 1.0


def test_a_share_is_never_rounded_to_nothing_or_all():
    assert [percent(x) for x in (1.0, 0.999, 1e-5, 1e-300)] == [
        "100.0 %", "99.9 %", "<0.01 %", "<0.01 %"
    ]  # fmt: skip


def test_white_space_is_seen():
    assert shown("\t a\r\n") == "⇥␣a␍↵"


def pixels(made: str) -> np.ndarray:
    from PIL import Image

    content = re.search(r"base64,([^\"]+)", made).group(1)
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(content))))


@pytest.mark.parametrize("shape", [(3, 5), (3, 5, 1), (3, 5, 3)])
def test_a_picture_has_the_pixels_that_went_in(shape):
    image = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    seen = pixels(picture(image, "noise"))
    assert (seen == image.reshape(seen.shape)).all()


def test_more_is_brighter_and_nothing_is_darkest():
    line = coloured(np.linspace(0, 1, 9)[None]).astype(int).sum(-1)[0]
    assert (np.diff(line) > 0).all()


def test_for_is_red_and_against_is_blue_and_neither_is_pale():
    against, neither, speaks = coloured(np.array([[-2.0, 0.0, 2.0]]), signed=True)[0].astype(int)
    assert speaks[0] > speaks[2]
    assert against[2] > against[0]
    assert neither.min() > 240


def test_a_map_of_zeros_is_no_division_by_zero():
    assert (coloured(np.zeros((2, 2))) == coloured(np.zeros((2, 2)), most=1.0)).all()


def test_every_head_of_every_layer_can_be_picked_and_one_is():
    made = head_grid(np.ones((3, 4, 2, 2), np.float32), ["x"] * 3, (2, 1))
    picks = re.findall(r'data-pick="(\S+)" aria-pressed="(\w+)"', made)
    assert [p for p, _ in picks] == [f"{i}.{j}" for i in range(3) for j in range(4)]
    assert [p for p, on in picks if on == "true"] == ["2.1"]


@pytest.mark.parametrize("picked", ["", "x", "1", "-1.0", "1.-1", "None", "0.0.0", "١.٠"])
def test_a_pick_that_is_none_is_the_first(picked):
    assert choice(picked, 3, 3)[0] in (0, 1)
    layer, head = choice(picked, 3, 3)
    assert 0 <= layer < 3
    assert 0 <= head < 3


def test_a_long_text_is_drawn_without_labels_and_says_so():
    count = 100
    made = large_head(np.eye(count, dtype=np.float32), ["token"] * count, "one head")
    assert "<text" not in made
    assert "100 tokens are too many" in made
