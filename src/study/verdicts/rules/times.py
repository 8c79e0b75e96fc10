"""Absolute times, which cannot be tested on another machine."""

from collections.abc import Sequence

import numpy as np

from study import statistics as st
from study.analysis.evidence import Evidence
from study.claims.models import Claim, baseline_of
from study.claims.selection import PICKED_BY
from study.claims.wording import level, span
from study.common.text import count
from study.records.models import Trial
from study.verdicts.finding import Finding, always

# ---- times ----


def absolute_time(claim: Claim, evidence: Evidence, runs: Sequence[Trial], x: st.Array) -> Finding:
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
