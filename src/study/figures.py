"""Draws the figures of one experiment from the tidy tables and the verdicts."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, PercentFormatter

from study.claims import load_claims
from study.config import Study, load_study
from study.records import Verdict, read_verdicts

mpl.use("svg")
mpl.rcParams.update({"svg.hashsalt": "keras-api-study", "svg.fonttype": "none", "font.size": 10})
sns.set_theme(style="whitegrid", palette="colorblind", rc={"svg.fonttype": "none"})

VERDICT_COLOURS = {
    "reproduced": "#0a7d4f",
    "consistent": "#5b8c2a",
    "contradicted": "#b3261e",
    "inconclusive": "#8a6d00",
    "not testable here": "#5f6368",
}


RATIO_TICKS = (0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.4, 1.6, 2, 3, 5, 10, 20)


class Material:
    """What the figures of one experiment are drawn from: its finished trials, their epochs, its claims and verdicts."""

    def __init__(
        self, study: Study, experiment: str, trials: pd.DataFrame, epochs: pd.DataFrame, verdicts: list[Verdict]
    ) -> None:
        self.variants = list(study.experiments[experiment].variants)
        self.trials = trials[(trials["experiment"] == experiment) & (trials["status"] == "completed")]
        self.epochs = epochs[epochs["plan_sha256"].isin(self.trials["plan_sha256"])]
        claims = {claim.id: claim for claim in load_claims() if claim.experiment == experiment}
        self.judged = [(claims[verdict.claim], verdict) for verdict in verdicts if verdict.claim in claims]

    @property
    def runtimes(self) -> list[str]:
        """Runtimes in the order of their versions."""
        return sorted(self.trials["runtime"].unique(), key=version_of)

    @property
    def accuracy_runs(self) -> pd.DataFrame:
        """Untimed trials, trained as published."""
        return self.trials[~self.trials["timed"] & (self.trials["protocol"] == "as_published")]

    def hue_order(self, rows: pd.DataFrame) -> list[str]:
        """Variants that `rows` hold, in the order of the configuration."""
        return [variant for variant in self.variants if variant in set(rows["variant"])]


def version_of(runtime: str) -> tuple[int, ...]:
    """Version numbers in a runtime's name: `tf-2.10.0` gives (2, 10, 0)."""
    return tuple(int(part) for part in runtime.removeprefix("tf-").split("."))


def epoch_time(material: Material) -> Figure:
    """Seconds of a steady epoch: every timed trial a point, the median a bar."""
    timed = material.trials[material.trials["timed"] & (material.trials["replicate"] == 0)]
    if timed.empty:
        return _nothing("No timed trial ended.")
    figure, axes = _axes(material, timed)
    _points(axes, timed, "epoch_seconds", material)
    axes.set(xscale="log", xlabel="seconds an epoch (median of the epochs after the first, logarithmic)", ylabel="")
    _readable_log_ticks(axes)
    return figure


def accuracy(material: Material) -> Figure:
    """Best training accuracy of every untimed trial, with the published accuracies and their margins."""
    runs = material.accuracy_runs
    if runs.empty:
        return _nothing("No trial for accuracy ended.")
    figure, axes = _axes(material, runs)
    _points(axes, runs, "best_accuracy", material)
    _published(axes, material, material.hue_order(runs))
    axes.set(xlabel="best training accuracy of a trial (diamond and line: published value and margin)", ylabel="")
    axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=2))
    return figure


def learning_curves(material: Material) -> Figure:
    """Training accuracy after each epoch: mean of the trials, with the range of all of them."""
    runs = material.accuracy_runs
    if runs.empty:
        return _nothing("No trial for accuracy ended.")
    curves = material.epochs[material.epochs["plan_sha256"].isin(runs["plan_sha256"])]
    grid = sns.relplot(
        curves,
        x="epoch",
        y="accuracy",
        hue="variant",
        hue_order=material.hue_order(curves),
        col="runtime",
        col_order=material.runtimes,
        col_wrap=2,
        kind="line",
        errorbar=("pi", 100),
        height=2.6,
        aspect=1.5,
    )
    grid.set_titles("{col_name}")
    grid.set_axis_labels("epoch", "training accuracy")
    for axes in grid.axes.flat:
        axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    sns.move_legend(grid, "lower center", ncol=3, bbox_to_anchor=(0.45, 1.0), title=None)
    figure: Figure = grid.figure
    return figure


def ratios(material: Material) -> Figure:
    """Measured ratio and interval of every comparison, with the published ratio and the equivalence band."""
    rows = [(claim, verdict) for claim, verdict in material.judged if claim.rule == "order" and verdict.interval]
    if not rows:
        return _nothing("No comparison has enough blocks for an interval.")
    figure = Figure(figsize=(9, 1.2 + 0.45 * len(rows)), layout="constrained")
    axes = figure.subplots()
    for place, (claim, verdict) in enumerate(reversed(rows)):
        low, high = verdict.interval or (np.nan, np.nan)
        colour = VERDICT_COLOURS[verdict.verdict]
        margin = 1 + (claim.margin or 0)
        axes.fill_betweenx([place - 0.35, place + 0.35], 1 / margin, margin, color="0.85", linewidth=0)
        axes.plot([low, high], [place, place], color=colour, linewidth=2.5, solid_capstyle="butt")
        axes.plot(verdict.measured or np.nan, place, "o", color=colour)
        if verdict.published is not None:
            axes.plot(verdict.published, place, "D", color="black", markersize=5, fillstyle="none")
    axes.axvline(1, color="0.4", linewidth=1)
    axes.set_yticks(range(len(rows)), [claim.id.removeprefix("000-") for claim, _ in reversed(rows)])
    axes.set(xscale="log", xlabel="ratio to the baseline (dot: measured, diamond: published, grey: counts as equal)")
    axes.set_xticks([tick for tick in RATIO_TICKS if axes.get_xlim()[0] <= tick <= axes.get_xlim()[1]])
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.grid(visible=False, axis="y")
    return figure


