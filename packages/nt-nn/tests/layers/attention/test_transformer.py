"""Transformer: encoder and decoder as one, initial values, that it learns, PyTorch's numbers."""

import math

import numpy as np
import pytest
from nt_autograd import Tensor, cross_entropy, tensor
from nt_nn import (
    Embedding,
    Identity,
    Linear,
    Module,
    SinusoidalPositionalEncoding,
    Transformer,
    optim,
    torch_layout,
)
from nt_tensor import Generator, use_generator


def model(**options):
    given = {"dropout": 0.0, "generator": Generator(0), "dtype": "float64", **options}
    return Transformer(8, 2, 2, 1, 12, **given)


def normal(*shape, seed=0):
    return Tensor(np.random.default_rng(seed).normal(size=shape))


def values(x):
    return x.detach().numpy()


def test_the_decoder_reads_what_the_encoder_wrote():
    made, src, tgt = model(), normal(2, 7, 8), normal(2, 5, 8, seed=1)
    padding = np.array([[False] * 7, [False] * 5 + [True] * 2])
    want = made.decoder(
        tgt,
        made.encoder(src, None, padding),
        tgt_is_causal=True,
        memory_key_padding_mask=padding,
    )
    y = made(
        src, tgt, src_key_padding_mask=padding, memory_key_padding_mask=padding, tgt_is_causal=True
    )
    np.testing.assert_array_equal(values(y), values(want))
    mask = Transformer.generate_square_subsequent_mask(5)
    y = made(src, tgt, None, mask, None, padding, None, padding)
    np.testing.assert_allclose(values(y), values(want), rtol=1e-10)


def test_the_mask_hides_the_future():
    mask = Transformer.generate_square_subsequent_mask(3, dtype="float64").numpy()
    assert mask.dtype == np.float64
    np.testing.assert_array_equal(mask == -np.inf, np.triu(np.ones((3, 3), bool), 1))
    assert (mask[np.tril_indices(3)] == 0).all()
    assert Transformer.generate_square_subsequent_mask(0).shape == (0, 0)


def test_a_batch_is_its_sequences_and_time_may_stand_first():
    made, src, tgt = model(), normal(2, 7, 8), normal(2, 5, 8, seed=1)
    want = values(made(src, tgt, tgt_is_causal=True))
    np.testing.assert_allclose(values(made(src[1], tgt[1], tgt_is_causal=True)), want[1], rtol=1e-9)
    other = model(batch_first=False)
    y = other(src.transpose(0, 1), tgt.transpose(0, 1), tgt_is_causal=True)
    np.testing.assert_allclose(values(y.transpose(0, 1)), want, rtol=1e-9)


def test_matrices_begin_xavier_uniform_and_apart():
    made = Transformer(32, 4, 2, 2, 64, generator=Generator(0))
    for name, parameter in made.named_parameters():
        if parameter.ndim > 1:
            bound = math.sqrt(6 / sum(parameter.shape))
            assert 0.95 * bound < np.abs(values(parameter)).max() <= bound, name
        elif name.endswith(("linear1.bias", "linear2.bias")):
            assert np.abs(values(parameter)).max() > 0
    first, second = made.encoder.layers
    assert not np.allclose(values(first.linear1.weight), values(second.linear1.weight))


def test_an_encoder_or_decoder_of_ones_own_takes_its_place():
    class Last(Module):
        def forward(self, tgt, memory, *masks):
            assert masks == (None, None, None, None, False, False)
            return tgt + memory.mean(dim=1, keepdim=True)

    class First(Identity):
        def forward(self, src, *masks):
            assert masks == (None, None, False)
            return src * 2

    made = Transformer(8, 2, custom_encoder=First(), custom_decoder=Last())
    src, tgt = normal(2, 7, 8), normal(2, 5, 8, seed=1)
    want = values(tgt) + 2 * values(src).mean(1, keepdims=True)
    np.testing.assert_allclose(values(made(src, tgt)), want)


