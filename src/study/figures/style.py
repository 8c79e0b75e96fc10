"""How every figure looks: narrow enough for a phone, colours that colour-blind readers tell apart."""

import re
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import seaborn as sns
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, PercentFormatter

from study.figures.experiment_data import ExperimentData

# The same bytes on every machine: with none of a user's settings, and with the fonts that come with Matplotlib.
mpl.rcdefaults()
font_manager.fontManager.ttflist = [
    font for font in font_manager.fontManager.ttflist if font.fname.startswith(mpl.get_data_path())
]
mpl.use("svg")
sns.set_theme(style="whitegrid", palette="colorblind")
mpl.rcParams.update(
    {
        "svg.hashsalt": "keras-api-study",
        "svg.fonttype": "none",
        "font.size": 10,
        "axes.labelsize": 10,
        "axes.titlesize": 10,
        "xtick.labelsize": 9,
        "ytick.labelsize": 9,
        "legend.fontsize": 9,
    }
)

# Inches. A phone shows it at about three quarters, where ten points can still be read.
WIDTH = 5.4
VERDICT_COLOURS = {
    "reproduced": "#0a7d4f",
    "consistent": "#5b8c2a",
    "direction only": "#5b8c2a",
    "works with a workaround": "#5b8c2a",
    "contradicted": "#b3261e",
    "unresolved": "#8a6d00",
    "too few runs": "#8a6d00",
    "not run": "#8a6d00",
    "not testable here": "#5f6368",
    "followed": "#5f6368",
    "fitted": "#5f6368",
    "opinion": "#5f6368",
}
LABEL_LETTERS = 28
RATIO_TICKS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.4, 1.6, 2, 3, 5, 10, 20)
WIDE_RATIO_TICKS = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20)  # where the others would stand on each other
WIDE_RATIO = 6
MEASURES = {
    "loss": "training loss",
    "accuracy": "training accuracy",
    "val_loss": "validation loss",
    "val_accuracy": "validation accuracy",
    "best_accuracy": "best training accuracy",
    "final_accuracy": "training accuracy after the last epoch",
    "best_val_accuracy": "best validation accuracy",
    "test_accuracy": "test accuracy after the last epoch",
    "epoch_seconds": "seconds an epoch",
    "cost_per_sample": "microseconds a sample",
}


def panels(
    rows: int, columns: int = 1, height: float = 2.1, *, sharex: bool = False, sharey: bool = False
) -> tuple[Figure, list[Axes]]:
    """Make a figure of `rows` times `columns` axes, each `height` inches high."""
    figure = Figure(figsize=(WIDTH, rows * height), layout="constrained")
    return figure, list(figure.subplots(rows, columns, squeeze=False, sharex=sharex, sharey=sharey).flat)


def grid_of(number: int, columns: int = 2, height: float = 2.1) -> tuple[Figure, list[Axes]]:
    """Make a figure of `number` axes, side by side where there are several."""
    columns = min(columns, number)
    figure, axes = panels(-(-number // columns), columns, height)
    for unused in axes[number:]:
        unused.set_visible(False)
    return figure, axes[:number]


def colours(data: ExperimentData) -> dict[str, Any]:
    """Colour of each variant, the same in every figure of an experiment."""
    return dict(zip(data.variants, sns.color_palette(n_colors=len(data.variants)), strict=True))


def dashes(data: ExperimentData) -> dict[str, Any]:
    """Dashes of each variant's line, so that lines that lie on each other can all be seen."""
    styles = ["-", (0, (5, 3)), (0, (1, 2)), (0, (5, 2, 1, 2)), (0, (7, 5)), (0, (3, 1, 1, 1, 1, 1))]
    return dict(zip(data.variants, styles * len(data.variants), strict=False))


def legend_above(figure: Figure, handles: Sequence[Any], labels: Sequence[str]) -> None:
    """Put one legend above all panels."""
    columns = 2 if sum(map(len, labels)) > 50 else 3  # noqa: PLR2004  what fits into a line
    figure.legend(handles, labels, loc="outside upper center", ncol=columns, frameon=False)


def per_cent(axis: Any, low: float, high: float) -> None:
    """Label an axis of fractions in per cent, with as many digits as its span needs."""
    axis.set_major_locator(MaxNLocator(5))
    axis.set_major_formatter(PercentFormatter(1, decimals=int(np.clip(np.ceil(-np.log10(high - low) - 1), 0, 3))))


def plain_log_ticks(axis: Any, subs: tuple[float, ...] = (1, 2, 5)) -> None:
    """Label a logarithmic axis with plain numbers, and none between."""
    axis.set_major_locator(LogLocator(subs=subs))
    axis.set_major_formatter("{x:g}")
    axis.set_minor_formatter(NullFormatter())


def ratio_ticks(axes: Axes) -> None:
    """Label a logarithmic axis of ratios with round ones."""
    low, high = axes.get_xlim()
    round_ones = WIDE_RATIO_TICKS if high / low > WIDE_RATIO else RATIO_TICKS
    ticks: Iterable[float] = [tick for tick in round_ones if low <= tick <= high]
    if len(list(ticks)) < 3:  # noqa: PLR2004  too few to read a value from
        ticks = [tick for tick in MaxNLocator(4).tick_values(low, high) if low <= tick <= high]
    axes.set_xticks(list(ticks))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())


def wrapped(labels: Iterable[str]) -> list[str]:
    """Break labels that are too long to stand beside a panel."""
    return [textwrap.fill(label, LABEL_LETTERS) for label in labels]


def short(claim: str) -> str:
    """A claim's name without the number of its source."""
    return re.sub(r"^\d+-", "", claim)
