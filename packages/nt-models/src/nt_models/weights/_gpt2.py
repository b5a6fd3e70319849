"""GPT-2's published weights, as OpenAI and Hugging Face name them, under our names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from nt_tensor import Array, namespace

from nt_models.gpt2 import GPT2Config

__all__ = ["gpt2_config", "gpt2_state"]

NAMES = {  # published -> ours; * is the number of the block
    "wte": "token_embedding",
    "wpe": "position_embedding",
    "h.*.ln_1": "blocks.*.norm1",
    "h.*.attn.c_attn": "blocks.*.attention.qkv",
    "h.*.attn.c_proj": "blocks.*.attention.out",
    "h.*.ln_2": "blocks.*.norm2",
    "h.*.mlp.c_fc": "blocks.*.up",
    "h.*.mlp.c_proj": "blocks.*.down",
    "ln_f": "norm",
}
TRANSPOSED = ("c_attn", "c_proj", "c_fc")  # stored (in, out), by a layer named Conv1D
LEFT_OUT = (  # the causal mask as a buffer, and the token embedding once more
    re.compile(r"h\.\d+\.attn\.(bias|masked_bias)"),
    re.compile(r"lm_head\.weight"),
)


def gpt2_state(published: Mapping[str, Array]) -> dict[str, Array]:
    """Turn a published GPT-2 state into one that `GPT2.load_state_dict` takes.

    Args:
        published: arrays under the names of the published files, with or without `transformer.` in
            front.

    Returns:
        The same arrays under our names, the matrices of linear maps as (out, in).

    Raises:
        ValueError: a name is not one of GPT-2's.

    Example:
        >>> from nt_tensor import zeros
        >>> state = gpt2_state({"h.0.mlp.c_fc.weight": zeros((8, 32)), "ln_f.bias": zeros(8)})
        >>> {name: array.shape for name, array in state.items()}
        {'blocks.0.up.weight': (32, 8), 'norm.bias': (8,)}

    Source: the files of https://huggingface.co/openai-community/gpt2.
    """
    state = {}
    for published_name, array in published.items():
        name = published_name.removeprefix("transformer.")
        if any(each.fullmatch(name) for each in LEFT_OUT):
            continue
        layer, _, part = name.rpartition(".")
        block = re.match(r"h\.(\d+)\.", layer)
        ours = NAMES.get(f"h.*.{layer[block.end() :]}" if block else layer)
        if ours is None or part not in ("weight", "bias"):
            raise ValueError(f"{published_name} is no name of a published GPT-2")
        if part == "weight" and layer.endswith(TRANSPOSED):
            array = namespace(array).matrix_transpose(array)
        state[f"{ours.replace('*', block[1]) if block else ours}.{part}"] = array
    return state


def gpt2_config(published: Mapping[str, Any]) -> GPT2Config:
    """Turn the `config.json` beside published weights into ours.

    Args:
        published: what `json.load` gives. Dropout is left at 0: it is for training.

    Raises:
        ValueError: a size is missing, or something is asked for that GPT-2 as published by OpenAI
            does not have.

    Example:
        >>> published = {"n_layer": 3, "n_head": 4, "n_embd": 48, "n_positions": 32}
        >>> gpt2_config({"vocab_size": 97, **published})
        GPT2Config(vocab_size=97, context=32, layers=3, heads=4, width=48, dropout=0.0, bias=True)

    Source: the files of https://huggingface.co/openai-community/gpt2.
    """
    sizes = {
        "vocab_size": "vocab_size",
        "n_positions": "context",
        "n_layer": "layers",
        "n_head": "heads",
        "n_embd": "width",
    }
    if missing := [name for name in sizes if name not in published]:
        raise ValueError(f"a GPT-2 config has {', '.join(sizes)}; missing: {', '.join(missing)}")
    usual = {
        "activation_function": ("gelu_new", "gelu_pytorch_tanh"),
        "layer_norm_epsilon": (1e-5,),
        "n_inner": (None, 4 * published["n_embd"]),
        "scale_attn_weights": (True,),
        "scale_attn_by_inverse_layer_idx": (False,),
        "tie_word_embeddings": (True,),
    }
    for name, allowed in usual.items():
        if (value := published.get(name, allowed[0])) not in allowed:
            raise ValueError(f"{name} ({value!r}) must be {' or '.join(map(repr, allowed))}")
    return GPT2Config(**{ours: published[name] for name, ours in sizes.items()})
