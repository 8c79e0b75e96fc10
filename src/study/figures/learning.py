"""Figures of how accurate a training ends, and how it learns."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from study.claims.rules import ValueClaim
from study.figures.experiment_data import CaptionedFigure, ExperimentData, counted
from study.figures.performance import height_of, legend_of, strips
from study.figures.style import MEASURES, colours, dashes, grid_of, panels, per_cent

OF_A_TRIAL = ("best_accuracy", "final_accuracy", "best_val_accuracy", "test_accuracy")


def accuracy(data: ExperimentData) -> CaptionedFigure | None:
    """Accuracy of every untimed trial, with the published accuracies and their margins."""
    runs = data.most_compared(data.accuracy_runs)
    measures = _measures(data, runs)
    if runs.empty or not measures:
        return None
    figure, axes = panels(len(measures), height=height_of(runs))
    for panel, measure in zip(axes, measures, strict=True):
        strips(panel, runs, measure, data)
        _published(panel, data, runs, measure)
        panel.set(xlabel=_words(measure), ylabel="")
        per_cent(panel.xaxis, *panel.get_xlim())
    legend_of(figure, data, runs)
    claimed = any(claim.metric in measures for claim in data.claims(ValueClaim))
    published = " A diamond is a published value with the margin within which it counts as reproduced."
    return CaptionedFigure(
        figure,
        "Accuracy",
        f"Accuracy of every trial trained as published{_reading(data, runs)}. A point is a trial, a bar the median."
        f"{published if claimed else ''} {counted(runs)}",
    )


def learning_curves(data: ExperimentData) -> CaptionedFigure | None:
    """Training accuracy after each epoch: mean of the trials, with the range of all of them."""
    runs = data.most_compared(data.accuracy_runs)
    if runs.empty:
        return None
    curves = data.epochs[data.epochs["plan_sha256"].isin(runs["plan_sha256"])]
    measure = next((name for name in ("accuracy", "output_1_accuracy") if _holds(curves, name)), None)
    if measure is None or curves["epoch"].max() == 1:
        return None
    runtimes = [runtime for runtime in data.runtimes if runtime in set(runs["runtime"])]
    figure, axes = grid_of(len(runtimes))
    low, high = curves[measure].min(), curves[measure].max()
    for panel, runtime in zip(axes, runtimes, strict=True):
        for hue in data.hue_order(runs):
            rows = curves[(curves["runtime"] == runtime) & (curves["variant"] == hue)]
            _range_and_mean(panel, rows, measure, data, hue)
        panel.set(title=runtime, xlabel="epoch", ylim=(low - 0.05 * (high - low), high + 0.05 * (high - low)))
        panel.xaxis.set_major_locator(MaxNLocator(integer=True))
        per_cent(panel.yaxis, low, high)
    legend_of(figure, data, runs, lines=True)
    of_output = " of the first output" if measure != "accuracy" else ""
    return CaptionedFigure(
        figure,
        "Learning",
        f"Training accuracy{of_output} after each epoch{_reading(data, runs)}: the line is the mean of the trials, "
        "the band their whole range. Where only one line can be seen, the others lie under it. "
        f"{counted(runs)}",
    )


def _reading(data: ExperimentData, runs: pd.DataFrame) -> str:
    """Which assumption `runs` are of, where there are several."""
    return f" ({runs['assumption'].iloc[0]})" if data.experiment.alternatives else ""


def _holds(rows: pd.DataFrame, column: str) -> bool:
    return column in rows and bool(rows[column].notna().any())


def _measures(data: ExperimentData, runs: pd.DataFrame) -> list[str]:
    """Accuracies that claims are about; if none is, the best one; of each output, where there are several."""
    claimed = {str(claim.metric) for claim in data.claims(ValueClaim)}
    found = [name for name in OF_A_TRIAL if name in claimed and _holds(runs, name)]
    outputs = [name for name in runs if str(name).startswith("test_output") and str(name).endswith("accuracy")]
    return found or [name for name in ("best_accuracy",) if _holds(runs, name)] or sorted(map(str, outputs))


def _words(measure: str) -> str:
    number = "".join(filter(str.isdigit, measure))
    return MEASURES.get(measure, f"test accuracy of output {number} after the last epoch")


def _range_and_mean(axes: Axes, rows: pd.DataFrame, measure: str, data: ExperimentData, hue: str) -> None:
    by_epoch = rows.groupby("epoch")[measure]
    colour, low, high, mean = colours(data)[hue], by_epoch.min(), by_epoch.max(), by_epoch.mean()
    axes.fill_between(np.asarray(low.index), low, high, color=colour, alpha=0.2, linewidth=0)
    axes.plot(mean.index, mean, color=colour, linestyle=dashes(data)[hue], linewidth=1.6)


def _published(axes: Axes, data: ExperimentData, rows: pd.DataFrame, measure: str) -> None:
    """Published accuracies with their margins, below the trials that they speak of, in the colour of the variant."""
    runtimes = [runtime for runtime in data.runtimes if runtime in set(rows["runtime"])]
    assumption = rows["assumption"].iloc[0]
    for place, runtime in enumerate(runtimes):
        claims = [
            claim
            for claim in data.claims(ValueClaim)
            if (claim.metric, claim.runtime, data.assumption(claim.alternative)) == (measure, runtime, assumption)
        ]
        for number, claim in enumerate(claims):
            colour = colours(data)[claim.variant or data.variants[0]]
            height = place + 0.38 + 0.05 * number
            axes.errorbar(claim.published, height, xerr=claim.margin, fmt="D", color=colour, markersize=4, capsize=3)
