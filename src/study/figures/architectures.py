"""Figures of an experiment whose source compares two architectures: how each learns, whichever API builds it."""

from collections.abc import Mapping
from typing import Any

import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from study.figures.material import Drawing, Material, counted
from study.figures.style import MEASURES, dashes, legend_above, panels, per_cent

MEASURED = ("accuracy", "val_accuracy")


def learning_of_architectures(material: Material) -> Drawing | None:
    """Training and validation accuracy after each epoch: an architecture a colour, an API a kind of line."""
    runs = material.accuracy_runs
    runs = runs[runs["reading"].isin(map(material.reading, material.architectures))]
    if runs.empty:
        return None
    runtimes = [runtime for runtime in material.runtimes if runtime in set(runs["runtime"])]
    colours = dict(zip(material.readings(runs), sns.color_palette(), strict=False))
    figure, axes = panels(len(runtimes), len(MEASURED), height=2.4, sharex=True, sharey=True)
    for place, panel in enumerate(axes):
        runtime, measure = runtimes[place // len(MEASURED)], MEASURED[place % len(MEASURED)]
        for (reading, variant), of_arm in runs[runs["runtime"] == runtime].groupby(["reading", "variant"]):
            rows = material.epochs[material.epochs["plan_sha256"].isin(of_arm["plan_sha256"])]
            by_epoch, colour = rows.groupby("epoch")[measure], colours[str(reading)]
            mean, style = by_epoch.mean(), dashes(material)[str(variant)]
            panel.fill_between(mean.index, by_epoch.min(), by_epoch.max(), color=colour, alpha=0.2, linewidth=0)
            panel.plot(mean.index, mean, color=colour, linestyle=style, linewidth=1.6)
        _published(panel, material, runtime, measure, colours)
        panel.set_title(f"{MEASURES[measure]}\n{runtime}")
        panel.set_xlabel("epoch")
        panel.xaxis.set_major_locator(MaxNLocator(integer=True))
        panel.label_outer()
    for panel in axes[:: len(MEASURED)]:
        per_cent(panel.yaxis, *panel.get_ylim())
    variants = material.hue_order(runs)
    handles = [Line2D([], [], color=colour, linewidth=3) for colour in colours.values()]
    handles += [Line2D([], [], color="0.3", linestyle=dashes(material)[variant]) for variant in variants]
    legend_above(figure, handles, [*colours, *variants])
    held_out = ", which is that of the test images," if material.experiment.validation == "test" else ""
    return Drawing(
        figure,
        "Learning of each architecture",
        f"Training accuracy and validation accuracy{held_out} after each epoch: mean of the runs, with the range of "
        f"all of them. A diamond is a published value. {counted(runs)}",
    )


def _published(axes: Axes, material: Material, runtime: str, measure: str, colours: Mapping[str, Any]) -> None:
    """Published accuracies of what was trained, at the epoch after which they were printed."""
    for claim in material.claims("value"):
        colour = colours.get(material.reading(claim.alternative))
        if colour and claim.epoch and (claim.metric, claim.runtime) == (measure, runtime):
            axes.plot(claim.epoch, claim.number, "D", color=colour, markeredgecolor="black", markersize=6)
