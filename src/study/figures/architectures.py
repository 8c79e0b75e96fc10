"""Figures of an experiment whose source compares two architectures: how each learns, and what it and the API do."""

from collections.abc import Mapping
from typing import Any

import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from study.analysis.architecture_or_api import Decomposition, decompositions
from study.analysis.evidence import Evidence
from study.analysis.linear_model import Effect
from study.claims.rules import OrderClaim, ValueClaim
from study.figures.experiment_data import CaptionedFigure, ExperimentData, counted, ranged
from study.figures.style import MEASURES, dashes, legend_above, panels, per_cent, ratio_ticks, wrapped

MEASURED = ("accuracy", "val_accuracy")


def learning_of_architectures(data: ExperimentData) -> CaptionedFigure | None:
    """Training and validation accuracy after each epoch: an architecture a colour, an API a kind of line."""
    runs = data.accuracy_runs
    runs = runs[runs["assumption"].isin(map(data.assumption, data.architectures))]
    if runs.empty:
        return None
    runtimes = [runtime for runtime in data.runtimes if runtime in set(runs["runtime"])]
    colours = dict(zip(data.assumptions(runs), sns.color_palette(), strict=False))
    figure, axes = panels(len(runtimes), len(MEASURED), height=2.4, sharex=True, sharey=True)
    for place, panel in enumerate(axes):
        runtime, measure = runtimes[place // len(MEASURED)], MEASURED[place % len(MEASURED)]
        for (assumption, variant), of_arm in runs[runs["runtime"] == runtime].groupby(["assumption", "variant"]):
            rows = data.epochs[data.epochs["plan_sha256"].isin(of_arm["plan_sha256"])]
            by_epoch, colour = rows.groupby("epoch")[measure], colours[str(assumption)]
            mean, style = by_epoch.mean(), dashes(data)[str(variant)]
            panel.fill_between(mean.index, by_epoch.min(), by_epoch.max(), color=colour, alpha=0.2, linewidth=0)
            panel.plot(mean.index, mean, color=colour, linestyle=style, linewidth=1.6)
        _published(panel, data, runtime, measure, colours)
        panel.set_title(f"{MEASURES[measure]}\n{runtime}")
        panel.set_xlabel("epoch")
        panel.xaxis.set_major_locator(MaxNLocator(integer=True))
        panel.label_outer()
    for panel in axes[:: len(MEASURED)]:
        per_cent(panel.yaxis, *panel.get_ylim())
    variants = data.hue_order(runs)
    handles = [Line2D([], [], color=colour, linewidth=3) for colour in colours.values()]
    handles += [Line2D([], [], color="0.3", linestyle=dashes(data)[variant]) for variant in variants]
    legend_above(figure, handles, [*colours, *variants])
    held_out = ", which is that of the test images," if data.experiment.validation == "test" else ""
    return CaptionedFigure(
        figure,
        "Learning of each architecture",
        f"Training accuracy and validation accuracy{held_out} after each epoch: mean of the runs, with the range of "
        f"all of them. A diamond is a published value. {counted(runs)}",
    )


def _published(axes: Axes, data: ExperimentData, runtime: str, measure: str, colours: Mapping[str, Any]) -> None:
    """Published accuracies of what was trained, at the epoch after which they were printed."""
    for claim in data.claims(ValueClaim):
        colour = colours.get(data.assumption(claim.alternative))
        if colour and claim.epoch and (claim.metric, claim.runtime) == (measure, runtime):
            axes.plot(claim.epoch, claim.published, "D", color=colour, markeredgecolor="black", markersize=6)


def architecture_or_api(data: ExperimentData) -> CaptionedFigure | None:
    """What the architecture does and what each API does to accuracies and times, over all runs of a runtime."""
    claims = data.claims(OrderClaim)
    found = decompositions(claims, Evidence(data.records, (), claims), {data.name: data.experiment})
    by_metric: dict[str, list[Decomposition]] = {}
    for each in found:
        if each.effects:
            by_metric.setdefault(each.claim.noun, []).append(each)
    if not by_metric:
        return None
    shown = [each for group in by_metric.values() for each in group]
    labels = list(dict.fromkeys(_label(effect, data) for each in shown for effect in _alone(each)))
    runtimes = [runtime for runtime in data.runtimes if runtime in {each.runtime for each in shown}]
    colours = dict(zip(runtimes, sns.color_palette(), strict=False))
    figure, axes = panels(len(by_metric), height=1.0 + 0.45 * len(labels))
    for panel, (metric, group) in zip(axes, by_metric.items(), strict=True):
        margin = 1 + group[0].claim.margin
        panel.axvspan(1 / margin, margin, color="0.87", linewidth=0)
        panel.axvline(1, color="0.4", linewidth=1)
        for each in group:
            shift = 0.2 * (runtimes.index(each.runtime) - (len(runtimes) - 1) / 2)
            for effect in _alone(each):
                place = labels.index(_label(effect, data)) + shift
                panel.plot(effect.interval, [place] * 2, color=colours[each.runtime], linewidth=2.5)
                panel.plot(effect.ratio, place, "o", color=colours[each.runtime])
        panel.set_yticks(range(len(labels)), wrapped(labels))
        panel.set(xscale="log", xlabel="ratio (logarithmic)", ylim=(len(labels) - 0.5, -0.5))
        panel.set_title(metric, loc="left")
        ratio_ticks(panel)
        panel.grid(visible=False, axis="y")
    handles = [Line2D([], [], color=colour, marker="o", linewidth=2.5) for colour in colours.values()]
    legend_above(figure, handles, runtimes)
    return CaptionedFigure(
        figure,
        "Architecture or API?",
        "What each change alone does, estimated over all runs of a runtime: the ratio of the first to the second, a "
        "dot with its 95 % interval. Inside the grey band, the margin, two things count as equal; times must differ "
        "by more than two runs of the same network, too. "
        f"n = {ranged(effect.n for each in shown for effect in each.effects)} runs.",
    )


def _alone(each: Decomposition) -> list[Effect]:
    return [effect for effect in each.effects if effect.changed != "the interaction"]


def _label(effect: Effect, data: ExperimentData) -> str:
    if effect.changed == "the architecture":
        return f"{data.assumption(effect.first)} against {data.assumption(effect.second)}"
    return f"{effect.first} against {effect.second}"
