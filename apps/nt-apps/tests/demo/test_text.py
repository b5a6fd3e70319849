"""What the text tab shows is what the model computes and what `nt generate` does with it."""

import numpy as np
import pytest
from nt_apps.demo.html import percent
from nt_apps.demo.models import identify
from nt_apps.demo.tabs.text import heads
from nt_apps.demo.text import Controls, Next, Writer, next_bars
from nt_apps.errors import UserError
from nt_autograd import no_grad, softmax, tensor
from nt_models import GPT2, GPT2Config, generation, save_pretrained
from nt_tensor import Generator

CUTS = [
    Controls(), Controls(temperature=0.3), Controls(temperature=2.0, top_k=3), Controls(top_p=0.6),
    Controls(min_p=0.2), Controls(0.7, 5, 0.9, 0.05),
]  # fmt: skip


@pytest.fixture(params=["gpt2", "modern"])
def writer(request, run_of):
    return Writer.open(identify(run_of(request.param)))


def test_the_bars_are_the_model_s_own_probabilities(writer):
    ids = writer.tokenizer.encode("the ma").astype(np.int64)
    with no_grad():
        said = softmax(writer.model(tensor(ids[None])), -1).numpy()[0, -1]
    found = writer.next("the ma", Controls())
    assert found.model == pytest.approx(said, abs=1e-6)
    assert (found.drawn == found.model).all()
    assert found.names[found.model.argmax()] == "t"  # matrix: it has learned that


@pytest.mark.parametrize("controls", CUTS, ids=str)
def test_tokens_are_drawn_with_the_shares_that_are_shown(writer, controls):
    found = writer.next("the ", controls)
    assert found.drawn.sum() == pytest.approx(1)
    choose = generation.sampler(**controls.options(), generator=Generator(0))
    logits = tensor(np.log(found.model)[None].repeat(4000, 0))
    drawn = choose(tensor(np.zeros((4000, 1), np.int64)), logits).numpy()
    share = np.bincount(drawn, minlength=len(found.drawn)) / len(drawn)
    assert share == pytest.approx(found.drawn, abs=0.04)
    assert not share[found.drawn == 0].any()


def test_without_temperature_the_likeliest_is_all_there_is(writer):
    found = writer.next("the ", Controls(temperature=0.0))
    assert found.drawn[found.model.argmax()] == found.drawn.sum() == 1.0


@pytest.mark.parametrize("most", [1, 5, 10_000])
def test_the_shares_that_are_shown_sum_to_one(writer, most):
    rows = writer.next("a", Controls(top_k=4)).rows(most)
    assert sum(share for _, share, _ in rows) == pytest.approx(1)
    assert sum(before for _, _, before in rows) == pytest.approx(1)


def test_what_is_cut_away_stays_visible_behind_what_is_left():
    found = Next(["a", "b", "c"], np.array([0.5, 0.2, 0.3]), np.array([0.0, 1.0, 0.0]))
    assert found.rows() == [("b", 1.0, 0.2), ("a", 0.0, 0.5), ("c", 0.0, 0.3)]


def test_each_token_s_attention_sums_to_one_and_never_looks_ahead(writer):
    maps = writer.attention("the matrix\n")
    assert maps.weights.shape == (2, 2, 11, 11)
    assert maps.tokens == [*"the␣matrix↵"]
    assert maps.weights.sum(-1) == pytest.approx(1, abs=1e-5)
    assert not np.triu(maps.weights, 1).any()


def test_a_text_longer_than_the_context_is_seen_by_its_end(writer):
    long = "the vector divides the needle; " * 5
    seen = long[-writer.context :] if writer.context else long  # modern knows no longest text
    assert (writer.next(long, Controls()).model == writer.next(seen, Controls()).model).all()
    assert "".join(writer.attention(long).tokens) == seen.replace(" ", "␣")


def test_it_writes_what_nt_generate_writes(run_of, nt):
    run = run_of("gpt2")
    *_, text = Writer.open(identify(run)).write("the ", Controls(temperature=0.0), 30, seed=0)
    assert nt("generate", run, "--prompt", "the ", "--tokens", 30, "--greedy").out == text + "\n"


def test_a_page_begins_with_words_of_the_model_s_own_where_the_run_has_none(writer):
    assert writer.prompt == writer.prompt.lstrip() != ""
    *_, text = writer.write("\n", Controls(), 16, seed=0)  # the runs' own prompt is a line feed
    assert writer.prompt == text.lstrip()
    assert len(writer.prompt) > 10


def test_a_text_grows_piece_by_piece_and_its_seed_decides_it(writer):
    texts = [list(writer.write("the ", Controls(), 12, seed)) for seed in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]
    assert len(texts[0]) == 12
    before = "the "
    for text in texts[0]:
        assert text.startswith(before)
        assert len(text) == len(before) + 1
        before = text


@pytest.mark.parametrize("typed", ["", "漢字"])
def test_what_has_no_tokens_is_told_in_the_place_of_the_bars(writer, typed):
    assert 'class="nt-message"' in next_bars(writer, typed, Controls())
    assert 'class="nt-message"' in heads(writer, typed, "0.0")[1]
    with pytest.raises(UserError):
        list(writer.write(typed, Controls(), 3, seed=0))


def test_a_picked_head_is_enlarged(writer):
    small, large = heads(writer, "the ", "1.0")
    assert 'data-pick="1.0" aria-pressed="true"' in small
    assert "Layer 1, head 0" in large


@pytest.mark.parametrize("options", [{"temperature": -1.0}, {"top_p": 0.0}, {"min_p": 2.0}])
def test_controls_out_of_their_range_are_refused(options):
    with pytest.raises(UserError, match=next(iter(options))):
        Controls(**options)


def test_published_weights_with_a_tokenizer_write_too(run_of, tmp_path):
    tokenizer = Writer.open(identify(run_of("gpt2"))).tokenizer
    sizes = {"context": 16, "layers": 1, "heads": 2, "width": 16, "bias": True}
    # Vocabularies are published larger than their tokenizers.
    size = tokenizer.vocab_size + 3
    save_pretrained(GPT2(GPT2Config(vocab_size=size, **sizes)), tmp_path)
    with pytest.raises(UserError):
        Writer.open(identify(tmp_path))
    tokenizer.save(tmp_path / "tokenizer.json")
    writer = Writer.open(identify(tmp_path))
    assert len(writer.names) == len(writer.next("the", Controls()).model) == size
    assert writer.names[-1] == f"token {size - 1}"


def test_percentages_of_the_bars_are_those_of_their_shares(writer):
    for name, share, _ in writer.next("the ", Controls()).rows(3)[:-1]:
        assert percent(share) in next_bars(writer, "the ", Controls()), name
