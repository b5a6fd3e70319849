"""One model on one backend: how far each of its answers is from the published one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from nt_autograd import Tensor, cross_entropy, mse_loss, no_grad, tensor
from nt_models import capture
from nt_models.weights import ARCHITECTURES
from nt_nn import checkpoint
from nt_tensor import jit

from tools.workspace import ROOT

from .cases import CASES, Case, Inside

BESIDE = [folder / "shared" / "goldens" / "hf" for folder in ROOT.parents]
GOLDENS = next((folder for folder in BESIDE if folder.is_dir()), BESIDE[0])
TEXT_INPUTS = ("input_ids", "attention_mask")


@dataclass(frozen=True)
class Road:
    """A backend and a float."""

    title: str
    device: str
    dtype: str
    jit: bool = False


ROADS = {
    road.title: road
    for road in (
        Road("float64, NumPy", "cpu", "float64"),
        Road("float64, NumPy + Numba", "cpu", "float64", True),
        Road("float32, NumPy", "cpu", "float32"),
        Road("float32, NumPy + Numba", "cpu", "float32", True),
        Road("float32, MLX", "mlx", "float32"),
    )
}


@dataclass(frozen=True)
class Errors:
    """The worst of each kind of answer, None where a model has none of it.

    An error is the largest difference as a share of the largest value; of a gradient, of at least a
    thousandth of the model's largest gradient.

    Attributes:
        texts: whether all greedy texts are the published ones, token by token.
    """

    logits: float
    hidden: float | None
    attention: float | None
    loss: float
    gradients: float
    texts: bool | None


def own_errors(name: str) -> tuple[float, float]:
    """How far the published implementation's own float32 is from its float64: logits, gradients."""
    meta = json.loads((GOLDENS / name / "meta.json").read_text(encoding="utf-8"))
    found = meta["float32_vs_float64"]
    return found["logits"], found["grad"]


def measure(name: str, road: Road) -> Errors:
    """Run a model and compare it."""
    before = jit()
    jit(road.jit)
    try:
        return _measure(CASES[name], road)
    finally:
        jit(before)


def _measure(case: Case, road: Road) -> Errors:
    folder = GOLDENS / case.name
    published = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    answers = checkpoint.load(folder / "goldens.safetensors").tensors
    name = published["architectures"][0] if "architectures" in published else published["arch"]
    architecture = next(each for each in ARCHITECTURES if name in each.names)
    config = architecture.read_config(published)
    model: Any = architecture.model(config)
    table = architecture.table_for(config)
    shapes = {name: value.shape for name, value in model.state_dict().items()}
    weights = checkpoint.load(folder / "model.safetensors").tensors
    model.load_state_dict(table.to_ours(weights, shapes))
    model.to(road.dtype).to(road.device).eval()
    inputs = [_input(answers.get(f"input.{each}"), road) for each in case.inputs]
    with capture(model) as seen:
        y = model(*inputs)
        insides = [list(_inside(seen, each, answers)) for each in case.insides]
    rows = 1 if not case.mask else answers[f"input.{case.mask}"][..., None]
    kind = "logits_per_image" if case.loss == "pairs" else "logits"
    loss, right = _loss(case, model, inputs, y, answers, road)
    loss.backward()
    gradients = {n.removeprefix("grad."): a for n, a in answers.items() if n.startswith("grad.")}
    learned = {name: p.shape for name, p in model.named_parameters()}
    found = [each for part in insides for each in part]
    return Errors(
        error(_array(y) * rows, answers[f"output64.{kind}"]),
        max((e for what, e in found if what == "hidden"), default=None),
        max((e for what, e in found if what == "attention"), default=None),
        error(_array(loss), right),
        _worst_gradient(model, table.to_ours(gradients, learned)),
        _texts(case, model, answers, road, folder),
    )


def error(found: Any, right: Any, floor: float = 0.0) -> float:
    """The largest difference as a share of the largest value, or of `floor` if that is more."""
    a, b = np.asarray(found, np.float64), np.asarray(right, np.float64)
    if a.shape != b.shape:
        raise ValueError(f"shapes {a.shape} and {b.shape} differ")
    return float(np.abs(a - b).max() / max(np.abs(b).max(), floor))


