"""`nt train gpt2`: from a text to a GPT-2 that writes more of it.

The walk itself is `nt_apps.train.loop.fit`; windows, loss and looks are `LanguageTask`'s. What is
left is the model, and the settings that belong together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from nt_models import GPT2, GPT2Config
from nt_tensor import Generator

from nt_apps.errors import telling
from nt_apps.train.config import setting
from nt_apps.train.language import MODEL, NANOGPT, THREE_MINUTES, LanguageConfig, LanguageTask

__all__ = ["GPT2Settings", "TrainGPT2"]


@dataclass(frozen=True)
class GPT2Settings(LanguageConfig):
    """How a GPT-2 is trained.

    Example:
        >>> GPT2Settings(context=128).bias
        True
    """

    bias: bool = setting(True, MODEL, "whether products and norms add a bias")


_WIKITEXT = {  # 545 K parameters; 9.3 epochs of its 3.5 million training tokens
    "data": "wikitext-2", "vocab_size": 2048, "context": 128, "layers": 3, "width": 96,
    "batch_size": 16, "steps": 16000, "lr": 3e-3, "min_lr": 0.0, "schedule": "linear",
    "warmup": 500, "beta2": 0.99, "weight_decay": 0.05, "eval_every": 1000, "sample_every": 4000,
    "prompt": "\n",
}  # fmt: skip


class TrainGPT2(LanguageTask[GPT2Settings]):
    """Train a GPT-2: by default, on the source of Python's own standard library.

    Example:
        >>> TrainGPT2.preset("nano")
        {'context': 64, 'layers': 4, 'heads': 4, 'width': 128}
    """

    name = "gpt2"
    config_type = GPT2Settings
    recipes: ClassVar = {
        "python": {"lr": 4e-3, "min_lr": 4e-4},
        # The same model, batches and steps as below; one this small takes three times its rate.
        "shakespeare-char": {**NANOGPT, "bias": False, "lr": 3e-3, "min_lr": 3e-4},
        "shakespeare-char-nanogpt": {**NANOGPT, "bias": False},
        # 1.568 nats over all of validation, in 2:34 min on two cores (docs/reference/results.md).
        "shakespeare-char-3min": {**THREE_MINUTES, "bias": False},
        "wikitext-2": _WIKITEXT,
    }

    @classmethod
    def preset(cls, name: str) -> dict[str, Any]:
        """The sizes of a preset of `nt_models.GPT2Config`."""
        with telling(ValueError):
            sized = GPT2Config.preset(name)
        return {name: getattr(sized, name) for name in ("context", "layers", "heads", "width")}

    def model(self) -> GPT2:
        """A GPT-2 of the config's sizes."""
        c = self.config
        with telling(ValueError):
            sizes = GPT2Config(
                vocab_size=self.shape["vocab_size"],
                context=c.context,
                layers=c.layers,
                heads=c.heads,
                width=c.width,
                dropout=c.dropout,
                bias=c.bias,
            )
        return GPT2(sizes, generator=Generator(c.seed))
