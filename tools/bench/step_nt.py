"""The training step in nt. Run by `python -m tools.bench`, in a process of its own."""

from __future__ import annotations

from nt_autograd import cross_entropy, tensor
from nt_models import GPT2, GPT2Config
from nt_nn import Parallel
from nt_nn.optim import AdamW
from nt_tensor import Generator, jit

from .case import Case, measure


def main() -> None:
    """Train on the case that stands in the arguments."""
    case = Case.from_arguments()
    jit(case.jit)
    model = GPT2(
        GPT2Config(
            vocab_size=case.vocab,
            context=case.context,
            layers=case.layers,
            heads=case.heads,
            width=case.width,
            bias=case.bias,
        ),
        generator=Generator(0),
    )
    optimizer = AdamW(model.parameters(), lr=1e-3)
    batches = [tuple(tensor(a) for a in batch) for batch in case.batches()]

    def loss(tokens, targets):
        logits = model(tokens)
        return cross_entropy(logits.reshape(-1, case.vocab), targets.reshape(-1))

    with Parallel(model.parameters(), threads=case.threads) as parallel:

        def step(i: int) -> float:
            optimizer.zero_grad()
            value = parallel.backward(loss, *batches[i % len(batches)])
            optimizer.step()
            return value

        measure(step, case)


if __name__ == "__main__":
    main()
