"""How the runs of two arms are held against each other. One function a rule."""

import numpy as np

from study import statistics as st
from study.analysis.evidence import Evidence
from study.analysis.paired_ratio import by_block, mean_log, noise_floor
from study.analysis.runs import MIN_RUNS, runs_of
from study.claims.models import Claim, baseline_of
from study.claims.wording import arms, noun
from study.common.text import count, number_word, sentence
from study.verdicts.finding import Conclusion, Finding, always


def order(claim: Claim, evidence: Evidence) -> Finding:
    """Whether the ratio to the baseline, paired within blocks, lies beyond what counts as equal.

    What counts as equal is the claim's margin or, for a time, the noise floor where that is wider. A claim is
    contradicted if the interval leaves no room for a ratio beyond the margin, the noise floor aside: noise must not
    make it easier to contradict.

    Two experiments have no block in common: there the first block of one is paired with the first of the other and so
    on, which loses what a pair that ran side by side would gain, and is as true.

    The p-value is of a one-sided t test of the log ratios. One counted from the bootstrap would be far too small: five
    pairs that all lie beyond happen once in 32 by chance, and a count would call that one in ten thousand.
    """
    baseline = baseline_of(claim)
    same_experiment = claim.experiment == baseline.experiment
    ours, theirs = (by_block(runs_of(arm, evidence), same_experiment) for arm in (claim, baseline))
    blocks = sorted(ours.keys() & theirs.keys())
    pairs = [trial for block in blocks for trial in (*ours[block], *theirs[block])]
    log_ratios = np.array([mean_log(claim, ours[block]) - mean_log(baseline, theirs[block]) for block in blocks])
    measured = float(np.exp(log_ratios.mean())) if blocks else None
    if len(blocks) < MIN_RUNS:
        one, other = arms(claim)
        reason = f"{sentence(count(len(blocks), 'block'))} with finished trials of {one} and of {other}: to compare "
        reason += f"them takes at least {number_word(MIN_RUNS)}."
        return Finding(always("inconclusive", reason), pairs, len(blocks), measured)
    equal = float(np.log1p(claim.margin or 0))
    ratio = _Ratio(claim, log_ratios, equal, max(equal, noise_floor(claim, evidence)))
    return Finding(ratio.conclude, pairs, len(blocks), measured, ratio.interval, ratio.p_value)


class _Ratio:
    """Measured log ratios, shape (n_pairs,), against what is no difference (`equal`) and what is one (`band`)."""

    def __init__(self, claim: Claim, log_ratios: st.Array, equal: float, band: float) -> None:
        self._claim, self._log_ratios, self._equal, self._band = claim, log_ratios, equal, band
        self._sign = 1 if claim.direction == "higher" else -1
        self._bounds = st.bootstrap_interval(log_ratios)
        self.p_value = st.p_above(st.mean(self._sign * log_ratios), band)

    @property
    def interval(self) -> st.Interval:
        low, high = (float(np.exp(bound)) for bound in self._bounds)
        return low, high

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
        published, half = self._claim.number, self._claim.resolution / 2
        low, high = self._bounds
        agrees = bool(low - self._band <= np.log(published + half) and np.log(published - half) <= high + self._band)
        verb = "agrees with that" if agrees else "is of another size"
        return agrees, f", and the published ratio of {self._format(published)} {verb}"

    def _head(self) -> str:
        low, high = map(self._format, self.interval)
        (one, other), ratio = arms(self._claim), self._format(float(np.exp(self._log_ratios.mean())))
        return (
            f"Over {count(len(self._log_ratios), 'block')} the {noun(self._claim)} of {one} is {ratio} times that of "
            f"{other} (95 % interval {low} to {high})"
        )

    def _noise(self) -> str:
        return " (as far as two runs of the same variant lie apart here)" if self._band > self._equal else ""

    def _factor(self, log_ratio: float) -> str:
        return f"a factor of {self._format(float(np.exp(log_ratio)))}"

    def _format(self, ratio: float) -> str:
        return f"{ratio:.3f}" if self._claim.timed else f"{ratio:.4f}"
