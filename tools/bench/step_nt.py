"""The training step in nt. Run by `python -m tools.bench`, in a process of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from nt_autograd import Tensor, cross_entropy, tensor
from nt_models import (
    CLIP,
    GPT2,
    T5,
    BERTConfig,
    BERTForMaskedLM,
    CLIPConfig,
    GPT2Config,
    Modern,
    ModernConfig,
    ResNet,
    ResNetConfig,
    T5Config,
    ViT,
    ViTConfig,
)
from nt_nn import Module, Parallel
from nt_nn.optim import SGD, AdamW
from nt_tensor import Generator, jit

from .case import CASES, Asked, Case, measure


def classified(model: Any, x: Tensor, labels: Tensor) -> Tensor:
    """The cross-entropy of logits (…, classes)."""
    logits = model(x)
    return cross_entropy(logits.reshape(-1, logits.shape[-1]), labels.reshape(-1))


def translated(model: T5, source: Tensor, target: Tensor) -> Tensor:
    """T5's loss for pairs of texts."""
    logits = model(source, model.shift_right(target))
    return cross_entropy(logits.reshape(-1, logits.shape[-1]), target.reshape(-1))


MODELS: dict[str, tuple[Any, Any, Callable[..., Tensor]]] = {
    "gpt2": (GPT2, GPT2Config, classified),
    "vit": (ViT, ViTConfig, classified),
    "bert": (BERTForMaskedLM, BERTConfig, classified),
    "clip": (CLIP, CLIPConfig, CLIP.loss),
    "resnet": (ResNet, ResNetConfig, classified),
    "modern": (Modern, ModernConfig, classified),
    "t5": (T5, T5Config, translated),
}


def build(case: Case) -> tuple[Module, Callable[..., Tensor]]:
    """The model, and its loss for a batch."""
    model, config, loss = MODELS[case.model]
    made = model(config.preset(case.preset, **case.changes), generator=Generator(0))
    return made, lambda *batch: loss(made, *batch)


def save(case: Case, folder: Path) -> None:
    """Write the model's sizes and first weights, for other libraries to begin with the same."""
    model, _ = build(case)
    arrays = {name: value.numpy() for name, value in model.state_dict().items()}
    np.savez(folder / "weights.npz", **arrays)
    (folder / "config.json").write_text(json.dumps(asdict(model.config)), encoding="utf-8")


def optimizer_of(case: Case, parameters: list[Any]) -> SGD | AdamW:
    """What steps."""
    if case.sgd:
        return SGD(parameters, lr=0.1, momentum=0.9, weight_decay=1e-4)
    return AdamW(parameters, lr=1e-3)


def weigh_of(case: Case) -> Callable[..., float] | None:
    """What a share of the batch counts: its labels that do, where not all of them do."""
    masked = any(each.kept < 1 for each in case.fields)
    return (lambda _, labels: float((labels.data != -100).sum())) if masked else None


def main() -> None:
    """Train on the case that stands in the arguments."""
    asked = Asked.from_arguments()
    case = CASES[asked.case]
    if not asked.steps:
        return save(case, Path(asked.folder))
    jit(asked.jit)
    model, loss = build(case)
    parameters = list(model.parameters())
    optimizer = optimizer_of(case, parameters)
    batches = [[tensor(a) for a in batch] for batch in case.batches()]
    weigh = weigh_of(case)
    with Parallel(parameters, threads=asked.threads) as parallel:

        def step(i: int) -> float:
            optimizer.zero_grad()
            batch = batches[i % len(batches)]
            value = parallel.backward(loss, *batch, weigh=weigh)
            optimizer.step()
            return value

        measure(step, asked)
    return None


if __name__ == "__main__":
    main()
