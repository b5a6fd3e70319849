"""`nt train bert`: find the words that are hidden, then tell texts apart.

    nt train bert --recipe pretrain                            masked-LM pre-training
    nt train bert --recipe imdb --init runs/pretrain           fine-tuning, from its weights
    nt train bert --task classify --data mine.tsv --init ...   the same with texts of one's own

`TrainBERT(config)` is one of two tasks, as `config.task` says: `MaskedBERT` (bert_masked.py) or
`ClassifyingBERT` (bert_classify.py). What both share stands here: the settings, the tokenizer, and
what `--init` takes over from an earlier run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

from nt_data import TokenizerError
from nt_data.tokenizers import Tokenizer, WordPieceTokenizer
from nt_models import BERTConfig
from nt_nn import Module

from nt_apps.errors import UserError, telling
from nt_apps.train.config import LOOKS, TrainConfig, setting
from nt_apps.train.kept_tokenizer import keep_tokenizer, read_tokenizer, reopen_tokenizer
from nt_apps.train.recipes import resolve
from nt_apps.train.run_folder import RunFolder
from nt_apps.train.task import Task
from nt_apps.train.train_state import Saved, read_saved

__all__ = ["BERTSettings", "TrainBERT"]

TASK, MODEL, MASKING, CLASSIFYING = "Task", "Model", "Masking", "Classifying"
FOR_WORDS, FOR_CLASSES = ("task", "mlm"), ("task", "classify")
SIZES = ("context", "layers", "heads", "width")


@dataclass(frozen=True)
class BERTSettings(TrainConfig):
    """How a BERT is trained.

    Raises:
        UserError: a value is out of its range; the message names it.

    Example:
        >>> BERTSettings(context=128, length=128).mask
        0.15
        >>> BERTSettings(context=128, length=100)
        Traceback (most recent call last):
            ...
        nt_apps.errors.UserError: length (100) must divide context (128): windows are cut into ...
    """

    task: str = setting(
        "mlm", TASK, "mlm (find masked words) or classify (texts)", choices=("mlm", "classify")
    )
    init: str | None = setting(None, TASK, "a run folder whose encoder and tokenizer to begin with")
    data: str = setting(
        "python-stdlib", TASK, "to find words in: texts and labelled texts by name, or text files, "
        "several with + between; to classify: sst-2, imdb, rt-polarity, or a .tsv, .csv or .jsonl "
        "with columns text and label",
    )  # fmt: skip
    data_dir: str | None = setting(None, TASK, "a folder where downloads may lie already")
    vocab_size: int = setting(
        8000, TASK, "pieces of words that are learned", least=10, otherwise="that of --init"
    )

    context: int = setting(128, MODEL, "positions that are told apart", least=2)
    length: int = setting(128, MODEL, "tokens that are read at once", least=3)
    layers: int = setting(4, MODEL, "blocks", least=1)
    heads: int = setting(4, MODEL, "attention heads; they must divide the width", least=1)
    width: int = setting(256, MODEL, "numbers that a token is made into", least=1)
    dropout: float = setting(0.0, MODEL, "share of numbers left out at random", least=0, below=1)
    positions: str = setting(
        "normal", MODEL, "what position embeddings are at first: normal, each drawn by itself, or "
        "sinusoids", choices=("normal", "sinusoids"),
    )  # fmt: skip

    mask: float = setting(
        0.15, MASKING, "share of tokens to find", least=0.01, below=1, only=FOR_WORDS
    )
    whole_words: bool = setting(
        False, MASKING, "whether all pieces of a word are hidden together", only=FOR_WORDS
    )
    whole_windows: float = setting(
        0.0, MASKING, "share of the steps, the last ones, that read `context` tokens at once; "
        "before, windows are cut into pieces of `length`", least=0, below=1.0001, only=FOR_WORDS,
    )  # fmt: skip

    pooling: str = setting(
        "mean", CLASSIFYING, "mean of a text's hidden states, or that of [CLS]",
        choices=("mean", "cls"), only=FOR_CLASSES,
    )  # fmt: skip
    label_smoothing: float = setting(
        0.0, CLASSIFYING, "probability that the target spreads over all classes", least=0, below=1,
        only=FOR_CLASSES,
    )  # fmt: skip
    token_dropout: float = setting(
        0.0, CLASSIFYING, "share of a text's tokens that are hidden, anew each time", least=0,
        below=1, only=FOR_CLASSES,
    )  # fmt: skip
    subword_dropout: float = setting(
        0.0, CLASSIFYING, "share of a word's pieces that give way to shorter ones, anew each time",
        least=0, below=1, only=FOR_CLASSES,
    )  # fmt: skip
    random_windows: bool = setting(
        False, CLASSIFYING, "whether training reads a stretch of a longer text, another each time, "
        "in the place of its first quarter and its end", only=FOR_CLASSES,
    )  # fmt: skip

    eval_batches: int = setting(
        20, LOOKS, "batches of validation a look at masked words; at the end, all", least=1
    )
    prompt: str = setting("the [MASK] of the [MASK]", LOOKS, "a text to fill in at each look")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.width % self.heads:
            raise UserError(f"heads ({self.heads}) must divide width ({self.width})")
        if self.length > self.context:
            raise UserError(f"length ({self.length}) must be at most context ({self.context})")
        if self.task == "mlm" and self.context % self.length:
            raise UserError(
                f"length ({self.length}) must divide context ({self.context}): windows are cut "
                "into such pieces"
            )


# A post-norm encoder of 5.8 M parameters with 9,500 tokens and 512 positions.
_MINI = {"vocab_size": 9500, "context": 512, "layers": 4, "heads": 4, "width": 256}
_PYTHON = {
    "vocab_size": 2048, "context": 64, "length": 64, "width": 128, "batch_size": 64, "steps": 1200,
    "warmup": 120, "lr": 3e-3, "min_lr": 3e-4, "weight_decay": 0.05, "beta2": 0.98,
    "prompt": "def [MASK] ( self ) :",
}  # fmt: skip
_PRETRAIN = {  # 49 M tokens: 5 passes
    **_MINI, "data": "imdb+wikitext-2", "length": 128, "whole_windows": 0.15,
    "positions": "sinusoids", "batch_size": 16, "steps": 6000, "warmup": 200,
    "optimizer": "muon", "lr": 2e-3, "min_lr": 0.0, "schedule": "linear", "weight_decay": 0.05,
    "beta2": 0.98, "eval_every": 100, "eval_batches": 10, "prompt": "this movie is [MASK] .",
}  # fmt: skip
_FINE = {
    **_MINI, "task": "classify", "dropout": 0.1, "weight_decay": 0.05, "beta2": 0.98,
    "min_lr": 0.0, "batch_size": 32,
}  # fmt: skip
_IMDB = {  # 4 passes
    **_FINE, "data": "imdb", "length": 384, "steps": 2788, "warmup": 280, "lr": 2e-4,
    "eval_every": 349, "token_dropout": 0.1, "label_smoothing": 0.1,
}  # fmt: skip
_IMDB_WINDOWS = {  # 4 passes over stretches as long as a sentence: before sst-2
    **_IMDB, "length": 64, "random_windows": True, "subword_dropout": 0.1, "warmup": 100,
    "lr": 1e-4, "eval_every": 697,
}  # fmt: skip
_SST_2 = {  # 6 passes
    **_FINE, "data": "sst-2", "length": 64, "steps": 1290, "warmup": 130, "lr": 2e-4,
    "eval_every": 108, "dropout": 0.15, "token_dropout": 0.15, "subword_dropout": 0.2,
    "label_smoothing": 0.1, "ema": 0.995,
}  # fmt: skip


class TrainBERT(Task[BERTSettings]):
    """Train a BERT: to find masked words, or from there (--init) to classify texts.

    Example:
        >>> TrainBERT.preset("mini")["vocab_size"]
        9500
    """

    name = "bert"
    config_type = BERTSettings
    recipes: ClassVar = {
        "python": _PYTHON, "pretrain": _PRETRAIN, "imdb": _IMDB, "imdb-windows": _IMDB_WINDOWS,
        "sst-2": _SST_2,
    }  # fmt: skip
    unit = "tokens"
    tokenizer: Tokenizer

    def __new__(cls, config: BERTSettings) -> Self:
        """Make the task that the config names."""
        kind: type[Any] = cls
        if cls is TrainBERT:
            from nt_apps.train.bert_classify import ClassifyingBERT
            from nt_apps.train.bert_masked import MaskedBERT

            kind = {"mlm": MaskedBERT, "classify": ClassifyingBERT}[config.task]
        made: Self = object.__new__(kind)
        return made

    def __init__(self, config: BERTSettings) -> None:
        super().__init__(config)
        self._reopened = False

    # Settings

    @classmethod
    def preset(cls, name: str) -> dict[str, Any]:
        """The sizes of `mini` (5.8 M parameters), or of a preset of `nt_models.BERTConfig`."""
        if name == "mini":
            return dict(_MINI)
        with telling(ValueError):
            sized = BERTConfig.preset(name)
        return {each: getattr(sized, each) for each in ("vocab_size", *SIZES)}

    @classmethod
    def following(cls, chosen: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
        """The recipe that fits the task and the data, and the sizes of the run to begin with."""
        follows: dict[str, Any] = {}
        if given.get("task") in ("mlm", "classify") and not cls._fits(chosen, given):
            rest = {name: value for name, value in given.items() if name != "task"}
            follows = asdict(resolve(cls, rest, recipe=cls._recipe_for(chosen)))
            del follows["threads"]
        if chosen["init"] is not None:
            begun = _saved(chosen["init"]).config
            for name in ("vocab_size", *SIZES):
                if given.get(name, begun.get(name)) != begun.get(name):
                    raise UserError(
                        f"{name} ({given[name]}) must be that of --init {chosen['init']}: "
                        f"{begun.get(name)}"
                    )
                follows[name] = begun.get(name)
            if "length" not in given:
                wanted = {**chosen, **follows}["length"]
                follows["length"] = min(wanted, int(begun.get("context", wanted)))
        elif "context" in given and "length" not in given:
            wanted = {**chosen, **follows}
            follows["length"] = min(wanted["length"], given["context"])
        return follows

    @classmethod
    def _fits(cls, chosen: Mapping[str, Any], given: Mapping[str, Any]) -> bool:
        """Whether the recipe that was taken is one of the task that was asked for."""
        free = {"warmup", "min_lr", "threads", *given} - {"task"}
        return any(
            recipe.get("task", "mlm") == chosen["task"]
            and all(chosen[name] == value for name, value in recipe.items() if name not in free)
            for recipe in cls.recipes.values()
        )

    @classmethod
    def _recipe_for(cls, chosen: Mapping[str, Any]) -> str:
        if chosen["task"] == "mlm":
            return "python" if chosen["data"] == "python-stdlib" else "pretrain"
        return "imdb" if chosen["data"] == "imdb" else "sst-2"

    # What is kept

    def keep(self, folder: Path) -> None:
        """Write the tokenizer."""
        keep_tokenizer(self.tokenizer, folder)

    def reopen(self, folder: Path, shape: dict[str, Any]) -> None:
        """Read the tokenizer, and see that it is the one that the weights were trained with."""
        self.shape, self._reopened = shape, True
        self.tokenizer = reopen_tokenizer(folder, shape.get("vocab_size"))

    def _choose_tokenizer(self, texts: Iterable[str]) -> None:
        """That of the run which is gone on from, or one made from the training texts alone."""
        c = self.config
        if self._reopened:
            return
        if c.init is not None:
            self.tokenizer = read_tokenizer(Path(c.init))
            return
        with telling(TokenizerError, prefix=f"{c.data}: "):
            self.tokenizer = WordPieceTokenizer.train(texts, c.vocab_size)

    # The model

    def _sizes(self, **more: Any) -> BERTConfig:
        c = self.config
        with telling(ValueError):
            return BERTConfig(
                vocab_size=self.shape["vocab_size"],
                context=c.context,
                layers=c.layers,
                heads=c.heads,
                width=c.width,
                dropout=c.dropout,
                attention_dropout=c.dropout,
                **more,
            )

    def _begin_with_init(self, model: Module) -> Module:
        """Take over what the run of `--init` has of this model: its encoder, and its head."""
        if self.config.init is None or self._reopened:
            return model
        from nt_apps.train.reopen import load_run

        task, begun = load_run(Path(self.config.init))
        if not isinstance(task, TrainBERT):
            raise UserError(f"{self.config.init} is a run of nt train {task.name}, not of bert")
        own, theirs = model.state_dict(), begun.state_dict()
        shared = {
            name: theirs[name]
            for name in own
            if name in theirs and theirs[name].shape == own[name].shape
        }
        model.load_state_dict({**own, **shared})
        return model

    def _special(self, name: str) -> int:
        return self.tokenizer.special_tokens[name]


def _saved(folder: str) -> Saved:
    """The checkpoint of a run of bert."""
    run = RunFolder.existing(Path(folder))
    saved = read_saved(run.best if run.best.exists() else run.last)
    if saved.trainer != "bert":
        raise UserError(f"{folder} is a run of nt train {saved.trainer}, not of bert")
    return saved
