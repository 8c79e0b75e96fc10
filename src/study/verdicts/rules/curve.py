"""Whether a whole published curve is what runs give."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from study import statistics as st
from study.analysis.evidence import Evidence
from study.analysis.runs import MIN_RUNS, curves_of, runs_of, values_of
from study.claims.rules import CurveClaim
from study.claims.wording import difference, distance
from study.common.text import count, listed, number_word, sentence
from study.records.models import Trial
from study.verdicts.absolute_time import not_testable
from study.verdicts.finding import (
    NARROW,
    TOO_FEW,
    Conclusion,
    Finding,
    PValues,
    Significance,
    always,
    enough,
    not_run,
)

# More epochs than these are counted, not named.
NAMED_EPOCHS = 4


def judge(claim: CurveClaim, evidence: Evidence) -> Finding:
    """Whether the mean curve of the runs is equivalent to the published one, after every epoch.

    Reproduced, if after each epoch the mean is equivalent to the published value (TOST): the p-value is the largest
    of all epochs, which needs no correction for their number, because all must hold (intersection-union principle;
    Berger, Technometrics 24 (1982) 295). Contradicted, if after any epoch one more run is not likely to give the
    published value, its rounding allowed, and the mean is farther from it than the margin: the p-value is the smallest
    of all epochs, times their number (Bonferroni; Dunn, J. American Statistical Association 56 (1961) 52). Consistent,
    if the whole published curve lies in the band that one more run lies in with 95 %, and that is narrow enough
    (`NARROW`) to mean something. How far runs differ after an epoch all epochs tell together (`pooled_spread`).

    Measured is how much higher the mean is after the epoch where it is farthest from the published curve; the interval
    is that of this difference, at the level that lets the intervals of all epochs hold together.
    """
    runs = runs_of(claim.selection, claim.measure, evidence)
    if claim.timed:
        return not_testable(claim, evidence, runs, values_of(claim.measure, runs))
    if not runs:
        return not_run(claim.selection, claim, evidence)
    curves, n_epochs = curves_of(claim.measure, runs), len(claim.published)
    shortest = min(map(len, curves))
    if shortest < n_epochs:
        has = f"A run of {claim.selection.text} has {count(shortest, 'epoch')}"
        reason = f"{has}, the published curve {number_word(n_epochs)}: they cannot be compared to the end."
        return Finding(always("not run", reason), runs, len(runs))
    return _Curve(claim, np.array([values[:n_epochs] for values in curves])).finding(runs)


class _Curve:
    """Measured values `x`, shape (n_runs, n_epochs), less the published ones."""

    def __init__(self, claim: CurveClaim, x: st.Array) -> None:
        self._claim, self._margin = claim, claim.margin or 0
        self._differences = x - np.array(claim.published)
        self._means = self._differences.mean(axis=0)
        self._farthest = int(np.abs(self._means).argmax())
        self._level = st.simultaneous_level(len(self._means))

    @cached_property
    def _spread(self) -> st.Spread:
        return st.pooled_spread(self._differences)

    def finding(self, runs: Sequence[Trial]) -> Finding:
        """What the runs say of the published curve."""
        measured = float(self._means[self._farthest])
        if len(runs) < MIN_RUNS:
            return Finding(always("too few runs", f"{self._head()}; {TOO_FEW}."), runs, len(runs), measured)
        means, ones = self._estimates(1 / len(runs)), self._estimates(1 + 1 / len(runs))
        bounds = (-self._margin, self._margin)
        beyond = [st.p_outside(mean, *bounds) for mean in means]
        unlikely = [st.p_beyond(one, self._half) for one in ones]
        test = PValues(
            upholds=st.p_everywhere([st.p_within(mean, *bounds) for mean in means]),
            contradicts=st.p_somewhere(list(map(max, beyond, unlikely))),
        )
        interval = st.interval(means[self._farthest], self._level)
        return Finding(self._conclude, runs, len(runs), measured, interval, test)

    @property
    def _half(self) -> float:
        return self._claim.resolution / 2

    def _estimates(self, variance: float) -> list[st.Estimate]:
        """After each epoch, how much higher is what has `variance` times the variance of a run than the published."""
        deviations, df = self._spread
        return [
            st.Estimate(float(mean), float(deviation * np.sqrt(variance)), df)
            for mean, deviation in zip(self._means, deviations, strict=True)
        ]

    def _conclude(self, significant: Significance) -> Conclusion:
        head, near = self._head(), f"within ±{distance(self._margin, self._claim.metric)}"
        if significant.upheld:
            return "reproduced", f"{head}; after every epoch it is {near}."
        bands = [st.interval(one, self._level) for one in self._estimates(1 + 1 / len(self._differences))]
        outside = [low > self._half or high < -self._half for low, high in bands]
        if significant.contradicted:
            far = [out and abs(mean) > self._margin for out, mean in zip(outside, self._means, strict=True)]
            return "contradicted", (
                f"{head}; after {self._epochs(far)} it is not {near}, nor is one more run likely to give the published "
                "value (simultaneous 95 % intervals)."
            )
        widest = max(high - low for low, high in bands) / 2
        if not any(outside) and widest <= NARROW * self._margin:
            return "consistent", (
                f"{head}; it is not shown to be {near} after every epoch, but one more run may give the whole "
                "published curve (simultaneous 95 % prediction band)."
            )
        if not any(outside):
            return "unresolved", (
                f"{head}; one more run may give the whole published curve, but also much else (the simultaneous 95 % "
                f"prediction band is up to ±{distance(widest, self._claim.metric)} wide); {self._more(significant)}."
            )
        return "unresolved", (
            f"{head}; this leaves open whether it is {near} after every epoch, and after {self._epochs(outside)} one "
            "more run is not likely to give the published value (simultaneous 95 % intervals); "
            f"{self._more(significant)}."
        )

    def _more(self, significant: Significance) -> str:
        """Say how many runs would tell, where it takes most of them."""
        needed = [
            st.n_to_tell(abs(mean) - self._margin, float(deviation), significant.alpha)
            for mean, deviation in zip(self._means, self._spread.deviations, strict=True)
        ]
        known = [n for n in needed if n is not None]
        return enough(max(known) if len(known) == len(needed) else None, "run")

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
