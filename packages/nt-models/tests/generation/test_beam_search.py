"""Beam search: against every text there is, and the laws that caches, batches and ends obey."""

import itertools

import numpy as np
import pytest
from nt_autograd import log_softmax, no_grad, tensor

GREEDY = {"temperature": 0.0}


def log_p(model, prompt, written):
    """The log-probability of each written token."""
    text = np.array([[*prompt, *written]])
    with no_grad():
        scores = log_softmax(model(tensor(text[:, :-1])), -1).numpy()[0, len(prompt) - 1 :]
    return scores[np.arange(len(written)), written]


@pytest.mark.parametrize("penalty", [0.0, 1.0, 2.0])
def test_enough_beams_find_the_best_of_all_texts(penalty, small):
    model, prompt, eos = small(vocab_size=5, dtype="float64").eval(), [1, 3], 2
    texts = [
        text
        for n in (1, 2, 3)
        for text in itertools.product(range(5), repeat=n)
        if eos not in text[:-1] and (text[-1] == eos or n == 3)
    ]
    best = max(texts, key=lambda text: log_p(model, prompt, text).sum() / len(text) ** penalty)
    # As many beams as texts may be open; a vocabulary of 5 allows 5, which here is enough.
    found = model.generate(
        tensor([prompt]),
        3,
        num_beams=5,
        length_penalty=penalty,
        eos_token_id=eos,
        early_stopping="never",
    )
    assert found.tolist()[0][2:] == list(best)


@pytest.mark.parametrize("early", [False, True, "never"])
@pytest.mark.parametrize("new", [4, 13])  # the context is 8: then the window slides
def test_a_cache_changes_nothing_and_neither_do_neighbours(early, new, small, device):
    model = small(device)
    prompts = [[1, 5, 2, 9, 9], [7], [4, 4, 3]]
    ids = [[6] * (5 - len(p)) + p for p in prompts]
    mask = [[0] * (5 - len(p)) + [1] * len(p) for p in prompts]
    options = {"num_beams": 3, "early_stopping": early, "eos_token_id": [2, 8], "pad_token_id": 10}
    found = [
        model.generate(
            tensor(ids, device=device),
            new,
            attention_mask=tensor(mask, device=device),
            use_cache=cached,
            **options,
        ).numpy()
        for cached in (True, False)
    ]
    np.testing.assert_array_equal(*found)
    for row, prompt in zip(found[0], prompts, strict=True):
        alone = model.generate(tensor([prompt], device=device), new, **options).numpy()[0]
        own = row[5 - len(prompt) :]
        np.testing.assert_array_equal(own[: len(alone)], alone)
        assert (own[len(alone) :] == 10).all()


def test_alternatives_are_different_texts_the_most_probable_first(small, tokens):
    model, prompts, eos = small(dtype="float64").eval(), tokens(5, time=2), 2
    options = {"num_beams": 4, "eos_token_id": eos, "pad_token_id": 10}
    found = model.generate(prompts, 6, num_return_sequences=3, **options).numpy()
    assert len(found) == 15
    best = model.generate(prompts, 6, **options).numpy()
    for i, prompt in enumerate(prompts.tolist()):
        texts = []
        for row in found[3 * i : 3 * i + 3].tolist():
            assert row[:2] == prompt
            text = row[2:]
            texts.append(text[: text.index(eos) + 1] if eos in text else text)
        first = best[i, 2:].tolist()
        assert texts[0] == first[: len(texts[0])]
        assert len(set(map(tuple, texts))) == 3
        scores = [log_p(model, prompt, text).mean() for text in texts]
        assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("texts", [0, 3])
def test_more_alternatives_than_beams_are_refused(small, tokens, texts):
    with pytest.raises(ValueError, match=rf"num_return_sequences \({texts}\) .* num_beams \(2\)"):
        small().generate(tokens(1), 2, num_beams=2, num_return_sequences=texts)


def test_beams_find_more_probable_texts_than_greed(small, tokens):
    model, prompts = small(dtype="float64").eval(), tokens(12, time=2)
    searches = [GREEDY, {"num_beams": 2}, {"num_beams": 11}]
    sums = np.array(
        [
            [
                log_p(model, row[:2], row[2:]).sum()
                for row in model.generate(prompts, 5, **options).tolist()
            ]
            for options in searches
        ]
    )
    assert (sums[2] >= sums[0] - 1e-12).all()
    assert (sums[2] >= sums[1] - 1e-12).all()
    assert (sums[2] > sums[0] + 1e-3).any()


def test_a_length_penalty_chooses_between_short_and_long(small, tokens):
    model, prompt = small(), tokens(1, time=2)
    options = {"num_beams": 4, "eos_token_id": 2, "early_stopping": "never"}
    lengths = [
        model.generate(prompt, 6, length_penalty=p, **options).shape[1] for p in (-4.0, 0.0, 8.0)
    ]
    assert lengths == sorted(lengths)
    assert lengths[0] < lengths[-1]


def test_a_stop_sequence_finishes_a_beam(small, tokens):
    model, prompt = small(), tokens(1, time=2)
    free = model.generate(prompt, 6, num_beams=3).numpy()[0]
    stop = free[3:5].tolist()
    found = model.generate(
        prompt, 6, num_beams=3, stop_sequences=[stop], length_penalty=-9.0, early_stopping=True
    ).numpy()[0]
    assert stop in [found[i : i + 2].tolist() for i in range(2, len(found) - 1)]
    assert found[-2:].tolist() == stop


def test_processors_guide_the_search(small, tokens):
    text = small().generate(tokens(), 8, num_beams=3, no_repeat_ngram_size=1).numpy()
    for row in text:  # 8 of 11 tokens stand in the prompt at most; as many as are left come once
        fresh = [t for t in row[8:].tolist() if t not in row[:8].tolist()]
        left = 11 - len(set(row[:8].tolist()))
        assert len(set(fresh)) == min(left, 8)


def test_nothing_to_add_adds_nothing(small, tokens):
    found = small().generate(tokens(), 0, num_beams=2)
    np.testing.assert_array_equal(found.numpy(), tokens().numpy())
