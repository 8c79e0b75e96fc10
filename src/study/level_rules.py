"""How a published value, or a whole published curve, is held against the runs of one arm. One function a rule."""

from collections.abc import Sequence
from functools import partial

import numpy as np

from study import statistics as st
from study.claims import PICKED_BY, Claim, baseline_of
from study.finding import Conclusion, Evidence, Finding, always
from study.records import Trial
from study.runs import MIN_RUNS, curves_of, nothing_found, runs_of, values_of
from study.words import arm, count, difference, distance, level, listed, number_word, sentence, span

# More epochs than these are counted, not named.
NAMED_EPOCHS = 4


def value(claim: Claim, evidence: Evidence) -> Finding:
    """Whether the mean of the runs is equivalent to the published value, or the value is what one more run may give.

    The interval is that of the mean. A value is contradicted if it is outside the prediction interval of one run,
    widened by its rounding, and the whole interval of the mean is farther from it than the margin.
    """
    runs = runs_of(claim, evidence)
    x = values_of(claim, runs)
    if claim.timed:
        return _absolute_time(claim, evidence, runs, x)
    if len(x) < MIN_RUNS:
        return _too_few_runs(claim, evidence, runs, x)
    mean, (low, high) = st.mean(x), _accepted(claim)
    return Finding(
        conclude=partial(_conclude_value, claim, x),
        trials=runs,
        n=len(x),
        measured=mean.value,
        interval=st.interval(mean),
        p_value=st.p_within(mean, low, high),
    )


def _conclude_value(claim: Claim, x: st.Array, significant: bool) -> Conclusion:
    mean, interval, one_run = st.mean(x), st.interval(st.mean(x)), st.prediction_interval(x)
    published, half, (low, high), metric = claim.number, claim.resolution / 2, _accepted(claim), claim.metric
    near = f"within ±{distance(claim.margin or 0, metric)} of the published {level(published, metric)}"
    head = f"{sentence(count(len(x), 'run'))} reach {span(float(x.min()), float(x.max()), metric)}"
    further = f"95 % prediction interval {span(*one_run, metric)}"
    if significant:
        return "reproduced", f"{head}; the mean is {near}."
    if one_run[0] - half <= published <= one_run[1] + half:
        return "consistent", f"{head}; the mean is not shown to be {near}, but one more run may give that ({further})."
    if interval[1] < low or interval[0] > high:
        mean_is = f"the mean, {level(mean.value, metric)}, is not {near}"
        return "contradicted", f"{head}; {mean_is}, nor is one more run likely to give that ({further})."
    means = f"95 % interval {span(*interval, metric)}"
    return "inconclusive", f"{head}; this leaves open whether the mean is {near} ({means})."


def _accepted(claim: Claim) -> st.Interval:
    margin = claim.margin or 0
    return claim.number - margin, claim.number + margin


def _too_few_runs(claim: Claim, evidence: Evidence, runs: Sequence[Trial], x: st.Array) -> Finding:
    if not len(x):
        return Finding(always("inconclusive", nothing_found(claim, evidence)))
    mean, metric = float(np.mean(x)), claim.metric
    reached = f"{sentence(count(len(x), 'run'))} reached {level(mean, metric)}{' on average' if len(x) > 1 else ''}"
    reason = (
        f"{reached}, {distance(mean - claim.number, metric)} from the published {level(claim.number, metric)}; "
        f"{_too_few()}."
    )
    return Finding(always("inconclusive", reason), runs, len(x), mean)


def _too_few() -> str:
    return f"to say how far runs differ takes at least {number_word(MIN_RUNS)}"


# ---- times ----


def _absolute_time(claim: Claim, evidence: Evidence, runs: Sequence[Trial], x: st.Array) -> Finding:
    """Show a time beside the published one, and where its ratio is judged: the hardware of the source is unnamed."""
    measured = float(np.mean(x)) if len(x) else None
    interval = st.interval(st.mean(x)) if len(x) > 1 else None
    here = "here no timed trial finished" if measured is None else f"here it is {level(measured, claim.metric)}"
    if interval:
        here += f" (mean over {count(len(x), 'block')}, 95 % interval {span(*interval, claim.metric)})"
    ratios = [other.id for other in evidence.ledger if other.source == claim.source and _judges_ratio_of(other, claim)]
    where = f" Its ratio is judged in {', '.join(ratios)}." if ratios else ""
    said = f"The published {_published_time(claim)} is a time on unnamed hardware"
    reason = f"{said}; {here}{_cut(claim, evidence, runs)}.{where}"
    return Finding(always("not testable here", reason), runs, len(x), measured, interval)


