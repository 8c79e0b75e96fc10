"""Ratios of two arms, paired within blocks, and how far two equal things lie apart."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence

import numpy as np

from study import statistics as st
from study.analysis.evidence import Evidence
from study.analysis.runs import value_of, values_of
from study.claims.models import Claim, baseline_of
from study.records.models import Trial


def by_block(runs: Iterable[Trial], same_experiment: bool) -> dict[tuple[str, int], list[Trial]]:
    """Runs of each block; the series of two experiments are not the same, whatever they are called."""
    blocks: dict[tuple[str, int], list[Trial]] = defaultdict(list)
    for trial in runs:
        blocks[trial.series if same_experiment else "", trial.block].append(trial)
    return blocks


def mean_log(claim: Claim, runs: Sequence[Trial]) -> float:
    """Mean of the logarithms of what `runs` measured of the metric of `claim`."""
    return float(np.log(values_of(claim, runs)).mean())


def noise_floor(claim: Claim, evidence: Evidence) -> float:
    """How far two equal things lie apart in one block: root mean square of the log ratios of A/A pairs.

    An A/A pair is the same variant run twice in a block of the same experiment on the same runtime. Of the two that
    the claim compares the noisier one counts; for what is no time the floor is 0. The mean over five blocks of equal
    things lies within this floor 97 times in 100, over three blocks 92 times: its standard deviation is 1/√n of the
    floor.
    """
    if not claim.timed:
        return 0.0
    return max(_noise_of(arm, evidence) for arm in (claim, baseline_of(claim)))


def _noise_of(arm: Claim, evidence: Evidence) -> float:
    """Noise of any variant on the arm's runtime, as seen in its experiment."""
    again: dict[tuple[Hashable, ...], dict[int, float]] = defaultdict(dict)
    for trial in evidence.of_experiment(arm.experiment):
        alike = trial.timed and (trial.runtime, trial.protocol) == (arm.runtime, arm.protocol)
        if alike and trial.status == "completed" and value_of(arm, trial) is not None:
            key = (trial.series, trial.block, trial.variant, trial.alternative, trial.settings.eager_execution)
            again[key][trial.replicate] = mean_log(arm, [trial])
    log_ratios = [pair[1] - pair[0] for pair in again.values() if {0, 1} <= pair.keys()]
    return st.root_mean_square(np.array(log_ratios)) if log_ratios else 0.0