def identity(material: Material) -> Figure:
    """After how many epochs two controlled trials still have the same weights, bit for bit."""
    controlled = material.trials[(material.trials["protocol"] == "controlled") & (material.trials["block"] == 1)]
    epochs = material.epochs[material.epochs["plan_sha256"].isin(controlled["plan_sha256"])]
    if epochs.empty:
        return _nothing("No controlled trial ended.")
    hashes = epochs.pivot(index=["runtime", "variant"], columns="epoch", values="weights_sha256")
    order = [
        (runtime, variant)
        for runtime in material.runtimes
        for variant in material.variants
        if (runtime, variant) in hashes.index
    ]
    values = hashes.loc[order].to_numpy()
    same = (values[:, None, :] == values[None, :, :]).cumprod(axis=2).sum(axis=2)
    labels = [f"{variant}  {runtime.removeprefix('tf-')}" for runtime, variant in order]
    figure = Figure(figsize=(9, 7.2), layout="constrained")
    sns.heatmap(
        pd.DataFrame(same, labels, labels),
        ax=(axes := figure.subplots()),
        cmap="crest",
        annot=True,
        annot_kws={"size": 7},
        linewidths=0.5,
        square=True,
        cbar=False,
    )
    axes.set(xlabel=f"epochs (of {values.shape[1]}) after which all weights are the same, bit for bit", ylabel="")
    axes.tick_params(labelsize=7)
    return figure


FIGURES: dict[str, Callable[[Material], Figure]] = {
    "ratios": ratios,
    "epoch_time": epoch_time,
    "accuracy": accuracy,
    "learning_curves": learning_curves,
    "identity": identity,
}


def _axes(material: Material, rows: pd.DataFrame) -> tuple[Figure, Axes]:
    height = 1.4 + 0.22 * len(rows.groupby(["runtime", "variant"]))
    figure = Figure(figsize=(9, height), layout="constrained")
    return figure, figure.subplots()


def _points(axes: Axes, rows: pd.DataFrame, column: str, material: Material) -> None:
    """Every trial as a point and the median as a bar, by runtime and variant."""
    hues = material.hue_order(rows)
    shared = {"x": column, "y": "runtime", "order": material.runtimes, "hue": "variant", "ax": axes}
    shared |= {"hue_order": hues, "legend": "full"}
    sns.stripplot(rows, **shared, dodge=True, size=4, alpha=0.7, jitter=0.05)
    bars = {"estimator": "median", "errorbar": None, "linestyle": "none", "marker": "|", "markersize": 11}
    sns.pointplot(rows, **(shared | {"legend": False}), **bars, dodge=0.8 - 0.8 / len(hues))
    sns.move_legend(axes, "lower center", bbox_to_anchor=(0.5, 1.0), ncol=3, title=None, frameon=False)


def _published(axes: Axes, material: Material, variants: list[str]) -> None:
    """Published accuracies with their margins, below the trials that they speak of, in the colour of the variant."""
    claims = [claim for claim, _ in material.judged if claim.rule == "value" and claim.metric == "best_accuracy"]
    colours = dict(zip(variants, sns.color_palette(n_colors=len(variants)), strict=True))
    for runtime in material.runtimes:
        here = [claim for claim in claims if claim.runtime == runtime and claim.variant in colours]
        for number, claim in enumerate(here):
            place = material.runtimes.index(runtime) + 0.38 + 0.05 * number
            colour = colours[claim.variant or ""]
            axes.errorbar(
                claim.published or 0, place, xerr=claim.margin, fmt="D", color=colour, markersize=4, capsize=3
            )


def _readable_log_ticks(axes: Axes) -> None:
    """Plain numbers at 1, 2 and 5 of each decade, and none between."""
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())


def _nothing(text: str) -> Figure:
    """Say in a figure's place why there is none."""
    figure = Figure(figsize=(9, 1))
    figure.text(0.5, 0.5, text, ha="center", va="center")
    return figure


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw every figure of an experiment."""
    parser = argparse.ArgumentParser(prog="python -m study.figures", description=__doc__)
    parser.add_argument("experiment")
    parser.add_argument("--trials", required=True, type=Path, help="tidy table of trials (Parquet)")
    parser.add_argument("--epochs", required=True, type=Path, help="tidy table of epochs (Parquet)")
    parser.add_argument("--verdicts", required=True, type=Path, help="verdicts (JSON)")
    parser.add_argument("--out", required=True, type=Path, help="folder for the figures (SVG)")
    chosen = parser.parse_args(arguments)
    verdicts = read_verdicts(chosen.verdicts)
    trials, epochs = pd.read_parquet(chosen.trials), pd.read_parquet(chosen.epochs)
    material = Material(load_study(), chosen.experiment, trials, epochs, verdicts)
    chosen.out.mkdir(parents=True, exist_ok=True)
    for name, draw in FIGURES.items():
        draw(material).savefig(chosen.out / f"{name}.svg", bbox_inches="tight", metadata={"Date": None})


if __name__ == "__main__":
    main()
