"""Where to put the boxes of a graph: layers from inputs down to the output, with few crossings.

Sugiyama's four steps. Layers: a box stands above all that use it, and as near as it can. Long edges
get a bend in every layer that they cross. Order: each layer is sorted by the mean place of its
neighbours, down and up a few times. Places: each box goes as near to its neighbours' mean as the
boxes beside it allow, which is a least-squares problem with an exact and short solution.

Source: Sugiyama, Tagawa, Toda, Methods for visual understanding of hierarchical system structures
(1981); Barlow et al., Statistical inference under order restrictions (1972), for the last step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

__all__ = ["Layout", "layered"]

GAP, BEND, BETWEEN = 24.0, 10.0, 46.0  # between boxes, beside a bend, between layers
_SWEEPS = 12


@dataclass(frozen=True)
class Layout:
    """Centres of the boxes, the corners of each edge from box to box, the size of the whole."""

    centres: list[tuple[float, float]]
    routes: list[list[tuple[float, float]]]
    width: float
    height: float


def layered(
    sizes: Sequence[tuple[float, float]], edges: Sequence[tuple[int, int]], most: int = 20_000
) -> Layout:
    """Lay out boxes whose edges all go from a smaller number to a larger one.

    Args:
        sizes: width and height of each box.
        edges: (from, to), pairs of numbers of boxes.
        most: how many boxes and bends are still worth drawing.

    Raises:
        ValueError: there are more.
    """
    layers, paths, widths = _layers(sizes, edges, most)
    above, below = _neighbours(paths, len(widths))
    for sweep in range(_SWEEPS):
        order, near = (layers, above) if sweep % 2 == 0 else (layers[::-1], below)
        for fixed, layer in pairwise(order):
            _sort(layer, near, fixed)
    x = _places(layers, above, below, widths)
    left = min((x[v] - widths[v] / 2 for layer in layers for v in layer), default=0.0)
    bands, height = _bands(layers, sizes)
    centres = [(x[v] - left, sum(bands[v]) / 2) for v in range(len(sizes))]
    routes = [_route(path, x, left, sizes, centres, bands) for path in paths]
    width = max((x[v] + widths[v] / 2 for layer in layers for v in layer), default=0.0) - left
    return Layout(centres, routes, width, height)


def _layers(
    sizes: Sequence[tuple[float, float]], edges: Sequence[tuple[int, int]], most: int
) -> tuple[list[list[int]], list[list[int]], list[float]]:
    """Boxes and bends by layer, the path of each edge through them, and all widths."""
    count = len(sizes)
    users: list[list[int]] = [[] for _ in range(count)]
    for a, b in edges:
        users[a].append(b)
    depth = [0] * count  # counted from the output
    for v in reversed(range(count)):
        depth[v] = max((depth[b] + 1 for b in users[v]), default=0)
    deepest = max(depth, default=0)
    needed = count + sum(depth[a] - depth[b] - 1 for a, b in edges)
    if needed > most:
        raise ValueError(f"a picture of {needed} boxes and bends is more than {most}: draw a part")
    layers: list[list[int]] = [[] for _ in range(deepest + 1 if count else 0)]
    for v in range(count):
        layers[deepest - depth[v]].append(v)
    widths = [width for width, _ in sizes]
    paths = []
    for a, b in edges:
        path = [a]
        for step in range(deepest - depth[a] + 1, deepest - depth[b]):
            path.append(len(widths))
            layers[step].append(len(widths))
            widths.append(BEND)
        paths.append([*path, b])
    return layers, paths, widths


def _neighbours(paths: list[list[int]], count: int) -> tuple[list[list[int]], list[list[int]]]:
    above: list[list[int]] = [[] for _ in range(count)]
    below: list[list[int]] = [[] for _ in range(count)]
    for path in paths:
        for a, b in pairwise(path):
            below[a].append(b)
            above[b].append(a)
    return above, below


def _sort(layer: list[int], neighbours: list[list[int]], fixed: list[int]) -> None:
    """Order a layer by the mean place of each one's neighbours; who has none stays where it is."""
    place = {v: i for i, v in enumerate(fixed)}
    mean = {
        v: sum(place[u] for u in neighbours[v]) / len(neighbours[v]) if neighbours[v] else i
        for i, v in enumerate(layer)
    }
    layer.sort(key=mean.__getitem__)


