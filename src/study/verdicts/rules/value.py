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
from study.verdicts.finding import TOO_FEW, Conclusion, Finding, always, nothing_measured


def judge(claim: ValueClaim, evidence: Evidence) -> Finding:
    """Whether the mean of the runs is equivalent to the published value, or the value is what one more run may give.

    The interval is that of the mean. A value is contradicted if it is outside the prediction interval of one run,
    widened by its rounding, and the whole interval of the mean is farther from it than the margin.
    """
    runs = runs_of(claim.selection, claim.measure, evidence)
    x = values_of(claim.measure, runs)
    if claim.timed:
        return not_testable(claim, evidence, runs, x)
    if len(x) < MIN_RUNS:
        return _too_few(claim, evidence, runs, x)
    mean, (low, high) = st.mean(x), _accepted(claim)
    return Finding(
        conclude=partial(_conclude, claim, x),
        trials=runs,
        n=len(x),
        measured=mean.value,
        interval=st.interval(mean),
        p_value=st.p_within(mean, low, high),
    )


def _conclude(claim: ValueClaim, x: st.Array, significant: bool) -> Conclusion:
    mean, interval, one_run = st.mean(x), st.interval(st.mean(x)), st.prediction_interval(x)
    published, half, (low, high), metric = claim.published, claim.resolution / 2, _accepted(claim), claim.metric
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


def _accepted(claim: ValueClaim) -> st.Interval:
    margin = claim.margin or 0
    return claim.published - margin, claim.published + margin


def _too_few(claim: ValueClaim, evidence: Evidence, runs: Sequence[Trial], x: st.Array) -> Finding:
    if not len(x):
        return Finding(always("inconclusive", nothing_measured(claim.selection, claim, evidence)))
    mean, metric = float(np.mean(x)), claim.metric
    reached = f"{sentence(count(len(x), 'run'))} reached {level(mean, metric)}{' on average' if len(x) > 1 else ''}"
    reason = (
        f"{reached}, {distance(mean - claim.published, metric)} from the published {level(claim.published, metric)}; "
        f"{TOO_FEW}."
    )
    return Finding(always("inconclusive", reason), runs, len(x), mean)
