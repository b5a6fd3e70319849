import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nt_data.tokenizers._gpt2_pattern import _ASCII, _UNICODE, piece_spans, pieces

# Characters on the borders of the classes: letters, marks, digits, number letters, numerals that
# are letters, spaces that Python and Unicode count differently.
BORDERS = (
    "aZéßΩж中あאǺ1²Ⅷ½٣੩〇_'sdtrelvm.,-–…😀𝔘𝟙"
    "\x00\x1c\x1f\x85\xa0\u1680\u180e\u200a\u200b\u2028\u3000\ufeff \t\n\r"
)


@given(st.text() | st.text(st.sampled_from(BORDERS)))
def test_pieces_join_to_the_text_and_none_is_empty(text: str) -> None:
    cut = pieces(text)
    assert "".join(cut) == text
    assert all(cut)
    assert [text[start:stop] for start, stop in piece_spans(text)] == cut


@given(st.text(st.sampled_from("aZ19'sdtrelvm .,_-\n\t\r\x0b\x1c\x00")))
def test_the_fast_pattern_of_ascii_cuts_as_the_full_one(text: str) -> None:
    assert _ASCII.findall(text) == _UNICODE.findall(text)


@given(st.characters(exclude_categories=["Cs", "Cn"]), st.sampled_from(["L", "N", "S"]))
def test_a_character_joins_its_own_kind_alone(character: str, kind: str) -> None:
    category = unicodedata.category(character)[0]
    own = category if category in "LN" else " " if character.isspace() else "S"
    neighbour = {"L": "ж", "N": "7", "S": "+"}[kind]
    if character not in "\x1c\x1d\x1e\x1f":  # Python calls these white space, Unicode does not
        assert len(pieces(neighbour + character)) == (1 if own == kind else 2)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I'll I'LL", ["I", "'ll", " I", "'", "LL"]),
        ("a  b", ["a", " ", " b"]),
        ("a  \n\n b", ["a", "  \n\n", " b"]),
        ("end   ", ["end", "   "]),
        ("x=1,000", ["x", "=", "1", ",", "000"]),
        ("naïve_name", ["naïve", "_", "name"]),
        ("五²Ⅷ½", ["五", "²Ⅷ½"]),
        ("e\u0301", ["e", "\u0301"]),
        ("a\u00a0b\u3000\u3000c", ["a", "\u00a0", "b", "\u3000", "\u3000", "c"]),
        ("a\x1cb", ["a", "\x1c", "b"]),
        ("𝔘𝟙😀!", ["𝔘", "𝟙", "😀!"]),
    ],
)
def test_known_cuts(text: str, expected: list[str]) -> None:
    assert pieces(text) == expected
