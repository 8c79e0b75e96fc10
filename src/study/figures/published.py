"""Figures of published curves beside measured ones, and of which assumption of a source fits its curve best."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from study import statistics as st
from study.claims.models import MeasuredClaim
from study.claims.rules import CurveClaim, ValueClaim
from study.claims.selection import Selection
from study.figures.experiment_data import CaptionedFigure, ExperimentData, ranged
from study.figures.style import (
    MEASURES,
    VERDICT_COLOURS,
    colours,
    grid_of,
    legend_above,
    panels,
    per_cent,
    plain_log_ticks,
    wrapped,
)
from study.records.metrics import epoch_value
from study.records.models import Trial

HERE = "#0173b2"
BEST = "#d55e00"
WIDE = 50


def published_curves(data: ExperimentData) -> CaptionedFigure | None:
    """Published losses and accuracies of every epoch over those measured."""
    shown = [
        (claim, verdict.verdict, curves)
        for claim, verdict in data.judged
        if isinstance(claim, CurveClaim) and not claim.timed and len(curves := measured(data, claim, claim.selection))
    ]
    if not shown:
        return None
    figure, axes = grid_of(len(shown), height=2.3)
    for panel, (claim, verdict, curves) in zip(axes, shown, strict=True):
        _curve(panel, claim, curves)
        panel.set_title(f"{_words(claim)}{_arm(claim, [claim for claim, _, _ in shown])}\n", loc="left")
        panel.text(0, 1.02, verdict, color=VERDICT_COLOURS[verdict], transform=panel.transAxes, fontsize=9)
    handles = [
        Line2D([], [], color="black", linestyle=(0, (4, 2))),
        Line2D([], [], color=HERE),
        Patch(color=HERE, alpha=0.35),
    ]
    legend_above(figure, handles, ["published", "mean here", "range of the runs here"])
    return CaptionedFigure(
        figure,
        "Published curves",
        "What the source prints after each epoch (dashed, black) over the mean of the runs here. The darker band is "
        "the range of the runs; the lighter one, cut at the panel's edge, is where one more run lies in all epochs at "
        f"once with 95 %. Losses are on a logarithmic axis. n = {ranged(len(curves) for _, _, curves in shown)} runs.",
    )


def published_times(data: ExperimentData) -> CaptionedFigure | None:
    """Published times of every epoch over those measured, each divided by its mean."""
    claims = [claim for claim in data.claims(CurveClaim) if claim.timed]
    shown = [(claim, curves) for claim in claims if len(curves := measured(data, claim, claim.selection))]
    if not shown:
        return None
    figure, axes = grid_of(len(shown))
    for panel, (claim, curves) in zip(axes, shown, strict=True):
        for curve in curves:
            panel.plot(range(1, len(curve) + 1), curve / curve.mean(), color=HERE, alpha=0.6, linewidth=1)
        _dashed(panel, np.array(claim.published) / np.mean(claim.published))
        panel.set(title=f"{_words(claim)}{_arm(claim, claims)}", xlabel="epoch")
        panel.set_ylim(bottom=0)
    axes[0].set_ylabel("divided by its mean")
    handles = [Line2D([], [], color="black", linestyle=(0, (4, 2))), Line2D([], [], color=HERE)]
    legend_above(figure, handles, ["published", "a timed trial here"])
    return CaptionedFigure(
        figure,
        "Published times",
        "Published times of the epochs (dashed, black) and those of timed trials here, each divided by its own mean: "
        "absolute times on unnamed hardware do not compare. Timed trials train fewer epochs. "
        f"n = {ranged(len(curves) for _, curves in shown)} trials.",
    )


def alternatives(data: ExperimentData) -> CaptionedFigure | None:
    """How far each assumption's mean curve is from the published ones."""
    claims = [claim for claim in data.claims(CurveClaim) if not claim.timed and claim.alternative is None]
    claims = [claim for claim in claims if claim.metric in ("loss", "val_loss")] or claims
    claims = [claim for claim in claims if claim.output is None] or claims
    shown = [(claim, found) for claim in claims if len(found := _by_reading(data, claim)) > 1]
    if not shown:
        return None
    figure, axes = grid_of(len(shown), columns=1, height=1.0 + 0.3 * max(len(found) for _, found in shown))
    epochs = set()
    for panel, (claim, found) in zip(axes, shown, strict=True):
        n_epochs = min(curves.shape[1] for curves in found.values())
        epochs.add(n_epochs)
        published = np.array(claim.published[:n_epochs])
        far = {
            assumption: st.root_mean_square(curves[:, :n_epochs].mean(axis=0) - published)
            for assumption, curves in found.items()
        }
        _distances(panel, far)
        panel.set_title(f"{_words(claim)}{_arm(claim, claims)}", loc="left")
    axes[-1].set_xlabel("root mean square distance (logarithmic)")
    return CaptionedFigure(
        figure,
        "Which assumption fits the published curve",
        "The source leaves fields out. For each way to fill them in: how far the mean curve of its runs is from the "
        f"published one, root mean square over the first {ranged(epochs)} epochs, which all of them train. Filled: the "
        f"best. n = {ranged(len(curves) for _, found in shown for curves in found.values())} runs of each.",
    )


