"""What each API can do on each runtime, beside what the sources say."""

import textwrap
from collections.abc import Iterable, Sequence
from typing import get_args

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from study.analysis.observed import lacks_a_package
from study.claims.models import Claim
from study.claims.rules import CapabilityClaim
from study.claims.vocabulary import Api, Capability
from study.config.runtimes import version_of
from study.figures.experiment_data import CaptionedFigure
from study.figures.style import WIDTH, legend_above
from study.records.models import Observation

# Fill and sign: no colour has to be told apart to read it.
LOOKS = {"works": ("#a6cee8", "yes"), "works after": ("#f6e3a1", ""), "fails": ("#e9a58b", "no")}
UNTRIED = ("#e4e4e4", "–")
PUBLISHED = {"works": "yes", "fails": "no"}
APIS = {"sequential": "Sequential", "functional": "Functional", "subclass": "Subclassing"}
NOTE_LETTERS = 78
ROW_INCHES, LINE_INCHES = 0.31, 0.16
GAP = 0.35


def capabilities(observations: Iterable[Observation], claims: Iterable[Claim]) -> CaptionedFigure | None:
    """What works, works after something, or fails: a row a capability, a column an API and runtime."""
    observed = {
        (each.subject, each.variant, each.runtime): each for each in observations if each.probe == "capabilities"
    }
    if not observed:
        return None
    subjects = [name for name in get_args(Capability) if any(subject == name for subject, _, _ in observed)]
    runtimes = sorted({runtime for _, _, runtime in observed}, key=version_of)
    remedies = _numbered(observed.get((s, api, r)) for s in subjects for api in get_args(Api) for r in runtimes)
    notes = [
        line
        for remedy, number in remedies.items()
        for line in textwrap.wrap(f"{number}: {remedy}", NOTE_LETTERS, subsequent_indent="    ")
    ]
    tried = [claim for claim in claims if isinstance(claim, CapabilityClaim)]
    rows, foot = ROW_INCHES * (len(subjects) + 3.4), LINE_INCHES * (len(notes) + 1)
    figure = Figure(figsize=(WIDTH, rows + foot))
    axes = figure.add_axes((0.31, foot / (rows + foot), 0.68, (rows - 0.35) / (rows + foot)))
    width = len(runtimes) + 1
    for place, api in enumerate(get_args(Api)):
        left = place * (width + GAP)
        axes.text(left + width / 2, -2.1, APIS[api], ha="center", va="center", weight="bold", fontsize=10)
        _heads(axes, left, runtimes)
        for row, subject in enumerate(subjects):
            _published(axes, left, row, [each for each in tried if (each.subject, each.variant) == (subject, api)])
            for column, runtime in enumerate(runtimes, start=1):
                _cell(axes, left + column, row, observed.get((subject, api, runtime)), remedies)
    axes.set(xlim=(0, 3 * width + 2 * GAP), ylim=(len(subjects), -2.5), xticks=[])
    axes.set_yticks([row + 0.5 for row in range(len(subjects))], [name.replace("_", " ") for name in subjects])
    axes.tick_params(length=0)
    axes.set_frame_on(False)
    axes.grid(visible=False)
    for number, line in enumerate(notes):
        figure.text(0.01, (foot - LINE_INCHES * (number + 1)) / (rows + foot), line, fontsize=8, va="center")
    looks = {"works": LOOKS["works"], "works after (see the number)": LOOKS["works after"], "fails": LOOKS["fails"]}
    if any(map(lacks_a_package, observed.values())):
        looks["lacks a package"] = UNTRIED
    legend_above(figure, [Patch(color=fill) for fill, _ in looks.values()], list(looks))
    return CaptionedFigure(
        figure,
        "By API and TensorFlow version",
        "Each capability was tried with each API on each runtime. The first column of an API, without fill, is what "
        "the sources say. A number names what it takes to make it work, below. "
        f"n = {len(observed)} tries, one of each.",
    )


def _numbered(observations: Iterable[Observation | None]) -> dict[str, int]:
    """Number the remedies in the order in which they come."""
    remedies = dict.fromkeys(
        each.remedy or "a remedy" for each in observations if each and each.status == "works after"
    )
    return {remedy: number for number, remedy in enumerate(remedies, start=1)}


def _heads(axes: Axes, left: float, runtimes: Sequence[str]) -> None:
    names = ["published", *(runtime.removeprefix("tf-") for runtime in runtimes)]
    for column, name in enumerate(names):
        axes.text(left + column + 0.5, -0.12, name, ha="center", va="bottom", rotation=90, fontsize=8)


def _published(axes: Axes, left: float, row: int, claims: Sequence[CapabilityClaim]) -> None:
    published = sorted({PUBLISHED[claim.expected] for claim in claims}, reverse=True)
    axes.text(left + 0.5, row + 0.5, "/".join(published), ha="center", va="center", fontsize=7.5, weight="bold")


def _cell(axes: Axes, x: float, row: int, observation: Observation | None, remedies: dict[str, int]) -> None:
    if observation is None:
        return
    fill, sign = UNTRIED if lacks_a_package(observation) else LOOKS[observation.status]
    axes.add_patch(Rectangle((x, row), 1, 1, facecolor=fill, edgecolor="white", linewidth=1.5))
    text = sign or str(remedies[observation.remedy or "a remedy"])
    axes.text(x + 0.5, row + 0.5, text, ha="center", va="center", fontsize=7.5)
