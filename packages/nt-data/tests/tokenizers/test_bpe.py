import itertools
import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nt_data import TokenizerError
from nt_data.tokenizers import BPETokenizer, load_tokenizer
from nt_data.tokenizers._bpe_merge import merge_piece

PROSE = (
    "The quick brown fox jumps over the lazy dog. The dog sleeps; the fox doesn't.\n"
    "Größe, naïveté, 中文字符, 😀😀😀 — 'twas the night before… the end.\n\n    indented\tcode()\n"
) * 5
TRAINED = BPETokenizer.train(PROSE, 330)

Shared = Callable[[str], Path]


@given(st.text() | st.text(st.sampled_from(list(PROSE))))
def test_any_text_survives_the_round_trip(text: str) -> None:
    ids = TRAINED.encode(text)
    assert TRAINED.decode(ids) == text
    np.testing.assert_array_equal(TRAINED.encode_bytes(text.encode()), ids)


@given(st.binary() | st.text().map(lambda text: text.encode("utf-16")))
def test_any_bytes_survive_the_round_trip(data: bytes) -> None:
    assert TRAINED.decode_bytes(TRAINED.encode_bytes(data)) == data


def test_every_single_byte_survives_whatever_stands_beside_it() -> None:
    for byte in range(256):
        for data in (bytes([byte]), b"a" + bytes([byte]) + b"b", bytes([byte]) * 3):
            assert TRAINED.decode_bytes(TRAINED.encode_bytes(data)) == data


def test_a_lone_surrogate_is_no_text_but_its_bytes_are_bytes() -> None:
    with pytest.raises(TokenizerError, match=r"U\+DFFF at position 3 .* encode_bytes"):
        TRAINED.encode("abc\udfff")
    data = "\udfff".encode("utf-8", "surrogatepass")
    assert TRAINED.decode_bytes(TRAINED.encode_bytes(data)) == data


def test_half_a_character_decodes_to_a_replacement_and_not_to_an_error() -> None:
    assert TRAINED.decode(TRAINED.encode_bytes("é".encode()[:1])) == "\ufffd"


def lowest_rank_first(ids: list[int], ranks: dict[tuple[int, int], tuple[int, int]]) -> list[int]:
    """The definition: look through the whole piece for every single merge."""
    while True:
        found = [
            (ranks[pair][0], i) for i, pair in enumerate(itertools.pairwise(ids)) if pair in ranks
        ]
        if not found:
            return ids
        _, i = min(found)
        ids = [*ids[:i], ranks[ids[i], ids[i + 1]][1], *ids[i + 2 :]]


@given(
    ids=st.lists(st.integers(0, 5), max_size=30),
    table=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=12, unique=True),
)
def test_merges_apply_lowest_rank_first_and_leftmost_first(
    ids: list[int], table: list[tuple[int, int]]
) -> None:
    ranks = {pair: (rank, 6 + rank) for rank, pair in enumerate(table)}
    merged, places = merge_piece(ids, ranks)
    assert merged == lowest_rank_first(ids, ranks)
    assert len(places) == len(merged)
    assert places == sorted(set(places) | ({0} if ids else set()))


def test_a_special_token_is_found_in_text_whole_and_longest_first() -> None:
    tokenizer = BPETokenizer.train("x", 259, special_tokens=("<a>", "<a><b>", "<b>"))
    assert tokenizer.encode("<a><b><b><a>x").tolist()[:-1] == [1, 2, 0]
    assert tokenizer.decode([1, 2, 0]) == "<a><b><b><a>"
    plain = tokenizer.encode("<a>", special=False)
    assert len(plain) == 3
    assert tokenizer.decode(plain) == "<a>"


def test_merges_never_make_a_special_token() -> None:
    tokenizer = BPETokenizer.train("end " * 100, 300, special_tokens=("end",))
    assert 0 not in tokenizer.encode("end", special=False)
    unseen = BPETokenizer.train(" end" * 100, 300, special_tokens=(" end",))
    assert unseen.merges == []  # the text is cut where a special token stands


def test_training_stops_where_nothing_is_left_to_merge() -> None:
    tokenizer = BPETokenizer.train("abab", 1000, special_tokens=())
    assert tokenizer.token_strings()[256:] == ["ab"]
    once = BPETokenizer.train("abab", 1000, special_tokens=(), min_count=1)
    assert once.token_strings()[256:] == ["ab", "abab"]


