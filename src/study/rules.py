"""How each rule turns trials into a finding. One function a rule; `RULES` names them all.

No verdict but `inconclusive` rests on fewer than `MIN_RUNS` runs or pairs: two say next to nothing about how far runs
differ. Exempt is what needs no statistics: weights that are the same bit for bit, failures, and arithmetic.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import cast

import numpy as np

from study import statistics as st
from study.claims import Claim, Number, baseline_of, speaks_of
from study.collect import metrics
from study.records import Trial, VerdictName
from study.words import quantity

MIN_RUNS = 3
NOUNS = {
    "epoch_seconds": "time of an epoch",
    "cost_per_sample": "time per sample",
    "best_accuracy": "best training accuracy",
    "final_accuracy": "training accuracy of the last epoch",
    "test_accuracy": "test accuracy",
}
NUMBER_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")

Conclusion = tuple[VerdictName, str]
Cell = tuple[str, int]  # series and block


@dataclass(frozen=True)
class Finding:
    """What the trials say about a claim.

    `n` counts runs, for `order` pairs. `conclude` gives the verdict and its reason, told whether the p-value is
    significant in its family; without a p-value that does not matter.
    """

    conclude: Callable[[bool], Conclusion]
    trials: Sequence[Trial] = ()
    n: int = 0
    measured: float | None = None
    interval: st.Interval | None = None
    p_value: float | None = None


Rule = Callable[[Claim, Sequence[Claim], Sequence[Trial]], Finding]


def value(claim: Claim, ledger: Sequence[Claim], trials: Sequence[Trial]) -> Finding:
    """Whether the mean of the runs is equivalent to the published value, or the value is what one more run may give.

    The interval is that of the mean. A value is contradicted if it is outside the prediction interval of one run,
    widened by its rounding, and the whole interval of the mean is farther from it than the margin.
    """
    runs = _runs(claim, trials)
    x = _measured(claim, runs)
    if claim.timed:
        return _absolute_time(claim, ledger, runs, x)
    if len(x) < MIN_RUNS:
        return _too_few_runs(claim, runs, x)
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
    published, half, (low, high) = _published(claim), claim.resolution / 2, _accepted(claim)
    near = f"within ±{_points(claim.margin or 0)} of the published {quantity(published, claim)}"
    head = f"{_count(len(x), 'run').capitalize()} reach {_span(claim, float(x.min()), float(x.max()))}"
    further = f"95 % prediction interval {_span(claim, *one_run)}"
    if significant:
        return "reproduced", f"{head}; the mean is {near}."
    if one_run[0] - half <= published <= one_run[1] + half:
        return "consistent", f"{head}; the mean is not shown to be {near}, but one more run may give that ({further})."
    if interval[1] < low or interval[0] > high:
        mean_is = f"the mean, {quantity(mean.value, claim)}, is not {near}"
        return "contradicted", f"{head}; {mean_is}, nor is one more run likely to give that ({further})."
    means = f"95 % interval {_span(claim, *interval)}"
    return "inconclusive", f"{head}; this leaves open whether the mean is {near} ({means})."


def _too_few_runs(claim: Claim, runs: Sequence[Trial], x: st.Array) -> Finding:
    if not len(x):
        return Finding(_always("inconclusive", f"There is no finished trial of {_arm(claim)}."))
    mean, published = float(np.mean(x)), _published(claim)
    reached = (
        f"{_count(len(x), 'run').capitalize()} reached {quantity(mean, claim)}{' on average' if len(x) > 1 else ''}"
    )
    reason = (
        f"{reached}, {_points(abs(mean - published))} from the published {quantity(published, claim)}; to say how far "
        f"runs differ takes at least {_number(MIN_RUNS)}."
    )
    return Finding(_always("inconclusive", reason), runs, len(x), mean)


def _absolute_time(claim: Claim, ledger: Sequence[Claim], runs: Sequence[Trial], x: st.Array) -> Finding:
    measured = float(np.mean(x)) if len(x) else None
    interval = st.interval(st.mean(x)) if len(x) > 1 else None
    here = "here no timed trial finished" if measured is None else f"here it is {quantity(measured, claim)}"
    if interval:
        here += f" (mean over {_count(len(x), 'block')}, 95 % interval {_span(claim, *interval)})"
    ratios = [other.id for other in ledger if other.source == claim.source and _compares(other, claim)]
    where = f" Its ratio is judged in {', '.join(ratios)}." if ratios else ""
    said = f"The published {quantity(_published(claim), claim)} is a time on unnamed hardware"
    return Finding(_always("not testable here", f"{said}; {here}.{where}"), runs, len(x), measured, interval)


def _compares(other: Claim, claim: Claim) -> bool:
    """Whether `other` judges a ratio that the time which `claim` speaks of is part of."""
    arms = (_arm(other), _arm(baseline_of(other)))
    return other.rule == "order" and other.timed and other.experiment == claim.experiment and _arm(claim) in arms


def order(claim: Claim, ledger: Sequence[Claim], trials: Sequence[Trial]) -> Finding:
    """Whether the ratio to the baseline, paired within blocks, lies beyond what counts as equal.

    What counts as equal is the claim's margin or, for a time, the noise floor where that is wider. A claim is
    contradicted if the interval leaves no room for a ratio beyond the margin, the noise floor aside: noise must not
    make it easier to contradict.

    The p-value is of a one-sided t test of the log ratios. One counted from the bootstrap would be far too small: five
    pairs that all lie beyond happen once in 32 by chance, and a count would call that one in ten thousand.
    """
    del ledger
    ours, theirs = (_by_cell(_runs(arm, trials)) for arm in (claim, baseline_of(claim)))
    cells = sorted(ours.keys() & theirs.keys())
    pairs = [trial for cell in cells for trial in (*ours[cell], *theirs[cell])]
    log_ratios = np.array([_mean_log(claim, ours[cell]) - _mean_log(claim, theirs[cell]) for cell in cells])
    measured = float(np.exp(log_ratios.mean())) if cells else None
    if len(cells) < MIN_RUNS:
        reason = f"{_count(len(cells), 'block').capitalize()} with finished trials of {_arm(claim)} and of "
        reason += f"{_arm(baseline_of(claim))}: to compare them takes at least {_number(MIN_RUNS)}."
        return Finding(_always("inconclusive", reason), pairs, len(cells), measured)
    equal = float(np.log1p(claim.margin or 0))
    ratio = _Ratio(claim, log_ratios, equal, max(equal, noise_floor(claim, trials)))
    return Finding(ratio.conclude, pairs, len(cells), measured, ratio.interval, ratio.p_value)


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
        published, half = self._claim.published, self._claim.resolution / 2
        low, high = self._bounds
        agrees = bool(low - self._band <= np.log(published + half) and np.log(published - half) <= high + self._band)
        verb = "agrees with that" if agrees else "is of another size"
        return agrees, f", and the published ratio of {self._format(published)} {verb}"

    def _head(self) -> str:
        low, high = map(self._format, self.interval)
        noun, ratio = NOUNS[str(self._claim.metric)], self._format(float(np.exp(self._log_ratios.mean())))
        return (
            f"Over {_count(len(self._log_ratios), 'block')} the {noun} of {_arm(self._claim)} is {ratio} times that of "
            f"{_arm(baseline_of(self._claim))} (95 % interval {low} to {high})"
        )

    def _noise(self) -> str:
        return " (as far as two runs of the same variant lie apart here)" if self._band > self._equal else ""

    def _factor(self, log_ratio: float) -> str:
        return f"a factor of {self._format(float(np.exp(log_ratio)))}"

    def _format(self, ratio: float) -> str:
        return f"{ratio:.3f}" if self._claim.timed else f"{ratio:.4f}"


def noise_floor(claim: Claim, trials: Sequence[Trial]) -> float:
    """How far two equal things lie apart in one block: root mean square of the log ratios of A/A pairs.

    An A/A pair is the same variant run twice in a block on the same runtime. Of the runtimes that the claim compares
    the noisier one counts; for what is no time the floor is 0. The mean over five blocks of equal things lies within
    this floor 97 times in 100, over three blocks 92 times: its standard deviation is 1/√n of the floor.
    """
    if not claim.timed:
        return 0.0
    return max(_noise_of(claim, runtime, trials) for runtime in (claim.runtime, baseline_of(claim).runtime))


def _noise_of(claim: Claim, runtime: str | None, trials: Sequence[Trial]) -> float:
    again: dict[tuple[object, ...], dict[int, float]] = defaultdict(dict)
    for trial in trials:
        of_claim = (trial.experiment, trial.runtime, trial.protocol) == (claim.experiment, runtime, claim.protocol)
        if of_claim and trial.timed and _has_metric(claim, trial):
            key = (trial.series, trial.block, trial.variant, trial.settings.eager_execution)
            again[key][trial.replicate] = _mean_log(claim, [trial])
    log_ratios = [pair[1] - pair[0] for pair in again.values() if {0, 1} <= pair.keys()]
    return st.root_mean_square(np.array(log_ratios)) if log_ratios else 0.0


def equal(claim: Claim, ledger: Sequence[Claim], trials: Sequence[Trial]) -> Finding:
    """Whether both arms are the same: bit for bit if they are controlled, else on average, within the margin."""
    del ledger
    ours, theirs = _runs(claim, trials), _runs(baseline_of(claim), trials)
    runs, x, y = [*ours, *theirs], _measured(claim, ours), _measured(claim, theirs)
    if claim.protocol == "controlled" and _same_weights(ours, theirs):
        reason = f"{_both(claim)} end with the same weights, bit for bit ({_count(len(runs), 'run')})."
        return Finding(_always("reproduced", reason), runs, len(runs), float(x.mean() - y.mean()))
    if min(len(x), len(y)) < MIN_RUNS:
        had = f"{_count(len(x), 'finished run').capitalize()} of {_arm(claim)} and {_count(len(y), 'finished run')} of "
        had += f"{_arm(baseline_of(claim))}: to compare their means takes at least {_number(MIN_RUNS)} each."
        return Finding(
            _always("inconclusive", had), runs, len(runs), float(x.mean() - y.mean()) if len(x) and len(y) else None
        )
    difference, margin = st.difference(x, y), claim.margin or 0
    return Finding(
        conclude=partial(_conclude_equal, claim, x, y),
        trials=runs,
        n=len(runs),
        measured=difference.value,
        interval=st.interval(difference),
        p_value=st.p_within(difference, -margin, margin),
    )


def _conclude_equal(claim: Claim, x: st.Array, y: st.Array, significant: bool) -> Conclusion:
    difference, margin = st.difference(x, y), claim.margin or 0
    low, high = st.interval(difference)
    head = (
        f"The mean {NOUNS[str(claim.metric)]} of {_arm(claim)} is {100 * x.mean():.2f} % ({_count(len(x), 'run')}), "
        f"that of {_arm(baseline_of(claim))} {100 * y.mean():.2f} % ({_count(len(y), 'run')}); the difference of "
        f"{100 * difference.value:+.3f} points (95 % interval {100 * low:+.3f} to {100 * high:+.3f})"
    )
    if significant:
        return "reproduced", f"{head} is within ±{_points(margin)}."
    if low > margin or high < -margin:
        return "contradicted", f"{head} is beyond ±{_points(margin)}."
    return "inconclusive", f"{head} is neither shown to be within ±{_points(margin)} nor beyond."


def _same_weights(ours: Sequence[Trial], theirs: Sequence[Trial]) -> bool:
    """Whether both arms ran the same seeds and ended, seed by seed, with the same weights."""
    one, other = ({trial.seed: trial.epochs[-1].weights_sha256 for trial in runs} for runs in (ours, theirs))
    return bool(one) and one == other and None not in one.values()


def fails(claim: Claim, ledger: Sequence[Claim], trials: Sequence[Trial]) -> Finding:
    """Whether every trial failed, timed ones only where there are no others."""
    del ledger
    ended = [trial for trial in trials if speaks_of(claim, trial)]
    ended = [trial for trial in ended if not trial.timed] or ended
    ran = sum(trial.status == "completed" for trial in ended)
    total = _count(len(ended), "trial")
    if not ended:
        return Finding(_always("inconclusive", f"There is no trial of {_arm(claim)}."))
    if ran:
        return Finding(_always("contradicted", f"It ran to its end in {_number(ran)} of {total}."), ended, len(ended))
    errors = {f"{trial.error.type}: {_first_line(trial.error.message)}" for trial in ended if trial.error}
    reason = f"It failed each time it was run ({total}): {' '.join(sorted(errors))}"
    return Finding(_always("reproduced", reason), ended, len(ended))


def arithmetic(claim: Claim, ledger: Sequence[Claim], trials: Sequence[Trial]) -> Finding:
    """Whether published numbers agree with each other, each within half the worth of its last printed digit."""
    del ledger, trials
    products = [_product(term) for term in claim.terms]
    computed, low, high = (float(part) for part in np.sum(products, axis=0))
    published, half = _published(claim), claim.resolution / 2
    agree = low <= published + half and high >= published - half
    shown = [" × ".join(_plain(number.value) for number in term) for term in claim.terms]
    sums = " + ".join(shown).replace("+ -", "- ")
    reason = (
        f"{sums} = {_plain(computed)}, which rounding leaves between {_plain(low)} and {_plain(high)}; the published "
        f"{_plain(published)} stands for {_plain(published - half)} to {_plain(published + half)}: "
        f"the numbers {'agree' if agree else 'do not agree'}."
    )
    return Finding(_always("reproduced" if agree else "contradicted", reason), measured=computed, interval=(low, high))


def _product(numbers: Sequence[Number]) -> st.Array:
    """Product of printed numbers and its least and greatest value within their rounding, shape (3,)."""
    computed, bounds = 1.0, np.ones(2)
    for number in numbers:
        computed *= number.value
        half = number.resolution / 2
        corners = np.outer(bounds, [number.value - half, number.value + half])
        bounds = np.array([corners.min(), corners.max()])
    return np.array([computed, *bounds])


RULES: dict[str, Rule] = {"value": value, "order": order, "equal": equal, "fails": fails, "arithmetic": arithmetic}


def _always(verdict: VerdictName, reason: str) -> Callable[[bool], Conclusion]:
    """Conclude so, whatever is significant."""
    return lambda _: (verdict, reason)


def _runs(claim: Claim, trials: Iterable[Trial]) -> list[Trial]:
    """Finished trials that tell the claim's metric: timed ones (no A/A repetitions) for a time, else untimed ones."""
    return [
        trial
        for trial in trials
        if speaks_of(claim, trial)
        and trial.timed == claim.timed
        and (trial.replicate == 0 or not trial.timed)
        and _has_metric(claim, trial)
    ]


