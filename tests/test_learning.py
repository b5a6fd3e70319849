"""Whatever else holds, it must learn: a GPT-2 on real text against what counting can do.

Text: the source of the standard library, split by file (`nt_data.sources`, 'python-stdlib'). The
baseline sees the same training tokens and predicts the same validation tokens.
"""

import numpy as np
import pytest
from nt_autograd import Tensor, cross_entropy, no_grad, tensor
from nt_data import DataLoader, SlidingWindows, TiledWindows
from nt_data.metrics import bigram_cross_entropy, unigram_cross_entropy
from nt_data.sources import load_text
from nt_data.tokenizers import ByteTokenizer
from nt_models import GPT2, GPT2Config
from nt_nn import Parallel, clip_grad_norm_
from nt_nn.optim import AdamW
from nt_nn.schedules import WarmupCosine
from nt_tensor import Generator

VOCABULARY = 256


def loss_of(model: GPT2, tokens: np.ndarray, targets: np.ndarray) -> Tensor:
    rows = model(tensor(tokens)).reshape(-1, VOCABULARY)  # (batch * time, vocabulary)
    return cross_entropy(rows, tensor(targets.reshape(-1)))


def learned(config: GPT2Config, train: np.ndarray, steps: int, lr: float) -> GPT2:
    """A model after that many steps on random windows, 16 each."""
    model = GPT2(config, generator=Generator(0))
    optimizer = AdamW(model.parameters(), lr=lr, betas=(0.9, 0.99), weight_decay=0.1)
    schedule = WarmupCosine(optimizer, warmup_steps=20, total_steps=steps, min_lr=lr / 20)
    loader = DataLoader(
        SlidingWindows(train, config.context), 16, shuffle=True, replacement=True, seed=1
    )
    batches = loader.forever()
    with Parallel(model.parameters()) as parallel:
        for _ in range(steps):
            optimizer.zero_grad()
            parallel.backward(lambda x, y: loss_of(model, x, y), *next(batches))
            clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
    batches.close()
    return model


def measured(model: GPT2, validation: np.ndarray) -> float:
    """Nats a token over every token of the split but the first."""
    windows = TiledWindows(validation, model.config.context)
    total = 0.0
    with no_grad():
        for start in range(0, len(windows), 64):
            chosen = np.arange(start, min(start + 64, len(windows)))
            tokens, targets = windows.get_batch(chosen)
            total += loss_of(model.eval(), tokens, targets).item() * (targets != -100).sum()
    return total / (len(validation) - 1)


@pytest.mark.parametrize(
    ("layers", "width", "steps", "lr", "margin"),
    [
        pytest.param(2, 64, 400, 4e-3, 0.05, id="small"),
        pytest.param(4, 128, 2000, 3e-3, 0.6, id="nano", marks=pytest.mark.slow),
    ],
)
def test_a_small_gpt2_beats_counting_pairs(
    layers: int, width: int, steps: int, lr: float, margin: float
) -> None:
    text, tokenizer = load_text("python-stdlib", max_bytes=2_000_000), ByteTokenizer()
    train = tokenizer.encode(text.train)
    validation = tokenizer.encode(text.validation)[:50_000]
    one, two = (
        baseline(train, validation, VOCABULARY)
        for baseline in (unigram_cross_entropy, bigram_cross_entropy)
    )
    config = GPT2Config.preset("nano", vocab_size=VOCABULARY, layers=layers, width=width)
    loss = measured(learned(config, train, steps, lr), validation)
    assert loss < two - margin < one, f"GPT-2 {loss:.3f}, pairs {two:.3f}, single bytes {one:.3f}"
