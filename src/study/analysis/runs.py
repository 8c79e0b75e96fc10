"""Which runs a number rests on, and what each of them measured."""

from collections.abc import Sequence

import numpy as np

from study.analysis.evidence import Evidence
from study.claims.selection import Measure, Selection
from study.claims.vocabulary import EPOCH_METRICS
from study.records.metrics import epoch_value, metrics
from study.records.models import Trial
from study.statistics import Array

# No verdict rests on fewer runs or pairs: two say next to nothing about how far runs differ. Exempt is what needs no
# statistics: numbers that are the same bit for bit, failures, arithmetic, and what a probe shows.
MIN_RUNS = 3


def runs_of(selection: Selection, measure: Measure, evidence: Evidence, *, repeated: bool = False) -> list[Trial]:
    """Finished trials that have the number: timed ones for a time, else untimed ones.

    `repeated` says whether the second runs of A/A pairs count, too.
    """
    return [
        trial
        for trial in finished(selection, measure, evidence)
        if (repeated or trial.replicate == 0) and value_of(measure, trial) is not None
    ]


def finished(selection: Selection, measure: Measure, evidence: Evidence) -> list[Trial]:
    """Finished trials that should have the number, whether they do or not."""
    return [
        trial for trial in evidence.trials_of(selection) if trial.status == "completed" and trial.timed == measure.timed
    ]


def value_of(measure: Measure, trial: Trial) -> float | None:
    """The number of one trial; None where the trial does not have it."""
    if measure.metric in EPOCH_METRICS:
        return epoch_value(trial, measure.epoch, measure.metric, measure.output)
    return metrics(trial).get(measure.metric)


def values_of(measure: Measure, runs: Sequence[Trial]) -> Array:
    """The number of each run, shape (n_runs,)."""
    return np.array([value_of(measure, trial) for trial in runs], dtype=np.float64)


def curves_of(measure: Measure, runs: Sequence[Trial]) -> list[Array]:
    """The metric of each run after every epoch, a curve (n_epochs,) each."""
    return [
        np.array(
            [epoch_value(trial, epoch.epoch, measure.metric, measure.output) for epoch in trial.epochs], np.float64
        )
        for trial in runs
    ]
