"""What is measured, told and saved beside the walk of a training run."""

from __future__ import annotations

from contextlib import ExitStack
from time import perf_counter
from types import TracebackType
from typing import Any, Self

import numpy as np
from nt_autograd import tensor
from nt_tensor import Generator, current_device
from rich.console import Console

from nt_apps.train.config import TrainConfig
from nt_apps.train.corpus import Corpus
from nt_apps.train.evaluate import check_finite, estimated_loss
from nt_apps.train.log import Log
from nt_apps.train.progress import TrainProgress
from nt_apps.train.run_folder import RunFolder
from nt_apps.train.train_state import Saved, TrainState

__all__ = ["Watch"]


class Watch:
    """Follows a run: a line of metrics a step; at every look the validation loss and a checkpoint.

    Nothing that it does changes the walk: it draws from streams of its own.

    Args:
        config: when to look, and what to write.
        run: where the files go.
        console: where a person watches.
        corpus: what the model is judged by.
        state: the run that is followed; its step, time and losses are counted here.
        saved: the checkpoint that the run goes on from.
    """

    def __init__(
        self,
        config: TrainConfig,
        run: RunFolder,
        console: Console,
        corpus: Corpus,
        state: TrainState,
        saved: Saved | None,
    ) -> None:
        self._config, self._run, self._corpus, self._state = config, run, corpus, state
        kept = {} if saved is None else saved.logs
        self._metrics = Log(run.metrics, kept.get("metrics", 0))
        self._samples = Log(run.samples, kept.get("samples", 0))
        self._progress = TrainProgress(console, config.steps, state.step)
        self._open = ExitStack()
        self._mark = 0.0  # when the time was last taken

    def __enter__(self) -> Self:
        with ExitStack() as opened:
            for part in (self._metrics, self._samples, self._progress):
                opened.enter_context(part)
            self._mark = perf_counter()
            if self._state.step == 0:
                self._look({"step": 0})
            self._open = opened.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._open:
            if error is None and not self._is_due():  # stopped between two looks
                self._save()

    def stepped(self, *, loss: float, norm: float, lr: float, tokens: int) -> None:
        """Count and note a step that was taken; look and save where it is time."""
        took = self._take_time()
        self._state.step += 1
        entry = {
            "step": self._state.step,
            "train_loss": loss,
            "learning_rate": lr,
            "gradient_norm": norm,
            "tokens_per_second": round(tokens / took, 1),
            "seconds": round(self._state.seconds, 3),
        }
        self._progress.stepped(loss=loss, lr=lr, tokens_per_second=tokens / took)
        if self._is_due():
            self._look(entry)
        else:
            self._metrics.write_json(entry)

    def _look(self, entry: dict[str, Any]) -> None:
        config, state = self._config, self._state
        state.latest = loss = estimated_loss(
            state.model,
            self._corpus.validation,
            context=config.context,
            batch_size=config.batch_size,
            batches=config.eval_batches,
            seed=config.seed,
            threads=config.threads,
        )
        check_finite(f"validation after step {state.step}", loss, lr=config.lr)
        state.best = loss if state.best is None else min(state.best, loss)
        self._metrics.write_json({**entry, "validation_loss": loss})
        if state.step % config.sample_every == 0 or state.step == config.steps:
            text = self._sample()
            self._samples.write(f"=== step {state.step}, loss {loss:.4f} ===\n{text}\n\n")
            self._progress.sampled(step=state.step, text=text)
        self._take_time()
        train = entry.get("train_loss")
        self._progress.looked(step=state.step, train=train, validation=loss, seconds=state.seconds)
        self._save()

    def _sample(self) -> str:
        """What the model writes behind the prompt: with the same draws every time, to compare."""
        config, model, tokenizer = self._config, self._state.model, self._corpus.tokenizer
        prompt = tokenizer.encode(config.prompt).astype(np.int64)
        tokens = model.generate(
            tensor(prompt[None], device=current_device()),  # (1, time)
            config.sample_tokens,
            temperature=0.8,
            top_k=50,
            generator=Generator(config.seed),
        )
        return tokenizer.decode(tokens.numpy()[0])

    def _save(self) -> None:
        logs = {"metrics": self._metrics.sync(), "samples": self._samples.sync()}
        state, size, data = self._state, self._corpus.tokenizer.vocab_size, self._corpus.fingerprint
        state.save(self._run.last, self._config, size, data, logs)
        if state.latest == state.best and self._is_due():
            state.save(self._run.best, self._config, size, data, logs)
        self._mark = perf_counter()

    def _is_due(self) -> bool:
        step, config = self._state.step, self._config
        return step % config.eval_every == 0 or step == config.steps

    def _take_time(self) -> float:
        now = perf_counter()
        took, self._mark = now - self._mark, now
        self._state.seconds += took
        return took