def alternatives_by_epoch(data: ExperimentData) -> CaptionedFigure | None:
    """Accuracy after each epoch of each assumption, and when it reaches the published one."""
    claims = [
        claim
        for claim in data.claims(ValueClaim)
        if claim.metric in ("accuracy", "val_accuracy") and claim.alternative is None
    ]
    if not claims or data.claims(CurveClaim):
        return None
    claim = claims[0]
    found = _by_reading(data, claim)
    if not found:
        return None
    figure, (axes,) = panels(1, height=3.2)
    assumed = ""
    if claim.epoch:
        axes.axvline(claim.epoch, color="0.4", linestyle=":", linewidth=1.4)
        assumed = " The dotted line is the number of epochs that is assumed."
    lines = []
    for number, curves in enumerate(found.values()):
        epochs, mean, colour = np.arange(1, curves.shape[1] + 1), curves.mean(axis=0), f"C{number}"
        axes.fill_between(epochs, curves.min(axis=0), curves.max(axis=0), color=colour, alpha=0.2, linewidth=0)
        lines += axes.plot(epochs, mean, color=colour, linestyle=["-", "--", "-.", ":"][number % 4])
        for reached in epochs[mean >= claim.published][:1]:
            dot, side = (reached, mean[reached - 1]), "left" if reached < len(epochs) / 2 else "right"
            axes.plot(*dot, "o", color=colour)
            axes.annotate(f"epoch {reached}", dot, (0, 7), textcoords="offset points", ha=side, color=colour)
    axes.axhline(claim.published, color="black", linestyle=(0, (4, 2)), linewidth=1.2)
    axes.set(xlabel="epoch", ylabel=_words(claim))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    per_cent(axes.yaxis, *axes.get_ylim())
    published = Line2D([], [], color="black", linestyle=(0, (4, 2)))
    legend_above(figure, [*lines, published], [*found, "published"])
    of_test_images = claim.metric == "val_accuracy" and data.experiment.validation == "test"
    where = " (here of the test images)" if of_test_images else ""
    return CaptionedFigure(
        figure,
        "When each assumption reaches the published accuracy",
        f"{_words(claim).capitalize()}{where} after each epoch, for each way to fill in what the source leaves out: "
        "mean of the runs and their range. A dot marks the first epoch whose mean reaches the published value "
        f"(dashed).{assumed} n = {ranged(map(len, found.values()))} runs of each.",
    )


def alternatives_accuracy(data: ExperimentData) -> CaptionedFigure | None:
    """Accuracy of each assumption's runs beside the published values."""
    runs = data.accuracy_runs
    claims = [claim for claim in data.claims(ValueClaim) if claim.metric in runs and claim.alternative is None]
    claims = [claim for claim in claims if "accuracy" in claim.metric]
    metrics = list(dict.fromkeys(claim.metric for claim in claims))
    runs = runs[runs["runtime"].isin({claim.runtime for claim in claims})] if claims else runs
    if not claims or len(data.assumptions(runs)) < 2:  # noqa: PLR2004  nothing to compare
        return None
    assumptions = data.assumptions(runs)[::-1]
    figure, axes = grid_of(len(metrics), columns=1, height=0.9 + 0.4 * len(assumptions))
    hues = data.hue_order(runs)
    for panel, metric in zip(axes, metrics, strict=True):
        for number, hue in enumerate(hues):
            colour, shift = colours(data)[hue], 0.5 * (0.5 - (number + 0.5) / len(hues))
            rows = runs[runs["variant"] == hue]
            panel.plot(
                rows[metric], [assumptions.index(name) + shift for name in rows["assumption"]], "o", ms=4, color=colour
            )
            for claim in claims:
                if (claim.variant, claim.metric) == (hue, metric):
                    panel.axvline(claim.published, color=colour, linestyle=(0, (4, 2)), linewidth=1.4)
        panel.set_yticks(range(len(assumptions)), wrapped(assumptions))
        panel.set(xlabel=MEASURES[metric], ylim=(-0.5, len(assumptions) - 0.5))
        per_cent(panel.xaxis, *panel.get_xlim())
    handles = [Line2D([], [], color=colours(data)[hue], marker="o", linestyle=(0, (4, 2))) for hue in hues]
    legend_above(figure, handles, hues)
    each = runs.groupby(["assumption", "variant", "runtime"]).size()
    return CaptionedFigure(
        figure,
        "Accuracy of each assumption",
        "The source leaves fields out. For each way to fill them in: the accuracy of every run (a point) on "
        f"{', '.join(sorted(set(runs['runtime'])))}; dashed lines are the published values, in the colour of the "
        f"variant. n = {len(runs)} runs, {ranged(each)} of each.",
    )


