"""Figures of which controlled trials are the same, bit for bit, and of what changes bits."""

import string
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import get_args

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from study.analysis.bitwise import Arm, Divergence, Setup, named, setups
from study.analysis.factorial import Effect, Factorial
from study.claims.vocabulary import Api
from study.common.text import count, small
from study.config.runtimes import version_of
from study.config.study import Experiment
from study.figures.capabilities import APIS
from study.figures.experiment_data import CaptionedFigure, ExperimentData, ranged
from study.figures.style import WIDTH, legend_above, wrapped
from study.records.models import Trial

# Fill and sign: no colour has to be told apart to read it.
SAME, DIVERGED, NONE = ("#a6cee8", "="), "#e9a58b", ("#efefef", "")
ROW_INCHES, LEGEND_INCHES = 0.23, 0.3
# Above a block of columns stand their headings, and turned by 90 degrees the names of the columns.
HEAD_ROWS, ROWS_A_LETTER = 2.3, 0.26
LEFT = 1.85
GAP = 0.4
# Losses that lie nearer to each other than this have the same shade.
LEAST = 1e-9
Columns = Sequence[tuple[str, Sequence[tuple[str, Arm, Arm]]]]


def identities(experiments: Mapping[str, Experiment], trials: Iterable[Trial]) -> CaptionedFigure | None:
    """Which pairs of APIs on a runtime, and of runtimes with an API, are the same in which experiment."""
    found = [setup for setup in setups(experiments, trials) if _compares_apis(setup)]
    if not found:
        return None
    runtimes = sorted({runtime for setup in found for runtime in setup.runtimes}, key=version_of)
    blocks = [block for block in (_of_apis(runtimes), _of_runtimes(runtimes)) if block]
    rows = ROW_INCHES * len(found)
    heights = [rows + ROW_INCHES * (ROWS_A_LETTER * _longest(columns) + HEAD_ROWS) for columns in blocks]
    total = sum(heights) + LEGEND_INCHES
    figure, top = Figure(figsize=(WIDTH, total)), total - LEGEND_INCHES
    for columns, height in zip(blocks, heights, strict=True):
        top -= height
        _signs(figure.add_axes((LEFT / WIDTH, top / total, 1 - LEFT / WIDTH, rows / total)), found, columns)
    legend_above(figure, [Patch(color=SAME[0]), Patch(color=DIVERGED)], ["= same", "diverge in this epoch"])
    n = sum(len(setup.trials) for setup in found)
    return CaptionedFigure(
        figure,
        "All experiments",
        "The same initial weights and the same batches everywhere. Above, the APIs against each other on each "
        "TensorFlow version; below, the versions against each other with each API. An equals sign means that weights "
        "and training losses are the same after every epoch, bit for bit; a number is the first epoch after which "
        f"they are not; an empty field has no trials. n = {n} trials.",
    )


def _compares_apis(setup: Setup) -> bool:
    """Whether it has more than one API: the others ask something else."""
    return len({arm.variant for arm in setup.runs} & {*get_args(Api)}) > 1


def _of_apis(runtimes: Sequence[str]) -> Columns:
    """A block of columns a runtime, a column a pair of APIs."""
    return [
        (
            runtime.removeprefix("tf-"),
            [
                (f"{APIS[one][:3]} {APIS[other][:3]}", Arm(one, runtime), Arm(other, runtime))
                for one, other in combinations(get_args(Api), 2)
            ],
        )
        for runtime in runtimes
    ]


def _of_runtimes(runtimes: Sequence[str]) -> Columns:
    """A block of columns a pair of runtimes, a column an API."""
    return [
        (
            "\n".join(runtime.removeprefix("tf-") for runtime in (one, other)),
            [(APIS[api], Arm(api, one), Arm(api, other)) for api in get_args(Api)],
        )
        for one, other in combinations(runtimes, 2)
    ]


def _signs(axes: Axes, found: Sequence[Setup], columns: Columns) -> None:
    """Draw a row a setup; a column a pair of arms, in blocks with a heading each."""
    left, above = 0.0, -0.4 - ROWS_A_LETTER * _longest(columns)
    for heading, pairs in columns:
        axes.text(left + len(pairs) / 2, above, heading, ha="center", va="bottom", weight="bold", fontsize=8)
        for column, (label, one, other) in enumerate(pairs):
            x = left + column
            axes.text(x + 0.5, -0.15, label, ha="center", va="bottom", rotation=90, fontsize=7)
            for row, setup in enumerate(found):
                _sign(axes, x, row, setup.divergence(one, other))
        left += len(pairs) + GAP
    axes.set(xlim=(0, left - GAP), ylim=(len(found), 0), xticks=[])
    axes.set_yticks([row + 0.5 for row in range(len(found))], [_row_label(setup) for setup in found], fontsize=7.5)
    axes.tick_params(length=0)
    axes.set_frame_on(False)
    axes.grid(visible=False)


def _longest(columns: Columns) -> int:
    return max(len(label) for _, pairs in columns for label, _, _ in pairs)


def _row_label(setup: Setup) -> str:
    return f"{setup.name} ({setup.trials[0].optimizer.name})"


