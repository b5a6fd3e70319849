"""`nt train prompt`: a trained GPT-2 stays as it is, and learns a new text by n vectors before it.

    nt train gpt2 --out runs/base
    nt train prompt --model runs/base --data my.txt
    nt train prompt --model runs/base --data my.txt --recipe full      for comparison

The windows of text, their split and all figures are the same for what is compared: the model
without a prompt, behind words (the hard prompt that the soft one begins as), behind the tuned
prompt, and with all of its weights tuned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from nt_data import DataLoader, TiledWindows, TokenizerError
from nt_models import GPT2
from nt_nn import Module

from nt_apps.errors import UserError, telling
from nt_apps.train.config import setting
from nt_apps.train.language import LanguageConfig, LanguageTask
from nt_apps.train.prompted import Prompted, fingerprint_of
from nt_apps.train.task import Figures

__all__ = ["PromptSettings", "TrainPrompt"]

PROMPT = "Prompt"
FIXED = ("layers", "heads", "width", "tokenizer", "vocab_size", "context", "dropout")


@dataclass(frozen=True)
class PromptSettings(LanguageConfig):
    """How a prompt is tuned.

    Example:
        >>> PromptSettings(prompt_tokens=0)
        Traceback (most recent call last):
            ...
        nt_apps.errors.UserError: prompt_tokens (0) must be at least 1
    """

    model: str = setting("", PROMPT, "the folder of a run of nt train gpt2: what is frozen")
    prompt_tokens: int = setting(16, PROMPT, "vectors before every text", least=1)
    prompt_text: str = setting(
        "", PROMPT, "the words that they begin as", otherwise="the training part's own beginning"
    )
    tune: str = setting(
        "prompt", PROMPT, "prompt, or all: the model's own weights and no prompt, for comparison",
        choices=("prompt", "all"),
    )  # fmt: skip


class TrainPrompt(LanguageTask[PromptSettings]):
    """Tune a soft prompt of a frozen GPT-2 on a new text.

    Source: Lester, Al-Rfou and Constant, The power of scale for parameter-efficient prompt tuning
        (2021).

    Example:
        >>> TrainPrompt.recipes["soft"]["weight_decay"]
        0.0
    """

    name = "prompt"
    config_type = PromptSettings
    recipes: ClassVar = {
        "soft": {"steps": 600, "lr": 3e-2, "min_lr": 3e-3, "weight_decay": 0.0, "warmup": 50},
        "full": {"steps": 600, "lr": 1e-3, "min_lr": 1e-4, "warmup": 50, "tune": "all"},
    }
    base: GPT2

    @classmethod
    def following(cls, chosen: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
        """Sizes and tokens are the frozen model's; its context is shared with the prompt."""
        if not chosen["model"]:
            raise UserError(
                "model must be the folder of a run of nt train gpt2: --model RUN_FOLDER"
            )
        from nt_apps.train.reopen import load_task

        task, saved = load_task(Path(chosen["model"]))
        if saved.trainer != "gpt2":
            raise UserError(f"{chosen['model']} is a run of nt train {saved.trainer}, not of gpt2")
        found = {name: getattr(task.config, name) for name in FIXED}
        left = found["context"] - chosen["prompt_tokens"]
        if left < 1:
            raise UserError(
                f"prompt_tokens ({chosen['prompt_tokens']}) must be below the model's context "
                f"({found['context']})"
            )
        found |= {"context": left, "dropout": 0.0}
        for name in FIXED:
            if given.get(name, found[name]) != found[name]:
                raise UserError(
                    f"{name} ({given[name]}) is that of the model in {chosen['model']}, here "
                    f"{found[name]}: leave it out"
                )
        return {**super().following(chosen, given), **found}

    def prepare(self) -> None:
        """Read the frozen model and its tokenizer, and the new text by it."""
        if not hasattr(self, "base"):
            self.tokenizer, self.base = self._read()
        super().prepare()
        with telling(TokenizerError, prefix="prompt_text: "):
            words = self.tokenizer.encode(self.config.prompt_text)
        wanted = self.config.prompt_tokens
        begin = np.resize(words, wanted) if len(words) else self.corpus.train[:wanted]
        self.shape |= {"base": fingerprint_of(self.base), "begin": [int(each) for each in begin]}

    def reopen(self, folder: Path, shape: dict[str, Any]) -> None:
        """Read the tokenizer, and the frozen model, which must be the one it was."""
        super().reopen(folder, shape)
        _, self.base = self._read()
        if fingerprint_of(self.base) != shape.get("base"):
            raise UserError(
                f"the model in {self.config.model} is no longer the one that {folder} was tuned for"
            )

    def facts(self) -> dict[str, str]:
        """The text, its split, and what is frozen."""
        c, count = self.config, sum(p.numel() for p in self.base.parameters())
        kept = f"{c.model}: {count:,} parameters, sha256 {self.shape['base'][:12]}"
        words = self.tokenizer.decode(self.shape["begin"])
        told = {"frozen": kept, "prompt": f"{c.prompt_tokens} vectors, at first {words!r}"}
        return {**super().facts(), **(told if c.tune == "prompt" else {"tuned from": kept})}

    def baselines(self) -> dict[str, Figures]:
        """The frozen model without a prompt and behind the words, and counts of tokens."""
        if not hasattr(self, "_measured"):
            windows = TiledWindows(self.corpus.validation, self.config.context)
            loader = DataLoader(windows, self.config.batch_size)
            hard = Prompted(self.base, self.shape["begin"])
            self._measured = {
                "hard prompt": self._figures(self._mean(hard, loader)),
                "no prompt": self._figures(self._mean(self.base, loader)),
            }
        return {**self._measured, **super().baselines()}

    def model(self) -> Module:
        """The frozen model behind a prompt; or a copy of it, all of whose weights learn."""
        if self.config.tune == "all":
            return self._read()[1]
        with telling(ValueError):
            return Prompted(self.base, self.shape["begin"])

    def measure(self, model: Any, said: None) -> Figures:
        """The loss on all validation tokens; and a look at whether what is frozen still is.

        Raises:
            RuntimeError: the frozen weights have changed.
        """
        if fingerprint_of(self.base) != self.shape["base"]:
            raise RuntimeError("the frozen model's weights have changed while a prompt was tuned")
        return super().measure(model, said)

    def _read(self) -> tuple[Any, GPT2]:
        from nt_apps.train.reopen import load_run

        task, model = load_run(Path(self.config.model))
        if not isinstance(model, GPT2) or not isinstance(task, LanguageTask):
            raise UserError(f"{self.config.model} is a run of nt train {task.name}, not of gpt2")
        return task.tokenizer, model
