"""Whether two arms are the same: bit for bit, or on average."""

from functools import partial

import numpy as np

from study import statistics as st
from study.analysis.bitwise import Divergence, divergence_by_seed, shared_seeds
from study.analysis.evidence import Evidence
from study.analysis.runs import MIN_RUNS, runs_of, values_of
from study.claims.rules import EqualClaim
from study.claims.wording import difference, differences, distance, level
from study.common.text import count, number_word, sentence
from study.verdicts.finding import Conclusion, Finding, PValues, Significance, always, enough, not_run


def judge(claim: EqualClaim, evidence: Evidence) -> Finding:
    """Whether both arms are the same: bit for bit where they ran the same seeds, else on average, within the margin."""
    ours, theirs = (runs_of(arm, claim.measure, evidence) for arm in (claim.selection, claim.baseline))
    one, other = shared_seeds(ours, theirs)
    found, shared = divergence_by_seed(one, other), [*one.values(), *other.values()]
    bits = _bits(claim, found, len(shared))
    if found and found.identical:
        half = len(shared) // 2
        apart = values_of(claim.measure, shared[:half]).mean() - values_of(claim.measure, shared[half:]).mean()
        return Finding(always("reproduced", bits), shared, len(shared), float(apart))
    runs, x, y = [*ours, *theirs], values_of(claim.measure, ours), values_of(claim.measure, theirs)
    for arm, values in ((claim.selection, x), (claim.baseline, y)):
        if not len(values):
            return not_run(arm, claim, evidence)
    if min(len(x), len(y)) < MIN_RUNS:
        measured = float(x.mean() - y.mean())
        return Finding(always("too few runs", _too_few(claim, x, y) + bits), runs, len(runs), measured)
    mean = st.difference(x, y)
    return Finding(
        conclude=partial(_conclude, claim, x, y, bits),
        trials=runs,
        n=len(runs),
        measured=mean.value,
        interval=st.interval(mean),
        test=PValues(st.p_within(mean, -claim.margin, claim.margin), st.p_outside(mean, -claim.margin, claim.margin)),
    )


def _bits(claim: EqualClaim, found: Divergence | None, n_runs: int) -> str:
    """Say whether runs of the same seed are bitwise identical; nothing where the arms share no seed."""
    if found is None:
        return ""
    (one, other), n = claim.texts, count(n_runs, "run")
    if not found.identical:
        what = "weights" if claim.protocol == "controlled" else "numbers"
        return f" With the same seed their {what} diverge in epoch {found.epoch}."
    if claim.protocol == "controlled":
        return f"{one} and {other} end with the same weights, bit for bit ({n})."
    return (
        f"With the same seed {one} and {other} are the same, bit for bit: every loss and accuracy of every "
        f"epoch is the same number ({n})."
    )


def _too_few(claim: EqualClaim, x: st.Array, y: st.Array) -> str:
    one, other = claim.texts
    had = f"{sentence(count(len(x), 'finished run'))} of {one} and {count(len(y), 'finished run')} of {other}"
    return f"{had}: to compare their means takes at least {number_word(MIN_RUNS)} each."


def _conclude(claim: EqualClaim, x: st.Array, y: st.Array, bits: str, significant: Significance) -> Conclusion:
    apart, margin, metric = st.difference(x, y), claim.margin, claim.metric
    low, high = st.interval(apart)
    (one, other), near = claim.texts, f"±{distance(margin, metric)}"
    means = [f"{level(float(values.mean()), metric)} ({count(len(values), 'run')})" for values in (x, y)]
    head = (
        f"The mean {claim.noun} of {one} is {means[0]}, that of {other} {means[1]}; the difference of "
        f"{difference(apart.value, metric)} (95 % interval {differences(low, high, metric)})"
    )
    if significant.upheld:
        return "reproduced", f"{head} is within {near}.{bits}"
    if significant.contradicted:
        return "contradicted", f"{head} is beyond {near}.{bits}"
    deviation = float(np.sqrt(x.var(ddof=1) + y.var(ddof=1)))
    more = enough(st.n_to_tell(abs(apart.value) - margin, deviation, significant.alpha), "run", of_each=True)
    return "unresolved", f"{head} is neither shown to be within {near} nor beyond; {more}.{bits}"
