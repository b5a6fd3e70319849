"""Training a GPT-2: from a text to a model that writes more of it.

    tokens, targets = next(batches)                       the loader's next windows
    optimizer.zero_grad()
    loss = parallel.backward(loss_of, tokens, targets)    loss.backward(), a share a thread
    norm = clip_grad_norm_(model.parameters(), clip)
    optimizer.step()

`train` is this walk and what is told about it; the functions below it build what it needs.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.util import find_spec

import numpy as np
from nt_autograd import Tensor
from nt_data import DataLoader, SlidingWindows
from nt_models import GPT2, GPT2Config
from nt_nn import Parallel, clip_grad_norm_
from nt_nn.optim import AdamW
from nt_nn.schedules import WarmupCosine
from nt_tensor import Generator, jit, manual_seed, use_device
from numpy.typing import NDArray
from rich.console import Console

from nt_apps.errors import UserError, naming, telling
from nt_apps.train.config import TrainConfig
from nt_apps.train.corpus import Corpus, load_corpus, read_tokenizer
from nt_apps.train.curve import draw_curve
from nt_apps.train.evaluate import check_finite, token_loss, whole_loss
from nt_apps.train.log import read_metrics
from nt_apps.train.run_folder import RunFolder
from nt_apps.train.stop import StopSignal
from nt_apps.train.summary import Summary
from nt_apps.train.train_state import Saved, TrainState
from nt_apps.train.watch import Watch

__all__ = ["make_model", "on_device", "train"]


def train(
    config: TrainConfig, run: RunFolder, console: Console, saved: Saved | None = None
) -> Summary:
    """Train, look, save; stop early when asked to, and leave a run that can go on.

    Args:
        config: everything that decides the run.
        run: where its files go.
        console: where a person watches.
        saved: the checkpoint to go on from.

    Returns:
        What it came to; `finished` is False where it was stopped before its last step.

    Raises:
        UserError: the text, the device or the checkpoint cannot be used, the disk is full, or the
            loss is no number any more.
    """
    jit(config.jit)
    with on_device(config.device):
        corpus = _prepare(config, run, console, saved)
        state = _begin(config, corpus)
        if saved is not None:
            state.restore(saved)
        model, optimizer, schedule = state.model, state.optimizer, state.schedule

        def loss_of(tokens: NDArray[np.int64], targets: NDArray[np.int64]) -> Tensor:
            return token_loss(model, tokens, targets)

        with (
            StopSignal() as stop,
            Parallel(model.parameters(), threads=config.threads) as parallel,
            closing(state.loader.forever()) as batches,
            Watch(config, run, console, corpus, state, saved) as watch,
        ):
            while state.step < config.steps and not stop.asked:
                tokens, targets = next(batches)  # (batch, context) each
                optimizer.zero_grad()
                loss = parallel.backward(loss_of, tokens, targets)
                norm = float(clip_grad_norm_(model.parameters(), config.clip or math.inf))
                check_finite(f"step {state.step + 1}", loss, norm, lr=config.lr)
                optimizer.step()
                rate = schedule.get_last_lr()[0]
                schedule.step()
                watch.stepped(loss=loss, norm=norm, lr=rate, tokens=tokens.size)
            reached = state.latest
            if state.step == config.steps:
                reached = whole_loss(
                    model,
                    corpus.validation,
                    context=config.context,
                    batch_size=config.batch_size,
                    threads=config.threads,
                )
        return _summed_up(config, run, corpus, state, reached)


def make_model(config: TrainConfig, vocab_size: int) -> GPT2:
    """Make the model that a config describes, with weights drawn from its seed.

    Raises:
        UserError: its sizes do not fit together.
    """
    with telling(ValueError):
        sizes = GPT2Config(
            vocab_size=vocab_size,
            context=config.context,
            layers=config.layers,
            heads=config.heads,
            width=config.width,
            dropout=config.dropout,
            bias=config.bias,
        )
    return GPT2(sizes, generator=Generator(config.seed))


@contextmanager
def on_device(device: str) -> Iterator[None]:
    """Make arrays on a device; say so in a line if it cannot be used here."""
    with telling(ValueError, ImportError, RuntimeError), use_device(device):
        pass
    with use_device(device):
        yield


def _prepare(config: TrainConfig, run: RunFolder, console: Console, saved: Saved | None) -> Corpus:
    """Load the tokens, and write down the tokenizer and the config; or find them as they were."""
    with console.status(f"reading and tokenizing {config.data}"):
        if saved is None:
            corpus = load_corpus(config)
            run.make()
            with naming(run.tokenizer):
                corpus.tokenizer.save(run.tokenizer)
            with naming(run.config):
                run.config.write_text(config.to_toml(), "utf-8")
        else:
            corpus = load_corpus(config, read_tokenizer(run.tokenizer))
            if corpus.fingerprint != saved.data:
                raise UserError(
                    f"{run.path} cannot go on: the text of {config.data} or {run.tokenizer} is no "
                    "longer what the run began with"
                )
        console.print(
            f"{corpus.text.name}: {len(corpus.train):,} tokens to train, "
            f"{len(corpus.validation):,} to validate; baselines on the latter: "
            f"unigram {corpus.unigram:.4f}, bigram {corpus.bigram:.4f}",
            highlight=False,
            markup=False,
        )
    return corpus


def _begin(config: TrainConfig, corpus: Corpus) -> TrainState:
    """The state before the first step."""
    model = make_model(config, corpus.tokenizer.vocab_size)
    # Only matrices are pulled towards zero: biases and gains are few and cannot overfit much.
    named = list(model.named_parameters())
    matrices = [(name, p) for name, p in named if p.ndim >= 2]
    vectors = [(name, p) for name, p in named if p.ndim < 2]
    optimizer = AdamW(
        [
            {"params": matrices, "weight_decay": config.weight_decay},
            {"params": vectors, "weight_decay": 0.0},
        ],
        lr=config.lr,
        betas=(config.beta1, config.beta2),
    )
    return TrainState(
        model=model,
        optimizer=optimizer,
        schedule=WarmupCosine(optimizer, config.warmup, config.steps, config.min_lr),
        loader=DataLoader(
            SlidingWindows(corpus.train, config.context),
            config.batch_size,
            shuffle=True,
            replacement=True,
            seed=config.seed,
        ),
        random=manual_seed(config.seed),
    )


def _summed_up(
    config: TrainConfig, run: RunFolder, corpus: Corpus, state: TrainState, loss: float | None
) -> Summary:
    """Draw the curve and write down the figures."""
    finished = state.step == config.steps
    measured_on = (
        f"all of its {len(corpus.validation) - 1:,} predictable tokens"
        if finished
        else f"{config.eval_batches} random batches of it"
    )
    metrics = read_metrics(run.metrics)
    draw_curve(
        run.curve,
        metrics,
        {"unigram": corpus.unigram, "bigram": corpus.bigram},
        f"GPT-2 learns {corpus.text.name} (seed {config.seed})",
    )
    steps = [entry["tokens_per_second"] for entry in metrics if "tokens_per_second" in entry]
    kernels = "Numba kernels" if config.jit and find_spec("numba") else "plain kernels"
    summary = Summary(
        data=corpus.text.name,
        split=corpus.text.split,
        seed=config.seed,
        tokenizer=f"{corpus.tokenizer.kind}, {corpus.tokenizer.vocab_size:,} tokens",
        train_tokens=len(corpus.train),
        validation_tokens=len(corpus.validation),
        model=(
            f"GPT-2 of {config.layers} layers, {config.heads} heads, width {config.width}, "
            f"context {config.context}"
        ),
        parameters=sum(parameter.numel() for parameter in state.model.parameters()),
        machine=(
            f"cpu, {config.threads} threads, {kernels}" if config.device == "cpu" else config.device
        ),
        step=state.step,
        steps=config.steps,
        finished=finished,
        validation_loss=loss,
        measured_on=measured_on,
        unigram_loss=corpus.unigram,
        bigram_loss=corpus.bigram,
        tokens_per_second=round(float(np.median(steps)), 1) if steps else 0.0,
        seconds=round(state.seconds, 1),
    )
    summary.write(run.summary)
    return summary
