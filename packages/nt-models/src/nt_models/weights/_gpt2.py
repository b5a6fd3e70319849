"""GPT-2's published weights, as OpenAI and Hugging Face name them, beside ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..gpt2 import GPT2, GPT2Config
from ._architecture import Architecture, read_options
from ._table import IGNORED, REPEATED, TRANSPOSED, Line, Table

LINES: tuple[Line, ...] = (
    ("transformer.wte", "token_embedding"),
    ("transformer.wpe", "position_embedding"),
    ("transformer.h.*.ln_1", "blocks.*.norm1"),
    ("transformer.h.*.attn.c_attn", "blocks.*.attention.qkv", TRANSPOSED),  # a layer named Conv1D
    ("transformer.h.*.attn.c_proj", "blocks.*.attention.out", TRANSPOSED),
    ("transformer.h.*.ln_2", "blocks.*.norm2"),
    ("transformer.h.*.mlp.c_fc", "blocks.*.up", TRANSPOSED),
    ("transformer.h.*.mlp.c_proj", "blocks.*.down", TRANSPOSED),
    ("transformer.ln_f", "norm"),
    ("transformer.h.*.attn.bias", IGNORED),  # the causal mask, and what hidden scores become
    ("transformer.h.*.attn.masked_bias", IGNORED),
)
TIED: Line = ("lm_head.weight", "token_embedding.weight", REPEATED)
UNTIED: Line = ("lm_head", "head")

NAMES = {
    "vocab_size": "vocab_size",
    "n_positions": "context",
    "n_layer": "layers",
    "n_head": "heads",
    "n_embd": "width",
    "n_inner": "inner",
    "activation_function": "activation",
    "layer_norm_epsilon": "eps",
    "scale_attn_weights": "scaled",
    "scale_attn_by_inverse_layer_idx": "scaled_by_depth",
    "tie_word_embeddings": "tied",
}

DEFAULTS = {
    "n_inner": None,
    "activation_function": "gelu_new",
    "layer_norm_epsilon": 1e-5,
    "scale_attn_weights": True,
    "scale_attn_by_inverse_layer_idx": False,
    "tie_word_embeddings": True,
}


def read_config(published: Mapping[str, Any]) -> GPT2Config:
    """A published config as ours. Dropout is left at 0: it is for training."""
    only = {"n_ctx": (published.get("n_positions"), None)}
    return GPT2Config(**read_options(published, NAMES, defaults=DEFAULTS, only=only, unused=UNUSED))


def write_config(config: GPT2Config) -> dict[str, Any]:
    """Our config as a published one."""
    if not config.bias:
        raise ValueError("bias (False) must be True")
    end = 50256 if config.vocab_size > 50256 else None  # OpenAI's token between texts
    return {
        **{published: getattr(config, ours) for published, ours in NAMES.items()},
        **dict.fromkeys(("attn_pdrop", "embd_pdrop", "resid_pdrop"), config.dropout),
        **dict.fromkeys(("bos_token_id", "eos_token_id"), end),
    }


def table(config: GPT2Config) -> Table:
    """The names of the weights; the prefix is what OpenAI's own files lack."""
    return Table(*LINES, TIED if config.tied else UNTIED, prefix="transformer.")


UNUSED = {
    "attn_pdrop",
    "embd_pdrop",
    "resid_pdrop",
    "reorder_and_upcast_attn",  # the order of roundings alone
    "summary_activation",  # of a head for several choices, which these architectures lack
    "summary_first_dropout",
    "summary_proj_to_labels",
    "summary_type",
    "summary_use_proj",
}

ARCHITECTURES = (
    Architecture(("GPT2LMHeadModel",), "gpt2", GPT2, read_config, write_config, table),
)
