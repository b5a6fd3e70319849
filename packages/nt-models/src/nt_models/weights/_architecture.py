"""Architecture: what ties a published architecture's name to a model, its config and its table."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from nt_nn import Module
from nt_tensor import Array

from ._table import Table

__all__ = ["Architecture", "read_options"]

# What says nothing of how the model computes: where it came from, how it was trained and how
# `generate` should be called, as configs of all architectures hold. (`tie_word_embeddings` is read
# where there is a head of words.)
# fmt: off
UNUSED = frozenset(
    {
        "_attn_implementation", "_attn_implementation_autoset", "_commit_hash",
        "_experts_implementation", "_name_or_path", "_num_labels", "architectures",
        "attn_implementation",
        "bad_words_ids", "begin_suppress_tokens", "bos_token_id", "chunk_size_feed_forward",
        "decoder_start_token_id", "diversity_penalty", "do_sample", "dtype", "early_stopping",
        "encoder_no_repeat_ngram_size", "eos_token_id", "experts_implementation",
        "exponential_decay_length_penalty", "finetuning_task", "forced_bos_token_id",
        "forced_eos_token_id", "gradient_checkpointing", "id2label", "initializer_factor",
        "initializer_range", "is_encoder_decoder", "keys_to_ignore_at_inference", "label2id",
        "language", "length_penalty", "max_length", "min_length", "model_max_length",
        "model_type", "name_or_path", "no_repeat_ngram_size", "num_beam_groups", "num_beams",
        "num_labels", "num_return_sequences", "output_attentions", "output_hidden_states",
        "output_past", "output_scores", "pad_token_id", "prefix", "problem_type",
        "remove_invalid_values", "repetition_penalty", "return_dict",
        "return_dict_in_generate", "sep_token_id", "suppress_tokens", "task_specific_params",
        "temperature", "tf_legacy_loss", "tie_word_embeddings", "tokenizer_class", "top_k",
        "top_p", "torch_dtype", "torchscript", "transformers.js_config",
        "transformers_version", "typical_p", "unsloth_version", "use_bfloat16", "use_cache",
        "xla_device",
    }
)
# fmt: on

# What transformers knows for every architecture and the models here do not have.
UNSUPPORTED: dict[str, tuple[Any, ...]] = {
    "add_cross_attention": (False,),
    "auto_map": (None,),
    "cross_attention_hidden_size": (None,),
    "is_decoder": (False,),
    "pruned_heads": ({}, None),
    "quantization_config": (None,),
    "tie_encoder_decoder": (False,),
    "use_mrope": (False, None),
}


Settle: TypeAlias = Callable[[Any, Mapping[str, Array]], tuple[Any, dict[str, Any]]]


def as_told(config: Any, weights: Mapping[str, Array]) -> tuple[Any, dict[str, Any]]:
    """All is in the config."""
    return config, {}


def has_pooler(config: Any, weights: Mapping[str, Array]) -> tuple[Any, dict[str, Any]]:
    """The config, and whether there is a pooler: encoders are published with and without."""
    return config, {"pooler": any(name.endswith("pooler.dense.weight") for name in weights)}


@dataclass(frozen=True)
class Architecture:
    """One published architecture.

    Attributes:
        names: as `config.json` has it under `architectures`; the first is written.
        model_type: as `config.json` has it; of several with one type, the first registered is taken
            where `architectures` is absent.
        model: makes the model of a config, which it keeps as `.config`; its class.
        read_config: what `json.load` gives -> our config; raises ValueError with the names of all
            options that are missing or not supported (see `read_options`).
        write_config: the way back, without `architectures`, `model_type` and `dtype`; raises
            ValueError for a config that the published architecture cannot express.
        table: the names of the weights, or a function of our config that gives it.
        settle: what the weights tell and the config does not: from our config and the published
            arrays to the config, and further arguments of `model`.

    Example:
        >>> from nt_models import GPT2Config
        >>> from nt_models.weights import ARCHITECTURES
        >>> gpt2 = ARCHITECTURES[0]
        >>> gpt2.names, gpt2.model.__name__
        (('GPT2LMHeadModel',), 'GPT2')
        >>> gpt2.table_for(GPT2Config()).names("norm.bias")
        ('transformer.ln_f.bias',)
    """

    names: tuple[str, ...]
    model_type: str
    model: Callable[..., Module]
    read_config: Callable[[Mapping[str, Any]], Any]
    write_config: Callable[[Any], dict[str, Any]]
    table: Table | Callable[[Any], Table]
    settle: Settle = as_told

    def table_for(self, config: Any) -> Table:
        """The table of a model with this config."""
        return self.table if isinstance(self.table, Table) else self.table(config)


def read_options(
    published: Mapping[str, Any],
    renamed: Mapping[str, str],
    *,
    defaults: Mapping[str, Any] | None = None,
    only: Mapping[str, Sequence[Any]] | None = None,
    unused: Collection[str] = (),
) -> dict[str, Any]:
    """The options of a published config under our names; what is not known is refused.

    Args:
        published: what `json.load` gives.
        renamed: published name -> ours, of all that is read.
        defaults: by published name, what stands for one that is absent.
        only: by published name, the values that are supported, of options that are not read; an
            absent one is as the first.
        unused: names of further options that change nothing that the model computes.

    Returns:
        Our name -> value.

    Raises:
        ValueError: options are missing, not supported or unknown; the message has all of them.

    Example:
        >>> read_options({"n_embd": 8, "act": "gelu"}, {"n_embd": "width"}, only={"act": ["gelu"]})
        {'width': 8}
        >>> read_options({"act": "relu", "x": 1}, {"n_embd": "width"}, only={"act": ["gelu"]})
        Traceback (most recent call last):
        ...
        ValueError: missing: n_embd; not supported: act 'relu' (only 'gelu'); unknown: x (1)
    """
    given = {**(defaults or {}), **published}
    fixed = {**UNSUPPORTED, **(only or {})}
    complaints = {
        "missing": [name for name in renamed if name not in given],
        "not supported": [
            f"{name} {given[name]!r} (only {' or '.join(map(repr, allowed))})"
            for name, allowed in fixed.items()
            if name in given and name not in renamed and not _among(given[name], allowed)
        ],
        "unknown": [
            f"{name} ({value!r})"
            for name, value in given.items()
            if not (name in renamed or name in fixed or name in UNUSED or name in unused)
        ],
    }
    if any(complaints.values()):
        raise ValueError("; ".join(f"{w}: {', '.join(n)}" for w, n in complaints.items() if n))
    return {ours: given[name] for name, ours in renamed.items()}


def _among(value: Any, allowed: Sequence[Any]) -> bool:
    """Whether it is one of them; True is not 1."""
    return any(
        value == each and isinstance(value, bool) == isinstance(each, bool) for each in allowed
    )
