"""No warm-up: Adam's first steps are of full length, before it knows how noisy gradients are."""

from nt_autograd import Tensor
from nt_nn import Embedding, Linear, Module, ModuleList, TransformerEncoderLayer
from nt_nn.optim import AdamW

from nt_apps.gallery._exhibit import Exhibit
from nt_apps.gallery._walk import Course, batches, digits, seeded, walk

WIDTH, RATE, STEPS, WARM_UP = 16, 0.015, 160, 80


class Encoder(Module):
    """Six blocks with the norm behind the sum, as in the first Transformer, over a digit's rows."""

    def __init__(self) -> None:
        self.up, self.place = Linear(8, WIDTH), Embedding(8, WIDTH)
        self.blocks = ModuleList(
            TransformerEncoderLayer(WIDTH, 4, 4 * WIDTH, 0.0, batch_first=True) for _ in range(6)
        )
        self.head = Linear(WIDTH, 10)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, 64) to (batch, 10)."""
        x = self.up(x.reshape(-1, 8, 8)) + self.place.weight  # (batch, rows, width)
        for block in self.blocks:
            x = block(x)
        return self.head(x.mean(1))


def run(repaired: bool) -> Course:
    """One rate from the first step on, or reached in half of the steps."""
    model = seeded(Encoder)
    return walk(
        model,
        AdamW(model.parameters(), lr=RATE, betas=(0.9, 0.98)),
        STEPS,
        data=batches(digits().x, digits().y, size=32),
        rate=lambda step: RATE * min(1.0, (step + 1) / WARM_UP) if repaired else RATE,
    )


EXHIBIT = Exhibit(
    "no-warm-up",
    fails=f"Adam at the rate {RATE} from the first step on, norms behind the sums",
    repair=f"the rate rises from 0 in {WARM_UP} steps",
    why="Adam's first steps move every weight by the whole rate, whatever the gradient. Behind "
    "them, units are dead and the norms squeeze what is left of the gradient.",
    bound=0.6,
    run=run,
    source="Xiong et al., On layer normalization in the Transformer architecture (2020); Liu et "
    "al., On the variance of the adaptive learning rate and beyond (2020)",
)
