"""Generation in nt, in a process of its own; also writes the checkpoint that all read."""

from __future__ import annotations

import json
import sys
from typing import Any

from nt_autograd import tensor
from nt_models import GPT2, GPT2Config, from_pretrained, save_pretrained
from nt_tensor import Generator, jit

from .case import measure_generation


def main() -> None:
    """Do what the arguments ask for."""
    asked = json.loads(sys.argv[1])
    if asked.get("write"):
        save_pretrained(GPT2(GPT2Config.preset("gpt2"), generator=Generator(0)), asked["folder"])
        return
    jit(asked["jit"])
    model: Any = from_pretrained(asked["folder"])

    def write(prompt: Any, new: int) -> list[list[int]]:
        found: list[list[int]] = model.generate(tensor(prompt), new, temperature=0.0).tolist()
        return found

    measure_generation(write, asked)


if __name__ == "__main__":
    main()
