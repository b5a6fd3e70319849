"""WordPiece, as in BERT: words are written in their longest known pieces."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from nt_data._errors import TokenizerError
from nt_data.tokenizers._bpe_train import learn_pairs
from nt_data.tokenizers._tokenizer import Tokenizer
from nt_data.tokenizers._training import (
    added_specs,
    check_special_tokens,
    check_words,
    texts_without,
)
from nt_data.tokenizers._word import count_words

__all__ = ["WordPieceTokenizer"]

_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


class WordPieceTokenizer(Tokenizer):
    """BERT's tokenizer: cleaned and lower-cased words, in pieces; `[CLS] a [SEP] b [SEP]`.

    Example:
        >>> tokenizer = WordPieceTokenizer.train("low lower lowest, slow" * 2, vocab_size=22)
        >>> encoding = tokenizer("Lowest")
        >>> encoding.tokens
        ['[CLS]', 'lowe', '##st', '[SEP]']
        >>> tokenizer.decode(encoding.ids, skip_special_tokens=True)
        'lowest'

    Source: Devlin et al., "BERT", 2019, §3; Wu et al., 2016, §4.1.
    """

    kind: ClassVar[str] = "wordpiece"

    @classmethod
    def train(
        cls,
        text: str | Iterable[str],
        vocab_size: int,
        *,
        special_tokens: Sequence[str] = _SPECIAL,
        lowercase: bool = True,
        min_count: int = 2,
    ) -> WordPieceTokenizer:
        """Learn a vocabulary from a text, or from several.

        Ids: the special tokens, the characters, each by code point first as a word's beginning,
        then with `##` inside words, then one token a merge: the most frequent pair of pieces first,
        ties to the smaller pair of ids, as the library `tokenizers` learns WordPiece.

        Args:
            text: what to learn from.
            vocab_size: how many tokens to have. The result has fewer if no pair is left that
                occurs `min_count` times.
            special_tokens: names, in the order of their ids from 0 on; `[UNK]`, `[CLS]` and `[SEP]`
                among them.
            lowercase: whether case and accents are ignored.
            min_count: how often a pair must occur to become a piece.

        Raises:
            TokenizerError: `text` has no words, or `vocab_size` has no room for the characters and
                the special tokens.

        Example:
            >>> WordPieceTokenizer.train("ab ab", 8).token_strings()[5:]
            ['a', '##b', 'ab']
        """
        missing = {"[UNK]", "[CLS]", "[SEP]"} - set(special_tokens)
        if missing:
            raise TokenizerError(f"special_tokens lack {', '.join(sorted(missing))}")
        normalizer: dict[str, Any] = {
            "type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True,
            "strip_accents": None, "lowercase": lowercase,
        }  # fmt: skip
        splitter: dict[str, Any] = {"type": "BertPreTokenizer"}
        counts = count_words(texts_without(text, special_tokens), normalizer, splitter)
        check_words(counts)
        symbols = {word: [word[0], *("##" + one for one in word[1:])] for word in counts}
        letters = sorted({s for word in symbols.values() for s in word}, key=_first_then_inside)
        check_special_tokens(
            special_tokens, vocab_size, len(letters), f"{len(letters)} characters", min_count
        )
        names = [*special_tokens, *(one for one in letters if one not in special_tokens)]
        ids = {name: i for i, name in enumerate(names)}
        words: Counter[tuple[int, ...]] = Counter()
        for word, count in counts.items():
            words[tuple(ids[symbol] for symbol in symbols[word])] += count
        for left, right in learn_pairs(words, len(names), vocab_size, min_count=min_count):
            names.append(names[left] + names[right].removeprefix("##"))
        vocab = {name: i for i, name in enumerate(names)}
        return cls(
            {
                "added_tokens": added_specs(special_tokens),
                "normalizer": normalizer,
                "pre_tokenizer": splitter,
                "post_processor": {
                    "type": "TemplateProcessing",
                    "single": [_special("[CLS]", 0), _text("A", 0), _special("[SEP]", 0)],
                    "pair": [
                        _special("[CLS]", 0), _text("A", 0), _special("[SEP]", 0),
                        _text("B", 1), _special("[SEP]", 1),
                    ],
                    "special_tokens": {
                        name: {"id": name, "ids": [vocab[name]], "tokens": [name]}
                        for name in ("[CLS]", "[SEP]")
                    },
                },
                "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
                "model": {
                    "type": "WordPiece", "vocab": vocab, "unk_token": "[UNK]",
                    "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
                },
            }
        )  # fmt: skip


def _first_then_inside(symbol: str) -> tuple[bool, str]:
    return len(symbol) > 1, symbol


def _special(name: str, type_id: int) -> dict[str, Any]:
    return {"SpecialToken": {"id": name, "type_id": type_id}}


def _text(which: str, type_id: int) -> dict[str, Any]:
    return {"Sequence": {"id": which, "type_id": type_id}}
