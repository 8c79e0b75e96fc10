"""What networks that tell two classes apart make of each test sample: where they are wrong, and where they disagree."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from study.records.models import Trial

THRESHOLD = 0.5  # above it Keras' accuracy counts a score as class 1

Labels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Confusion:
    """How often each class is taken for each, over the runs of an arm: `counts[true][predicted]`, means of runs.

    `accuracy_without_leaked` leaves out test samples that are among the training samples too.
    """

    variant: str
    alternative: str | None
    runtime: str
    n_runs: int
    counts: tuple[tuple[float, float], tuple[float, float]]
    accuracy_without_leaked: float

    @property
    def accuracy(self) -> float:
        """Share of test samples that are taken for what they are."""
        right = self.counts[0][0] + self.counts[1][1]
        return right / sum(sum(row) for row in self.counts)


def predicted(trial: Trial) -> Labels:
    """Class that a trial's network takes each test sample for, shape (n_test,)."""
    return (np.array(trial.test_scores) > THRESHOLD).astype(np.uint8)


def confusions(trials: Sequence[Trial], labels: Labels, leaked: Sequence[int]) -> list[Confusion]:
    """Count for each arm of `trials` what its runs make of the test samples.

    Parameters
    ----------
    labels
        Class of each test sample, shape (n_test,); a trial may see fewer.
    leaked
        Places of the test samples that are among the training samples too.
    """
    runs: dict[tuple[str, str | None, str], list[Trial]] = defaultdict(list)
    for trial in trials:
        if trial.test_scores is not None:
            runs[trial.variant, trial.alternative, trial.runtime].append(trial)
    return [
        Confusion(*arm, len(of_arm), _mean_counts(of_arm, labels), _accuracy_without(leaked, of_arm, labels))
        for arm, of_arm in runs.items()
    ]


def _mean_counts(trials: Sequence[Trial], labels: Labels) -> tuple[tuple[float, float], tuple[float, float]]:
    counts = np.zeros((2, 2))
    for trial in trials:
        np.add.at(counts, (labels[: trial.n_test], predicted(trial)), 1 / len(trials))
    (a, b), (c, d) = counts.tolist()
    return (a, b), (c, d)


def _accuracy_without(left_out: Sequence[int], trials: Sequence[Trial], labels: Labels) -> float:
    shares = []
    for trial in trials:
        counted = np.setdiff1d(np.arange(trial.n_test), left_out)
        shares.append(np.mean(predicted(trial)[counted] == labels[counted]))
    return float(np.mean(shares))


def disagreements(one: Trial, other: Trial) -> list[int]:
    """Places of the test samples that two trials take for different classes, the surest disagreement first."""
    first, second = np.array(one.test_scores), np.array(other.test_scores)
    places = np.flatnonzero(predicted(one) != predicted(other))
    surest = np.argsort(-np.abs(first - second)[places], kind="stable")
    return [int(place) for place in places[surest]]
