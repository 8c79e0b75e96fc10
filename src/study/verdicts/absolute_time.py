"""Absolute times, which cannot be tested on another machine."""

from collections.abc import Sequence

import numpy as np

from study import statistics as st
from study.analysis.evidence import Evidence
from study.claims.models import Claim, MeasuredClaim
from study.claims.rules import CurveClaim, OrderClaim, ValueClaim
from study.claims.wording import level, span
from study.common.text import count
from study.records.models import Trial
from study.verdicts.finding import Finding, always


def not_testable(claim: ValueClaim | CurveClaim, evidence: Evidence, runs: Sequence[Trial], x: st.Array) -> Finding:
    """Show a time beside the published one, and where its ratio is judged: the hardware of the source is unnamed."""
    measured = float(np.mean(x)) if len(x) else None
    interval = st.interval(st.mean(x)) if len(x) > 1 else None
    here = "here no timed trial finished" if measured is None else f"here it is {level(measured, claim.metric)}"
    if interval:
        here += f" (mean over {count(len(x), 'block')}, 95 % interval {span(*interval, claim.metric)})"
    ratios = [other.id for other in evidence.claims if _judges_ratio_of(other, claim)]
    where = f" Its ratio is judged in {', '.join(ratios)}." if ratios else ""
    published = f"The published {_published(claim)} is a time on unnamed hardware"
    reason = f"{published}; {here}{_cut(claim, evidence, runs)}.{where}"
    return Finding(always("not testable here", reason), runs, len(x), measured, interval)


def _published(claim: ValueClaim | CurveClaim) -> str:
    if isinstance(claim, ValueClaim):
        return level(claim.published, claim.metric)
    median = level(float(np.median(claim.published)), claim.metric)
    return f"{median} (median of {count(len(claim.published), 'epoch')})"


def _cut(claim: MeasuredClaim, evidence: Evidence, runs: Sequence[Trial]) -> str:
    """Say of a time of an epoch if the timed trials cut their epochs short."""
    longest = max((trial.n_trained for trial in evidence.trials_of(claim.selection)), default=0)
    lengths = {trial.n_trained for trial in runs}
    if claim.metric != "epoch_seconds" or not lengths or lengths == {longest}:
        return ""
    return f", for {' or '.join(map(str, sorted(lengths)))} of the {longest} samples of an epoch"


def _judges_ratio_of(other: Claim, claim: MeasuredClaim) -> bool:
    """Whether `other`, of the same source, judges a ratio that the time of `claim` is part of."""
    if not isinstance(other, OrderClaim) or not other.timed or other.source != claim.source:
        return False
    alike = (other.metric == "setup_seconds") == (claim.metric == "setup_seconds")
    return alike and claim.selection in (other.selection, other.baseline)
