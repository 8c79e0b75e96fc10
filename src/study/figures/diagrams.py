"""Diagrams of the networks: layers as boxes from top to bottom, drawn from what a call of each model shows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from study.common.text import listed
from study.config.runtimes import version_of
from study.figures.experiment_data import CaptionedFigure, ExperimentData
from study.figures.style import WIDTH
from study.records.models import Observation

BOX_WIDTH, BOX_HEIGHT = 0.86, 0.68
LANE = 0.16
ROW_INCHES = 0.62
LINE: dict[str, Any] = {"color": "0.35", "linewidth": 1, "shrinkA": 0, "shrinkB": 0}
FILLS = {"InputLayer": "#dfe7f1", "Dense": "#fbe3c6"}
OTHER_FILL = "#eeeeee"

Layer = dict[str, Any]


@dataclass(frozen=True)
class Diagram:
    """A network of one or more variants: its layers, which feeds which, and where each box goes.

    `assumption` is which architecture it is, where several are compared.
    """

    variants: tuple[str, ...]
    runtime: str
    layers: Sequence[Layer]
    n_parameters: int
    assumption: str | None = None

    @property
    def edges(self) -> list[tuple[str, str]]:
        """From which layer to which, by paths; a layer that is used again leads back to none before it."""
        place = {layer["path"]: number for number, layer in enumerate(self.layers)}
        pairs = [(path, layer["path"]) for layer in self.layers for path in dict.fromkeys(layer["inputs"])]
        return [(a, b) for a, b in pairs if place[a] < place[b]]

    def rows(self) -> dict[str, int]:
        """Row of each layer: below all that feed it; what nothing feeds just above what it feeds."""
        row: dict[str, int] = {}
        names = [layer["path"] for layer in self.layers]
        parents = {name: [a for a, b in self.edges if b == name] for name in names}
        while len(row) < len(names):
            for name in names:
                if all(parent in row for parent in parents[name]):
                    row[name] = 1 + max((row[parent] for parent in parents[name]), default=-1)
        for name in names:
            below = [row[b] for a, b in self.edges if a == name]
            if not parents[name] and below:
                row[name] = min(below) - 1
        return row

    def places(self) -> dict[str, tuple[float, int]]:
        """Column and row of each layer: under the middle of what feeds it, or beside what is there already."""
        rows = self.rows()
        column: dict[str, float] = {}
        # Within a row, what continues a path keeps its place, inputs stand beside it, and outputs last.
        feeding, fed = {a for a, _ in self.edges}, {b for _, b in self.edges}
        order = sorted(rows, key=lambda name: (rows[name], name not in feeding, name not in fed))
        for name in order:
            above = [column[a] for a, b in self.edges if b == name]
            place = sum(above) / len(above) if above else 0.0
            taken = [column[other] for other in column if rows[other] == rows[name]]
            while any(abs(place - other) < 1 for other in taken):
                place = max(taken) + 1
            column[name] = place
        return {name: (column[name], rows[name]) for name in rows}


def model(data: ExperimentData) -> CaptionedFigure | None:
    """The network of each variant, of the newest runtime that built it."""
    diagrams = diagrams_of(data)
    if not diagrams:
        return None
    spans = [_span(diagram) for diagram in diagrams]
    n_heads = max(len(_head(diagram)) for diagram in diagrams)
    n_rows = max(row for diagram in diagrams for _, row in diagram.places().values()) + 1
    figure = Figure(figsize=(WIDTH, ROW_INCHES * n_rows + 0.3 + 0.15 * n_heads))
    all_axes = figure.subplots(1, len(diagrams), squeeze=False, gridspec_kw={"width_ratios": [b - a for a, b in spans]})
    figure.subplots_adjust(0, 0, 1, 1, wspace=0)
    size = min(8.5, 8.5 * WIDTH / sum(b - a for a, b in spans) / 1.7)
    for axes, diagram, span in zip(all_axes[0], diagrams, spans, strict=True):
        _draw(axes, diagram, span, (n_rows, n_heads), size)
    runtimes = sorted({diagram.runtime for diagram in diagrams}, key=version_of)
    return CaptionedFigure(
        figure,
        "The network",
        "Each layer with its units and activation, or the shape that it gives, and which layer feeds which, as a call "
        f"on {listed(runtimes)} shows. Variants that build the same network share a drawing. n = 1 model of each.",
    )


def diagrams_of(data: ExperimentData) -> list[Diagram]:
    """Diagrams of all variants, those that build the same network as one."""
    same: dict[str, list[Observation]] = {}
    for alternative, variant in product(data.architectures or [None], data.variants):
        of_variant = [o for o in data.observations if (o.variant, o.alternative) == (variant, alternative)]
        called = [observation for observation in of_variant if "fingerprint" in observation.values]
        if called:
            newest = max(called, key=lambda observation: version_of(observation.runtime))
            same.setdefault(newest.values["fingerprint"], []).append(newest)
    return [
        Diagram(
            tuple(str(each.variant) for each in group),
            max((each.runtime for each in group), key=version_of),
            group[0].values["layers"],
            group[0].values["n_parameters"],
            data.assumption(group[0].alternative) if data.architectures else None,
        )
        for group in same.values()
    ]


def lines_of(layer: Layer) -> list[str]:
    """What a box says of a layer: its name if it was given one, its type, and what it does."""
    kind = "Input" if layer["type"] == "InputLayer" else str(layer["type"])
    head = f"{layer['name']}: {kind}" if _was_named(layer) else kind
    if layer["units"] is not None:
        head += ", shared" if layer["calls"] > 1 else ""
        return [head, f"{layer['units']:,}, {layer['activation'] or 'linear'}"]
    sides = (layer["output_shape"] or [])[1:]
    return [head, " × ".join(f"{side:,}" for side in sides if isinstance(side, int))]


def _was_named(layer: Layer) -> bool:
    """Whether a layer has a name that Keras did not give it: after its type, or an input's after what it feeds."""
    name = re.sub(r"_\d+$", "", str(layer["name"])).replace("_", "")
    return name != str(layer["type"]).lower() and not (layer["type"] == "InputLayer" and name.endswith("input"))


