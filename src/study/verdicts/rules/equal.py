"""Whether two arms are the same."""

from collections.abc import Sequence
from functools import partial
from itertools import zip_longest

from study import statistics as st
from study.analysis.evidence import Evidence
from study.analysis.runs import MIN_RUNS, nothing_found, runs_of, values_of
from study.claims.models import Claim, baseline_of
from study.claims.wording import arms, difference, differences, distance, level, noun
from study.common.text import count, number_word, sentence
from study.records.models import Epoch, Trial
from study.verdicts.finding import Conclusion, Finding, always


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
