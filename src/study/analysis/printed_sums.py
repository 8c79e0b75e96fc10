"""How far a printed loss is from the sum of those of the outputs, in a log and in runs of a version."""

from collections.abc import Sequence

import numpy as np

from study.analysis.evidence import Evidence
from study.analysis.runs import curves_of, runs_of
from study.claims.rules import SumClaim
from study.records.models import Trial
from study.statistics import Array

# Sums of numbers in binary miss the last printed digit by less.
TINY = 1e-9


def allowed(claim: SumClaim) -> float:
    """What rounding explains: half of the last printed digit of the loss and of every output's."""
    return claim.resolution / 2 * (1 + len(claim.terms)) + TINY


def printed(claim: SumClaim) -> float:
    """How far the printed loss is from the printed sum, with its sign."""
    return claim.published - sum(claim.terms)


def recorded(claim: SumClaim, evidence: Evidence) -> Array:
    """As `recorded_by`, by the runs that the claim is about."""
    return recorded_by(runs_of(claim.selection, claim.measure, evidence), claim)


def recorded_by(runs: Sequence[Trial], claim: SumClaim) -> Array:
    """How far the loss of each epoch of each run is from the sum of the outputs' losses, shape (n_epochs of all,)."""
    whole = curves_of(claim.measure, runs)
    outputs = [
        curves_of(claim.measure.model_copy(update={"output": number}), runs)
        for number in range(1, 1 + len(claim.terms))
    ]
    apart = [np.abs(loss - np.sum(of_run, axis=0)) for loss, *of_run in zip(whole, *outputs, strict=True)]
    return np.concatenate(apart) if apart else np.array([])