def _head(diagram: Diagram) -> list[str]:
    """Lines above a diagram."""
    assumptions = [diagram.assumption] if diagram.assumption else []
    return [*diagram.variants, *assumptions, f"{diagram.n_parameters:,} parameters"]


def _span(diagram: Diagram) -> tuple[float, float]:
    """Left and right end of a diagram, in columns."""
    columns = [column for column, _ in diagram.places().values()]
    lanes = LANE * len(_long(diagram))
    return min(columns) - 0.5, max(columns) + 0.5 + lanes


def _long(diagram: Diagram) -> list[tuple[str, str]]:
    """Edges that pass other rows, which go around them."""
    rows = diagram.rows()
    return [(a, b) for a, b in diagram.edges if rows[b] - rows[a] > 1]


def _draw(axes: Axes, diagram: Diagram, span: tuple[float, float], n: tuple[int, int], size: float) -> None:
    places, long = diagram.places(), _long(diagram)
    head = _head(diagram)
    top = -0.6 - 0.24 * n[1]
    axes.set(xlim=span, ylim=(n[0] - 0.4, top))
    axes.set_axis_off()
    middle = (span[0] + span[1] - LANE * len(long)) / 2
    for number, line in enumerate(head):
        bold = "bold" if number < len(diagram.variants) else "normal"
        axes.text(
            middle,
            top + 0.2 + 0.24 * (number + n[1] - len(head)),
            line,
            ha="center",
            va="center",
            fontsize=size,
            weight=bold,
        )
    for layer in diagram.layers:
        _box(axes, layer, places[layer["path"]], size)
    for a, b in diagram.edges:
        (x, y), (to_x, to_y) = places[a], places[b]
        if (a, b) not in long:
            start, end = (x, y + BOX_HEIGHT / 2), (to_x, to_y - BOX_HEIGHT / 2)
            axes.add_patch(FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=8, **LINE))
            continue
        lane = span[1] - LANE * (len(long) - long.index((a, b))) + LANE / 2 - 0.02
        axes.plot([x + BOX_WIDTH / 2, lane, lane], [y, y, to_y], color="0.35", linewidth=1)
        end = (to_x + BOX_WIDTH / 2, to_y)
        axes.add_patch(FancyArrowPatch((lane, to_y), end, arrowstyle="-|>", mutation_scale=8, **LINE))


def _box(axes: Axes, layer: Layer, place: tuple[float, int], size: float) -> None:
    column, row = place
    corner = (column - BOX_WIDTH / 2 + 0.03, row - BOX_HEIGHT / 2 + 0.03)
    fill = FILLS.get(str(layer["type"]), OTHER_FILL)
    shape = "round,pad=0.03,rounding_size=0.05"
    box = FancyBboxPatch(
        corner, BOX_WIDTH - 0.06, BOX_HEIGHT - 0.06, shape, facecolor=fill, edgecolor="0.35", linewidth=0.8
    )
    axes.add_patch(box)
    lines = [line for line in lines_of(layer) if line]
    for number, line in enumerate(lines):
        height = row + 0.26 * (number - (len(lines) - 1) / 2)
        axes.text(column, height, line, ha="center", va="center", fontsize=size)