def test_texts_are_learned_together_and_no_merge_crosses_their_border() -> None:
    together = BPETokenizer.train(["aa", "aa"], 300, min_count=1)
    assert together.token_strings()[257:] == ["aa"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"vocab_size": 256}, r"vocab_size \(256\) must be at least 257: 256 bytes and 1 special"),
        ({"vocab_size": -1}, r"vocab_size \(-1\)"),
        ({"vocab_size": 300, "special_tokens": ("a", "a")}, "repeat a name"),
        ({"vocab_size": 300, "special_tokens": ("",)}, "special token ''"),
        ({"vocab_size": 300, "special_tokens": ("\ud800",)}, "lone surrogate"),
        ({"vocab_size": 300, "min_count": 0}, r"min_count \(0\)"),
    ],
)
def test_what_cannot_be_trained_is_refused(arguments: dict[str, int], message: str) -> None:
    with pytest.raises(TokenizerError, match=message):
        BPETokenizer.train("some text", **arguments)  # type: ignore[arg-type]


def test_a_text_with_a_lone_surrogate_cannot_be_learned() -> None:
    with pytest.raises(TokenizerError, match=r"U\+D800"):
        BPETokenizer.train("ab\ud800", 300)


SINGLE = [bytes([byte]) for byte in range(256)]


@pytest.mark.parametrize(
    ("vocabulary", "merges", "special", "message"),
    [
        (SINGLE[1:], [], {}, "lacks 1 of the 256 single bytes, first 0x00"),
        ([*SINGLE, b"a"], [], {}, r"token 256 .*b'a'.* empty or repeated"),
        ([*SINGLE, b""], [], {}, "token 256"),
        (SINGLE, [(0, 1)], {}, r"merge 0 \(0, 1\)"),
        ([*SINGLE, b"ab"], [(97, 98), (97, 98)], {}, r"merge 1 \(97, 98\)"),
        ([*SINGLE, b"ab"], [(97, 999)], {}, r"merge 0 \(97, 999\)"),
        ([*SINGLE, b"ab"], [(-159, 98)], {}, r"merge 0 \(-159, 98\)"),
        ([*SINGLE, b"<s>"], [], {"<s>": 257}, r"'<s>' \(id 257\) is not in the vocabulary"),
        ([*SINGLE, b"<s>"], [], {"<t>": 256}, r"'<t>' \(id 256\)"),
    ],
)
def test_parts_that_do_not_fit_together_are_refused(
    vocabulary: list[bytes], merges: list[tuple[int, int]], special: dict[str, int], message: str
) -> None:
    with pytest.raises(TokenizerError, match=message):
        BPETokenizer(vocabulary, merges, special)


def test_a_line_of_a_hundred_thousand_letters_is_encoded_in_n_log_n() -> None:
    letters = "".join(np.random.default_rng(0).choice(list("abcdefgh"), 100_000))
    tokenizer = BPETokenizer.train(letters, 600)
    begin = time.perf_counter()
    assert tokenizer.decode(tokenizer.encode(letters)) == letters
    assert time.perf_counter() - begin < 10


def test_a_megabyte_is_learned_and_encoded_in_seconds() -> None:
    rng = np.random.default_rng(0)
    words = ["".join(rng.choice(list("etaoinshrdlu"), rng.integers(1, 10))) for _ in range(20_000)]
    text = " ".join(rng.choice(words, 170_000))
    assert len(text) > 900_000
    begin = time.perf_counter()
    tokenizer = BPETokenizer.train(text, 1257)
    ids = tokenizer.encode(text)
    assert time.perf_counter() - begin < 15  # about 1 on an idle core
    assert tokenizer.decode(ids) == text


def test_training_and_encoding_agree_with_the_golden_tokenizer(shared: Shared) -> None:
    folder = shared("goldens/tokenizers")
    golden = json.loads((folder / "bpe_bytelevel/tokenizer.json").read_bytes())["model"]
    names = sorted(golden["vocab"], key=golden["vocab"].__getitem__)
    tokenizer = BPETokenizer.train((folder / "corpus.txt").read_bytes().decode(), len(names))
    assert tokenizer.token_strings() == names
    assert [[names[a], names[b]] for a, b in tokenizer.merges] == golden["merges"]
    strings = json.loads((folder / "strings.json").read_bytes())
    encodings = json.loads((folder / "bpe_bytelevel/encodings.json").read_bytes())
    for text, expected in zip(strings, encodings, strict=True):
        assert tokenizer.encode(text).tolist() == expected["ids"], text
        assert tokenizer.decode(expected["ids"]) == text


def test_gpt2s_published_vocabulary_gives_its_published_ids(shared: Shared) -> None:
    folder = shared("goldens/tokenizers")
    tokenizer = load_tokenizer(folder / "gpt2")
    assert tokenizer.vocab_size == 50257
    strings = json.loads((folder / "strings.json").read_bytes())
    encodings = json.loads((folder / "gpt2/encodings.json").read_bytes())
    for text, expected in zip(strings, encodings, strict=True):
        assert tokenizer.encode(text).tolist() == expected, text
        assert tokenizer.decode(expected) == text
