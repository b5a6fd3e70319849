import math
import random
from typing import Any

import pytest
from nt_data.metrics import bleu, chrf, mean_rouge, rouge, sentence_bleu, tokenize_13a


def test_bleu_of_the_text_itself_is_100() -> None:
    texts = ["It was 3.14, not 3.15!", "A row of at least four words."]
    assert bleu(texts, texts).score == pytest.approx(100)
    assert chrf(texts, texts) == pytest.approx(100)
    assert mean_rouge(texts, texts).rougeL.f1 == 1


def test_bleu_by_hand() -> None:
    # 5 of 6 words, 3 of 5 pairs, 2 of 4 triples, 1 of 3 rows of four; no brevity.
    score = bleu(["the cat sat on the mat"], ["the cat sat on a mat"])
    assert score.score == pytest.approx(100 * (5 / 6 * 3 / 5 * 2 / 4 * 1 / 3) ** (1 / 4))
    # "the" stands twice in the reference: a hypothesis of it alone is not believed a third time.
    assert bleu(["the the the"], ["the cat the dog"]).precisions[0] == pytest.approx(200 / 3)


def test_brevity_costs_and_length_does_not() -> None:
    long = "one two three four five six seven eight"
    short = sentence_bleu("one two three four", long)
    assert short.brevity_penalty == pytest.approx(math.exp(1 - 8 / 4))
    assert short.score == pytest.approx(100 * math.exp(-1))
    assert sentence_bleu(long, "one two three four").brevity_penalty == 1


def test_smoothing_halves_with_each_order_that_lacks() -> None:
    score = bleu(["a x b y"], ["a b c d"])
    assert score.precisions == (50.0, 100 / 2 / 3, 100 / 4 / 2, 100 / 8 / 1)
    assert bleu(["a x b y"], ["a b c d"], smooth="none").score == 0


def test_empty_hypotheses_score_nothing() -> None:
    assert bleu([""], ["a b c d"]).score == sentence_bleu("", "a").score == chrf([""], ["a"]) == 0
    assert rouge("", "a").rouge1.f1 == 0


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        (
            "a.b 3.5 x,y 1,000 5. .5",
            ["a", ".", "b", "3.5", "x", ",", "y", "1,000", "5", ".", ".", "5"],
        ),
        ("12-5 e-mail", ["12", "-", "5", "e-mail"]),
        ("&quot;x&quot; &lt;&amp;", ['"', "x", '"', "<", "&"]),
        ("naïve  漢字。", ["naïve", "漢字。"]),
        ("a-\nb<skipped>c\nd", ["abc", "d"]),
        (" \t ", []),
    ],
)
def test_13a(text: str, tokens: list[str]) -> None:
    assert tokenize_13a(text) == tokens


def test_the_longest_common_row_is_that_of_the_table() -> None:
    random.seed(0)
    for _ in range(100):
        a, b = (random.choices("abc", k=random.randint(1, 70)) for _ in "12")
        table = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
        for i, x in enumerate(a):
            for j, y in enumerate(b):
                both = max(table[i][j + 1], table[i + 1][j])
                table[i + 1][j + 1] = table[i][j] + 1 if x == y else both
        recall = rouge(" ".join(a), " ".join(b)).rougeL.recall
        assert recall == pytest.approx(table[-1][-1] / len(b))


@pytest.mark.parametrize("metric", [bleu, chrf, mean_rouge])
@pytest.mark.parametrize(("hypotheses", "references"), [([], []), (["a"], []), ("a", ["a"])])
def test_texts_without_their_references_are_refused(
    metric: Any, hypotheses: Any, references: Any
) -> None:
    with pytest.raises(ValueError, match=r"hypotheses .*must be"):
        metric(hypotheses, references)


def test_what_bleu_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="hypothesis 0 has no reference"):
        bleu(["a"], [[]])
    with pytest.raises(ValueError, match="tokenize must be '13a'"):
        bleu(["a"], ["a"], tokenize="14a")
    with pytest.raises(ValueError, match="smooth must be"):
        bleu(["a"], ["a"], smooth="floor")
    with pytest.raises(ValueError, match=r"beta \(0\)"):
        chrf(["a"], ["a"], beta=0)
