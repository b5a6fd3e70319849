"""float16 overflow: sums over a batch leave the numbers that 16 bits can hold."""

from nt_autograd import Tensor, autocast, cross_entropy
from nt_nn import GradScaler, Linear, ReLU, Sequential
from nt_nn.optim import SGD

from nt_apps.gallery._exhibit import Exhibit
from nt_apps.gallery._walk import Course, batches, digits, seeded, walk

SIZE = 512


def run(repaired: bool) -> Course:
    """A loss summed over 512 images, with or without a scale that finds what fits."""
    model = seeded(lambda: Sequential(Linear(64, 64), ReLU(), Linear(64, 10)))

    def loss(x: Tensor, y: Tensor) -> Tensor:
        with autocast("float16"):
            scores = model(x)
        total: Tensor = cross_entropy(scores.float(), y, reduction="sum")
        return total * WEIGHT

    return walk(
        model,
        SGD(model.parameters(), lr=0.2 / SIZE / WEIGHT),
        steps=80,
        data=batches(digits().x, digits().y, size=SIZE),
        loss=loss,
        scaler=GradScaler(init_scale=1.0, enabled=repaired),
    )


WEIGHT = 4000.0  # of this loss among others

EXHIBIT = Exhibit(
    "float16-overflow",
    fails="products in float16, and a loss that is a sum over 512 images, times 4,000",
    repair="GradScaler: halve the loss's scale until the gradients are finite",
    why="float16 ends at 65,504. One gradient beyond it is infinite, and after the step so is "
    "every weight; the scaler leaves that step out and tries half.",
    bound=0.8,
    run=run,
    source="Micikevicius et al., Mixed precision training (2018), section 3.2",
)
