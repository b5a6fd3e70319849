"""Position embeddings of a grid of patches, stretched over images of another size."""

from __future__ import annotations

from nt_autograd import Tensor, concat, interpolate


def stretched(table: Tensor, own: tuple[int, int], wanted: tuple[int, ...]) -> Tensor:
    """The position embedding for another grid of patches.

    Args:
        table: (1, [1 +] rows * columns, width): a class token's in front has no place.
        own: its rows and columns.
        wanted: the rows and columns that there are.

    Returns:
        (1, [1 +] rows * columns, width) of the wanted ones.

    Source: Dosovitskiy et al., An Image is Worth 16x16 Words (2020), section 3.2; bicubic as in
        DINO's and transformers' code.
    """
    if wanted == own:
        return table
    rows, columns = own
    first, width = table.shape[1] - rows * columns, table.shape[2]
    grid = table[:, first:].reshape(1, rows, columns, width).permute(0, 3, 1, 2)
    grid = interpolate(grid, wanted, mode="bicubic", align_corners=False)
    spread: Tensor = grid.flatten(2).transpose(1, 2)  # (1, rows * columns, width)
    return concat([table[:, :first], spread], 1) if first else spread
