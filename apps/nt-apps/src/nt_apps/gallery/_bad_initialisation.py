"""Bad initialisation: weights of one size whatever the width, so signals fade layer by layer."""

from nt_nn.optim import SGD

from nt_apps.gallery._exhibit import Exhibit
from nt_apps.gallery._stack import Stack
from nt_apps.gallery._walk import Course, seeded, walk


def run(repaired: bool) -> Course:
    """Seven layers, drawn with deviation 0.02 or with sqrt(2 / width)."""
    model = seeded(lambda: Stack(6, std=None if repaired else 0.02))
    return walk(model, SGD(model.parameters(), lr=0.05, momentum=0.9), steps=80)


EXHIBIT = Exhibit(
    "bad-initialisation",
    fails="weights of seven layers drawn with deviation 0.02",
    repair="kaiming_normal_: deviation sqrt(2 / width), 0.18 here",
    why="A layer passes on a ninth of what it gets; behind seven there is nothing to tell images "
    "by, and as little comes back.",
    bound=0.75,
    run=run,
    source="He et al., Delving deep into rectifiers (2015), section 2.2",
)