def _sign(axes: Axes, x: float, row: int, divergence: Divergence | None) -> None:
    fill, text = NONE if divergence is None else SAME if divergence.identical else (DIVERGED, str(divergence.epoch))
    axes.add_patch(Rectangle((x, row), 1, 1, facecolor=fill, edgecolor="white", linewidth=1.2))
    axes.text(x + 0.5, row + 0.5, text, ha="center", va="center", fontsize=8)


def identity(data: ExperimentData) -> CaptionedFigure | None:
    """How far apart the classes of arms end that share every bit."""
    found = [setup for setup in setups({data.name: data.experiment}, data.records) if len(setup.classes) > 1]
    if not found:
        return None
    heights = [1.0 + 0.45 * len(setup.classes) for setup in found]
    figure = Figure(figsize=(WIDTH, sum(heights)), layout="constrained")
    panels = figure.subplots(len(found), squeeze=False, height_ratios=heights)[:, 0]
    for axes, setup in zip(panels, found, strict=True):
        _classes(axes, setup)
        axes.set_title(setup.name if len(found) > 1 else "")
    trials = [trial for setup in found for trial in setup.trials]
    epochs = ranged(len(trial.epochs) for trial in trials)
    return CaptionedFigure(
        figure,
        "Bit for bit",
        "The same initial weights and the same batches in every variant and runtime. Trials of one row hold the same "
        "weights and the same training loss after every epoch, bit for bit. Of two rows a field says in which epoch "
        f"they diverge and, below, how far apart their training losses are at the end (epochs: {epochs}). "
        f"n = {len(trials)} trials of {count(len({trial.seed for trial in trials}), 'seed')}.",
    )


def _classes(axes: Axes, setup: Setup) -> None:
    """Compare every class with every other, each under a letter."""
    firsts = [setup.most_seeds(arms) for arms in setup.classes]
    pairs = [[setup.divergence(one, other) for other in firsts] for one in firsts]
    apart = np.array([[np.nan if each is None else each.last.absolute for each in row] for row in pairs])
    letters = list(string.ascii_uppercase[: len(firsts)])
    labels = wrapped(f"{letter}: {named(arms)}" for letter, arms in zip(letters, setup.classes, strict=True))
    sns.heatmap(
        pd.DataFrame(np.log10(np.maximum(apart, LEAST)), labels, letters),
        ax=axes,
        cmap="Oranges",
        vmin=np.log10(LEAST),
        vmax=-2,
        annot=np.array([[_apart(each) for each in row] for row in pairs]),
        fmt="",
        annot_kws={"size": 7},
        linewidths=0.5,
        cbar=False,
    )
    axes.tick_params(labelsize=7.5, length=0)
    axes.grid(visible=False)
    axes.xaxis.tick_top()


def _apart(divergence: Divergence | None) -> str:
    if divergence is None:
        return ""
    return "=" if divergence.identical else f"epoch {divergence.epoch}\n{small(divergence.last.absolute)}"


def origin_of_bits(factorial: Factorial) -> CaptionedFigure:
    """For each factor and runtime, the share of pairs that are the same though they differ in that factor."""
    within = [effect for effect in factorial.effects if len(effect.runtimes) == 1]
    between = [effect for effect in factorial.effects if len(effect.runtimes) > 1]
    tables = [_table(factorial, effects) for effects in (within, between) if effects]
    heights = [0.9 + 0.34 * len(table) for table in tables]
    figure = Figure(figsize=(WIDTH, sum(heights)), layout="constrained")
    panels = figure.subplots(len(tables), squeeze=False, height_ratios=heights)[:, 0]
    for axes, table in zip(panels, tables, strict=True):
        shares = table.map(lambda effect: effect.share if effect else np.nan).astype(float)
        texts = table.map(lambda effect: f"{effect.n_same}/{len(effect.pairs)}" if effect else "")
        look = {"cmap": "Blues", "vmin": 0, "vmax": 1.6, "linewidths": 1.2, "cbar": False}
        sns.heatmap(shares, ax=axes, annot=texts, fmt="", **look)
        axes.set(xlabel="", ylabel="")
        axes.tick_params(length=0)
        axes.tick_params("y", rotation=0)
        axes.grid(visible=False)
        axes.xaxis.tick_top()
    return CaptionedFigure(
        figure,
        f"What changes bits: {factorial.experiment}",
        "Pairs of trials that differ in one thing alone, named on the left: how many of them are the same after every "
        "epoch, bit for bit. Below, the same trial on two TensorFlow versions. An empty field has no such pair. "
        f"n = {len(factorial.trials)} trials.",
    )


def _table(factorial: Factorial, effects: Sequence[Effect]) -> pd.DataFrame:
    """Effects by factor and runtime, or pair of runtimes; None where there is none."""
    cells = {(effect.factor, _heading(effect)): effect for effect in effects}
    factors, headings = (list(dict.fromkeys(keys)) for keys in zip(*cells, strict=True))
    rows = [[cells.get((factor, heading)) for heading in headings] for factor in factors]
    labels = map(factorial.label, factors)
    return pd.DataFrame(rows, wrapped(labels), headings, dtype=object)


def _heading(effect: Effect) -> str:
    return "\n".join(runtime.removeprefix("tf-") for runtime in effect.runtimes)
