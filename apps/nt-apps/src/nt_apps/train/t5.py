"""`nt train t5`: an encoder reads a sentence, a decoder writes its translation.

    source (batch, time), target (batch, time)    sentences of like lengths, padded
      -> encoder                                  (batch, source time, width)
      -> decoder of [start, target without its last] -> logits (batch, target time, vocabulary)
      -> cross-entropy with the target, smoothed while training

`--task translate` learns from pairs of sentences (`t5_lesson`), `--task spans` writes what was
hidden in a text (`t5_spans`): the same model, loss and walk. Sizes are version 1.1's in small, a
gated network and no biases, but the last product is with the token embedding, as in version 1.0.

The optimizer is T5's own, Adafactor, whose steps are a share of each weight's size. Those of AdamW
are as long for all weights, and T5's differ: the queries' begin at 1 / (root of width x head_dim),
since scores are not divided by anything, and a step of 2e-3 is a fifth of that. Scores then
outgrow the softmax: after 1,200 such steps each head looked at one token alone (mean entropy below
0.1 nats), and validation BLEU was 4. The embedding begins at 1, since what the first blocks add to
it is nearly as large: at the size of a head, 0.07, the tokens were hard to see behind it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from nt_autograd import Tensor, cross_entropy, tensor
from nt_data import DataLoader
from nt_data.tokenizers import Tokenizer
from nt_models import T5, T5Config
from nt_tensor import Generator, current_device

from nt_apps.errors import telling
from nt_apps.train.config import LOOKS, TrainConfig, setting
from nt_apps.train.kept_tokenizer import keep_tokenizer, reopen_tokenizer
from nt_apps.train.over_batches import over_batches
from nt_apps.train.t5_lesson import Tokens, Translation
from nt_apps.train.t5_plots import draw_translation
from nt_apps.train.t5_spans import Spans
from nt_apps.train.t5_translate import EOS, IGNORED, PAD
from nt_apps.train.task import Figures, Task

__all__ = ["T5Settings", "TrainT5"]

TEXTS, MODEL = "Texts", "Model"


@dataclass(frozen=True)
class T5Settings(TrainConfig):
    """How a T5 is trained.

    Example:
        >>> T5Settings(label_smoothing=1.0)
        Traceback (most recent call last):
            ...
        nt_apps.errors.UserError: label_smoothing (1.0) must be at least 0.0 and below 1
    """

    task: str = setting(
        "translate", TEXTS, "translate, or spans: write what was hidden in a text",
        choices=("translate", "spans"),
    )  # fmt: skip
    data: str = setting(
        "tatoeba-eng-fra", TEXTS,
        "tatoeba-eng-fra, multi30k, a file of sentence, tab, translation; a text for spans",
        otherwise="tatoeba-eng-fra; python-stdlib for spans",
    )  # fmt: skip
    languages: str | None = setting(
        None, TEXTS, "from which to which, such as fr-en", otherwise="the source's first two",
        only=("task", "translate"),
    )  # fmt: skip
    data_dir: str | None = setting(None, TEXTS, "a folder where downloads may lie already")
    tokenizer: str = setting("bpe", TEXTS, "bpe or unigram", choices=("bpe", "unigram"))
    vocab_size: int = setting(4000, TEXTS, "tokens, of both languages together", least=258)
    context: int = setting(
        128, TEXTS, "tokens of a sentence at most; of a window for spans", least=2
    )

    layers: int = setting(2, MODEL, "blocks of the encoder, and of the decoder", least=1)
    heads: int = setting(6, MODEL, "attention heads", least=1)
    head_dim: int = setting(32, MODEL, "numbers that a head compares", least=1)
    width: int = setting(192, MODEL, "numbers that a token is made into", least=1)
    hidden: int = setting(384, MODEL, "the width inside of the gated network", least=1)
    dropout: float = setting(0.1, MODEL, "share of numbers left out at random", least=0, below=1)
    label_smoothing: float = setting(
        0.1, MODEL, "probability that the target spreads over all tokens", least=0.0, below=1
    )

    eval_sentences: int = setting(200, LOOKS, "validation sentences translated a look", least=1)
    sample_every: int = setting(1000, LOOKS, "steps between two samples of text", least=1)
    sample_sentences: int = setting(6, LOOKS, "sentences a sample", least=1)
    beams: int = setting(4, LOOKS, "translations followed at once, at the end", least=1)
    length_penalty: float = setting(
        1.0, LOOKS, "power of the length that divides a beam's log-probability"
    )


class TrainT5(Task[T5Settings]):
    """Train a T5 to translate: by default, short English sentences into French.

    Example:
        >>> TrainT5.preset("t5-mini")["width"]
        96
    """

    name = "t5"
    config_type = T5Settings
    unit = "tokens"
    recipes: ClassVar = {
        "tatoeba": {  # each pair is seen less than three times: nothing to hold back by dropout
            "steps": 5500, "batch_size": 64, "optimizer": "adafactor", "lr": 4e-2, "min_lr": 4e-4,
            "warmup": 100, "schedule": "linear", "weight_decay": 0.0, "dropout": 0.0,
            "eval_every": 500,
        },
    }  # fmt: skip
    lesson: Translation | Spans

    @classmethod
    def preset(cls, name: str) -> dict[str, Any]:
        """The sizes of a preset of `nt_models.T5Config`."""
        with telling(ValueError):
            sized = T5Config.preset(name)
        own = {each: getattr(sized, each) for each in ("width", "heads", "head_dim", "hidden")}
        return {**own, "layers": sized.encoder_layers}

    @classmethod
    def following(cls, chosen: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
        """Spans are hidden in a text."""
        return (
            {"data": "python-stdlib"} if chosen["task"] == "spans" and "data" not in given else {}
        )

    def prepare(self) -> None:
        """Read and tokenize what is to be learned, by the tokenizer that was reopened."""
        kind = Translation if self.config.task == "translate" else Spans
        self.lesson = kind(self.config, getattr(self, "tokenizer", None))
        self.tokenizer: Tokenizer = self.lesson.tokenizer
        self.shape = {"vocab_size": self.tokenizer.vocab_size}

    def keep(self, folder: Path) -> None:
        """Write the tokenizer."""
        keep_tokenizer(self.tokenizer, folder)

    def reopen(self, folder: Path, shape: dict[str, Any]) -> None:
        """Read the tokenizer, and see that it is the one that the weights were trained with."""
        self.shape = shape
        self.tokenizer = reopen_tokenizer(folder, shape.get("vocab_size"))

    def fingerprint(self) -> str:
        """A hash of all that is learned from and judged by."""
        return self.lesson.fingerprint()

    def facts(self) -> dict[str, str]:
        """What is learned, and by what."""
        c = self.config
        return {
            **self.lesson.facts(),
            "tokenizer": f"{self.tokenizer.kind}, {self.tokenizer.vocab_size:,} tokens, learned "
            "from the training part",
            "model": f"t5 of {c.layers} + {c.layers} layers, {c.heads} heads of {c.head_dim}, "
            f"width {c.width}, hidden {c.hidden}",
        }

    def baselines(self) -> dict[str, Figures]:
        """What the lesson must be learned better than."""
        return self.lesson.baselines

    def model(self) -> T5:
        """A T5 of the config's sizes."""
        c = self.config
        with telling(ValueError):
            sizes = T5Config(
                vocab_size=self.shape["vocab_size"],
                width=c.width,
                heads=c.heads,
                head_dim=c.head_dim,
                hidden=c.hidden,
                encoder_layers=c.layers,
                decoder_layers=c.layers,
                activation="gelu_new",
                gated=True,
                dropout=c.dropout,
                start=PAD,
                pad=PAD,
                eos=EOS,
            )
        return T5(sizes, generator=Generator(c.seed))

    def loader(self) -> DataLoader:
        """The lesson's training batches."""
        return self.lesson.loader(self.batches)

    def loss(self, model: Any, source: Tokens, target: Tokens) -> Tensor:
        r"""Mean cross-entropy of the target's tokens, in nats; smoothed while training.

        $$L = -\frac{1}{n} \sum_t \log p(y_t \mid y_{<t}, x)$$

        Args:
            model: a T5.
            source: (batch, time), padded with 0.
            target: (batch, time), -100 where there is none.
        """
        here = current_device()
        read, labels = tensor(source, device=here), tensor(target, device=here)
        mask = None if (source != PAD).all() else tensor(source != PAD, device=here)
        logits = model(read, model.shift_right(labels), mask)  # (batch, time, vocabulary)
        smoothing = self.config.label_smoothing if model.training else 0.0
        loss: Tensor = cross_entropy(
            logits.reshape(-1, logits.shape[-1]),  # (batch * time, vocabulary)
            labels.reshape(-1),
            ignore_index=IGNORED,
            label_smoothing=smoothing,
        )
        return loss

    def weigh(self, source: Tokens, target: Tokens) -> float:
        """A mean over targets counts as many as there are."""
        return float((target != IGNORED).sum())

    def count(self, source: Tokens, target: Tokens) -> int:
        """Tokens that are read or written, without padding."""
        return int((source != PAD).sum() + (target != IGNORED).sum())

    def validate(self, model: Any) -> Figures:
        """The loss on all of validation; of translations, BLEU of a sample."""
        loss = self._mean(model, self.lesson.validation())
        return {"validation_loss": loss, **self.lesson.look(model)}

    def sample(self, model: Any, step: int) -> str:
        """What the model writes for the same texts every time."""
        if step % self.config.sample_every and step != self.config.steps:
            return ""
        return self.lesson.sample(model)

    def answer(self, model: Any) -> Any:
        """Of translations: those of the test sentences."""
        return self.lesson.answer(model)

    def measure(self, model: Any, said: Any) -> Figures:
        """The loss on the test part; of translations, BLEU by beams and greedy."""
        return {**self.lesson.judge(said), "loss": self._mean(model, self.lesson.test())}

    def draw(self, model: Any, said: Any, folder: Path) -> Sequence[Path]:
        """Of translations: where the decoder looks, and BLEU by the sentence's length."""
        if isinstance(self.lesson, Translation):
            return draw_translation(model, self.lesson, said.by_beams, folder)
        return ()

    def _mean(self, model: Any, batches: Iterable[tuple[Tokens, Tokens]]) -> float:
        """Mean loss over all targets."""

        def summed(source: Tokens, target: Tokens) -> tuple[float, float]:
            known = self.weigh(source, target)
            return self.loss(model, source, target).item() * known, known

        parts = list(over_batches(summed, batches, model=model, threads=self.config.threads))
        return sum(loss for loss, _ in parts) / sum(known for _, known in parts)
