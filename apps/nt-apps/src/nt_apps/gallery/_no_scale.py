"""No 1/sqrt(d): scores grow with the width of a head, and its softmax looks at one key alone."""

from nt_autograd import Tensor
from nt_nn import Embedding, LayerNorm, Linear, Module, ModuleList, MultiHeadAttention
from nt_nn.optim import AdamW

from nt_apps.gallery._exhibit import Exhibit
from nt_apps.gallery._walk import Course, seeded, walk

WIDTH = 128


class Reader(Module):
    """Reads a digit row by row: two attentions of one wide head, and a head on the first row."""

    def __init__(self, scale: float | None) -> None:
        self.up, self.place = Linear(8, WIDTH), Embedding(8, WIDTH)
        self.norms = ModuleList(LayerNorm(WIDTH) for _ in range(2))
        self.attentions = ModuleList(MultiHeadAttention(WIDTH, 1, scale=scale) for _ in range(2))
        self.head = Linear(WIDTH, 10)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, 64) to (batch, 10)."""
        x = self.up(x.reshape(-1, 8, 8)) + self.place.weight  # (batch, rows, width)
        for norm, attention in zip(self.norms, self.attentions, strict=True):
            x = x + attention(norm(x))
        return self.head(x[:, 0])


def run(repaired: bool) -> Course:
    """Scores as they are, or divided by the root of the head's width."""
    model = seeded(lambda: Reader(scale=None if repaired else 1.0))
    return walk(model, AdamW(model.parameters(), lr=3e-3), steps=80)


EXHIBIT = Exhibit(
    "no-scale",
    fails="attention scores q k, in a head 128 wide",
    repair="q k / sqrt(128)",
    why="A product of 128 numbers of size 1 has deviation 11: softmax takes the largest and lets "
    "no gradient through to the others, so where a head looks is left to chance.",
    bound=0.8,
    run=run,
    source="Vaswani et al., Attention is all you need (2017), section 3.2.1",
)
