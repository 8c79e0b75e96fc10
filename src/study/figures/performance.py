"""Figures of what a training costs: seconds, and ratios of seconds and accuracies."""

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from study.claims.rules import OrderClaim
from study.figures.experiment_data import CaptionedFigure, ExperimentData, counted, ranged
from study.figures.style import (
    VERDICT_COLOURS,
    colours,
    dashes,
    legend_above,
    panels,
    plain_log_ticks,
    ratio_ticks,
    short,
    wrapped,
)


def epoch_time(data: ExperimentData) -> CaptionedFigure | None:
    """Seconds of a steady epoch: every timed trial a point, the median a bar."""
    timed = data.timed.dropna(subset=["epoch_seconds"]) if len(data.timed) else data.timed
    if timed.empty:
        return None
    assumptions = data.assumptions(timed)
    figure, all_axes = panels(
        len(assumptions), height=height_of(timed[timed["assumption"] == assumptions[0]]), sharex=True
    )
    for axes, assumption in zip(all_axes, assumptions, strict=True):
        strips(axes, timed[timed["assumption"] == assumption], "epoch_seconds", data)
        axes.set(xscale="log", xlabel="seconds an epoch (logarithmic)", ylabel="")
        axes.set_title(assumption if len(assumptions) > 1 else "", loc="left")
        plain_log_ticks(axes.xaxis)
        axes.label_outer()
    legend_of(figure, data, timed)
    samples = " or ".join(f"{number:,}" for number in sorted(timed["n_train"].unique()))
    return CaptionedFigure(
        figure,
        "Time of an epoch",
        f"Seconds of a steady epoch (the median of a trial's epochs after the first) over {samples} samples. A point "
        "is one timed trial, which had the machine to itself; a bar is the median of the trials. Those of a block ran "
        f"one after another in random order. {counted(timed)}",
    )


def ratios(data: ExperimentData) -> CaptionedFigure | None:
    """Measured ratio and interval of every comparison, with the published ratio and the equivalence band."""
    rows = [(claim, verdict) for claim, verdict in data.judged if isinstance(claim, OrderClaim) and verdict.interval]
    if not rows:
        return None
    figure, (axes,) = panels(1, height=1.3 + 0.38 * len(rows))
    for place, (claim, verdict) in enumerate(reversed(rows)):
        colour = VERDICT_COLOURS[verdict.verdict]
        margin = 1 + claim.margin
        axes.fill_betweenx([place - 0.4, place + 0.4], 1 / margin, margin, color="0.87", linewidth=0)
        axes.plot(verdict.interval or (), [place, place], color=colour, linewidth=2.5, solid_capstyle="butt")
        axes.plot(verdict.measured or np.nan, place, "o", color=colour)
        if isinstance(verdict.published, float):
            axes.plot(verdict.published, place, "D", color="black", markersize=6, fillstyle="none")
    axes.axvline(1, color="0.4", linewidth=1)
    labels = wrapped(short(claim.id).replace("-", " ") for claim, _ in reversed(rows))
    axes.set_yticks(range(len(rows)), labels)
    axes.set(xscale="log", xlabel="ratio to the baseline (logarithmic)")
    ratio_ticks(axes)
    axes.grid(visible=False, axis="y")
    found: list[str] = [name for name in VERDICT_COLOURS if name in {verdict.verdict for _, verdict in rows}]
    handles = [Line2D([], [], color=VERDICT_COLOURS[name], marker="o", linewidth=2.5) for name in found]
    if any(isinstance(verdict.published, float) for _, verdict in rows):
        handles.append(Line2D([], [], color="black", marker="D", fillstyle="none", linestyle="none"))
        found.append("published")
    legend_above(figure, handles, found)
    return CaptionedFigure(
        figure,
        "Comparisons",
        "Every comparison that the source makes, as a ratio to its baseline: a dot with its 95 % interval for what was "
        "measured here, a diamond for what was published, where it can be computed. Inside the grey band, the margin, "
        f"two things count as equal. Paired within blocks, n = {ranged(verdict.n for _, verdict in rows)} pairs.",
    )


def height_of(rows: pd.DataFrame) -> float:
    """Height in inches for strips of `rows`, a line each runtime and variant."""
    return 1.2 + 0.2 * len(rows.groupby(["runtime", "variant"]))


def strips(axes: Axes, rows: pd.DataFrame, column: str, data: ExperimentData) -> None:
    """Every trial as a point and the median as a bar, by runtime and variant."""
    hues = data.hue_order(rows)
    runtimes = [runtime for runtime in data.runtimes if runtime in set(rows["runtime"])]
    shared = {"x": column, "y": "runtime", "order": runtimes, "hue": "variant", "ax": axes, "legend": False}
    shared |= {"hue_order": hues, "palette": [colours(data)[hue] for hue in hues]}
    sns.stripplot(rows, **shared, dodge=True, size=4, alpha=0.7, jitter=False)
    dodge = 0.8 - 0.8 / len(hues) if len(hues) > 1 else False
    for place in range(1, len(runtimes)):
        axes.axhline(place - 0.5, color="0.8", linewidth=0.8)
    sns.pointplot(
        rows, **shared, estimator="median", errorbar=None, linestyle="none", marker="|", markersize=11, dodge=dodge
    )


def legend_of(figure: Figure, data: ExperimentData, rows: pd.DataFrame, *, lines: bool = False) -> None:
    """Say above the panels which colour, or which line, is which variant."""
    hues = data.hue_order(rows)
    looks = [{"linestyle": dashes(data)[hue]} if lines else {"marker": "o", "linestyle": "none"} for hue in hues]
    handles = [Line2D([], [], color=colours(data)[hue], **look) for hue, look in zip(hues, looks, strict=True)]
    legend_above(figure, handles, hues)
