"""One token a word, most frequent first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from nt_data._errors import TokenizerError
from nt_data.tokenizers._aligned import Aligned
from nt_data.tokenizers._fields import Fields
from nt_data.tokenizers._normalizers import make_normalizer
from nt_data.tokenizers._pre_tokenizers import make_pre_tokenizer
from nt_data.tokenizers._tokenizer import Tokenizer
from nt_data.tokenizers._training import (
    added_specs,
    check_special_tokens,
    check_words,
    texts_without,
)

__all__ = ["WordTokenizer", "count_words"]


class WordTokenizer(Tokenizer):
    """Each word is a token, and so is each run of signs; all that training did not meet is unknown.

    Decoding puts a space between any two.

    Example:
        >>> tokenizer = WordTokenizer.train("the cat, the hat, the end")
        >>> tokenizer("The hat.").tokens
        ['<unk>', 'hat', '<unk>']
        >>> tokenizer.decode(tokenizer.encode("the hat"))
        'the hat'
    """

    kind: ClassVar[str] = "word"

    @classmethod
    def train(
        cls,
        text: str | Iterable[str],
        vocab_size: int | None = None,
        *,
        special_tokens: Sequence[str] = ("<unk>", "<pad>"),
        unknown: str = "<unk>",
        lowercase: bool = False,
        min_count: int = 1,
    ) -> WordTokenizer:
        r"""Take the words from a text, or from several: what matches `\w+|[^\w\s]+`.

        Args:
            text: what to learn from.
            vocab_size: how many tokens to have at most, special tokens included; None for all.
            special_tokens: names, in the order of their ids from 0 on.
            unknown: which of them stands for unknown words.
            lowercase: whether case is ignored.
            min_count: how often a word must occur to become a token.

        Raises:
            TokenizerError: `text` has no words, `unknown` is no special token, or `vocab_size` has
                no room for those.

        Example:
            >>> WordTokenizer.train("b a a").token_strings()
            ['<unk>', '<pad>', 'a', 'b']
        """
        if unknown not in special_tokens:
            raise TokenizerError(
                f"unknown ({unknown!r}) must be among special_tokens {list(special_tokens)}"
            )
        room = len(special_tokens) if vocab_size is None else vocab_size
        check_special_tokens(special_tokens, room, 0, "no words", min_count)
        normalizer = {"type": "Lowercase"} if lowercase else None
        splitter = {"type": "Whitespace"}
        counts = count_words(texts_without(text, special_tokens), normalizer, splitter)
        check_words(counts)
        ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        words = [w for w, n in ranked if n >= min_count and w not in special_tokens]
        kept = [*special_tokens, *words][:vocab_size]
        return cls(
            {
                "added_tokens": added_specs(special_tokens),
                "normalizer": normalizer,
                "pre_tokenizer": splitter,
                "model": {
                    "type": "WordLevel",
                    "vocab": {word: i for i, word in enumerate(kept)},
                    "unk_token": unknown,
                },
            }
        )


def count_words(
    texts: Iterable[str], normalizer: Mapping[str, Any] | None, pre_tokenizer: Mapping[str, Any]
) -> Counter[str]:
    """Count the words that a normalizer and a pre-tokenizer make of texts.

    Example:
        >>> count_words(["A a b"], {"type": "Lowercase"}, {"type": "WhitespaceSplit"})
        Counter({'a': 2, 'b': 1})
    """
    change = normalizer and make_normalizer(Fields(normalizer, "normalizer"))
    stages = make_pre_tokenizer(Fields(pre_tokenizer, "pre_tokenizer")).stages()
    counts: Counter[str] = Counter()
    for text in texts:
        whole = Aligned.of(text, tracked=False)
        if change:
            change.normalize(whole)
        words = [whole]
        for stage in stages:
            cut: list[Aligned] = []
            for word in words:
                stage.before(word)
                cut += [word.slice(*span) for span in stage.spans(word.text) if span[0] < span[1]]
            words = cut
        counts.update(word.text for word in words)
    return counts
