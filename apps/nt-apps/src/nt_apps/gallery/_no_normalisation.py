"""No normalisation: sums of residuals double from block to block."""

from nt_nn.optim import SGD

from nt_apps.gallery._exhibit import Exhibit
from nt_apps.gallery._stack import Stack
from nt_apps.gallery._walk import Course, seeded, walk


def run(repaired: bool) -> Course:
    """24 residual blocks, with or without a norm in front of each."""
    model = seeded(lambda: Stack(24, residual=True, norm=repaired))
    return walk(model, SGD(model.parameters(), lr=0.002, momentum=0.9), steps=100)


EXHIBIT = Exhibit(
    "no-normalisation",
    fails="24 residual blocks that add what they make of sums as they come",
    repair="x = x + f(norm(x)) in the place of x = x + f(x)",
    why="Each block adds as much variance as comes in, so that it doubles with each: the logits "
    "begin in the thousands, and the first step leaves no number behind.",
    bound=0.75,
    run=run,
    source="Ba et al., Layer normalization (2016); Zhang et al., Fixup initialization (2019)",
)
