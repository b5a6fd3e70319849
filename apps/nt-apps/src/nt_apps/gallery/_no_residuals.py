"""No residuals: a deep stack of layers hands almost nothing of its input on."""

from nt_nn.optim import AdamW

from nt_apps.gallery._exhibit import Exhibit
from nt_apps.gallery._stack import Stack
from nt_apps.gallery._walk import Course, seeded, walk


def run(repaired: bool) -> Course:
    """24 normed layers, with or without a way around each."""
    model = seeded(lambda: Stack(24, norm=True, residual=repaired))
    return walk(model, AdamW(model.parameters(), lr=1e-3), steps=60)


EXHIBIT = Exhibit(
    "no-residuals",
    fails="24 layers, each of which replaces its input",
    repair="x = x + f(norm(x)) in the place of x = f(norm(x))",
    why="Each layer loses a part of what the image was, and the gradient comes through all of "
    "them; with residuals both have a way of their own.",
    bound=0.8,
    run=run,
    source="He et al., Deep residual learning for image recognition (2016), section 1",
)