class Translator(Module):
    """Tokens to tokens, with sinusoids."""

    def __init__(self, tokens, width):
        self.embed = Embedding(tokens, width)
        self.positions = SinusoidalPositionalEncoding(width)
        self.transformer = Transformer(width, 2, 1, 1, 2 * width, dropout=0.0)
        self.out = Linear(width, tokens)

    def forward(self, src, tgt):
        src, tgt = (self.positions(self.embed(x)) for x in (src, tgt))
        return self.out(self.transformer(src, tgt, tgt_is_causal=True))


def test_it_learns_to_turn_a_sequence_around():
    with use_generator(Generator(0)):
        translator = Translator(8, 16)
    rng = np.random.default_rng(0)
    src = rng.integers(1, 8, (32, 5))
    want = src[:, ::-1].copy()
    given = np.concatenate([np.zeros((32, 1), int), want[:, :-1]], 1)  # shifted: 0 begins
    optimizer = optim.AdamW(translator.parameters(), lr=1e-2)
    for _ in range(150):
        logits = translator(tensor(src), tensor(given))
        loss = cross_entropy(logits.transpose(1, 2), tensor(want))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert all(np.abs(p.grad.numpy()).sum() > 0 for p in translator.parameters())
    assert (values(logits).argmax(-1) == want).mean() > 0.95


@pytest.mark.parametrize("device", ["cpu", "mlx", pytest.param("cuda", marks=pytest.mark.cuda)])
def test_every_library_goes_the_same_way(device):
    if device != "cpu":
        pytest.importorskip({"mlx": "mlx.core", "cuda": "cupy"}[device])
    found = []
    for on, dtype in (("cpu", "float64"), (device, "float32")):
        made = model(activation="gelu", norm_first=True).to(dtype).to(device=on)
        src, tgt = (
            tensor(normal(2, n, 8, seed=n).numpy(), dtype=dtype, device=on, requires_grad=True)
            for n in (7, 5)
        )
        mask = Transformer.generate_square_subsequent_mask(5, on, dtype)
        y = made(src, tgt, tgt_mask=mask)
        (y * y * y).sum().backward()
        assert str(y.dtype) == dtype
        gradients = [p.grad.numpy() for p in made.parameters()]
        found.append([y.detach().numpy(), src.grad.numpy(), tgt.grad.numpy(), *gradients])
    biggest = max(np.abs(want).max() for want in found[0])
    for got, want in zip(found[1], found[0], strict=True):
        assert np.abs(got - want).max() < 2e-5 * biggest


def test_what_does_not_fit_is_named():
    made = model()
    with pytest.raises(ValueError, match=r"tgt must be \(batch, time, 8\) or .* \(2, 5, 4\)"):
        made(normal(2, 7, 8), normal(2, 5, 4))
    with pytest.raises(ValueError, match=r"src \(3, 7, 8\) and tgt \(2, 5, 8\) must have the same"):
        made(normal(3, 7, 8), normal(2, 5, 8))
    with pytest.raises(ValueError, match=r"num_heads \(3\) must divide embed_dim \(8\)"):
        Transformer(8, 3)


@pytest.mark.goldens("attention", "transformer")
@pytest.mark.parametrize(("dtype", "limit"), [("float64", 1e-9), ("float32", 1e-5)])
def test_it_agrees_with_pytorch(golden, agree, dtype, limit):
    made = Transformer(**golden.about["ctor"]).to(dtype)
    torch_layout.from_torch_state_dict(made, golden.starting("param."))
    src, tgt = golden.leaf("input.src", dtype), golden.leaf("input.tgt", dtype)
    y = made(src, tgt, tgt_mask=golden.arrays["input.tgt_mask"])
    agree(y, golden.arrays["output.0"], limit)
    (y * golden.tensor("cotangent.0", dtype)).sum().backward()
    agree(src.grad, golden.arrays["grad.input.src"], limit * 10)
    agree(tgt.grad, golden.arrays["grad.input.tgt"], limit * 10)
    for parameter in made.parameters():  # so that they are exported under PyTorch's names
        parameter.data = parameter.grad.data
    found = torch_layout.to_torch_state_dict(made)
    assert set(found) == set(golden.about["params"])
    for name in golden.about["params"]:
        agree(found[name], golden.arrays[f"grad.param.{name}"], limit * 10)