def _places(
    layers: list[list[int]], above: list[list[int]], below: list[list[int]], widths: list[float]
) -> list[float]:
    """The middle of every box and bend."""
    x = [0.0] * len(widths)
    for layer in layers:
        for u, v in pairwise(layer):
            x[v] = x[u] + _apart(u, v, widths)
        middle = (x[layer[0]] + x[layer[-1]]) / 2
        for v in layer:
            x[v] -= middle
    # Who draws how hard: the trunk of the graph most, bends less, leaves hardly at all.
    weight = [
        0.05 if not above[v] and widths[v] != BEND else 0.5 if widths[v] == BEND else 1.0
        for v in range(len(widths))
    ]
    for sweep in range(5 * _SWEEPS):
        down = sweep % 2 == 0
        for layer in layers if down else reversed(layers):
            wish, pull = [], []
            for v in layer:
                near = above[v] if down else below[v]
                near = near if sweep < _SWEEPS else above[v] + below[v]
                total = sum(weight[u] for u in near)
                wish.append(sum(x[u] * weight[u] for u in near) / total if total else x[v])
                pull.append(weight[v] * (total or 1.0))
            _settle(layer, wish, pull, widths, x)
    return x


def _apart(u: int, v: int, widths: list[float]) -> float:
    """How far the middles of two neighbours must be from each other."""
    return (widths[u] + widths[v]) / 2 + GAP


def _settle(
    layer: list[int], wish: list[float], pull: list[float], widths: list[float], x: list[float]
) -> None:
    """The nearest places to those wished for that keep order and distance.

    `pull` says how much it costs each to be elsewhere. It must be the weight of the squares that
    the wish is the mean of, or what each layer does is no step down for the whole, and it drifts.

    With the distances taken off, the places only have to ascend: where wishes do not, neighbours
    are drawn together at their mean (pool adjacent violators).
    """
    offset = [0.0]
    for u, v in pairwise(layer):
        offset.append(offset[-1] + _apart(u, v, widths))
    pools: list[tuple[float, float, int]] = []  # the mean wish, its weight, and of how many
    for want, hard, off in zip(wish, pull, offset, strict=True):
        mean, total, count = want - off, hard, 1
        while pools and pools[-1][0] > mean:
            other, more, number = pools.pop()
            mean = (mean * total + other * more) / (total + more)
            total, count = total + more, count + number
        pools.append((mean, total, count))
    places = [mean for mean, _, count in pools for _ in range(count)]
    for v, place, off in zip(layer, places, offset, strict=True):
        x[v] = place + off


def _bands(
    layers: list[list[int]], sizes: Sequence[tuple[float, float]]
) -> tuple[dict[int, tuple[float, float]], float]:
    """From where to where each one's layer reaches downwards, and the height of the whole."""
    bands: dict[int, tuple[float, float]] = {}
    top = 0.0
    for layer in layers:
        tall = max(sizes[v][1] for v in layer if v < len(sizes))
        bands.update((v, (top, top + tall)) for v in layer)
        top += tall + BETWEEN
    return bands, max(top - BETWEEN, 0.0)


def _route(
    path: list[int],
    x: list[float],
    left: float,
    sizes: Sequence[tuple[float, float]],
    centres: list[tuple[float, float]],
    bands: dict[int, tuple[float, float]],
) -> list[tuple[float, float]]:
    """From the lower edge of a box, straight down through each layer between, to an upper edge."""
    first, last = path[0], path[-1]
    points = [(centres[first][0], centres[first][1] + sizes[first][1] / 2)]
    for v in path[1:-1]:
        points += [(x[v] - left, edge) for edge in bands[v]]
    return [*points, (centres[last][0], centres[last][1] - sizes[last][1] / 2)]