def _published_time(claim: Claim) -> str:
    if not claim.numbers:
        return level(claim.number, claim.metric)
    return f"{level(float(np.median(claim.numbers)), claim.metric)} (median of {count(len(claim.numbers), 'epoch')})"


def _cut(claim: Claim, evidence: Evidence, runs: Sequence[Trial]) -> str:
    """Say of a time of an epoch if the timed trials cut their epochs short."""
    longest = max((trial.n_trained for trial in evidence.trials_of(claim)), default=0)
    lengths = {trial.n_trained for trial in runs}
    if claim.metric != "epoch_seconds" or not lengths or lengths == {longest}:
        return ""
    return f", for {' or '.join(map(str, sorted(lengths)))} of the {longest} samples of an epoch"


def _judges_ratio_of(other: Claim, claim: Claim) -> bool:
    """Whether `other` judges a ratio that the time which `claim` speaks of is part of."""
    alike = other.timed and (other.metric == "setup_seconds") == (claim.metric == "setup_seconds")
    return other.rule == "order" and alike and _place(claim) in (_place(other), _place(baseline_of(other)))


def _place(claim: Claim) -> list[object]:
    return [getattr(claim, field) for field in PICKED_BY]


# ---- curves ----


def curve(claim: Claim, evidence: Evidence) -> Finding:
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
    runs = runs_of(claim, evidence)
    if claim.timed:
        return _absolute_time(claim, evidence, runs, values_of(claim, runs))
    if not runs:
        return Finding(always("inconclusive", nothing_found(claim, evidence)))
    curves, n_epochs = curves_of(claim, runs), len(claim.numbers)
    shortest = min(map(len, curves))
    if shortest < n_epochs:
        has = f"A run of {arm(claim)} has {count(shortest, 'epoch')}, the published curve {number_word(n_epochs)}"
        return Finding(always("inconclusive", f"{has}: they cannot be compared to the end."), runs, len(runs))
    return _Curve(claim, np.array([values[:n_epochs] for values in curves])).finding(runs)


class _Curve:
    """Measured values `x`, shape (n_runs, n_epochs), less the published ones."""

    def __init__(self, claim: Claim, x: st.Array) -> None:
        self._claim = claim
        self._apart = x - np.array(claim.numbers)
        self._means = self._apart.mean(axis=0)
        self._farthest = int(np.abs(self._means).argmax())

    def finding(self, runs: Sequence[Trial]) -> Finding:
        """What the runs say of the published curve."""
        measured = float(self._means[self._farthest])
        if len(runs) < MIN_RUNS:
            return Finding(always("inconclusive", f"{self._head()}; {_too_few()}."), runs, len(runs), measured)
        margin, estimates = self._claim.margin or 0, [st.mean(apart) for apart in self._apart.T]
        p_value = st.p_everywhere([st.p_within(estimate, -margin, margin) for estimate in estimates])
        interval = st.interval(estimates[self._farthest], self._level)
        return Finding(self._conclude, runs, len(runs), measured, interval, p_value)

    def _conclude(self, significant: bool) -> Conclusion:
        margin, half = self._claim.margin or 0, self._claim.resolution / 2
        head, near = self._head(), f"within ±{distance(margin, self._claim.metric)}"
        if significant:
            return "reproduced", f"{head}; after every epoch it is {near}."
        bands = [st.prediction_interval(apart, self._level) for apart in self._apart.T]
        outside = [low > half or high < -half for low, high in bands]
        if not any(outside):
            return "consistent", (
                f"{head}; it is not shown to be {near} after every epoch, but one more run may give the whole "
                "published curve (simultaneous 95 % prediction band)."
            )
        means = [st.interval(st.mean(apart), self._level) for apart in self._apart.T]
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
        n_runs, n_epochs = self._apart.shape
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
