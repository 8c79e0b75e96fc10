"""What every rule returns: what the evidence says about a claim, and how it is concluded."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from study.analysis.evidence import Evidence
from study.analysis.runs import MIN_RUNS, finished
from study.claims.models import MeasuredClaim
from study.claims.selection import Selection
from study.common.text import count, number_word
from study.records.models import Trial
from study.statistics import MOST_RUNS, Interval
from study.verdicts.models import VerdictName

# A published value that one more run may give says something only if runs differ little: the half width of the interval
# that one more run falls into must not be more than so many margins.
NARROW = 3
TOO_FEW = f"to say how far runs differ takes at least {number_word(MIN_RUNS)}"

Conclusion = tuple[VerdictName, str]


class PValues(NamedTuple):
    """A statistical test of a claim: how likely such evidence is if the claim is not so, and if it is."""

    upholds: float
    contradicts: float


class Significance(NamedTuple):
    """What a test shows, among all tests of its family; `alpha` is what the least likely of them must not exceed."""

    upheld: bool
    contradicted: bool
    alpha: float


@dataclass(frozen=True)
class Finding:
    """What the evidence says about a claim.

    `n` counts runs, for `order` pairs, for a probe its observations. `conclude` gives the verdict and its reason, given
    what of the test is significant in its family; without a test that does not matter.
    """

    conclude: Callable[[Significance], Conclusion]
    trials: Sequence[Trial] = ()
    n: int = 0
    measured: float | None = None
    interval: Interval | None = None
    test: PValues | None = None


def always(verdict: VerdictName, reason: str) -> Callable[[Significance], Conclusion]:
    """Conclude so, whatever is significant."""
    return lambda _: (verdict, reason)


def enough(n: int | None, what: str, *, of_each: bool = False) -> str:
    """Say how many runs would tell, if they differ as these do."""
    how_many = f"more than {MOST_RUNS} {what}s" if n is None else count(n, what)
    return f"it would take {how_many}{' of each' if of_each else ''} that differ as these do to tell"


def not_run(selection: Selection, claim: MeasuredClaim, evidence: Evidence) -> Finding:
    """Say why no run has what `claim` measures: none ended, or none has such a number."""
    if finished(selection, claim.measure, evidence):
        return Finding(always("not run", f"No finished trial of {selection.text} has a {claim.noun}."))
    return Finding(always("not run", f"There is no finished trial of {selection.text}."))
