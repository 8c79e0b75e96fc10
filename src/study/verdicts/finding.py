"""What every rule returns: what the evidence says about a claim, and how it is concluded."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from study.analysis.evidence import Evidence
from study.analysis.runs import MIN_RUNS, finished
from study.claims.models import MeasuredClaim
from study.claims.selection import Selection
from study.common.text import number_word
from study.records.models import Trial, TrialError
from study.statistics import Interval
from study.verdicts.models import VerdictName

ADDRESS = re.compile(r" at 0x[0-9a-f]+")
TOO_FEW = f"to say how far runs differ takes at least {number_word(MIN_RUNS)}"

Conclusion = tuple[VerdictName, str]


@dataclass(frozen=True)
class Finding:
    """What the evidence says about a claim.

    `n` counts runs, for `order` pairs, for a probe its observations. `conclude` gives the verdict and its reason, given
    whether the p-value is significant in its family; without a p-value that does not matter.
    """

    conclude: Callable[[bool], Conclusion]
    trials: Sequence[Trial] = ()
    n: int = 0
    measured: float | None = None
    interval: Interval | None = None
    p_value: float | None = None


def always(verdict: VerdictName, reason: str) -> Callable[[bool], Conclusion]:
    """Conclude so, whatever is significant."""
    return lambda _: (verdict, reason)


def describe_error(error: TrialError) -> str:
    """Name an error by its type and the first line of its message, the same in every run: without addresses."""
    first = next(iter(error.message.strip().splitlines()), "")
    return f"{error.type}: {ADDRESS.sub('', first)}"


def nothing_measured(selection: Selection, claim: MeasuredClaim, evidence: Evidence) -> str:
    """Say why no run has what `claim` measures: none ended, or none has such a number."""
    if finished(selection, claim.measure, evidence):
        return f"No finished trial of {selection.text} has a {claim.noun}."
    return f"There is no finished trial of {selection.text}."