def _input(array: Any, road: Road) -> Tensor | None:
    if array is None:
        return None
    made: Tensor = tensor(array, device=road.device)
    return made.to(road.dtype) if made.dtype.kind == "float" else made


def _array(x: Tensor) -> Any:
    return x.detach().numpy()


def _inside(seen: Any, inside: Inside, answers: Any) -> Iterator[tuple[str, float]]:
    """The errors of hidden states and attention maps of one stack."""
    mask = answers[f"input.{inside.mask}"] if inside.mask else None
    states = [seen.outputs[inside.first][0]] if inside.first else []
    states += [seen[name] for name in _numbered(inside.blocks, seen.outputs)]
    if inside.norm:
        states[-1] = seen[inside.norm]
    start = 0 if inside.first else 1
    for i, state in enumerate(states, start):
        rows = 1 if mask is None else mask[..., None]
        right = answers[f"output.{inside.answers}hidden_states.{i}"]
        yield "hidden", error(_array(state) * rows, right)
    for i, name in enumerate(_numbered(inside.attention, seen.attention)):
        rows = 1 if mask is None else mask[:, None, :, None]
        right = answers[f"output.{inside.answers}attentions.{i}"]
        yield "attention", error(_array(seen.attention[name][-1]) * rows, right)


def _numbered(pattern: str, names: Any) -> list[str]:
    """The names that a pattern with one `*` for a number matches; of a list in it the last."""
    if not pattern:
        return []
    regular = re.compile(re.escape(pattern).replace(r"\*", r"(\d+)") + "$")
    found = {int(m[1]): name for name in names if (m := regular.match(name))}
    if not found:  # a list of lists: what comes later takes the place
        inner = re.compile(regular.pattern[:-1] + r"\.\d+$")
        found = {int(m[1]): name for name in names if (m := inner.match(name))}
    return [found[number] for number in sorted(found)]


def _loss(
    case: Case, model: Any, inputs: list[Any], y: Tensor, answers: Any, road: Road
) -> tuple[Tensor, Any]:
    """The loss and the published one."""
    if case.loss == "pairs":
        images, ids, mask = inputs
        return model.loss(images, ids[:3], mask[:3]), answers["output64.loss_first3"]
    labels = _input(answers["input.labels"], road)
    if case.loss == "number":
        loss = mse_loss(y[:, 0], labels)
    elif case.loss == "classes":
        loss = cross_entropy(y, labels)
    elif case.loss == "next token":
        loss = cross_entropy(y[:, :-1].transpose(1, 2), labels[:, 1:])
    else:
        loss = cross_entropy(y.transpose(1, 2), labels)
    return loss, answers["output64.loss"]


def _worst_gradient(model: Any, right: Any) -> float:
    floor = 1e-3 * max(float(np.abs(each).max()) for each in right.values())
    found = dict(model.named_parameters())
    if found.keys() != right.keys():
        raise ValueError(f"gradients of other parameters: {sorted(found.keys() ^ right.keys())}")
    return max(error(_array(p.grad), right[name], floor) for name, p in found.items())


def _texts(case: Case, model: Any, answers: Any, road: Road, folder: Path) -> bool | None:
    if "gen.greedy" not in answers:
        return None
    part = "gen" if "gen.input_ids" in answers else "input"
    prompts, mask = (_input(answers[f"{part}.{each}"], road) for each in TEXT_INPUTS)
    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))["generation"]
    ends = {
        "eos_token_id": meta["eos_token_id_for_eos_runs"], "pad_token_id": meta["pad_token_id"],
    }  # fmt: skip
    equal = True
    with no_grad():
        for run, options in (("greedy", {"eos_token_id": None}), ("greedy_eos", ends)):
            text = model.generate(prompts, 12, attention_mask=mask, temperature=0.0, **options)
            equal = equal and np.array_equal(_array(text), answers[f"gen.{run}"])
    return equal
