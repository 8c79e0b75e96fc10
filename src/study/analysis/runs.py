"""Which runs a claim rests on, and what each of them measured."""

from collections.abc import Sequence

import numpy as np

from study.analysis.evidence import Evidence
from study.claims.models import Claim
from study.claims.vocabulary import EPOCH_METRICS
from study.claims.wording import arm, noun
from study.records.metrics import epoch_value, metrics
from study.records.models import Trial
from study.statistics import Array

# No verdict rests on fewer runs or pairs: two say next to nothing about how far runs differ. Exempt is what needs no
# statistics: numbers that are the same bit for bit, failures, arithmetic, and what a probe shows.
MIN_RUNS = 3


def runs_of(claim: Claim, evidence: Evidence) -> list[Trial]:
    """Finished trials that tell the claim's metric: timed ones (no A/A repetitions) for a time, else untimed ones."""
    return [trial for trial in _finished(claim, evidence) if value_of(claim, trial) is not None]


def _finished(claim: Claim, evidence: Evidence) -> list[Trial]:
    return [
        trial
        for trial in evidence.trials_of(claim)
        if trial.status == "completed" and trial.timed == claim.timed and (trial.replicate == 0 or not trial.timed)
    ]


def value_of(claim: Claim, trial: Trial) -> float | None:
    """The claim's metric of one trial; None where the trial does not tell it."""
    if claim.metric in EPOCH_METRICS:
        return epoch_value(trial, claim.epoch, str(claim.metric), claim.output)
    return metrics(trial).get(str(claim.metric))


def values_of(claim: Claim, runs: Sequence[Trial]) -> Array:
    """The claim's metric of each run, shape (n_runs,)."""
    return np.array([value_of(claim, trial) for trial in runs], dtype=np.float64)


def curves_of(claim: Claim, runs: Sequence[Trial]) -> list[Array]:
    """The claim's metric of each run after every epoch, a curve (n_epochs,) each."""
    metric = str(claim.metric)
    return [
        np.array([epoch_value(trial, epoch.epoch, metric, claim.output) for epoch in trial.epochs], dtype=np.float64)
        for trial in runs
    ]


def nothing_found(claim: Claim, evidence: Evidence) -> str:
    """Say why no run tells the claim's metric: none ended, or none has such a number."""
    if _finished(claim, evidence):
        return f"No finished trial of {arm(claim)} has a {noun(claim)}."
    return f"There is no finished trial of {arm(claim)}."
