"""How nt answers a case: the module or function of PyTorch's name, built and called as there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import nt_autograd as ag
import nt_nn as nn
from nt_autograd import Tensor
from nt_nn.torch_layout import from_torch_state_dict, to_torch_state_dict

from .cases import Case

Arguments = dict[str, Any]
Results = tuple[Any, ...]


def build(case: Case) -> nn.Module:
    """The module of a case with its parameters and in its mode, in float64 as yet."""
    options = case.options("ctor")
    if case.op == "TransformerEncoder":  # PyTorch's takes a layer to copy
        norm = nn.LayerNorm(options["d_model"]) if options.pop("final_norm") else None
        count = options.pop("num_layers")
        layer = nn.TransformerEncoderLayer(**options, dropout=0.0, batch_first=True)
        module: nn.Module = nn.TransformerEncoder(layer, count, norm=norm)
    else:
        name = {"MultiheadAttention": "MultiHeadAttention"}.get(case.op, case.op)
        module = getattr(nn, name)(**options)
    module.to("float64")
    from_torch_state_dict(module, case.starting("param."))
    return module.train(case.about["train"])


def call_module(module: nn.Module, case: Case, inputs: Arguments) -> Results:
    """Call a module with a case's inputs."""
    call = MODULES.get(case.op, _by_position)
    return _results(call(module, inputs, case.options("kwargs")))


def call_function(case: Case, inputs: Arguments) -> Results:
    """Call the function of a case's name with its inputs."""
    call = FUNCTIONS.get(case.op, _by_position)
    function = getattr(ag, case.op, None)
    return _results(call(function, inputs, case.options("kwargs")))


def gradients(module: nn.Module) -> dict[str, Any]:
    """The gradients of a module's parameters under PyTorch's names and in its layout."""
    kept = {name: p.grad for name, p in module.named_parameters()}
    for parameter in module.parameters():
        if parameter.grad is not None:
            with ag.no_grad():
                parameter.copy_(parameter.grad)
    state = to_torch_state_dict(module)
    missing = {name for name, grad in kept.items() if grad is None}
    return {name: value for name, value in state.items() if name not in missing}


def _results(y: Any) -> Results:
    flat: list[Any] = []
    for each in y if isinstance(y, tuple) else (y,):
        flat += _results(each) if isinstance(each, tuple) else [each]
    return tuple(flat)


def _by_position(function: Callable[..., Any], inputs: Arguments, options: Arguments) -> Any:
    """The first inputs by position; those that have PyTorch's name of an argument, by name."""
    named = {k: inputs.pop(k) for k in ("weight", "pos_weight", "attn_mask") if k in inputs}
    return function(*inputs.values(), **named, **options)


def _attention(module: Any, inputs: Arguments, options: Arguments) -> Any:
    return module(**inputs, need_weights=True, **options)


def _recurrent(module: Any, inputs: Arguments, _: Arguments) -> Any:
    x, lengths = inputs.pop("x"), inputs.pop("lengths", None)
    state = tuple(inputs.values())
    hx = None if not state else state[0] if len(state) == 1 else state
    if lengths is None:
        return module(x, hx)
    packed = nn.pack_padded_sequence(
        x, lengths.tolist(), batch_first=module.batch_first, enforce_sorted=False
    )
    y, after = module(packed, hx)
    longest = x.shape[1 if module.batch_first else 0]
    padded, _ = nn.pad_packed_sequence(y, batch_first=module.batch_first, total_length=longest)
    return padded, after


def _by_name(module: Any, inputs: Arguments, options: Arguments) -> Any:
    return module(**inputs, **options)


def _bag(module: Any, inputs: Arguments, options: Arguments) -> Any:
    return module(inputs.pop("ids"), **inputs, **options)


def _cell(module: Any, inputs: Arguments, _: Arguments) -> Any:
    x, *state = inputs.values()
    return module(x, state[0] if len(state) == 1 else tuple(state))


def _weight_norm(_: Any, inputs: Arguments, __: Arguments) -> Any:
    """PyTorch's module, seen through a layer: the weight that it computes from v and g."""
    v, g = inputs["v"], inputs["g"]
    layer = nn.weight_norm(nn.Linear(v.shape[1], v.shape[0], bias=False))
    return nn.functional_call(
        layer, {"weight_g": g, "weight_v": v}, ag.eye(v.shape[1], dtype=v.dtype, device=v.device)
    ).mT


MODULES: dict[str, Callable[..., Any]] = {
    "MultiheadAttention": _attention,
    "TransformerEncoderLayer": _by_name,
    "TransformerDecoderLayer": _by_name,
    "Transformer": _by_name,
    "RNN": _recurrent,
    "LSTM": _recurrent,
    "GRU": _recurrent,
    "RNNCell": _cell,
    "GRUCell": _cell,
    "LSTMCell": _cell,
    "EmbeddingBag": _bag,
}

FUNCTIONS: dict[str, Callable[..., Any]] = {"weight_norm": _weight_norm}


def tensors(case: Case, dtype: str, device: str) -> dict[str, Tensor]:
    """A case's inputs as tensors; those that PyTorch gave gradients of are leaves."""
    wanted = set(case.about.get("grad_inputs") or ())
    found = {}
    for name in case.about["inputs"]:
        array = case.arrays[f"input.{name}"]
        floats = array.dtype.kind == "f"
        x = ag.tensor(array, dtype=dtype if floats else None, device=device)
        found[name] = x.requires_grad_() if name in wanted else x
    return found