def _has_metric(claim: Claim, trial: Trial) -> bool:
    return trial.status == "completed" and claim.metric in metrics(trial)


def _measured(claim: Claim, runs: Sequence[Trial]) -> st.Array:
    """The claim's metric of each run, shape (n_runs,)."""
    return np.array([metrics(trial)[str(claim.metric)] for trial in runs])


def _mean_log(claim: Claim, runs: Sequence[Trial]) -> float:
    return float(np.log(_measured(claim, runs)).mean())


def _by_cell(runs: Iterable[Trial]) -> dict[Cell, list[Trial]]:
    cells: dict[Cell, list[Trial]] = defaultdict(list)
    for trial in runs:
        cells[trial.series, trial.block].append(trial)
    return cells


def _published(claim: Claim) -> float:
    """The published value; Claim has checked that it is there where its rule needs it."""
    return cast("float", claim.published)


def _accepted(claim: Claim) -> st.Interval:
    margin = claim.margin or 0
    return _published(claim) - margin, _published(claim) + margin


def _arm(claim: Claim) -> str:
    return f"{claim.variant} on {claim.runtime}{' with eager execution' if claim.eager_execution else ''}"


def _both(claim: Claim) -> str:
    return f"{_arm(claim)} and {_arm(baseline_of(claim))}"


def _number(number: int) -> str:
    return NUMBER_WORDS[number] if number < len(NUMBER_WORDS) else str(number)


def _count(number: int, noun: str) -> str:
    return f"{_number(number)} {noun}{'' if number == 1 else 's'}"


def _span(claim: Claim, low: float, high: float) -> str:
    first, last = quantity(low, claim), quantity(high, claim)
    return first if first == last else f"{first} to {last}"


def _points(fraction: float) -> str:
    return f"{100 * fraction:.2f} points"


def _plain(number: float) -> str:
    """Write a number without an exponent, to six significant digits."""
    return np.format_float_positional(float(f"{number:.6g}"), trim="-")


def _first_line(text: str) -> str:
    return next(iter(text.strip().splitlines()), "")
