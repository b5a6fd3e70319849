"""generate: with a cache as without one, within the context and beyond it, reproducible."""

import numpy as np
import pytest
from nt_autograd import is_grad_enabled, tensor
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
    with pytest.raises(ValueError, match=r"top_k \(0\) must be at least 1"):
        model.generate(tokens(), 1, top_k=0)
    with pytest.raises(IndexError, match="11"):
        model.generate(tensor([[11]]), 1)
    assert model.training
