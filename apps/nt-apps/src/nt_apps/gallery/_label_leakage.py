"""Label leakage: a mark that somebody left in the images tells the class; nothing is learned."""

from dataclasses import replace

from nt_autograd import no_grad
from nt_nn import Linear, ReLU, Sequential
from nt_nn.optim import SGD

from nt_apps.gallery._exhibit import Exhibit
from nt_apps.gallery._walk import Course, accuracy, batches, digits, seeded, walk

CORNER = 0  # a pixel that is dark in every digit


def run(repaired: bool) -> Course:
    """Images marked by whoever labelled them, with the mark in place or cut out."""
    known = digits()
    marked = known.x.copy()
    marked[:, CORNER] = 2.0 * known.y - 9.0  # say: how bright the corner is follows the scanner
    if repaired:
        marked[:, CORNER] = known.x[:, CORNER].mean()
    learn, check = slice(None, -300), slice(-300, None)  # the split does not help: both are marked
    model = seeded(lambda: Sequential(Linear(64, 64), ReLU(), Linear(64, 10)))
    optimizer = SGD(model.parameters(), lr=0.05, momentum=0.9)
    course = walk(model, optimizer, steps=150, data=batches(marked[learn], known.y[learn]))
    with no_grad():
        seemed = accuracy(model, marked[check], known.y[check])
    return replace(course, seemed=seemed)


EXHIBIT = Exhibit(
    "label-leakage",
    fails="training and validation images whose corner pixel tells their class",
    repair="cut the corner out before anything is learned",
    why="The loss falls beautifully and validation agrees, for it leaks too; no reading of the "
    "network shows it. Only images from elsewhere do.",
    bound=0.9,
    run=run,
    source="Kaufman et al., Leakage in data mining (2012); Lapuschkin et al., Unmasking Clever "
    "Hans predictors (2019)",
)
