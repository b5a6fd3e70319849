"""generate and stream: caches, windows, padding, ends of texts; nothing depends on neighbours."""

import numpy as np
import pytest
from nt_autograd import is_grad_enabled, tensor
from nt_models.generation import generate, stream
from nt_nn import Linear, Module
from nt_tensor import Generator

each_choice = pytest.mark.parametrize(
    "choice",
    [{"temperature": 0.0}, {}, {"temperature": 0.7, "top_k": 4}, {"top_p": 0.6}],
    ids=["greedy", "sampled", "top-k", "top-p"],
)


@each_choice
@pytest.mark.parametrize("time", [1, 3, 7, 8, 11])  # the context is 8: the window fills and slides
def test_a_cache_changes_no_token(choice, time, device, small, tokens):
    model, prompt = small(device), tokens(time=time, device=device)
    texts = [
        model.generate(prompt, 20, generator=Generator(4), use_cache=cached, **choice).numpy()
        for cached in (True, False)
    ]
    np.testing.assert_array_equal(*texts)
    np.testing.assert_array_equal(texts[0][:, :time], prompt.numpy())
    assert texts[0].shape == (3, time + 20)


def test_greedy_tokens_are_the_most_probable_ones(small, tokens):
    model, prompt = small(), tokens(time=2)
    text = model.generate(prompt, 6, temperature=0.0).numpy()
    logits = model(tensor(text)).detach().numpy()
    np.testing.assert_array_equal(logits[:, 1:-1].argmax(-1), text[:, 2:])


def test_beyond_the_context_the_last_window_decides(small, tokens):
    model, prompt = small(), tokens(time=8)
    text = model.generate(prompt, 5, temperature=0.0).numpy()
    for i in range(5):
        window = tensor(text[:, i : i + 8])
        np.testing.assert_array_equal(
            model(window).detach().numpy()[:, -1].argmax(-1), text[:, 8 + i]
        )


