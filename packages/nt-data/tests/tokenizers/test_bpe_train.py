import itertools
import random
import time
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st
from nt_data.tokenizers._bpe_train import learn_merges
from nt_data.tokenizers._byte_alphabet import BYTE_ORDER


def counted_anew(
    pieces: dict[bytes, int], size: int, min_count: int
) -> tuple[list[bytes], list[tuple[int, int]]]:
    """The textbook: count all pairs, merge the best, begin again."""
    vocabulary = [bytes([byte]) for byte in BYTE_ORDER]
    words = [([vocabulary.index(bytes([b])) for b in piece], n) for piece, n in pieces.items()]
    merges: list[tuple[int, int]] = []
    while len(vocabulary) < size:
        counts: Counter[tuple[int, int]] = Counter()
        for word, n in words:
            for pair in itertools.pairwise(word):
                counts[pair] += n
        if not counts or max(counts.values()) < min_count:
            break
        best = min(counts, key=lambda pair: (-counts[pair], pair))
        merged = len(vocabulary)
        vocabulary.append(vocabulary[best[0]] + vocabulary[best[1]])
        merges.append(best)
        for word, _ in words:
            i = 0
            while i < len(word) - 1:
                if (word[i], word[i + 1]) == best:
                    word[i : i + 2] = [merged]
                i += 1
    return vocabulary, merges


Pieces = st.dictionaries(
    st.text("ab", min_size=1, max_size=12).map(str.encode)
    | st.text("abcé", min_size=1, max_size=8).map(str.encode),
    st.integers(1, 5),
    max_size=12,
)


@settings(max_examples=400, deadline=None)
@given(pieces=Pieces, more=st.integers(0, 30), min_count=st.integers(1, 3))
def test_counts_kept_up_to_date_choose_as_counts_made_anew(
    pieces: dict[bytes, int], more: int, min_count: int
) -> None:
    expected = counted_anew(pieces, 256 + more, min_count)
    assert learn_merges(pieces, 256 + more, min_count=min_count) == expected


@given(pieces=Pieces)
def test_no_two_tokens_are_the_same_bytes(pieces: dict[bytes, int]) -> None:
    vocabulary, _ = learn_merges(pieces, 1000, min_count=1)
    assert len(set(vocabulary)) == len(vocabulary)


def test_a_piece_of_a_hundred_thousand_bytes_is_learned_in_linear_time() -> None:
    piece = bytes(random.Random(0).choices(b"abcdefgh", k=100_000))
    begin = time.perf_counter()
    vocabulary, _ = learn_merges({piece: 1}, 1256)
    assert len(vocabulary) == 1256
    assert time.perf_counter() - begin < 10  # counting anew would take minutes
