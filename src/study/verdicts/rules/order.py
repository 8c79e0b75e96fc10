"""Whether one arm is higher or lower than another: the ratio of the two, paired within blocks."""

import numpy as np

from study import statistics as st
from study.analysis.evidence import Evidence
from study.analysis.paired_ratio import PairedRatio, paired_ratio
from study.analysis.runs import MIN_RUNS
from study.claims.rules import OrderClaim
from study.common.text import count, number_word, sentence
from study.verdicts.finding import Conclusion, Finding, always


def judge(claim: OrderClaim, evidence: Evidence) -> Finding:
    """Whether the ratio to the baseline, paired within blocks, lies beyond what counts as equal.

    What counts as equal is the claim's margin or, for a time, the noise floor where that is wider. A claim is
    contradicted if the interval leaves no room for a ratio beyond the margin, the noise floor aside: noise must not
    make it easier to contradict.

    The p-value is of a one-sided t test of the log ratios. One counted from the bootstrap would be far too small: five
    pairs that all lie beyond happen once in 32 by chance, and a count would call that one in ten thousand.
    """
    ratio = paired_ratio(claim.selection, claim.baseline, claim.measure, evidence)
    if ratio.log_interval is None:
        one, other = claim.texts
        reason = f"{sentence(count(ratio.n, 'block'))} with finished trials of {one} and of {other}: to compare "
        reason += f"them takes at least {number_word(MIN_RUNS)}."
        return Finding(always("inconclusive", reason), ratio.trials, ratio.n, ratio.value)
    decision = _Decision(claim, ratio, ratio.log_interval)
    return Finding(decision.conclude, ratio.trials, ratio.n, ratio.value, ratio.interval, decision.p_value)


class _Decision:
    """Measured log ratios against what is no difference (`equal`) and what is one (`band`)."""

    def __init__(self, claim: OrderClaim, ratio: PairedRatio, bounds: st.Interval) -> None:
        self._claim, self._ratio, self._bounds = claim, ratio, bounds
        self._equal = float(np.log1p(claim.margin))
        self._band = max(self._equal, ratio.noise)
        self._sign = 1 if claim.direction == "higher" else -1
        self.p_value = st.p_above(st.mean(self._sign * ratio.log_ratios), self._band)

    def conclude(self, significant: bool) -> Conclusion:
        """Give the verdict and its reason."""
        low, high = sorted(self._sign * bound for bound in self._bounds)
        claimed, other = ("higher", "lower") if self._sign > 0 else ("lower", "higher")
        head, beyond = self._head(), f"{claimed} by more than {self._factor(self._band)}"
        if low > self._band and not significant:
            doubt = "a t test, corrected for the number of comparisons (Holm), leaves doubt"
            return "inconclusive", f"{head}: it is {claimed}, but {doubt}."
        if low > self._band:
            agrees, size = self._size()
            return ("reproduced" if agrees else "consistent"), f"{head}: it is {beyond}{self._noise()}{size}."
        if high < -self._band:
            way = f"{other} by more than {self._factor(self._band)}"
            return "contradicted", f"{head}: it is the other way round, {way}{self._noise()}."
        if -self._equal < low and high < self._equal:
            return "contradicted", f"{head}: a difference below {self._factor(self._equal)} counts as none."
        if high < self._equal:
            return "contradicted", f"{head}: it is not {claimed} by more than {self._factor(self._equal)}."
        return "inconclusive", f"{head}: this leaves open whether it is {beyond}{self._noise()}."

    def _size(self) -> tuple[bool, str]:
        """Whether the published ratio agrees with the measured one, in words too."""
        if self._claim.published is None:
            return True, ""
        published, half = self._claim.published, self._claim.resolution / 2
        low, high = self._bounds
        agrees = bool(low - self._band <= np.log(published + half) and np.log(published - half) <= high + self._band)
        verb = "agrees with that" if agrees else "is of another size"
        return agrees, f", and the published ratio of {self._claim.number(published)} {verb}"

    def _head(self) -> str:
        low, high = (self._claim.number(float(np.exp(bound))) for bound in self._bounds)
        (one, other), ratio = self._claim.texts, self._factor_number(float(self._ratio.log_ratios.mean()))
        return (
            f"Over {count(self._ratio.n, 'block')} the {self._claim.noun} of {one} is {ratio} times that of "
            f"{other} (95 % interval {low} to {high})"
        )

    def _noise(self) -> str:
        return " (as far as two runs of the same variant lie apart here)" if self._band > self._equal else ""

    def _factor(self, log_ratio: float) -> str:
        return f"a factor of {self._factor_number(log_ratio)}"

    def _factor_number(self, log_ratio: float) -> str:
        return self._claim.number(float(np.exp(log_ratio)))
