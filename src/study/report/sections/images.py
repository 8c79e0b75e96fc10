"""What cleaning found of each dataset of photographs, and what networks make of its test images."""

import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from study.analysis.confusion import Confusion, confusions, disagreements
from study.config.runtimes import version_of
from study.figures import thumbnails
from study.records.models import Trial
from study.report.chapter import Chapter, ReportData

MOST = 12  # images that a reader looks at
# The source's networks are these two, built in their own way each.
MATCHED = ("sequential", "subclass")


@dataclass(frozen=True)
class Disputed:
    """A test image on which two networks disagree: what it is, and how sure each is that it is of class 1."""

    source: str
    label: str
    scores: tuple[float, float]


@dataclass(frozen=True)
class MatchedPair:
    """Two trials of the same architecture built with two APIs, and where they disagree."""

    one: Trial
    other: Trial
    n_disagree: int
    disputed: Sequence[Disputed]


@dataclass(frozen=True)
class ImageDataset:
    """Everything about one dataset of images; `audit` as `study.data.audit` found it.

    `n_leaked` of the test images that networks saw are among the training images too.
    """

    name: str
    audit: dict[str, Any]
    classes: Sequence[str]
    n_leaked: int
    confusions: Sequence[Confusion]
    pairs: Sequence[MatchedPair]


def _datasets(report: ReportData) -> list[ImageDataset]:
    """Every dataset of images of which a trial told two classes apart."""
    scored = [trial for trial in report.trials if trial.test_scores is not None and not trial.timed]
    names, samples = sorted({trial.dataset for trial in scored}), report.embedded.samples_folder
    return [_dataset(name, [trial for trial in scored if trial.dataset == name], samples) for name in names]


def _dataset(name: str, trials: Sequence[Trial], samples: Path) -> ImageDataset:
    kept = json.loads((samples / f"{name}.json").read_text(encoding="utf-8"))
    labels, leaked = np.array(kept["labels"], np.uint8), kept["leaked"]
    published = [trial for trial in trials if trial.protocol == "as_published"]
    n_tested = max((trial.n_test for trial in published), default=0)
    n_leaked = sum(place < n_tested for place in leaked)
    ordered = sorted(published, key=lambda each: (version_of(each.runtime), each.alternative or "", each.variant))
    with Image.open(samples / f"{name}.jpg") as whole:
        sheet = _ContactSheet(whole, [kept["classes"][label] for label in labels])
        pairs = [sheet.pair(one, other) for one, other in _matched(ordered)]
    return ImageDataset(name, kept["cleaning"], kept["classes"], n_leaked, confusions(ordered, labels, leaked), pairs)


def _matched(trials: Sequence[Trial]) -> Iterator[tuple[Trial, Trial]]:
    """Pairs of the first block that differ in the API alone."""
    first = [trial for trial in trials if trial.block == 1 and trial.variant in MATCHED]
    for one, other in combinations(first, 2):
        if (one.runtime, one.alternative) == (other.runtime, other.alternative):
            yield one, other


@dataclass(frozen=True)
class _ContactSheet:
    """The test images on one sheet, and what each shows."""

    sheet: Image.Image
    names: Sequence[str]

    def pair(self, one: Trial, other: Trial) -> MatchedPair:
        places = disagreements(one, other)
        return MatchedPair(one, other, len(places), [self._disputed(one, other, place) for place in places[:MOST]])

    def _disputed(self, one: Trial, other: Trial, place: int) -> Disputed:
        content = base64.b64encode(thumbnails.cut(self.sheet, place)).decode()
        first, second = ((trial.test_scores or [])[place] for trial in (one, other))
        return Disputed(f"data:image/jpeg;base64,{content}", self.names[place], (first, second))


IMAGES = Chapter("images", "Images", "images.html.j2", _datasets)