def measured(data: ExperimentData, claim: MeasuredClaim, selection: Selection) -> np.ndarray:
    """The claim's metric of the selected runs, shape (runs, epochs): as many epochs as all of them have."""
    runs = [trial for trial in data.records if selection.selects(trial) and trial.timed == claim.timed]
    curves = [curve for trial in runs if not trial.replicate and len(curve := _of_trial(trial, claim))]
    longest = len(claim.published) if isinstance(claim, CurveClaim) else max(map(len, curves), default=0)
    n_epochs = min([longest, *map(len, curves)])
    return np.array([curve[:n_epochs] for curve in curves])


def _of_trial(trial: Trial, claim: MeasuredClaim) -> list[float]:
    if claim.timed:
        per_sample = 1e6 / trial.n_trained if claim.metric == "cost_per_sample" else 1
        return [epoch.seconds * per_sample for epoch in trial.epochs]
    values = [epoch_value(trial, epoch.epoch, claim.metric, claim.output) for epoch in trial.epochs]
    return [value for value in values if value is not None]


def _by_reading(data: ExperimentData, claim: MeasuredClaim) -> dict[str, np.ndarray]:
    """Measured curves of each assumption that has any."""
    found = {
        data.assumption(name): measured(data, claim, claim.selection.changed(alternative=name))
        for name in (None, *data.experiment.alternatives)
    }
    return {assumption: curves for assumption, curves in found.items() if len(curves)}


def _curve(axes: Axes, claim: CurveClaim, curves: np.ndarray) -> None:
    """Mean, range and simultaneous prediction band of `curves`, and the published curve."""
    epochs, low, high = np.arange(1, curves.shape[1] + 1), curves.min(axis=0), curves.max(axis=0)
    if len(curves) > 1:
        level = st.simultaneous_level(len(epochs))
        band = np.array([st.prediction_interval(column, level) for column in curves.T])
        axes.fill_between(epochs, band[:, 0], band[:, 1], color=HERE, alpha=0.15, linewidth=0)
    axes.fill_between(epochs, low, high, color=HERE, alpha=0.35, linewidth=0)
    axes.plot(epochs, curves.mean(axis=0), color=HERE, linewidth=1.5)
    _dashed(axes, claim.published)
    everything = [*low, *high, *claim.published]
    bottom, top = min(everything), max(everything)
    axes.set_xlabel("epoch")
    if claim.metric.endswith("loss"):
        axes.set_yscale("log")
        axes.set_ylim(bottom * (bottom / top) ** 0.05, top * (top / bottom) ** 0.05)
        plain_log_ticks(axes.yaxis, (1, 2, 3, 5, 7))
    else:
        axes.set_ylim(bottom - 0.05 * (top - bottom), top + 0.05 * (top - bottom))
        per_cent(axes.yaxis, bottom, top)


def _dashed(axes: Axes, numbers: Sequence[float] | np.ndarray) -> None:
    axes.plot(range(1, len(numbers) + 1), numbers, color="black", linestyle=(0, (4, 2)), linewidth=1.3)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def _distances(axes: Axes, far: dict[str, float]) -> None:
    """A dot and a number for each assumption, the best one filled."""
    best = min(far, key=lambda assumption: far[assumption])
    axes.set_xscale("log")
    for place, (assumption, distance) in enumerate(reversed(far.items())):
        colour = BEST if assumption == best else HERE
        axes.plot(distance, place, "o", color=colour, markersize=7, fillstyle="full" if assumption == best else "none")
        axes.annotate(
            f"{distance:.3g}",
            (distance, place),
            (8, 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
            color=colour,
        )
    axes.set_yticks(range(len(far)), wrapped(reversed(far)))
    axes.set_ylim(-0.6, len(far) - 0.4)
    low, high = min(far.values()), max(far.values())
    axes.set_xlim(low / 2, high * 2 * (high / low) ** 0.25)
    plain_log_ticks(axes.xaxis, (1, 2, 5) if high < WIDE * low else (1,))


def _words(claim: MeasuredClaim) -> str:
    metric = MEASURES[claim.metric]
    return f"{metric}, output {claim.output}" if claim.output else metric


def _arm(claim: MeasuredClaim, others: Sequence[MeasuredClaim]) -> str:
    """Name what sets a claim's arm apart, where the claims are about several."""
    arms = {(other.variant, other.runtime, other.alternative) for other in others}
    fields = [field for field in ("variant", "runtime", "alternative") if len({getattr(o, field) for o in others}) > 1]
    return ", " + ", ".join(str(getattr(claim, field) or "as assumed") for field in fields) if len(arms) > 1 else ""
