"""Whether one arm is higher or lower than another: the ratio of the two, paired within blocks."""

import numpy as np

from study import statistics as st
from study.analysis.bitwise import divergence_by_seed, shared_seeds
from study.analysis.evidence import Evidence
from study.analysis.paired_ratio import PairedRatio, paired_ratio
from study.analysis.runs import MIN_RUNS, runs_of
from study.claims.rules import OrderClaim
from study.common.text import count, number_word, sentence
from study.records.models import Trial
from study.verdicts.finding import Conclusion, Finding, PValues, Significance, always, enough


def judge(claim: OrderClaim, evidence: Evidence) -> Finding:
    """Whether the ratio to the baseline, paired within blocks, lies beyond the claim's margin.

    Both answers are one-sided t tests of the log ratios against the same bound, the margin on the claimed side: the
    claim is upheld if the ratio is shown to lie beyond it, contradicted if it is shown not to. What is shown to lie on
    the claimed side, though not beyond the margin, contradicts nobody: it has the direction only. What both arms make
    of the same seeds, bit for bit, is the same function of the seed, which needs no test.
    """
    same = _same_bits(claim, evidence)
    if same:
        (one, other), n = claim.texts, count(len(same), "run")
        reason = f"From the same seeds {one} and {other} end with the same bits ({n}): neither is {claim.direction}."
        return Finding(always("contradicted", reason), same, len(same) // 2, 1.0)
    ratio = paired_ratio(claim.selection, claim.baseline, claim.measure, evidence)
    if ratio.log_interval is None:
        one, other = claim.texts
        reason = f"{sentence(count(ratio.n, 'block'))} with finished trials of {one} and of {other}: to compare "
        reason += f"them takes at least {number_word(MIN_RUNS)}."
        verdict = always("too few runs" if ratio.n else "not run", reason)
        return Finding(verdict, ratio.trials, ratio.n, ratio.value)
    decision = _Decision(claim, ratio, ratio.log_interval)
    return Finding(decision.conclude, ratio.trials, ratio.n, ratio.value, ratio.interval, decision.test)


def _same_bits(claim: OrderClaim, evidence: Evidence) -> list[Trial]:
    """Controlled runs of both arms, if those of the same seeds are the same bit for bit; of times nothing is."""
    if claim.timed or claim.protocol != "controlled":
        return []
    ours, theirs = (runs_of(arm, claim.measure, evidence) for arm in (claim.selection, claim.baseline))
    one, other = shared_seeds(ours, theirs)
    found = divergence_by_seed(one, other)
    return [*one.values(), *other.values()] if found and found.identical else []


class _Decision:
    """Measured log ratios, positive on the claimed side, against the margin."""

    def __init__(self, claim: OrderClaim, ratio: PairedRatio, bounds: st.Interval) -> None:
        self._claim, self._ratio, self._bounds = claim, ratio, bounds
        self._margin = float(np.log1p(claim.margin))
        self._sign = 1 if claim.direction == "higher" else -1
        self._claimed = st.mean(self._sign * ratio.log_ratios)
        other_way = self._claimed._replace(value=-self._claimed.value)
        self.test = PValues(st.p_above(self._claimed, self._margin), st.p_above(other_way, -self._margin))

    def conclude(self, significant: Significance) -> Conclusion:
        """Give the verdict and its reason."""
        low, high = sorted(self._sign * bound for bound in self._bounds)
        claimed, other = ("higher", "lower") if self._sign > 0 else ("lower", "higher")
        head, factor = self._head(), self._factor(self._margin)
        if significant.upheld:
            agrees, size = self._size()
            reason = f"{head}: it is {claimed} by more than {factor}{size}."
            return ("reproduced" if agrees else "direction only"), reason
        if not significant.contradicted:
            return (
                "unresolved",
                f"{head}: this leaves open whether it is {claimed} by more than {factor}{self._more(significant)}.",
            )
        if low > 0:
            return (
                "direction only",
                f"{head}: it is {claimed}, but by less than {factor}, which counts as none.",
            )
        if high < -self._margin:
            return "contradicted", f"{head}: it is the other way round, {other} by more than {factor}."
        if low > -self._margin:
            return "contradicted", f"{head}: a difference below {factor} counts as none."
        return "contradicted", f"{head}: it is not {claimed} by more than {factor}."

    def _more(self, significant: Significance) -> str:
        """Say what would settle it, and whether the machine was too noisy for it."""
        deviation = float(self._ratio.log_ratios.std(ddof=1))
        n = st.n_to_tell(self._claimed.value - self._margin, deviation, significant.alpha)
        noisy = self._ratio.noise > self._margin
        apart = f"; two runs of the same variant lie {self._factor(self._ratio.noise)} apart here" if noisy else ""
        return f"; {enough(n, 'block')}{apart}"

    def _size(self) -> tuple[bool, str]:
        """Whether the published ratio agrees with the measured one, in words too."""
        if self._claim.published is None:
            return True, ""
        published, half = self._claim.published, self._claim.resolution / 2
        low, high = self._bounds[0] - self._margin, self._bounds[1] + self._margin
        agrees = bool(low <= np.log(published + half) and np.log(published - half) <= high)
        verb = "agrees with that" if agrees else "is of another size"
        return agrees, f", and the published ratio of {self._claim.number(published)} {verb}"

    def _head(self) -> str:
        low, high = (self._claim.number(float(np.exp(bound))) for bound in self._bounds)
        (one, other), ratio = self._claim.texts, self._factor_number(float(self._ratio.log_ratios.mean()))
        return (
            f"Over {count(self._ratio.n, 'block')} the {self._claim.noun} of {one} is {ratio} times that of "
            f"{other} (95 % interval {low} to {high})"
        )

    def _factor(self, log_ratio: float) -> str:
        return f"a factor of {self._factor_number(log_ratio)}"

    def _factor_number(self, log_ratio: float) -> str:
        return self._claim.number(float(np.exp(log_ratio)))
