"""Too high a rate: each step lands higher up than the one before."""

from nt_nn.optim import SGD

from nt_apps.gallery._exhibit import Exhibit
from nt_apps.gallery._stack import Stack
from nt_apps.gallery._walk import Course, seeded, walk


def run(repaired: bool) -> Course:
    """Three ReLU layers at the rate 0.3 or 0.05."""
    model = seeded(lambda: Stack(2))
    lr = 0.05 if repaired else 0.3
    return walk(model, SGD(model.parameters(), lr=lr, momentum=0.9), steps=80)


EXHIBIT = Exhibit(
    "rate-too-high",
    fails="SGD with momentum at the rate 0.3",
    repair="the rate 0.05",
    why="A step is so long that it lands higher up on the other side of the valley, where the "
    "gradient is larger: each goes further than the one before, until nothing is a number.",
    bound=0.85,
    run=run,
    source="Karpathy, CS231n notes, Neural networks 1 and 3 (2015); LeCun et al., Efficient "
    "BackProp (1998), section 4.7",
)
