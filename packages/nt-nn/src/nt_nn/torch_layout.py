"""State dicts in PyTorch's layout: its names and shapes, where a module here stores otherwise.

Most modules have PyTorch's names already. `MultiHeadAttention` has linear maps where PyTorch has
bare parameters:

    here                                 PyTorch
    qkv.weight, qkv.bias                 in_proj_weight, in_proj_bias
    query.weight, key.weight, value.weight   q_proj_weight, k_proj_weight, v_proj_weight
    query.bias, key.bias, value.bias     the thirds of in_proj_bias
    out.weight, out.bias                 out_proj.weight, out_proj.bias
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nt_autograd import Tensor, concat
from nt_tensor import asarray

from ._state import LoadResult
from .layers.attention import MultiHeadAttention
from .module import Module

__all__ = ["from_torch_state_dict", "to_torch_state_dict"]

_NAMES = {
    "qkv.weight": "in_proj_weight",
    "qkv.bias": "in_proj_bias",
    "query.weight": "q_proj_weight",
    "key.weight": "k_proj_weight",
    "value.weight": "v_proj_weight",
    "out.weight": "out_proj.weight",
    "out.bias": "out_proj.bias",
}
_APART = ("query.bias", "key.bias", "value.bias")


def to_torch_state_dict(module: Module) -> dict[str, Tensor]:
    """The module's state under the names, and in the shapes, of PyTorch's modules.

    Args:
        module: any module; what lies in it at any depth is renamed.

    Raises:
        ValueError: an attention has what PyTorch's layer has not: heads that share keys, a
            `head_dim`, a `scale` or norms of its own.

    Example:
        >>> from nt_nn import MultiHeadAttention, torch_layout
        >>> state = torch_layout.to_torch_state_dict(MultiHeadAttention(4, 2))
        >>> {name: value.shape for name, value in state.items()}
        {'in_proj_weight': (12, 4), 'in_proj_bias': (12,), 'out_proj.weight': (4, 4),
            'out_proj.bias': (4,)}

    Source: PyTorch's `torch.nn.MultiheadAttention`.
    """
    state = module.state_dict()
    names = _torch_names(module)
    joined = {f"{path}in_proj_bias": path for path in _in_three_parts(module)}
    found: dict[str, Tensor] = {}
    for name, value in state.items():
        said = names.get(name, name)
        if said in joined:
            value = concat([state[joined[said] + part] for part in _APART])
        found.setdefault(said, value)
    return found


def from_torch_state_dict(
    module: Module, state: Mapping[str, Any], strict: bool = True
) -> LoadResult:
    """Load a state dict of PyTorch's names and shapes into a module, or say what does not fit.

    Args:
        module: what is loaded into.
        state: PyTorch's names to tensors or arrays (`tensor.numpy()` of PyTorch's).
        strict: demand that the names are exactly the module's.

    Returns:
        The names, as they are here, that were missing and those that were unexpected.

    Raises:
        ValueError: as `Module.load_state_dict`; or an attention has what PyTorch's layer has not.

    Example:
        >>> from nt_nn import TransformerEncoderLayer, torch_layout
        >>> one, other = (TransformerEncoderLayer(4, 2, 8) for _ in range(2))
        >>> torch_layout.from_torch_state_dict(other, torch_layout.to_torch_state_dict(one))
        LoadResult(missing_keys=[], unexpected_keys=[])
        >>> (one.self_attn.qkv.weight == other.self_attn.qkv.weight).all().item()
        True

    Source: PyTorch's `torch.nn.MultiheadAttention`.
    """
    ours = {said: name for name, said in _torch_names(module).items()}
    found = {ours.get(name, name): value for name, value in state.items()}
    for path in _in_three_parts(module):
        bias = state.get(f"{path}in_proj_bias")
        if bias is None:
            continue
        array = bias.data if isinstance(bias, Tensor) else asarray(bias)
        third = array.shape[0] // 3
        for i, part in enumerate(_APART):
            found[path + part] = Tensor(array[i * third : (i + 1) * third])
    return module.load_state_dict(found, strict)


def _attentions(module: Module) -> list[tuple[str, MultiHeadAttention]]:
    """The attentions inside, by what stands in front of their tensors' names."""
    found = []
    for path, each in module.named_modules():
        if isinstance(each, MultiHeadAttention):
            if each.num_kv_heads != each.num_heads:
                raise ValueError(
                    f"{path or 'the attention'} has {each.num_kv_heads} heads of keys for "
                    f"{each.num_heads} of queries; PyTorch's layer has as many of both"
                )
            if each.inner != each.embed_dim or each.q_norm or each.k_norm or each.scale:
                raise ValueError(
                    f"{path or 'the attention'} has a head_dim, a scale or norms of its own, "
                    "which PyTorch's layer has not"
                )
            found.append((f"{path}." if path else "", each))
    return found


def _torch_names(module: Module) -> dict[str, str]:
    """Names here to PyTorch's, of the tensors whose names differ."""
    names: dict[str, str] = {}
    for path, attention in _attentions(module):
        own = {**_NAMES, **dict.fromkeys(_APART, "in_proj_bias")}
        if attention.qkv is not None:
            own = {k: v for k, v in own.items() if k.startswith(("qkv", "out"))}
        else:
            own = {k: v for k, v in own.items() if not k.startswith("qkv")}
        names |= {path + here: path + there for here, there in own.items()}
    return names


def _in_three_parts(module: Module) -> list[str]:
    """The paths of the attentions whose three projections are apart."""
    return [path for path, attention in _attentions(module) if attention.qkv is None]
