"""What the report says of networks that tell two kinds of pictures apart, and of the pictures themselves."""

import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from study.analysis.architecture_or_api import Decomposition, decompositions
from study.analysis.confusion import Confusion, confusions, disagreements
from study.analysis.evidence import Evidence
from study.claims.models import Claim
from study.config.runtimes import version_of
from study.config.study import Study
from study.figures import thumbnails
from study.records.models import Trial

MOST = 12  # pictures that a reader looks at
# The source's networks are these two, built in their own way each.
TWINS = ("sequential", "subclass")


@dataclass(frozen=True)
class Shown:
    """A test picture on which two networks disagree: what it is, and how sure each is that it is of class 1."""

    source: str
    label: str
    scores: tuple[float, float]


@dataclass(frozen=True)
class Twins:
    """Two trials of the same architecture built with two APIs, and where they disagree."""

    one: Trial
    other: Trial
    n_disagree: int
    shown: Sequence[Shown]


@dataclass(frozen=True)
class Pictures:
    """Everything about one dataset of pictures; `cleaning` as `study.data.audit` found it.

    `n_leaked` of the test pictures that networks saw are among the training pictures too.
    """

    dataset: str
    cleaning: dict[str, Any]
    classes: Sequence[str]
    n_leaked: int
    confusions: Sequence[Confusion]
    twins: Sequence[Twins]


@dataclass(frozen=True)
class Section:
    """What was compared with two things changed at once, taken apart, and each dataset of pictures."""

    decompositions: Sequence[Decomposition]
    datasets: Sequence[Pictures]


def section(study: Study, trials: Sequence[Trial], claims: Sequence[Claim], samples: Path) -> Section:
    """Make the section; it is empty where no trial tells two classes apart.

    Parameters
    ----------
    samples
        Folder that `study.figures.samples` made.
    """
    scored = [trial for trial in trials if trial.test_scores is not None and not trial.timed]
    names = sorted({trial.dataset for trial in scored})
    datasets = [_pictures(name, [trial for trial in scored if trial.dataset == name], samples) for name in names]
    return Section(decompositions(claims, Evidence(trials, (), claims), study.experiments), datasets)


def _pictures(name: str, trials: Sequence[Trial], samples: Path) -> Pictures:
    told = json.loads((samples / f"{name}.json").read_text(encoding="utf-8"))
    labels, leaked = np.array(told["labels"], np.uint8), told["leaked"]
    published = [trial for trial in trials if trial.protocol == "as_published"]
    n_tested = max((trial.n_test for trial in published), default=0)
    n_leaked = sum(place < n_tested for place in leaked)
    ordered = sorted(published, key=lambda each: (version_of(each.runtime), each.alternative or "", each.variant))
    with Image.open(samples / f"{name}.jpg") as whole:
        gallery = _Gallery(whole, [told["classes"][label] for label in labels])
        twins = [gallery.twins(one, other) for one, other in _twins(ordered)]
    return Pictures(name, told["cleaning"], told["classes"], n_leaked, confusions(ordered, labels, leaked), twins)


def _twins(trials: Sequence[Trial]) -> Iterator[tuple[Trial, Trial]]:
    """Pairs of the first block that differ in the API alone."""
    first = [trial for trial in trials if trial.block == 1 and trial.variant in TWINS]
    for one, other in combinations(first, 2):
        if (one.runtime, one.alternative) == (other.runtime, other.alternative):
            yield one, other


@dataclass(frozen=True)
class _Gallery:
    """The test pictures on one sheet, and what each shows."""

    sheet: Image.Image
    names: Sequence[str]

    def twins(self, one: Trial, other: Trial) -> Twins:
        places = disagreements(one, other)
        return Twins(one, other, len(places), [self._shown(one, other, place) for place in places[:MOST]])

    def _shown(self, one: Trial, other: Trial, place: int) -> Shown:
        content = base64.b64encode(thumbnails.cut(self.sheet, place)).decode()
        first, second = ((trial.test_scores or [])[place] for trial in (one, other))
        return Shown(f"data:image/jpeg;base64,{content}", self.names[place], (first, second))
