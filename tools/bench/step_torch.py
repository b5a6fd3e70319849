"""The training step in PyTorch eager, the yardstick, in a process of its own.

The models are those of `torch_references`; the optimizers are `torch.optim`'s with their defaults,
as a user would write it.
"""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch

from .case import CASES, Asked, measure
from .torch_references import MODELS


def main() -> None:
    """Train on the case that stands in the arguments, from the weights that nt begins with."""
    asked = Asked.from_arguments()
    case, folder = CASES[asked.case], Path(asked.folder)
    torch.set_num_threads(asked.threads)
    config = json.loads(
        (folder / "config.json").read_text(encoding="utf-8"),
        object_hook=lambda fields: SimpleNamespace(**fields),
    )
    make, loss_of = MODELS[case.model]
    model = make(config)
    weights = np.load(folder / "weights.npz")
    model.load_state_dict({name: torch.from_numpy(weights[name]) for name in weights.files})
    optimizer = (
        torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)
        if case.sgd
        else torch.optim.AdamW(model.parameters(), lr=1e-3)
    )
    batches = [[torch.from_numpy(a) for a in batch] for batch in case.batches()]
    if case.channels_last:
        model = model.to(memory_format=torch.channels_last)
        batches = [
            [x.contiguous(memory_format=torch.channels_last), labels] for x, labels in batches
        ]

    def step(i: int) -> float:
        loss = loss_of(model, *batches[i % len(batches)])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    measure(step, asked)


if __name__ == "__main__":
    main()
