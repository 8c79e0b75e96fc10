"""Whether a published number is what runs give."""

from collections.abc import Sequence
from functools import partial

import numpy as np

from study import statistics as st
from study.analysis.evidence import Evidence
from study.analysis.runs import MIN_RUNS, runs_of, values_of
from study.claims.rules import ValueClaim
from study.claims.wording import distance, level, span
from study.common.text import count, sentence
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


def judge(claim: ValueClaim, evidence: Evidence) -> Finding:
    """Whether the mean of the runs is equivalent to the published value, or the value is what one more run may give.

    The interval is that of the mean. Reproduced, if the mean is equivalent to the published value within the margin
    (TOST). Contradicted, if one more run is not likely to give the value, its rounding allowed, and the mean is farther
    from it than the margin: the p-value is the larger of the two. Consistent, if the value lies in the prediction
    interval of one more run, and that is narrow enough (`NARROW`) to mean something.
    """
    runs = runs_of(claim.selection, claim.measure, evidence)
    x = values_of(claim.measure, runs)
    if claim.timed:
        return not_testable(claim, evidence, runs, x)
    if not len(x):
        return not_run(claim.selection, claim, evidence)
    if len(x) < MIN_RUNS:
        return _too_few(claim, runs, x)
    mean, accepted = st.mean(x), _accepted(claim)
    unlikely = st.p_of_one_more(x, claim.published, claim.resolution / 2)
    return Finding(
        conclude=partial(_conclude, claim, x),
        trials=runs,
        n=len(x),
        measured=mean.value,
        interval=st.interval(mean),
        test=PValues(st.p_within(mean, *accepted), max(unlikely, st.p_outside(mean, *accepted))),
    )


def _conclude(claim: ValueClaim, x: st.Array, significant: Significance) -> Conclusion:
    mean, one_run = st.mean(x), st.prediction_interval(x)
    published, half, margin, metric = claim.published, claim.resolution / 2, claim.margin or 0, claim.metric
    near = f"within ±{distance(margin, metric)} of the published {level(published, metric)}"
    head = f"{sentence(count(len(x), 'run'))} reach {span(float(x.min()), float(x.max()), metric)}"
    further = f"95 % prediction interval {span(*one_run, metric)}"
    if significant.upheld:
        return "reproduced", f"{head}; the mean is {near}."
    if significant.contradicted:
        mean_is = f"the mean, {level(mean.value, metric)}, is not {near}"
        return "contradicted", f"{head}; {mean_is}, nor is one more run likely to give that ({further})."
    possible = one_run[0] - half <= published <= one_run[1] + half
    narrow = (one_run[1] - one_run[0]) / 2 <= NARROW * margin
    if possible and narrow:
        return "consistent", f"{head}; the mean is not shown to be {near}, but one more run may give that ({further})."
    away = abs(mean.value - published) - margin
    more = enough(st.n_to_tell(away, float(x.std(ddof=1)), significant.alpha), "run")
    if possible:
        return "unresolved", f"{head}; one more run may give that, but also much else ({further}); {more}."
    means = f"95 % interval {span(*st.interval(mean), metric)}"
    return "unresolved", f"{head}; this leaves open whether the mean is {near} ({means}); {more}."


def _accepted(claim: ValueClaim) -> st.Interval:
    margin = claim.margin or 0
    return claim.published - margin, claim.published + margin


def _too_few(claim: ValueClaim, runs: Sequence[Trial], x: st.Array) -> Finding:
    mean, metric = float(np.mean(x)), claim.metric
    reached = f"{sentence(count(len(x), 'run'))} reached {level(mean, metric)}{' on average' if len(x) > 1 else ''}"
    reason = (
        f"{reached}, {distance(mean - claim.published, metric)} from the published {level(claim.published, metric)}; "
        f"{TOO_FEW}."
    )
    return Finding(always("too few runs", reason), runs, len(x), mean)