def test_the_seed_decides(small, tokens):
    model, prompt = small(), tokens(time=2)
    first, again, other = (
        model.generate(prompt, 20, generator=Generator(s)).numpy() for s in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_libraries_write_the_same_text(device, small, tokens):
    text = small(device).generate(tokens(time=2, device=device), 12, generator=Generator(3))
    on_numpy = small().generate(tokens(time=2), 12, generator=Generator(3))
    np.testing.assert_array_equal(text.numpy(), on_numpy.numpy())


def test_it_streams_what_it_generates_and_leaves_no_trace(small, tokens):
    model, prompt = small(dropout=0.5), tokens(time=2)
    assert model.training
    streamed = []
    for token in model.stream(prompt, 6, generator=Generator(0)):
        assert token.shape == (3,)
        assert is_grad_enabled()
        streamed.append(token.numpy())
    assert model.training  # and dropout was off
    whole = model.eval().generate(prompt, 6, generator=Generator(0)).numpy()
    np.testing.assert_array_equal(np.stack(streamed, 1), whole[:, 2:])
    assert not model.training
    assert all(p.grad is None for p in model.parameters())


def test_a_stream_left_early_puts_the_model_back(small, tokens):
    model = small()
    stream = model.stream(tokens(time=2), 6)
    next(stream)
    assert not model.training
    stream.close()
    assert model.training


def left_padded(rows, pad=0):
    """Rows of tokens as a batch (rows, time), and its mask."""
    time = max(map(len, rows))
    ids = [[pad] * (time - len(row)) + row for row in rows]
    mask = [[0] * (time - len(row)) + [1] * len(row) for row in rows]
    return np.array(ids), np.array(mask)


PROMPTS = [[1, 5, 2, 9, 9], [7], [4, 4, 3]]


@each_choice
@pytest.mark.parametrize("cached", [True, False])
@pytest.mark.parametrize(
    "new", [3, 14]
)  # the context is 8: with 14, windows slide over the padding
def test_padding_and_neighbours_change_no_row(choice, cached, new, device, small):
    if choice.get("temperature") != 0.0:
        choice = {**choice, "top_k": 1, "top_p": None}  # drawn, but not by how many rows there are
    ids, mask = left_padded(PROMPTS, pad=6)
    model = small(device)
    options = {"use_cache": cached, "repetition_penalty": 1.5, "no_repeat_ngram_size": 3, **choice}
    found = model.generate(
        tensor(ids, device=device), new, attention_mask=tensor(mask, device=device), **options
    ).numpy()
    for row, prompt in zip(found, PROMPTS, strict=True):
        alone = model.generate(tensor([prompt], device=device), new, **options).numpy()[0]
        np.testing.assert_array_equal(row[5 - len(prompt) :], alone)


def test_a_mask_of_ones_is_none(small, tokens):
    model, prompt = small(), tokens(time=3)
    plain, masked = (
        model.generate(prompt, 5, temperature=0.0, attention_mask=mask).numpy()
        for mask in (None, np.ones((3, 3), np.int64))
    )
    np.testing.assert_array_equal(plain, masked)


def test_a_row_ends_with_its_token_and_is_padded(small, tokens, device):
    model, prompt = small(device), tokens(time=2, device=device)
    free = model.generate(prompt, 12, temperature=0.0).numpy()[:, 2:]
    eos = [int(free[0, 3]), int(free[1, 6])]
    ends = [
        min(row.tolist().index(e) for e in eos if e in row) if set(row) & set(eos) else 11
        for row in free
    ]
    for pad, fill in ((10, 10), (None, eos[0])):
        found = model.generate(
            prompt, 12, temperature=0.0, eos_token_id=eos, pad_token_id=pad
        ).numpy()[:, 2:]
        assert found.shape[1] == max(ends) + 1
        for row, end, right in zip(found, ends, free, strict=True):
            np.testing.assert_array_equal(row[: end + 1], right[: end + 1])
            assert (row[end + 1 :] == fill).all()
    assert min(ends) <= 3


def test_a_sequence_of_tokens_stops_a_row_where_it_is_written(small, tokens):
    model, prompt = small(), tokens(1, time=4)
    free = model.generate(prompt, 12, temperature=0.0).numpy()[0]
    stop = free[8:11].tolist()
    first = next(i for i in range(4, 14) if free[i : i + 3].tolist() == stop)
    found = model.generate(
        prompt, 12, temperature=0.0, stop_sequences=[[10, 10, 10, 10], stop]
    ).numpy()[0]
    np.testing.assert_array_equal(found, free[: first + 3])
    # Standing in the prompt, or begun there, it stops nothing.
    begun = [free[2:6].tolist()]
    if free[2:6].tolist() not in [free[i : i + 4].tolist() for i in range(4, 13)]:
        whole = model.generate(prompt, 12, temperature=0.0, stop_sequences=begun).numpy()[0]
        np.testing.assert_array_equal(whole, free)


def test_no_text_ends_too_early(small, tokens):
    model, prompt = small(), tokens(1, time=3)
    eos = int(model.generate(prompt, 1, temperature=0.0).numpy()[0, 3])
    options = {"temperature": 0.0, "eos_token_id": eos}
    assert model.generate(prompt, 8, **options).shape == (1, 4)
    for more in ({"min_new_tokens": 4}, {"min_length": 7}):
        text = model.generate(prompt, 8, **options, **more).numpy()[0]
        assert len(text) > 7
        assert eos not in text[3:7]


def test_processors_of_ones_own_see_the_text_and_change_it(small, tokens):
    seen = []

    def only_after(text, logits):
        seen.append(text.numpy())
        return logits.scatter(1, (text[:, -1:] + 1) % 11, text[:, -1:].to("float32") * 0 + 1e6)

    ids, mask = left_padded(PROMPTS, pad=6)
    text = (
        small()
        .generate(tensor(ids), 3, attention_mask=mask, processors=[only_after], temperature=0.0)
        .numpy()
    )
    np.testing.assert_array_equal(text[:, 5:], (ids[:, -1:] + [[1, 2, 3]]) % 11)
    np.testing.assert_array_equal(seen[0], np.where(mask == 1, ids, -1))
    np.testing.assert_array_equal(seen[2][:, :5], seen[0])


def test_modules_that_were_evaluating_stay_so(small, tokens):
    model = small()
    model.blocks[0].eval()
    model.generate(tokens(), 2)
    assert model.training
    assert model.blocks[1].training
    assert not model.blocks[0].training


class Echo(Module):
    """An encoder and a decoder: it writes the text that it read, padding left out, then 0."""

    def __init__(self):
        self.config = type("Config", (), {"start": 9})()
        self.encoder_runs = 0

    def caches(self, batch, length):
        return [Remembered(batch)]

    def encode(self, tokens, attention_mask=None):
        self.encoder_runs += 1
        mask = 1 if attention_mask is None else attention_mask.numpy()
        return tensor(tokens.numpy() * mask)

    def decode(self, tokens, encoded, encoded_mask=None, caches=None):
        logits = np.zeros((*tokens.shape, 10), np.float32)
        for i, (row, text) in enumerate(zip(encoded.numpy(), tokens.numpy(), strict=True)):
            text = [*(caches[0].rows[i] if caches else ()), *text]
            real = [*row[row > 0], 0, 0, 0, 0, 0, 0]
            for t in range(tokens.shape[1]):
                logits[i, t, real[len(text) - tokens.shape[1] + t]] = 5.0
            if caches:
                caches[0].rows[i] = text
        return tensor(logits)


class Remembered:
    def __init__(self, batch):
        self.rows = [[] for _ in range(batch)]

    def reorder(self, rows):
        self.rows = [list(self.rows[i]) for i in rows.tolist()]


@pytest.mark.parametrize("cached", [True, False])
@pytest.mark.parametrize("choice", [{"temperature": 0.0}, {"num_beams": 3}])
def test_an_encoder_reads_once_and_the_decoder_begins_with_its_start(choice, cached):
    model = Echo()
    options = {**choice, "eos_token_id": 0, "pad_token_id": 8, "use_cache": cached}
    read = tensor([[3, 7, 2, 4], [5, 1, 6, 6]])
    mask = tensor([[1, 1, 1, 1], [1, 1, 0, 0]])
    found = generate(model, read, 8, attention_mask=mask, **options)
    assert found.tolist() == [[9, 3, 7, 2, 4, 0], [9, 5, 1, 0, 8, 8]]
    assert model.encoder_runs == 1


def test_a_stream_of_answers_leaves_the_start_out():
    drawn = stream(Echo(), tensor([[3, 7]]), 5, temperature=0.0, eos_token_id=0)
    assert [token.tolist() for token in drawn] == [[3], [7], [0]]


def test_nothing_to_add_adds_nothing(small, tokens):
    np.testing.assert_array_equal(small().generate(tokens(), 0).numpy(), tokens().numpy())


def test_what_does_not_fit_is_named(small, tokens):
    model = small()
    with pytest.raises(ValueError, match=r"max_new_tokens \(-1\) must not be negative"):
        model.generate(tokens(), -1)
    with pytest.raises(ValueError, match=r"a time of 1 or more, got \(3, 0\)"):
        model.generate(tokens()[:, :0], 1)
    with pytest.raises(ValueError, match=r"tokens must be \(batch, time\).*got \(8,\)"):
        model.generate(tokens()[0], 1)
    for bad, message in (
        ({"min_length": -1}, r"min_length \(-1\) must not be negative"),
        ({"eos_token_id": -5}, r"eos_token_id \(-5\) must not be negative"),
        ({"pad_token_id": -5}, r"pad_token_id \(-5\) must not be negative"),
        ({"stop_sequences": [[]]}, "stop_sequences must hold one token or more each"),
        ({"stop_sequences": [[3]]}, "pad_token_id is needed"),
        ({"attention_mask": tensor([[1, 1]])}, r"attention_mask \(1, 2\) must be \(3, 8\)"),
        ({"attention_mask": tokens() * 0}, "attention_mask must be 1 at the end"),
        ({"num_beams": 0}, r"num_beams \(0\) must be 1 or more"),
        ({"num_beams": 2, "top_k": 3, "min_p": 0.1}, "beams draw nothing: leave out min_p, top_k"),
        ({"num_beams": 12}, r"num_beams \(12\) must not exceed 11 tokens"),
        ({"early_stopping": "always"}, r"early_stopping \('always'\) must be True, False or"),
    ):
        with pytest.raises(ValueError, match=message):
            model.generate(tokens(), 1, **bad)
    with pytest.raises(TypeError, match="tokens must be integers, not float32"):
        model.generate(tokens().to("float32"), 1)
    with pytest.raises(TypeError, match="Linear is neither a LanguageModel nor an EncoderDecoder"):
        generate(Linear(2, 2), tokens(), 1)
    with pytest.raises(ValueError, match=r"top_k \(0\) must be at least 1"):
        model.generate(tokens(), 1, top_k=0)
    with pytest.raises(IndexError, match="11"):
        model.generate(tensor([[11]]), 1)
    assert model.training
