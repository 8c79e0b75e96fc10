"""Ratios of what two arms measured, paired within blocks, and how far two equal things lie apart."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from study import statistics as st
from study.analysis.evidence import Evidence
from study.analysis.runs import MIN_RUNS, runs_of, value_of, values_of
from study.claims.selection import Measure, Selection
from study.records.models import Trial


@dataclass(frozen=True)
class PairedRatio:
    """What one arm measured, divided by what the other did.

    `log_ratios` has a logarithm for each block that both ran, shape (n,); `trials` are those of these blocks. `noise`
    is how far two runs of the same arm lie apart in a block, as a log ratio; see `noise_of`.
    """

    log_ratios: st.Array
    trials: Sequence[Trial]
    noise: float

    @property
    def n(self) -> int:
        """Number of blocks."""
        return len(self.log_ratios)

    @property
    def value(self) -> float | None:
        """Geometric mean over blocks; None where no block has both."""
        return float(np.exp(self.log_ratios.mean())) if self.n else None

    @cached_property
    def log_interval(self) -> st.Interval | None:
        """95 % interval of the mean log ratio, by Student's t; None over too few blocks."""
        return st.interval(st.mean(self.log_ratios)) if self.n >= MIN_RUNS else None

    @property
    def interval(self) -> st.Interval | None:
        """95 % interval of the ratio; None over too few blocks."""
        if self.log_interval is None:
            return None
        low, high = self.log_interval
        return float(np.exp(low)), float(np.exp(high))


def paired_ratio(one: Selection, other: Selection, measure: Measure, evidence: Evidence) -> PairedRatio:
    """Divide what `one` measured by what `other` did, block by block.

    Where a block ran an arm twice, for an A/A pair, the arm is the mean of both: the second run is as good as the first
    and makes the comparison narrower. Noise needs no allowance of its own: it is in how far the ratios of blocks lie
    apart, as the arms of a block run in random order.

    Two experiments have no block in common: there the first block of one is paired with the first of the other and so
    on, which loses what a pair that ran side by side would gain, and is as true.
    """
    alike = one.experiment == other.experiment
    ours, theirs = (_by_block(runs_of(arm, measure, evidence, repeated=True), alike) for arm in (one, other))
    blocks = sorted(ours.keys() & theirs.keys())
    log_ratios = [_mean_log(measure, ours[block]) - _mean_log(measure, theirs[block]) for block in blocks]
    trials = [trial for block in blocks for trial in (*ours[block], *theirs[block])]
    return PairedRatio(np.array(log_ratios), trials, noise_of((one, other), measure, evidence))


def noise_of(arms: Iterable[Selection], measure: Measure, evidence: Evidence) -> float:
    """How far two equal things lie apart in one block: root mean square of the log ratios of A/A pairs.

    An A/A pair is the same variant run twice in a block of the same experiment on the same runtime. Of the arms the
    noisiest counts; for what is no time it is 0. No verdict takes it for a bar to clear, which no number of blocks
    could: it says how quiet the machine was, and how many blocks a difference would take.
    """
    return max(_noise_of_arm(arm, measure, evidence) for arm in arms) if measure.timed else 0.0


def _noise_of_arm(arm: Selection, measure: Measure, evidence: Evidence) -> float:
    """Noise of any variant on the arm's runtime, as seen in its experiment."""
    again: dict[tuple[Hashable, ...], dict[int, float]] = defaultdict(dict)
    for trial in evidence.of_experiment(arm.experiment):
        alike = trial.timed and (trial.runtime, trial.protocol) == (arm.runtime, arm.protocol)
        if alike and trial.status == "completed" and value_of(measure, trial) is not None:
            key = (trial.series, trial.block, trial.variant, trial.alternative, trial.settings.eager_execution)
            again[key][trial.replicate] = _mean_log(measure, [trial])
    log_ratios = [pair[1] - pair[0] for pair in again.values() if {0, 1} <= pair.keys()]
    return st.root_mean_square(np.array(log_ratios)) if log_ratios else 0.0


def _by_block(runs: Iterable[Trial], same_experiment: bool) -> dict[tuple[str, int], list[Trial]]:
    """Runs of each block; the series of two experiments are not the same, whatever they are called."""
    blocks: dict[tuple[str, int], list[Trial]] = defaultdict(list)
    for trial in runs:
        blocks[trial.series if same_experiment else "", trial.block].append(trial)
    return blocks


def _mean_log(measure: Measure, runs: Sequence[Trial]) -> float:
    return float(np.log(values_of(measure, runs)).mean())
