"""Whether a whole published curve is what runs give."""

from collections.abc import Sequence

import numpy as np

from study import statistics as st
from study.analysis.evidence import Evidence
from study.analysis.runs import MIN_RUNS, curves_of, runs_of, values_of
from study.claims.rules import CurveClaim
from study.claims.wording import difference, distance
from study.common.text import count, listed, number_word, sentence
from study.records.models import Trial
from study.verdicts.absolute_time import not_testable
from study.verdicts.finding import TOO_FEW, Conclusion, Finding, always, nothing_measured

# More epochs than these are counted, not named.
NAMED_EPOCHS = 4


def judge(claim: CurveClaim, evidence: Evidence) -> Finding:
    """Whether the mean curve of the runs is equivalent to the published one, after every epoch.

    Reproduced, if after each epoch the mean is equivalent to the published value (TOST): the p-value is the largest
    of all epochs, which needs no correction for their number, because all must hold (intersection-union principle;
    Berger, Technometrics 24 (1982) 295). Consistent, if the whole published curve, give or take its rounding, lies in
    the band that one more run lies in with 95 %: a prediction interval an epoch, at the level that lets all hold
    together (Bonferroni; Dunn, J. American Statistical Association 56 (1961) 52). Contradicted, if after any epoch the
    published value is outside that band and the interval of the mean, widened in the same way, is wholly farther from
    it than the margin.

    Measured is how much higher the mean is after the epoch where it is farthest from the published curve; the interval
    is that of this difference, widened in the same way.
    """
    runs = runs_of(claim.selection, claim.measure, evidence)
    if claim.timed:
        return not_testable(claim, evidence, runs, values_of(claim.measure, runs))
    if not runs:
        return Finding(always("inconclusive", nothing_measured(claim.selection, claim, evidence)))
    curves, n_epochs = curves_of(claim.measure, runs), len(claim.published)
    shortest = min(map(len, curves))
    if shortest < n_epochs:
        has = f"A run of {claim.selection.text} has {count(shortest, 'epoch')}"
        reason = f"{has}, the published curve {number_word(n_epochs)}: they cannot be compared to the end."
        return Finding(always("inconclusive", reason), runs, len(runs))
    return _Curve(claim, np.array([values[:n_epochs] for values in curves])).finding(runs)


class _Curve:
    """Measured values `x`, shape (n_runs, n_epochs), less the published ones."""

    def __init__(self, claim: CurveClaim, x: st.Array) -> None:
        self._claim = claim
        self._differences = x - np.array(claim.published)
        self._means = self._differences.mean(axis=0)
        self._farthest = int(np.abs(self._means).argmax())

    def finding(self, runs: Sequence[Trial]) -> Finding:
        """What the runs say of the published curve."""
        measured = float(self._means[self._farthest])
        if len(runs) < MIN_RUNS:
            return Finding(always("inconclusive", f"{self._head()}; {TOO_FEW}."), runs, len(runs), measured)
        margin, estimates = self._claim.margin or 0, [st.mean(difference) for difference in self._differences.T]
        p_value = st.p_everywhere([st.p_within(estimate, -margin, margin) for estimate in estimates])
        interval = st.interval(estimates[self._farthest], self._level)
        return Finding(self._conclude, runs, len(runs), measured, interval, p_value)

    def _conclude(self, significant: bool) -> Conclusion:
        margin, half = self._claim.margin or 0, self._claim.resolution / 2
        head, near = self._head(), f"within ±{distance(margin, self._claim.metric)}"
        if significant:
            return "reproduced", f"{head}; after every epoch it is {near}."
        bands = [st.prediction_interval(difference, self._level) for difference in self._differences.T]
        outside = [low > half or high < -half for low, high in bands]
        if not any(outside):
            return "consistent", (
                f"{head}; it is not shown to be {near} after every epoch, but one more run may give the whole "
                "published curve (simultaneous 95 % prediction band)."
            )
        means = [st.interval(st.mean(difference), self._level) for difference in self._differences.T]
        far = [out and (low > margin or high < -margin) for out, (low, high) in zip(outside, means, strict=True)]
        if any(far):
            return "contradicted", (
                f"{head}; after {self._epochs(far)} it is not {near}, nor is one more run likely to give the published "
                "value (simultaneous 95 % intervals)."
            )
        return "inconclusive", (
            f"{head}; this leaves open whether it is {near} after every epoch, and after {self._epochs(outside)} one "
            "more run is not likely to give the published value (simultaneous 95 % intervals)."
        )

    @property
    def _level(self) -> float:
        return st.simultaneous_level(len(self._means))

    def _head(self) -> str:
        n_runs, n_epochs = self._differences.shape
        rms, metric = st.root_mean_square(self._means), self._claim.metric
        mean = "it" if n_runs == 1 else "the mean"
        return (
            f"{sentence(count(n_runs, 'run'))} of {count(n_epochs, 'epoch')}: {mean} lies {distance(rms, metric)} from "
            f"the published curve (root mean square), farthest after epoch {self._farthest + 1} "
            f"({difference(float(self._means[self._farthest]), metric)})"
        )

    @staticmethod
    def _epochs(where: Sequence[bool]) -> str:
        """Name the epochs, from 1, or how many they are."""
        places = [str(epoch) for epoch, there in enumerate(where, start=1) if there]
        if len(places) == 1:
            return f"epoch {places[0]}"
        if len(places) > NAMED_EPOCHS:
            return f"{number_word(len(places))} of the {number_word(len(where))} epochs"
        return f"the epochs {listed(places)}"
