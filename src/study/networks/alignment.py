"""Puts the layers of two networks side by side."""

from collections.abc import Callable, Iterable, Sequence
from itertools import cycle

from study.networks.models import Layer

# What it costs to leave a layer without a counterpart.
GAP = 2


def mirrored(layers: Sequence[Layer]) -> list[Layer]:
    """Order layers as they are met on the way back from the outputs, each after all that it reads, last input first.

    Beside another network in its own order, layers stand side by side whose readers only read them in another order.
    """
    by_path = {layer.path: layer for layer in layers}
    read = {path for layer in layers for path in layer.inputs}
    waiting = [(layer.path, False) for layer in sorted(layers, key=lambda layer: layer.path not in read)]
    ordered: dict[str, Layer] = {}
    met: set[str] = set()
    while waiting:  # a stack, not a recursion: a network may be deeper than that can go
        path, sources_are_met = waiting.pop()
        if sources_are_met:
            ordered[path] = by_path[path]
        elif path not in met:
            met.add(path)
            waiting.append((path, True))
            waiting += [(source, False) for source in by_path[path].inputs if source in by_path]
    return list(ordered.values())


def unrolled(layers: Sequence[Layer]) -> list[Layer]:
    """Show each use of a shared layer as a layer, so that it can be aligned with layers that are not shared.

    Only where each use takes one input. Which use a reader takes is not recorded: it takes them in turn.
    """
    uses = {
        layer.path: [f"{layer.path} (use {number})" for number in range(1, layer.calls + 1)]
        for layer in layers
        if len(layer.inputs) == layer.calls > 1
    }

    def in_turn(paths: Iterable[str]) -> list[str]:
        turns = {path: cycle(each) for path, each in uses.items()}
        return [next(turns[path]) if path in turns else path for path in paths]

    unrolled = []
    for layer in layers:
        inputs = [[each] for each in layer.inputs] if layer.path in uses else [layer.inputs]
        for path, read in zip(uses.get(layer.path, [layer.path]), inputs, strict=True):
            unrolled.append(layer.model_copy(update={"path": path, "inputs": in_turn(read)}))
    return unrolled


def aligned(
    one: Sequence[Layer], other: Sequence[Layer], distance: Callable[[Layer, Layer], int]
) -> list[tuple[Layer | None, Layer | None]]:
    """Pair two sequences at the least cost (Needleman and Wunsch 1970, doi:10.1016/0022-2836(70)90057-4).

    `distance` is what it costs to pair two layers; to leave one without a counterpart costs `GAP`.
    """
    cost = [[GAP * (row + column) for column in range(len(other) + 1)] for row in range(len(one) + 1)]
    for row, a in enumerate(one, start=1):
        for column, b in enumerate(other, start=1):
            paired = cost[row - 1][column - 1] + distance(a, b)
            cost[row][column] = min(paired, cost[row - 1][column] + GAP, cost[row][column - 1] + GAP)
    pairs: list[tuple[Layer | None, Layer | None]] = []
    row, column = len(one), len(other)
    while row or column:
        here = cost[row][column]
        if row and column and here == cost[row - 1][column - 1] + distance(one[row - 1], other[column - 1]):
            row, column = row - 1, column - 1
            pairs.append((one[row], other[column]))
        elif row and here == cost[row - 1][column] + GAP:
            row -= 1
            pairs.append((one[row], None))
        else:
            column -= 1
            pairs.append((None, other[column]))
    return pairs[::-1]
