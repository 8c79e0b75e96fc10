"""How the runs of two arms are held against each other. One function a rule."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from functools import partial
from itertools import zip_longest

import numpy as np

from study import statistics as st
from study.claims import Claim, baseline_of
from study.finding import Conclusion, Evidence, Finding, always
from study.records import Epoch, Trial
from study.runs import MIN_RUNS, nothing_found, runs_of, value_of, values_of
from study.words import arms, count, difference, differences, distance, level, noun, number_word, sentence


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
    ours, theirs = (_by_block(runs_of(arm, evidence), same_experiment) for arm in (claim, baseline))
    blocks = sorted(ours.keys() & theirs.keys())
    pairs = [trial for block in blocks for trial in (*ours[block], *theirs[block])]
    log_ratios = np.array([_mean_log(claim, ours[block]) - _mean_log(baseline, theirs[block]) for block in blocks])
    measured = float(np.exp(log_ratios.mean())) if blocks else None
    if len(blocks) < MIN_RUNS:
        one, other = arms(claim)
        reason = f"{sentence(count(len(blocks), 'block'))} with finished trials of {one} and of {other}: to compare "
        reason += f"them takes at least {number_word(MIN_RUNS)}."
        return Finding(always("inconclusive", reason), pairs, len(blocks), measured)
    equal = float(np.log1p(claim.margin or 0))
    ratio = _Ratio(claim, log_ratios, equal, max(equal, noise_floor(claim, evidence)))
    return Finding(ratio.conclude, pairs, len(blocks), measured, ratio.interval, ratio.p_value)


def _by_block(runs: Iterable[Trial], same_experiment: bool) -> dict[tuple[str, int], list[Trial]]:
    """Runs of each block; the series of two experiments are not the same, whatever they are called."""
    blocks: dict[tuple[str, int], list[Trial]] = defaultdict(list)
    for trial in runs:
        blocks[trial.series if same_experiment else "", trial.block].append(trial)
    return blocks


def _mean_log(claim: Claim, runs: Sequence[Trial]) -> float:
    return float(np.log(values_of(claim, runs)).mean())


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
            again[key][trial.replicate] = _mean_log(arm, [trial])
    log_ratios = [pair[1] - pair[0] for pair in again.values() if {0, 1} <= pair.keys()]
    return st.root_mean_square(np.array(log_ratios)) if log_ratios else 0.0


def equal(claim: Claim, evidence: Evidence) -> Finding:
    """Whether both arms are the same: bit for bit where they ran the same seeds, else on average, within the margin.

    Controlled trials are held against each other by their weights, others by every number of every epoch.
    """
    ours, theirs = runs_of(claim, evidence), runs_of(baseline_of(claim), evidence)
    runs, x, y = [*ours, *theirs], values_of(claim, ours), values_of(claim, theirs)
    part = _Parting(claim, ours, theirs)
    if part.never:
        apart = values_of(claim, part.ours).mean() - values_of(claim, part.theirs).mean()
        same = [*part.ours, *part.theirs]
        return Finding(always("reproduced", part.words()), same, len(same), float(apart))
    if min(len(x), len(y)) < MIN_RUNS:
        measured = float(x.mean() - y.mean()) if len(x) and len(y) else None
        return Finding(
            always("inconclusive", _too_few(claim, evidence, x, y) + part.words()), runs, len(runs), measured
        )
    apart, margin = st.difference(x, y), claim.margin or 0
    return Finding(
        conclude=partial(_conclude_equal, claim, x, y, part.words()),
        trials=runs,
        n=len(runs),
        measured=apart.value,
        interval=st.interval(apart),
        p_value=st.p_within(apart, -margin, margin),
    )


class _Parting:
    """From which epoch on the runs of two arms that share their seeds are no longer the same, bit for bit."""

    def __init__(self, claim: Claim, ours: Sequence[Trial], theirs: Sequence[Trial]) -> None:
        self._claim = claim
        one, other = ({trial.seed: trial for trial in runs if self._tells(trial)} for runs in (ours, theirs))
        seeds = sorted(one.keys() & other.keys())
        self.ours, self.theirs = [one[seed] for seed in seeds], [other[seed] for seed in seeds]
        found = [self._first(*pair) for pair in zip(self.ours, self.theirs, strict=True)]
        self._epoch = min((epoch for epoch in found if epoch is not None), default=None)

    @property
    def never(self) -> bool:
        """Whether both arms ran the same seeds and gave the same numbers."""
        return bool(self.ours) and self._epoch is None

    def words(self) -> str:
        """Say so; nothing where the arms share no seed."""
        one, other = arms(self._claim)
        n = count(len(self.ours) + len(self.theirs), "run")
        if self.never and self._controlled:
            return f"{one} and {other} end with the same weights, bit for bit ({n})."
        if self.never:
            return (
                f"With the same seed {one} and {other} are the same, bit for bit: every loss and accuracy of every "
                f"epoch is the same number ({n})."
            )
        if self._epoch is None:
            return ""
        what = "weights" if self._controlled else "numbers"
        return f" With the same seed their {what} part in epoch {self._epoch}."

    @property
    def _controlled(self) -> bool:
        return self._claim.protocol == "controlled"

    def _tells(self, trial: Trial) -> bool:
        return not self._controlled or all(epoch.weights_sha256 for epoch in trial.epochs)

    def _first(self, one: Trial, other: Trial) -> int | None:
        """The first epoch, from 1, that is not the same in both."""
        pairs = zip_longest(map(self._bits, one.epochs), map(self._bits, other.epochs))
        return next((epoch for epoch, (a, b) in enumerate(pairs, start=1) if a != b), None)

    def _bits(self, epoch: Epoch) -> object:
        """What must be the same after an epoch."""
        return epoch.weights_sha256 if self._controlled else epoch.model_dump(exclude={"seconds", "weights_sha256"})


def _too_few(claim: Claim, evidence: Evidence, x: st.Array, y: st.Array) -> str:
    for arm, values in ((claim, x), (baseline_of(claim), y)):
        if not len(values):
            return nothing_found(arm, evidence)
    one, other = arms(claim)
    had = f"{sentence(count(len(x), 'finished run'))} of {one} and {count(len(y), 'finished run')} of {other}"
    return f"{had}: to compare their means takes at least {number_word(MIN_RUNS)} each."


def _conclude_equal(claim: Claim, x: st.Array, y: st.Array, parting: str, significant: bool) -> Conclusion:
    apart, margin, metric = st.difference(x, y), claim.margin or 0, claim.metric
    low, high = st.interval(apart)
    (one, other), near = arms(claim), f"±{distance(margin, metric)}"
    means = [f"{level(float(values.mean()), metric)} ({count(len(values), 'run')})" for values in (x, y)]
    head = (
        f"The mean {noun(claim)} of {one} is {means[0]}, that of {other} {means[1]}; the difference of "
        f"{difference(apart.value, metric)} (95 % interval {differences(low, high, metric)})"
    )
    if significant:
        return "reproduced", f"{head} is within {near}.{parting}"
    if low > margin or high < -margin:
        return "contradicted", f"{head} is beyond {near}.{parting}"
    return "inconclusive", f"{head} is neither shown to be within {near} nor beyond.{parting}"
